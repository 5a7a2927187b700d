"""KakaoTalk: every variant gives the same room, and nothing a person pasted becomes a message."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatmill.importers.kakaotalk.kinds import classify
from reading import read_export, write_export

EXPORTER = "최도윤"
SELF_NAMES = {"회원님", "you", "You"}
ANDROID = (
    "\ufeffW5500 기술지원방 5 님과 카카오톡 대화\r\n"
    "저장한 날짜 : 2024년 3월 13일 오전 10:05\n\n\r\n"
    "2024년 3월 11일 오전 9:12\r\n"
)
WINDOWS = (
    "기술지원방 님과 카카오톡 대화\r\n저장한 날짜 : 2024-03-13 10:05:00\r\n\r\n"
    "--------------- 2024년 3월 11일 월요일 ---------------\r\n"
)


def variants() -> list[str]:
    """Names of the shared fixtures that hold the expected conversation."""
    return [
        "android_en_2015.txt",
        "android_en_2020.txt",
        "android_ko_2015.txt",
        "android_ko_2020.txt",
        "android_ko_2025.txt",
        "android_ko_2025_lf.txt",
        "ios_en_2015.txt",
        "ios_ko_2015.txt",
        "ios_ko_2019.txt",
        "mac_ko.csv",
        "windows_ko_2015.txt",
        "windows_ko_2020.txt",
        "windows_ko_2020_cp949.txt",
    ]


@pytest.mark.parametrize("name", variants())
def test_variant_gives_exactly_the_expected_messages(shared: Path, name: str) -> None:
    """Time, speaker, kind and text survive every phone, language, encoding and line end."""
    folder = shared / "data" / "formats" / "kakaotalk"
    expected = json.loads((folder / "expected.json").read_text(encoding="utf-8"))
    export = read_export(folder / name)
    assert export.importer == "kakaotalk"
    assert export.rejections == ()
    if not name.startswith("mac"):
        assert [room.title for room in export.rooms] == [expected["room"]]
    assert len(export.messages) == len(expected["messages"])
    for message, wanted in zip(export.messages, expected["messages"], strict=True):
        is_timed = not (name.startswith("windows") and wanted["kind"] == "system")
        assert message.sent_at[:16] == (wanted["time"] if is_timed else "")
        assert message.kind == wanted["kind"]
        speaker = EXPORTER if message.speaker in SELF_NAMES else message.speaker
        assert speaker == wanted["speaker"]
        if wanted["text"] is not None:
            assert message.text == wanted["text"]


def test_variants_of_a_room_give_the_same_ids(shared: Path) -> None:
    """Exports from two phones, in which the exporter has two names, merge instead of doubling."""
    folder = shared / "data" / "formats" / "kakaotalk"
    same = ["android_ko_2015.txt", "android_ko_2025.txt", "ios_ko_2015.txt", "windows_ko_2020.txt"]
    ids = [[message.id for message in read_export(folder / name).messages] for name in same]
    assert ids[0] == ids[1] == ids[2] == ids[3]
    assert len(set(ids[0])) == len(ids[0])


def test_pasted_log_lines_stay_in_their_message(shared: Path) -> None:
    """A line after LF is no record, whatever it looks like, where records end in CRLF."""
    export = read_export(shared / "data" / "formats" / "kakaotalk" / "edge_android_crlf.txt")
    by_speaker = {message.speaker: message for message in export.messages}
    assert by_speaker["가:나"].text == "다 : 이름에 콜론이 있습니다"
    assert "2025년 1월 2일 오후 12:09, 소켓 : CLOSED\n" in export.texts[2]
    assert by_speaker["장난"].kind == "text"
    assert by_speaker["오픈채팅봇"].role == "bot"
    assert [message.kind for message in export.messages if not message.speaker] == ["system"] * 2
    assert export.texts[7] == "사진\n이라는 단어로 시작하는 글입니다"


def test_names_may_hold_the_signs_of_the_format(tmp_path: Path) -> None:
    """Commas, brackets and colons in names do not cut them."""
    android = write_export(
        tmp_path,
        "a.txt",
        ANDROID
        + "2024년 3월 11일 오전 9:12, 이서준, HW팀 : 감사합니다 : 됩니다\r\n"
        + "2024년 3월 11일 오후 12:00, 박지현 [WIZnet] : 네\r\n",
    )
    assert read_export(android).lines == [
        ("2024-03-11 09:12", "이서준, HW팀", "text", "감사합니다 : 됩니다"),
        ("2024-03-11 12:00", "박지현 [WIZnet]", "text", "네"),
    ]
    windows = write_export(
        tmp_path, "w.txt", WINDOWS + "[박지현 [WIZnet]] [오전 12:05] [중요] [오전 9:00] 회의\r\n"
    )
    assert read_export(windows).lines == [
        ("2024-03-11 00:05", "박지현 [WIZnet]", "text", "[중요] [오전 9:00] 회의")
    ]


OTHER_VARIANTS = {
    "android_en_at": (
        "KakaoTalk Chats with Room (4)\n"
        "Date Saved : March 13, 2024 at 9:00\u202fa.m.\n\n"
        "March 11, 2024 at 9:12\u202fa.m.\n"
        "March 11, 2024 at 9:12\u202fa.m., Kim : hello\n"
    ),
    "ios_en_24_hours": (
        "KakaoTalk Chats with Room (2 people)-1.txt\n"
        "Date Saved : Jan 1, 2015 at 10:00\n\n"
        "Wednesday, December 31, 2014\n"
        "Dec 31, 2014 at 19:12, 이름 : hello\n"
    ),
    "ios_ko_time_only": (
        "P2 님과 카카오톡 대화\n저장한 날짜 : 2019. 7. 10. 오전 1:00\n\n"
        "2019년 7월 9일 화요일\n오후 8:36, 이름 : text\n\n2019년 7월 10일 수요일\n"
        "오전 12:01, 이름 : 다음 날\n"
    ),
    "windows_en": (
        "Room with KakaoTalk Chats\r\n"
        "Date Saved : 2020-11-03 10:44:52\r\n\r\n"
        "--------------- Sunday, June 28, 2020 ---------------\r\n"
        "[name] [2:37 PM] text\r\n[name] [20:36] more\r\n"
    ),
    "mac": (
        'Date,User,Message\n2015-07-09 20:34:26,"박영우","말 ""인용"", 쉼표"\n'
        ',"박영우","The message has been deleted."\n'
    ),
}
EXPECTED_LINES = {
    "android_en_at": [
        ("2024-03-11 09:12", "Kim", "text", "hello"),
    ],
    "ios_en_24_hours": [
        ("2014-12-31 19:12", "이름", "text", "hello"),
    ],
    "ios_ko_time_only": [
        ("2019-07-09 20:36", "이름", "text", "text"),
        ("2019-07-10 00:01", "이름", "text", "다음 날"),
    ],
    "windows_en": [
        ("2020-06-28 14:37", "name", "text", "text"),
        ("2020-06-28 20:36", "name", "text", "more"),
    ],
    "mac": [
        ("2015-07-09 20:34:26", "박영우", "text", '말 "인용", 쉼표'),
        ("", "박영우", "deleted", "The message has been deleted."),
    ],
}


@pytest.mark.parametrize("variant", OTHER_VARIANTS)
def test_variants_known_from_other_parsers(tmp_path: Path, variant: str) -> None:
    """The variants without a shared fixture are read too."""
    export = read_export(write_export(tmp_path, "export.txt", OTHER_VARIANTS[variant]))
    assert export.importer == "kakaotalk"
    assert export.lines == EXPECTED_LINES[variant]
    assert export.rejections == ()


def test_file_without_heading_takes_its_own_name(tmp_path: Path) -> None:
    """An export whose first lines somebody cut is still read."""
    text = "2024년 3월 11일 오전 9:12, 가 : 하나\n2024년 3월 11일 오전 9:13, 나 : 둘\n"
    export = read_export(write_export(tmp_path, "우리방.txt", text))
    assert export.importer == "kakaotalk"
    assert [room.key for room in export.rooms] == ["우리방"]
    assert export.texts == ["하나", "둘"]


def test_windows_system_lines_have_no_time(tmp_path: Path) -> None:
    """Windows gives system lines neither name nor time, and none is invented."""
    text = (
        WINDOWS
        + "[가] [오전 9:12] 하나\r\n계속\r\n\r\n마지막 줄\r\n나님이 들어왔습니다.\r\n"
        + "[나] [오전 9:13] 둘\r\n"
    )
    assert read_export(write_export(tmp_path, "w.txt", text)).lines == [
        ("2024-03-11 09:12", "가", "text", "하나\n계속\n\n마지막 줄"),
        ("", "", "system", "나님이 들어왔습니다."),
        ("2024-03-11 09:13", "나", "text", "둘"),
    ]


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("사진", "photo"),
        ("<사진 읽지 않음>", "photo"),
        ("(Photo)", "photo"),
        ("사진 3장", "photo"),
        ("동영상", "video"),
        ("이모티콘", "emoticon"),
        ("음성메시지", "voice"),
        ("파일: 회로도.pdf", "file"),
        ("보이스톡 해요", "call"),
        ("보이스톡 3:25", "call"),
        ("페이스톡 해요", "call"),
        ("삭제된 메시지입니다.", "deleted"),
        ("톡게시판 '투표': 점심", "notice"),
        ("사진 보내 주세요", "text"),
        ("파일 이름이 뭔가요", "text"),
        ("보이스톡 해요?", "text"),
    ],
)
def test_placeholders_are_told_from_words(text: str, kind: str) -> None:
    """What stands for a picture or call is marked; a sentence that begins alike is not."""
    assert classify(text)[0] == kind


def test_file_placeholder_names_the_attachment() -> None:
    """The name of a sent file is kept apart."""
    assert classify("파일: w5500_schematic.pdf") == ("file", ("w5500_schematic.pdf",))


def test_lines_before_the_first_message_are_rejected_with_their_number(tmp_path: Path) -> None:
    """Nothing is dropped silently, also not above the first message."""
    text = ANDROID.replace("\n\n\r\n", "\n이 줄은 누가 적었습니다\r\n") + (
        "2024년 3월 11일 오전 9:12, 가 : 하나\r\n"
    )
    export = read_export(write_export(tmp_path, "k.txt", text))
    assert [(each.line, each.raw) for each in export.rejections] == [(3, "이 줄은 누가 적었습니다")]
    assert export.texts == ["하나"]


NAMES = st.sampled_from(["김민수", "이서준, HW팀", "박지현 [WIZnet]", "Dana Lee", "가:나"])
LINE = st.from_regex(r"[a-zA-Z가-힣0-9?!.,:() ]{0,20}[a-zA-Z가-힣?!]", fullmatch=True)
TALK = st.lists(
    st.tuples(
        st.integers(0, 3 * 24 * 60 - 1),
        NAMES,
        st.lists(LINE, min_size=1, max_size=3).map("\n".join),
    ),
    min_size=1,
    max_size=12,
).map(lambda talk: sorted(talk, key=lambda each: each[0]))


def written_time(minute: int) -> tuple[str, str, str]:
    """Day and clock as KakaoTalk writes them, and as we do, some minutes after 11 March."""
    day, clock = 11 + minute // 1440, minute % 1440
    half = "오전" if clock < 720 else "오후"
    return (
        f"2024년 3월 {day}일",
        f"{half} {clock // 60 % 12 or 12}:{clock % 60:02}",
        f"2024-03-{day} {clock // 60:02}:{clock % 60:02}",
    )


def as_android(talk: list[tuple[int, str, str]]) -> str:
    """Write a talk as Android does: CRLF after a message, LF inside one."""
    lines = ["방 5 님과 카카오톡 대화\r\n저장한 날짜 : 2024년 3월 15일 오전 10:05\n\n\r\n"]
    before = ""
    for minute, speaker, text in talk:
        day, clock, _ = written_time(minute)
        if day != before:
            lines.append(f"\r\n{day} {clock}\r\n")
            before = day
        lines.append(f"{day} {clock}, {speaker} : {text}\r\n")
    return "".join(lines)


def as_windows(talk: list[tuple[int, str, str]]) -> str:
    """Write a talk as Windows does: CRLF everywhere, the day on a line of its own."""
    lines = ["방 님과 카카오톡 대화\r\n저장한 날짜 : 2024-03-15 10:05:00\r\n\r\n"]
    before = ""
    for minute, speaker, text in talk:
        day, clock, _ = written_time(minute)
        if day != before:
            lines.append(f"--------------- {day} 월요일 ---------------\r\n")
            before = day
        lines.append(
            f"[{speaker}] [{clock}] {text}\r\n".replace("\r\n", "\n").replace("\n", "\r\n")
        )
    return "".join(lines)


@given(talk=TALK)
def test_talk_comes_back_from_phone_and_desktop(
    tmp_path_factory: pytest.TempPathFactory, talk: list[tuple[int, str, str]]
) -> None:
    """Written as Android and as Windows, a talk is read back, with the same ids from both."""
    folder = tmp_path_factory.getbasetemp()
    exports = [
        read_export(write_export(folder, "talk.txt", write(talk)))
        for write in (as_android, as_windows)
    ]
    wanted = [(written_time(minute)[2], speaker, text) for minute, speaker, text in talk]
    for export in exports:
        assert [(each.sent_at, each.speaker, each.text) for each in export.messages] == wanted
        assert [room.key for room in export.rooms] == ["방"]
        assert export.rejections == ()
    assert [each.id for each in exports[0].messages] == [each.id for each in exports[1].messages]
