"""Exports of one room that grow and overlap: nothing twice, nothing lost, nobody in two persons."""

from pathlib import Path

import pytest

from chatmill.project import Project
from chatmill.stages.import_ import import_files
from reading import write_export

Line = tuple[int, int, str, str]
"""Day in March, minute after nine, speaker, text; a line without speaker is the platform's."""
TALK: tuple[Line, ...] = (
    (11, 1, "", "최도윤님이 김민수님을 초대했습니다."),
    (11, 2, "김민수", "VERSIONR이 0x00입니다"),
    (11, 2, "김민수", "네"),
    (11, 2, "최도윤", "네"),
    (11, 2, "김민수", "네"),
    (11, 3, "최도윤", "리셋 핀을 보세요\n풀업도요"),
    (11, 4, "김민수", "사진"),
    (12, 5, "", "한지우님이 들어왔습니다."),
    (12, 6, "한지우", "가격은요?"),
    (12, 7, "최도윤", "영업팀에 물어보세요"),
    (12, 7, "최도윤", "010입니다"),
    (13, 1, "김민수", "해결됐습니다"),
    (13, 1, "김민수", "감사합니다"),
    (13, 2, "", "한지우님이 나갔습니다."),
)


def android(lines: tuple[Line, ...], names: dict[str, str]) -> str:
    """Write what an Android phone exports, with the names it has for people."""
    out = ["기술지원방 3 님과 카카오톡 대화\r\n저장한 날짜 : 2024년 3월 14일 오전 10:05\n\n\r\n"]
    for day, minute, speaker, text in lines:
        said = f"{names.get(speaker, speaker)} : {text}" if speaker else text
        out.append(f"2024년 3월 {day}일 오전 9:{minute:02}, {said}\r\n")
    return "".join(out)


def iphone(lines: tuple[Line, ...], names: dict[str, str]) -> str:
    """Write what an iPhone exports."""
    out = [
        "기술지원방 (3명)과 카카오톡 대화-1.txt\r\n저장한 날짜 : 2024. 3. 14. 오전 10:05\r\n\r\n"
    ]
    for day, minute, speaker, text in lines:
        said = f", {names.get(speaker, speaker)} : {text}" if speaker else f": {text}"
        out.append(f"2024. 3. {day}. 오전 9:{minute:02}{said}\r\n")
    return "".join(out)


def windows(lines: tuple[Line, ...], names: dict[str, str]) -> str:
    """Write what Windows exports: system lines have no time."""
    out = ["기술지원방 님과 카카오톡 대화\r\n저장한 날짜 : 2024-03-14 10:05:00\r\n\r\n"]
    before = 0
    for day, minute, speaker, text in lines:
        if day != before:
            out.append(f"--------------- 2024년 3월 {day}일 월요일 ---------------\r\n")
            before = day
        said = f"[{names.get(speaker, speaker)}] [오전 9:{minute:02}] {text}" if speaker else text
        out.append(said.replace("\n", "\r\n") + "\r\n")
    return "".join(out)


WRITERS = {"android": android, "iphone": iphone, "windows": windows}


def spoken(project: Project) -> list[tuple[str, str]]:
    """Speaker and text of everything said."""
    (room,) = project.conversations
    return [(each.speaker, each.text) for each in room.messages if each.role != "system"]


SAID = [(speaker, text) for _, _, speaker, text in TALK if speaker]


@pytest.mark.parametrize(
    ("writer", "order"),
    [
        ("android", (5, 9, 14)),
        ("android", (9, 14, 5)),
        ("iphone", (14, 9, 5)),
        ("windows", (5, 9, 14)),
        ("windows", (14, 9, 5)),
    ],
)
def test_weekly_exports_in_any_order_are_one_room(
    project: Project, tmp_path: Path, writer: str, order: tuple[int, ...]
) -> None:
    """Each export adds what is new, the newest may come first, and no equal message is lost."""
    for n_lines in order:
        text = WRITERS[writer](TALK[:n_lines], {"최도윤": "회원님"} if n_lines < 14 else {})
        import_files(project, [write_export(tmp_path, f"week{n_lines}.txt", text)])
    assert spoken(project) == SAID
    assert project.conversations.count().n_messages == len(TALK)


@pytest.mark.parametrize(
    ("first", "second"),
    [("android", "iphone"), ("windows", "android"), ("android", "windows"), ("iphone", "windows")],
)
def test_two_devices_that_saw_different_parts(
    project: Project, tmp_path: Path, first: str, second: str
) -> None:
    """One device has the beginning, the other the end, and both have the middle."""
    early = WRITERS[first](TALK[:11], {"최도윤": "회원님"})
    late = WRITERS[second](TALK[1:], {"김민수": "회원님", "최도윤": "최도윤 대리(WIZnet)"})
    import_files(project, [write_export(tmp_path, "early.txt", early)])
    (report,) = import_files(project, [write_export(tmp_path, "late.txt", late)]).files
    assert report.n_new == 3
    known = {"최도윤": "최도윤 대리(WIZnet)"}
    assert spoken(project) == [(known.get(speaker, speaker), text) for speaker, text in SAID]
    assert {(each.speaker.name, each.same_as.name) for each in report.same_speakers} == {
        ("회원님", "최도윤 대리(WIZnet)"),
        ("회원님", "김민수"),
    }


def test_same_import_again_learns_nothing_new(project: Project, tmp_path: Path) -> None:
    """What is known of names is not recorded twice, and no role is changed."""
    text = android(TALK, {})
    import_files(project, [write_export(tmp_path, "a.txt", text)])
    renamed = android(TALK, {"최도윤": "도윤"})
    import_files(project, [write_export(tmp_path, "b.txt", renamed)])
    again = write_export(tmp_path, "c.txt", renamed + "2024년 3월 13일 오전 9:30, 도윤 : 끝\r\n")
    (report,) = import_files(project, [again]).files
    assert report.same_speakers == ()
    assert spoken(project)[-1] == ("최도윤", "끝")
