"""WhatsApp: every phone, language and order of dates gives the same room."""

import json
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatmill.importers import load_importer
from chatmill.importers.base import Room
from chatmill.importers.decoding import look_at
from chatmill.importers.sources import LocalFile
from chatmill.importers.whatsapp.dates import (
    DAY_FIRST,
    MONTH_FIRST,
    YEAR_FIRST,
    decide_order,
    iso_clock,
)
from chatmill.importers.whatsapp.kinds import content_of
from chatmill.settings import ImportSettings
from reading import ReadExport, read_export, write_export

LRM = "\u200e"
OWN = ["whatsapp_android_us.txt", "whatsapp_ios.txt", "whatsapp_ko.txt"]


@pytest.mark.parametrize("name", OWN)
def test_shared_thread_comes_out_of_every_phone(shared: Path, name: str) -> None:
    """The five-message thread is read alike from Android, iPhone and a Korean phone."""
    folder = shared / "data" / "formats" / "own"
    gold = json.loads((folder / "expected_gold.json").read_text(encoding="utf-8"))["messages"]
    export = read_export(folder / name)
    assert export.importer == "whatsapp"
    assert export.rejections == ()
    spoken = [each for each in export.messages if each.kind == "text"]
    assert [(each.speaker, each.text) for each in spoken] == [
        (each["speaker"], each["text"]) for each in gold
    ]
    clocks = [each.sent_at[:16] for each in spoken]
    assert clocks == [f"2024-03-11 09:{minute}" for minute in (12, 14, 15, 15, 20)]
    assert export.messages[0].role == "system"


def test_phones_give_the_same_ids(shared: Path) -> None:
    """Exports of one room from an iPhone and an Android phone merge instead of doubling."""
    folder = shared / "data" / "formats" / "own"
    android, iphone, korean = (read_export(folder / name).messages for name in OWN)
    assert [each.id for each in android[1:]] == [each.id for each in iphone[1:]]
    assert [each.id for each in korean[1:]] == [each.id for each in android[1:6]]


def read_lines(folder: Path, *lines: str, name: str = "chat.txt") -> ReadExport:
    """Read a small export."""
    return read_export(write_export(folder, name, "".join(f"{line}\n" for line in lines)))


FORMS = {
    "ios_us": ("[8/21/24, 2:38:05 PM] Kim: hi", "2024-08-21 14:38:05"),
    "ios_us_narrow": ("[8/21/24, 2:38:05\u202fPM] Kim: hi", "2024-08-21 14:38:05"),
    "ios_eu": ("[21.08.24, 14:38:05] Kim: hi", "2024-08-21 14:38:05"),
    "ios_uk": ("[21/08/2024, 14:38:05] Kim: hi", "2024-08-21 14:38:05"),
    "ios_ko": ("[2024. 8. 21. 오후 2:38:05] Kim: hi", "2024-08-21 14:38:05"),
    "ios_marked": (f"{LRM}[8/21/24, 2:38:05 PM] Kim: hi", "2024-08-21 14:38:05"),
    "android_us": ("8/21/24, 2:38 PM - Kim: hi", "2024-08-21 14:38"),
    "android_us_24": ("8/21/24, 14:38 - Kim: hi", "2024-08-21 14:38"),
    "android_eu": ("21.08.24, 14:38 - Kim: hi", "2024-08-21 14:38"),
    "android_uk": ("21/08/2024, 2:38 pm - Kim: hi", "2024-08-21 14:38"),
    "android_spain": ("21/8/24, 2:38 p. m. - Kim: hi", "2024-08-21 14:38"),
    "android_ko": ("2024. 8. 21. 오후 2:38 - Kim: hi", "2024-08-21 14:38"),
    "android_ko_words": ("2024년 8월 21일 오후 2:38 - Kim: hi", "2024-08-21 14:38"),
    "android_ko_short": ("24/8/21 PM 2:38 - Kim: hi", "2024-08-21 14:38"),
    "android_japan": ("2024/08/21 14:38 - Kim: hi", "2024-08-21 14:38"),
}


@pytest.mark.parametrize("form", FORMS)
def test_every_form_of_a_record_is_read(tmp_path: Path, form: str) -> None:
    """Brackets or dash, US, European or Korean dates, 12 or 24 hours, odd spaces and marks."""
    line, sent_at = FORMS[form]
    export = read_lines(tmp_path, line, line.replace("hi", "안녕"))
    assert export.importer == "whatsapp"
    assert export.lines == [(sent_at, "Kim", "text", "hi"), (sent_at, "Kim", "text", "안녕")]


@pytest.mark.parametrize(
    ("clock", "written"),
    [
        ("오전 12:05", "00:05"),
        ("오후 12:05", "12:05"),
        ("12:05 AM", "00:05"),
        ("12:05\u202fpm", "12:05"),
        ("PM 2:38", "14:38"),
        ("2:38 p.\u00a0m.", "14:38"),
        ("23.59", "23:59"),
        ("25:00", None),
    ],
)
def test_noon_and_midnight_are_told_apart(clock: str, written: str | None) -> None:
    """Twelve o'clock is the hour everybody gets wrong."""
    assert iso_clock(clock) == written


@pytest.mark.parametrize(
    ("dates", "order"),
    [
        (["3/4/24", "3/13/24"], MONTH_FIRST),
        (["3/4/24", "13/4/24"], DAY_FIRST),
        (["1/2/24", "2/2/24", "3/2/24", "5/2/24"], DAY_FIRST),
        (["2/1/24", "2/2/24", "2/3/24", "2/5/24"], MONTH_FIRST),
        (["24/8/9", "24/8/10", "24/9/1"], YEAR_FIRST),
        (["09/08/24", "10/08/24", "01/09/24"], DAY_FIRST),
        (["2024-03-04"], YEAR_FIRST),
        (["03.04.24"], DAY_FIRST),
        (["03/04/2024"], DAY_FIRST),
        ([], YEAR_FIRST),
    ],
)
def test_order_of_a_date_is_decided_over_the_file(dates: list[str], order: object) -> None:
    """Impossible days, steps back in time and jumps decide; one pasted date does not."""
    assert decide_order((date, "14:38") for date in dates) == order


def test_ambiguous_us_date_follows_its_clock() -> None:
    """Where one day is all there is, the way it is written decides."""
    assert decide_order([("3/4/24", "2:38 PM")]) == MONTH_FIRST
    assert decide_order([("24/8/9", "PM 2:38")]) == YEAR_FIRST


def test_late_evidence_reaches_the_first_message(tmp_path: Path) -> None:
    """The day that tells stands at the end of the file and dates its beginning too."""
    export = read_lines(
        tmp_path, "3/4/24, 9:00 - 가: 하나", "3/4/24, 9:01 - 나: 둘", "13/4/24, 9:00 - 가: 셋"
    )
    assert [each.sent_at for each in export.messages] == [
        "2024-04-03 09:00",
        "2024-04-03 09:01",
        "2024-04-13 09:00",
    ]


@pytest.mark.parametrize(
    ("text", "kind", "words", "attachments"),
    [
        ("<Media omitted>", "file", "<Media omitted>", ()),
        ("<미디어 파일을 제외한 대화>", "file", "<미디어 파일을 제외한 대화>", ()),
        (f"{LRM}image omitted", "photo", "image omitted", ()),
        (f"{LRM}video omitted", "video", "video omitted", ()),
        (f"{LRM}audio omitted", "voice", "audio omitted", ()),
        (f"{LRM}sticker omitted", "emoticon", "sticker omitted", ()),
        (f"{LRM}이미지 생략됨", "photo", "이미지 생략됨", ()),
        (
            f"회로도.pdf • {LRM}3 pages {LRM}document omitted",
            "file",
            "회로도.pdf • 3 pages document omitted",
            ("회로도.pdf",),
        ),
        (
            f"{LRM}<attached: 00000012-PHOTO-2024-03-11.jpg>",
            "photo",
            "<attached: 00000012-PHOTO-2024-03-11.jpg>",
            ("00000012-PHOTO-2024-03-11.jpg",),
        ),
        ("<첨부: 회로도.pdf>", "file", "<첨부: 회로도.pdf>", ("회로도.pdf",)),
        (
            "IMG-20240311-WA0001.jpg (file attached)\n이 보드입니다",
            "text",
            "이 보드입니다",
            ("IMG-20240311-WA0001.jpg",),
        ),
        (
            "PTT-20240311-WA0002.opus (file attached)",
            "voice",
            "PTT-20240311-WA0002.opus (file attached)",
            ("PTT-20240311-WA0002.opus",),
        ),
        ("This message was deleted", "deleted", "This message was deleted", ()),
        (f"{LRM}You deleted this message.", "deleted", "You deleted this message.", ()),
        ("삭제된 메시지", "deleted", "삭제된 메시지", ()),
        ("삭제된 메시지입니다.", "deleted", "삭제된 메시지입니다.", ()),
        ("Missed voice call", "call", "Missed voice call", ()),
        (f"Use 3.3 V {LRM}<This message was edited>", "text", "Use 3.3 V", ()),
        ("3.3V 입니다 <메시지가 수정됨>", "text", "3.3V 입니다", ()),
        ("@\u2068~\u202fKim\u2069 use 3.3 V", "text", "@Kim use 3.3 V", ()),
        ("삭제된 메시지는 어떻게 복구하나요?", "text", "삭제된 메시지는 어떻게 복구하나요?", ()),
        ("if (a < b) and (c > d)", "text", "if (a < b) and (c > d)", ()),
    ],
)
def test_placeholders_are_told_from_words(
    text: str, kind: str, words: str, attachments: tuple[str, ...]
) -> None:
    """Pictures, files, calls, deleted and edited messages, in English and Korean."""
    content = content_of(text)
    assert (content.kind, content.text) == (kind, words)
    assert content.attachments == attachments


def test_android_system_lines_have_no_speaker(tmp_path: Path) -> None:
    """Who came, went or renamed the group said nothing, even with a colon in the new name."""
    export = read_lines(
        tmp_path,
        "8/21/24, 2:38 PM - Messages and calls are end-to-end encrypted. Tap to learn more.",
        "8/21/24, 2:39 PM - Kim created group “W5500”",
        '8/21/24, 2:40 PM - Kim changed the subject from "A: b" to "C"',
        "8/21/24, 2:41 PM - Kim: sockets: 8",
        "8/21/24, 2:42 PM - 박지현님이 나갔습니다.",
    )
    assert [each.kind for each in export.messages] == ["system"] * 3 + ["text", "system"]
    assert export.lines[3] == ("2024-08-21 14:41", "Kim", "text", "sockets: 8")
    assert {each.speaker for each in export.messages if each.kind == "system"} == {""}


def test_iphone_system_lines_stand_under_a_name(tmp_path: Path) -> None:
    """An iPhone writes them as the room or a person, behind a mark nobody types."""
    export = read_lines(
        tmp_path,
        f"[8/21/24, 2:38:00 PM] W5500 help: {LRM}Messages and calls are end-to-end encrypted.",
        f"[8/21/24, 2:38:01 PM] W5500 help: {LRM}Kim created this group",
        f"[8/21/24, 2:38:02 PM] Kim: {LRM}Kim added ~\u202fPark",
        "[8/21/24, 2:38:03 PM] ~\u202fPark: Kim left",
        "[8/21/24, 2:38:04 PM] \u202a+82 10‑1234‑5678\u202c: 안녕하세요",
        name="_chat.txt",
    )
    assert [room.title for room in export.rooms] == ["W5500 help"]
    assert [each.kind for each in export.messages] == ["system"] * 3 + ["text"] * 2
    assert [each.speaker for each in export.messages[3:]] == ["Park", "+82 10‑1234‑5678"]


def test_question_about_encryption_is_a_question(tmp_path: Path) -> None:
    """A customer's words are no notice of WhatsApp's because they share its words."""
    words = "메시지와 통화는 종단간 암호화되나요?"
    export = read_lines(
        tmp_path, f"[24. 8. 21. 오후 2:38:00] 김: {words}", "[24. 8. 21. 오후 2:39:00] 이: 네"
    )
    assert export.lines[0][1:] == ("김", "text", words)


@pytest.mark.parametrize(
    ("name", "room"),
    [
        ("WhatsApp Chat with W5500 help.txt", "W5500 help"),
        ("WhatsApp Chat - W5500 help.txt", "W5500 help"),
        ("WhatsApp 대화 - 기술지원.txt", "기술지원"),
        ("기술지원님과 WhatsApp 대화.txt", "기술지원"),
        ("support.txt", "support"),
    ],
)
def test_room_is_named_by_the_file(tmp_path: Path, name: str, room: str) -> None:
    """The export holds no title, its name does."""
    export = read_lines(
        tmp_path, "8/21/24, 2:38 PM - Kim: hi", "8/21/24, 2:39 PM - Lee: yes", name=name
    )
    assert [each.key for each in export.rooms] == [room]


def test_chat_inside_an_archive_takes_the_archives_name(tmp_path: Path) -> None:
    """`_chat.txt` says nothing, the zip around it says the room."""
    folder = tmp_path / "WhatsApp Chat - W5500 help.zip"
    folder.mkdir()
    path = write_export(folder, "_chat.txt", "[8/21/24, 2:38:00 PM] Kim: hi\n")
    file = look_at(LocalFile(path), f"{folder}!_chat.txt", room_key="_chat.txt")
    first = next(iter(load_importer("whatsapp").read(file)))
    assert isinstance(first, Room)
    assert first.title == "W5500 help"


def test_pasted_record_stays_in_its_message(tmp_path: Path) -> None:
    """An iPhone ends records in CRLF, so a log line after LF is no record."""
    text = (
        "[21.08.24, 14:38:05] 김: 로그입니다\n[20.08.24, 10:00:00] 소켓: CLOSED\n끝\r\n"
        "[21.08.24, 14:39:05] 이: 네\r\n"
    )
    export = read_export(write_export(tmp_path, "_chat.txt", text))
    assert export.texts == ["로그입니다\n[20.08.24, 10:00:00] 소켓: CLOSED\n끝", "네"]


def test_time_zone_of_the_settings_is_added(tmp_path: Path) -> None:
    """WhatsApp writes the phone's wall time; the project says where the phone was."""
    path = write_export(
        tmp_path, "c.txt", "8/21/24, 2:38 PM - Kim: hi\n8/21/24, 2:39 PM - Lee: x\n"
    )
    export = read_export(path, settings=ImportSettings(timezone="Asia/Seoul"))
    assert export.messages[0].sent_at == "2024-08-21 14:38+09:00"
    assert export.messages[0].id == read_export(path).messages[0].id


def test_lines_above_the_first_message_are_listed(tmp_path: Path) -> None:
    """What belongs to no message is rejected with its line."""
    path = write_export(tmp_path, "c.txt", "note\n8/21/24, 2:38 PM - Kim: hi\n")
    export = read_export(path, importer="whatsapp")
    assert [(each.line, each.raw) for each in export.rejections] == [(1, "note")]


NAMES = st.sampled_from(["김민수", "Lee, HW", "박지현 [WIZnet]", "Dana - Lee"])
LINE = st.from_regex(r"[a-zA-Z가-힣0-9?!.,:() ]{0,20}[a-zA-Z가-힣?!]", fullmatch=True)
TALK = st.lists(
    st.tuples(st.integers(0, 60 * 24 * 60), NAMES, st.lists(LINE, min_size=1, max_size=3)),
    min_size=1,
    max_size=12,
).map(lambda talk: sorted(talk, key=lambda each: each[0]))
WRITERS = {
    "ios_eu": "[{0:%d.%m.%y}, {0:%H:%M:%S}] {1}: {2}\r\n",
    "android_us": "{0.month}/{0.day}/{0:%Y}, {0:%I:%M %p} - {1}: {2}\n",
    "android_ko": "{0:%Y}. {0.month}. {0.day}. {0:%H:%M} - {1}: {2}\n",
}


@given(talk=TALK, form=st.sampled_from(sorted(WRITERS)))
def test_talk_comes_back(
    tmp_path_factory: pytest.TempPathFactory, talk: list[tuple[int, str, list[str]]], form: str
) -> None:
    """Written as phones do, a talk is read back with its times, names and words."""
    start = datetime(2024, 3, 20, 0, 0)  # noqa: DTZ001 - wall time, as exported
    moments = [start + timedelta(minutes=minute) for minute, _, _ in talk]
    text = "".join(
        WRITERS[form].format(moment, speaker, "\n".join(lines))
        for moment, (_, speaker, lines) in zip(moments, talk, strict=True)
    )
    path = write_export(tmp_path_factory.getbasetemp(), "WhatsApp Chat with 방.txt", text)
    export = read_export(path, importer="whatsapp")
    assert [each.key for each in export.rooms] == ["방"]
    assert [(each.sent_at[:16], each.speaker, each.text) for each in export.messages] == [
        (f"{moment:%Y-%m-%d %H:%M}", speaker, "\n".join(lines).lstrip("\n"))
        for moment, (_, speaker, lines) in zip(moments, talk, strict=True)
    ]
