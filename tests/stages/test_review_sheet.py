"""Review in Excel: a workbook out, edited rows back as decisions."""

from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import openpyxl
import pytest

from chatmill.errors import ReviewFileError
from chatmill.project import Project
from chatmill.stages import review
from chatmill.store.decisions import list_decisions
from chatmill.store.examples import get_example
from review_room import make_room

PAIRS = (
    ("How many sockets does the W5500 have?", "The W5500 has 8 independent sockets."),
    ("W5500의 keep-alive는 어떻게 켜나요?", "=SUM(1)처럼 보이는 답\n둘째 줄 \u0007 끝"),
    ("What is the SPI clock limit?", "Up to 80 MHz."),
)


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Project]:
    """Three pending examples."""
    with make_room(tmp_path / "room", PAIRS) as made:
        yield made


def test_a_workbook_goes_out_and_comes_back(room: Project, tmp_path: Path) -> None:
    """Left alone is kept, changed is edited, a deleted row is rejected; twice changes nothing."""
    path = tmp_path / "pairs.xlsx"
    assert review.export_pairs(room, path) == 3
    book = openpyxl.load_workbook(path)
    sheet = book["pairs"]
    assert [cell.value for cell in sheet[1]] == ["id", "status", "S", "Q", "A", "notes"]
    assert sheet["E3"].data_type == "s"
    rows = {row[0].value: row[0].row for row in sheet.iter_rows(min_row=2)}
    sheet.cell(row=rows["e0000002"], column=5).value = "Up to 33.3 MHz, 보장됩니다."
    sheet.delete_rows(rows["e0000000"])
    book.save(path)
    done = review.apply_pairs(room, path, "김하늘")
    assert (done.kept, done.edited, done.rejected) == (("e0000001",), ("e0000002",), ("e0000000",))
    assert done.encoding == "xlsx"
    edited = get_example(room.database, "e0000002")
    assert (edited.status, edited.turns[0].answer) == ("kept", "Up to 33.3 MHz, 보장됩니다.")
    assert get_example(room.database, "e0000001").turns[0].answer == PAIRS[1][1]
    assert review.apply_pairs(room, path, "김하늘").unchanged
    assert len(list_decisions(room.database)) == 3


def test_a_workbook_of_something_else_is_refused(room: Project, tmp_path: Path) -> None:
    """Nothing is rejected because a file does not name it; the row at fault is said."""
    path = tmp_path / "other.xlsx"
    openpyxl.Workbook().save(path)
    with pytest.raises(ReviewFileError, match="not a workbook written by"):
        review.apply_pairs(room, path, "김하늘")
    path.write_bytes(b"PK\x03\x04 broken")
    with pytest.raises(ReviewFileError, match="not a workbook written by"):
        review.apply_pairs(room, path, "김하늘")
    review.export_pairs(room, path, overwrite=True)
    book = openpyxl.load_workbook(path)
    book["pairs"]["A3"].value = "elsewhere"
    book.save(path)
    with pytest.raises(ReviewFileError, match="row 3"):
        review.apply_pairs(room, path, "김하늘")
    assert list_decisions(room.database) == []


def test_the_selection_alone_is_written(room: Project, tmp_path: Path) -> None:
    """Ids in their order, whatever their status; what is not in the file stays as it is."""
    review.decide(room, "e0000002", "reject", decision_id=str(uuid4()), reviewer="김하늘")
    path = tmp_path / "some.txt"
    assert review.export_pairs(room, path, ids=["e0000002", "e0000000"]) == 2
    done = review.apply_pairs(room, path, "Mina")
    assert set(done.kept) == {"e0000000", "e0000002"}
    assert get_example(room.database, "e0000001").status == "pending"
