"""KakaoTalk names that hold the sign between name and words: told by the lines above them."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatmill.importers.kakaotalk.names import NameCutter
from reading import read_export, write_export

LONG = "영업 : 김민수"


@pytest.mark.parametrize(
    "above",
    [
        f"{LONG}님이 들어왔습니다.",
        f"최도윤님이 {LONG}님과 박지현님을 초대했습니다.",
        f"최도윤님이 {LONG}님을 초대했습니다.",
        f"Choi invited {LONG} and Park.",
    ],
)
def test_colon_in_a_name_is_told_by_the_lines_above(tmp_path: Path, above: str) -> None:
    """Who came in as `영업 : 김민수` says so, also when the words hold a colon too."""
    text = (
        "방 3 님과 카카오톡 대화\r\n저장한 날짜 : 2024년 3월 13일 오전 10:05\n\n\r\n"
        f"2024년 3월 11일 오전 9:11, {above}\r\n"
        f"2024년 3월 11일 오전 9:12, {LONG} : 참고 : 8개입니다\r\n"
        "2024년 3월 11일 오전 9:13, 박지현 : 영업 : 네\r\n"
    )
    export = read_export(write_export(tmp_path, "a.txt", text))
    assert [(each.speaker, each.text) for each in export.messages] == [
        ("", above),
        (LONG, "참고 : 8개입니다"),
        ("박지현", "영업 : 네"),
    ]
    assert export.messages[0].role == "system"


def test_iphone_system_lines_teach_names_too(tmp_path: Path) -> None:
    """An iPhone marks system lines, so their names are certain."""
    text = (
        "방 (3명)과 카카오톡 대화-1.txt\r\n\r\n"
        f"2024. 3. 11. 오전 9:11: {LONG}님이 들어왔습니다.\r\n"
        f"2024. 3. 11. 오전 9:12, {LONG} : 네\r\n"
    )
    export = read_export(write_export(tmp_path, "a.txt", text))
    assert [each.speaker for each in export.messages] == ["", LONG]


@pytest.mark.parametrize(
    ("rest", "cut"),
    [
        ("김민수 (영업 : 서울) : 네", ("김민수 (영업 : 서울)", "네")),
        ("김민수 [A : B] : 참고 : 네", ("김민수 [A : B]", "참고 : 네")),
        ("김민수 : (참고 : 네)", ("김민수", "(참고 : 네)")),
        (":( : 슬퍼요", (":(", "슬퍼요")),
        ("김민수 :", ("김민수", "")),
        ("가:나 : 다", ("가:나", "다")),
        ("장난 : 장난님이 나갔습니다.", ("장난", "장난님이 나갔습니다.")),
        ("채팅방 관리자가 메시지를 가렸습니다.", ("", "채팅방 관리자가 메시지를 가렸습니다.")),
    ],
)
def test_names_are_cut_where_they_end(rest: str, cut: tuple[str, str]) -> None:
    """An open bracket is closed first; a joke in a message is no system line."""
    assert NameCutter().cut(rest) == cut


def test_known_speakers_words_are_no_system_line() -> None:
    """Somebody who has spoken may quote who came in."""
    cutter = NameCutter()
    cutter.cut("박지현 : 네")
    assert cutter.cut("박지현 : 김민수님이 들어왔습니다.") == ("박지현", "김민수님이 들어왔습니다.")


@given(rests=st.lists(st.text(alphabet="가나 :.()님이들어왔습니다", max_size=30), max_size=8))
def test_cutting_never_looks_ahead(rests: list[str]) -> None:
    """A grown export is cut like the shorter one: what follows changes nothing above it."""

    def cut_all(lines: list[str]) -> list[tuple[str, str]]:
        cutter = NameCutter()
        return [cutter.cut(line) for line in lines]

    assert cut_all(rests)[:-1] == cut_all(rests[:-1])
