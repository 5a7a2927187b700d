"""Columns of tables: known by their usual names, or named, and what a row of them means."""

from pathlib import Path

import pytest

from chatmill.errors import InputError, SettingsError, UnknownFormatError
from chatmill.settings import ImportSettings
from reading import ReadExport, read_export, write_export


def read_mapped(path: Path, **columns: str) -> ReadExport:
    """Read a table whose columns are named."""
    return read_export(path, settings=ImportSettings(columns=columns, require_columns=True))


def test_mapping_to_nothing_known_is_refused(tmp_path: Path) -> None:
    """A role there is none of, or no text at all, is a mistake in the settings."""
    path = write_export(tmp_path, "a.csv", "who,body\nKim,hi\nPark,yo\n")
    with pytest.raises(
        SettingsError, match=r"no column can be mapped to 'speeker'.*Known: agent, answer"
    ):
        read_mapped(path, text="body", speeker="who")
    with pytest.raises(SettingsError, match="neither a text column nor"):
        read_mapped(path, speaker="who")


def test_id_that_comes_back_is_the_rooms(tmp_path: Path) -> None:
    """In `id,speaker,text` tables of dialogues the id is the dialogue's, not the message's."""
    text = "id,speaker,text\n" + "".join(f"d{n},{who},hi\n" for n in (1, 2, 3) for who in "UAU")
    export = read_export(write_export(tmp_path, "a.csv", text))
    assert [room.key for room in export.rooms] == ["d1", "d2", "d3"]
    assert len(export.messages) == 9


@pytest.mark.parametrize("header", ["질문,답변", "Question,Answer", "instruction,output"])
def test_pairs_of_questions_and_answers(tmp_path: Path, header: str) -> None:
    """Each row of a two-column table is a conversation; an answer alone is rejected."""
    text = f"{header}\nW5500 소켓은?,8개입니다\n,혼자인 답\n아직 답이 없나요?,\n"
    export = read_export(write_export(tmp_path, "faq.csv", text))
    assert [room.key for room in export.rooms] == ["faq.csv#1", "faq.csv#3"]
    assert [(each.role, each.text) for each in export.messages] == [
        ("customer", "W5500 소켓은?"),
        ("agent", "8개입니다"),
        ("customer", "아직 답이 없나요?"),
    ]
    assert export.messages[1].reply_to == export.messages[0].id
    assert [(each.line, each.raw) for each in export.rejections] == [(3, "혼자인 답")]


def test_table_of_unknown_names_says_which_there_are(tmp_path: Path) -> None:
    """Rows that are cut alike are a table: its columns are listed, with what to type."""
    text = "티켓,상담자,메모,등록일시\n1,김,소켓 수,2024-03-11\n1,박,여덟,2024-03-11\n"
    for sign in ",\t;|":
        path = write_export(tmp_path, "a.csv", text.replace(",", sign))
        with pytest.raises(InputError, match=r"there are: 티켓, 상담자, .* --columns text=body"):
            read_export(path)
    prose = write_export(tmp_path, "b.txt", "Hello, world\nNothing here\nand, so, on\n")
    with pytest.raises(UnknownFormatError):
        read_export(prose)


@pytest.mark.parametrize(
    "header",
    [
        "접수일자,고객명,문의내용,답변내용,상담사명",
        "등록일시,작성자명,질문,답변,담당자",
        "처리일시,문의자,질문,답변,답변자",
        "Created At,Requester Name,Question,Answer,Agent Name",
    ],
)
def test_people_and_dates_of_questions_are_known(tmp_path: Path, header: str) -> None:
    """Who asked, who answered and when is read under the names that help desks give it."""
    text = f"{header}\n2024-03-11,김민수,몇 개인가요?,8개입니다,박지현\n2024-03-12,,왜?,그래서,\n"
    export = read_export(write_export(tmp_path, "faq.csv", text))
    assert [(each.sent_at, each.speaker, each.role) for each in export.messages] == [
        ("2024-03-11", "김민수", "customer"),
        ("2024-03-11", "박지현", "agent"),
        ("2024-03-12", "Q", "customer"),
        ("2024-03-12", "A", "agent"),
    ]


def test_answer_beside_a_text_is_kept(tmp_path: Path) -> None:
    """A board's rows hold what somebody wrote and its answer; both are read."""
    text = "제목,작성자,내용,답변\n소켓,김민수,몇 개인가요?,8개입니다\n"
    export = read_export(write_export(tmp_path, "board.csv", text))
    assert [(each.speaker, each.role, each.text) for each in export.messages] == [
        *(("김민수", "customer", "몇 개인가요?"), ("A", "agent", "8개입니다"))
    ]
    assert export.rooms[0].title == "소켓"


def test_role_says_which_of_two_people_wrote_a_row(tmp_path: Path) -> None:
    """Rows that name a customer and an agent are the one's whose role they name."""
    rows = "고객,김,박,몇 개?\n상담사,김,박,여덟\n시스템,김,박,종료\n"
    text = f"화자구분,고객명,상담사명,내용\n{rows}"
    export = read_export(write_export(tmp_path, "a.csv", text))
    assert [(each.role, each.speaker) for each in export.messages] == [
        *(("customer", "김"), ("agent", "박"), ("system", ""))
    ]
    alone = read_export(write_export(tmp_path, "b.csv", "고객명,내용\n김,하나\n이,둘\n"))
    assert [each.speaker for each in alone.messages] == ["김", "이"]
    unsaid = read_export(write_export(tmp_path, "c.csv", text.replace("화자구분", "비고")))
    assert {each.speaker for each in unsaid.messages} == {""}
    with pytest.raises(SettingsError, match="no column that says which of them wrote a row"):
        read_mapped(tmp_path / "c.csv", text="내용", customer="고객명", agent="상담사명")


def test_day_stands_before_a_clock_only(tmp_path: Path) -> None:
    """A second date in a row is not put before a time that has its own."""
    rows = "2024-03-01,2024-03-11 09:12,Kim,hi\n2024-03-01,9:12,Kim,yo\n"
    path = write_export(tmp_path, "a.csv", f"접수일자,작성일시,작성자,내용\n{rows}")
    export = read_export(path)
    assert [each.sent_at for each in export.messages] == ["2024-03-11 09:12", "2024-03-01 09:12"]
