"""Review files: masked when they leave, the reviewer's edits come back with the real words."""

from pathlib import Path

import pytest

from chatmill.project import Project
from chatmill.stages.extract import extract
from chatmill.stages.review import apply_pairs, export_pairs
from chatmill.store.examples import list_examples
from talking import bring_in

LINES = [
    ("김철수", "저는 김철수이고 번호는 010-1234-5678입니다. W5500 소켓은 몇 개인가요?"),
    ("이도현 [WIZnet]", "김철수님, W5500 소켓은 8개입니다. 자료는 cs.kim@abc.co.kr로 보냈습니다."),
    ("박영희", "W5500의 온도 범위는 어떻게 되나요?"),
    ("이도현 [WIZnet]", "박영희님, W5500은 -40도에서 85도까지입니다."),
]
PLANTED = ("김철수", "박영희", "010-1234-5678", "cs.kim@abc.co.kr")


@pytest.fixture
def waiting(project: Project) -> Project:
    """A project whose pending examples hold personal data."""
    bring_in(project, LINES)
    extract(project)
    return project


def test_an_export_holds_no_personal_data_unless_told(waiting: Project, tmp_path: Path) -> None:
    """Files are mailed around; the words of customers are not."""
    masked, plain = tmp_path / "masked.txt", tmp_path / "plain.txt"
    export_pairs(waiting, masked)
    export_pairs(waiting, plain, masked=False)
    text = masked.read_text(encoding="utf-8")
    assert [each for each in PLANTED if each in text] == []
    assert "W5500" in text
    assert "cs.kim@abc.co.kr" in plain.read_text(encoding="utf-8")


def test_an_untouched_masked_file_keeps_everything_as_it_was(
    waiting: Project, tmp_path: Path
) -> None:
    """A placeholder is no edit."""
    before = {each.id: each.turns for each in list_examples(waiting.database)}
    export_pairs(waiting, tmp_path / "pairs.txt")
    summary = apply_pairs(waiting, tmp_path / "pairs.txt", "mina")
    assert set(summary.kept) == set(before)
    assert summary.edited == ()
    assert {each.id: each.turns for each in list_examples(waiting.database)} == before


def test_an_edit_of_a_masked_file_has_the_real_words(waiting: Project, tmp_path: Path) -> None:
    """What the reviewer did not touch stays the source's, letter for letter."""
    path = tmp_path / "pairs.txt"
    export_pairs(waiting, path)
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("소켓은 8개입니다.", "소켓은 모두 8개입니다."), encoding="utf-8")
    summary = apply_pairs(waiting, path, "mina")
    assert len(summary.edited) == 1
    answers = [t.answer for each in list_examples(waiting.database) for t in each.turns]
    (edited,) = (each for each in answers if "모두 8개" in each)
    assert "cs.kim@abc.co.kr로 보냈습니다" in edited
    assert "이메일 주소" not in edited
