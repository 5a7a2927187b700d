"""KakaoTalk, form by form: every variant in every file's state, and every placeholder there is."""

from pathlib import Path

import pytest

from chatmill.importers.kakaotalk.grammar import iso_clock, iso_date
from chatmill.importers.kakaotalk.kinds import classify, is_system_line, names_nobody, role_of
from chatmill.settings import ImportSettings
from reading import read_export, write_export

WANTED = [
    ("2024-03-11 09:12", "김민수", "text", "소켓은 몇 개인가요?"),
    ("2024-03-11 12:05", "이서준, HW팀", "photo", ""),
    ("2024-03-11 23:59", "박지현 [WIZnet]", "text", "8개입니다 : 네\n버퍼는 나눠 씁니다"),
    ("2024-03-12 00:01", "회원님", "text", "감사합니다"),
]
"""The same four messages in every form; what stands for the photo differs."""
FORMS: dict[str, tuple[str, str, tuple[str, str, str, str]]] = {
    # heading, day line of the two days, a message at each of the four times
    "android_ko": (
        "기술지원방 5 님과 카카오톡 대화\n저장한 날짜 : 2024년 3월 13일 오전 10:05\n\n",
        "2024년 3월 {d}일 {first}\n",
        (
            "2024년 3월 11일 오전 9:12, {n} : {t}\n",
            "2024년 3월 11일 오후 12:05, {n} : {t}\n",
            "2024년 3월 11일 오후 11:59, {n} : {t}\n",
            "2024년 3월 12일 오전 12:01, {n} : {t}\n",
        ),
    ),
    "android_ko_24h": (
        "기술지원방 카카오톡 대화\n저장한 날짜 : 2024년 3월 13일 10:05\n\n",
        "2024년 3월 {d}일 {first24}\n",
        (
            "2024년 3월 11일 9:12, {n} : {t}\n",
            "2024년 3월 11일 12:05, {n} : {t}\n",
            "2024년 3월 11일 23:59, {n} : {t}\n",
            "2024년 3월 12일 0:01, {n} : {t}\n",
        ),
    ),
    "android_en_2015": (
        "KakaoTalk Chats with 기술지원방 (5)\nDate Saved : 10:05am, March 13, 2024\n\n",
        "{en2015}, March {d}, 2024\n",
        (
            "9:12am, March 11, 2024, {n} : {t}\n",
            "12:05pm, March 11, 2024, {n} : {t}\n",
            "11:59pm, March 11, 2024, {n} : {t}\n",
            "12:01am, March 12, 2024, {n} : {t}\n",
        ),
    ),
    "android_en_2020": (
        "KakaoTalk Chats with 기술지원방\nDate Saved : March 13, 2024, 10:05 AM\n\n",
        "March {d}, 2024, {en}\n",
        (
            "March 11, 2024, 9:12 AM, {n} : {t}\n",
            "March 11, 2024, 12:05 PM, {n} : {t}\n",
            "March 11, 2024, 11:59 PM, {n} : {t}\n",
            "March 12, 2024, 12:01 AM, {n} : {t}\n",
        ),
    ),
    "android_en_2024": (
        "KakaoTalk Chats with 기술지원방 (5)\nDate Saved : March 13, 2024 at 10:05\u202fa.m.\n\n",
        "March {d}, 2024 at {endots}\n",
        (
            "March 11, 2024 at 9:12\u202fa.m., {n} : {t}\n",
            "March 11, 2024 at 12:05\u202fp.m., {n} : {t}\n",
            "March 11, 2024 at 11:59\u202fp.m., {n} : {t}\n",
            "March 12, 2024 at 12:01\u202fa.m., {n} : {t}\n",
        ),
    ),
    "android_en_day_first": (
        "KakaoTalk Chats with 기술지원방 (5)\nDate Saved : 13 March 2024 at 10:05\n\n",
        "{d} March 2024 at {first24}\n",
        (
            "11 March 2024 at 09:12, {n} : {t}\n",
            "11 March 2024 at 12:05, {n} : {t}\n",
            "11 March 2024 at 23:59, {n} : {t}\n",
            "12 March 2024 at 00:01, {n} : {t}\n",
        ),
    ),
    "ios_ko": (
        "기술지원방 (5명)과 카카오톡 대화-1.txt\n저장한 날짜 : 2024. 3. 13. 오전 10:05\n\n",
        "2024년 3월 {d}일 월요일\n",
        (
            "2024. 3. 11. 오전 9:12, {n} : {t}\n",
            "2024. 3. 11. 오후 12:05, {n} : {t}\n",
            "2024. 3. 11. 오후 11:59, {n} : {t}\n",
            "2024. 3. 12. 오전 12:01, {n} : {t}\n",
        ),
    ),
    "ios_ko_time_only": (
        "기술지원방 님과 카카오톡 대화\n저장한 날짜 : 2024. 3. 13. 오전 10:05\n\n",
        "2024년 3월 {d}일 월요일\n",
        (
            "오전 9:12, {n} : {t}\n",
            "오후 12:05, {n} : {t}\n",
            "오후 11:59, {n} : {t}\n",
            "오전 12:01, {n} : {t}\n",
        ),
    ),
    "ios_en": (
        "KakaoTalk Chats with 기술지원방 (5 people)-1.txt\nDate Saved : Mar 13, 2024, 10:05 AM\n\n",
        "Monday, March {d}, 2024\n",
        (
            "Mar 11, 2024, 9:12 AM, {n} : {t}\n",
            "Mar 11, 2024, 12:05 PM, {n} : {t}\n",
            "Mar 11, 2024, 11:59 PM, {n} : {t}\n",
            "Mar 12, 2024, 12:01 AM, {n} : {t}\n",
        ),
    ),
    "ios_en_24h": (
        "KakaoTalk Chats with 기술지원방 (5 people)-1.txt\nDate Saved : Mar 13, 2024 at 10:05\n\n",
        "Monday, March {d}, 2024\n",
        (
            "Mar 11, 2024 at 09:12, {n} : {t}\n",
            "Mar 11, 2024 at 12:05, {n} : {t}\n",
            "Mar 11, 2024 at 23:59, {n} : {t}\n",
            "Mar 12, 2024 at 00:01, {n} : {t}\n",
        ),
    ),
    "ios_en_time_only": (
        "KakaoTalk Chats with 기술지원방 (5 people)-1.txt\nDate Saved : Mar 13, 2024 at 10:05\n\n",
        "Monday, March {d}, 2024\n",
        (
            "9:12 AM, {n} : {t}\n",
            "12:05 PM, {n} : {t}\n",
            "11:59 PM, {n} : {t}\n",
            "12:01 AM, {n} : {t}\n",
        ),
    ),
    "windows_ko": (
        "기술지원방 님과 카카오톡 대화\n저장한 날짜 : 2024-03-13 10:05:00\n\n",
        "--------------- 2024년 3월 {d}일 월요일 ---------------\n",
        (
            "[{n}] [오전 9:12] {t}\n",
            "[{n}] [오후 12:05] {t}\n",
            "[{n}] [오후 11:59] {t}\n",
            "[{n}] [오전 12:01] {t}\n",
        ),
    ),
    "windows_en": (
        "기술지원방 with KakaoTalk Chats\nDate Saved : 2024-03-13 10:05:00\n\n",
        "--------------- Monday, March {d}, 2024 ---------------\n",
        (
            "[{n}] [9:12 AM] {t}\n",
            "[{n}] [12:05 PM] {t}\n",
            "[{n}] [11:59 PM] {t}\n",
            "[{n}] [12:01 AM] {t}\n",
        ),
    ),
    "windows_24h": (
        "기술지원방 with KakaoTalk Chats\nDate Saved : 2024-03-13 10:05:00\n\n",
        "--------------- 2024년 3월 {d}일 월요일 ---------------\n",
        (
            "[{n}] [09:12] {t}\n",
            "[{n}] [12:05] {t}\n",
            "[{n}] [23:59] {t}\n",
            "[{n}] [00:01] {t}\n",
        ),
    ),
}
PHOTOS = {"ko": "<사진 읽지 않음>", "en": "(Photo)"}


def written(form: str, *, heading: bool = True) -> str:
    """Write the four messages in a form, lines ending in LF."""
    head, day, messages = FORMS[form]
    photo = PHOTOS["en" if "_en" in form else "ko"]
    texts = [photo if kind == "photo" else text for _, _, kind, text in WANTED]
    lines = [
        message.format(n=speaker, t=text)
        for message, (_, speaker, _, _), text in zip(messages, WANTED, texts, strict=True)
    ]
    clocks = (
        {"first": "오전 9:12", "first24": "9:12", "en2015": "9:12am", "en": "9:12 AM"},
        {"first": "오전 12:01", "first24": "0:01", "en2015": "12:01am", "en": "12:01 AM"},
    )
    dots = ("9:12\u202fa.m.", "12:01\u202fa.m.")
    days = [
        "\n" + day.format(d=number, endots=dots[at], **clocks[at])
        for at, number in enumerate((11, 12))
    ]
    return (head if heading else "") + days[0] + "".join(lines[:3]) + days[1] + lines[3]


def read_form(folder: Path, text: str, *, encoding: str = "utf-8") -> list[tuple[str, ...]]:
    """Read a form back; a photo's words, which differ, are left out."""
    path = write_export(folder, "기술지원방.txt", text, encoding=encoding)
    export = read_export(path)
    assert export.importer == "kakaotalk"
    assert export.rejections == ()
    assert [room.key for room in export.rooms] == ["기술지원방"]
    return [
        (each.sent_at, each.speaker, each.kind, "" if each.kind == "photo" else each.text)
        for each in export.messages
    ]


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
def test_every_form_gives_the_same_messages(tmp_path: Path, form: str, line_end: str) -> None:
    """Phone, computer, language, 12 or 24 hours, with the line ends an editor left."""
    assert read_form(tmp_path, written(form).replace("\n", line_end)) == WANTED


@pytest.mark.parametrize("form", FORMS)
def test_every_form_is_known_without_its_heading(tmp_path: Path, form: str) -> None:
    """A file whose first lines are gone is told by its records and takes its own name."""
    assert read_form(tmp_path, written(form, heading=False).lstrip("\n")) == WANTED


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "cp949"])
def test_every_form_in_every_encoding(tmp_path: Path, form: str, encoding: str) -> None:
    """Windows saves CP949, Excel and Notepad save UTF-16, phones write a BOM."""
    if encoding == "cp949" and "\u202f" in written(form):
        pytest.skip("CP949 has no narrow space")
    assert read_form(tmp_path, written(form), encoding=encoding) == WANTED


@pytest.mark.parametrize("form", [name for name in FORMS if not name.startswith("windows")])
def test_pasted_lines_stay_inside_in_every_phones_form(tmp_path: Path, form: str) -> None:
    """Where records end in CRLF, a line after LF begins nothing: no record, no day, no heading."""
    pasted = f"로그입니다\n{written(form).strip()}"
    text = (
        written(form).replace("\n", "\r\n").replace("8개입니다 : 네\r\n버퍼는 나눠 씁니다", pasted)
    )
    read = read_form(tmp_path, text)
    assert [each[:2] for each in read] == [each[:2] for each in WANTED]
    assert read[2][3] == pasted


def test_time_zone_of_the_settings_is_added(tmp_path: Path) -> None:
    """Times are the exporter's wall times; the project says where that was, and ids stay."""
    for form in ("android_ko", "windows_ko", "ios_ko_time_only"):
        path = write_export(tmp_path, "a.txt", written(form))
        here = read_export(path, settings=ImportSettings(timezone="Asia/Seoul"))
        assert here.messages[0].sent_at == "2024-03-11 09:12+09:00"
        assert [each.id for each in here.messages] == [
            each.id for each in read_export(path).messages
        ]
    mac = (
        'Date,User,Message\n2024-03-11 09:12:05,"가","네"\n,"가","The message has been deleted."\n'
    )
    path = write_export(tmp_path, "m.csv", mac)
    export = read_export(path, settings=ImportSettings(timezone="Asia/Seoul"))
    assert [each.sent_at for each in export.messages] == ["2024-03-11 09:12:05+09:00", ""]


def test_mac_rows_about_nobody_are_the_platforms(tmp_path: Path) -> None:
    """A hidden message stands under somebody's name in the CSV and is still nobody's words."""
    text = (
        "Date,User,Message\n"
        '2024-03-11 09:12:05,"방장","채팅방 관리자가 메시지를 가렸습니다."\n'
        '2024-03-11 09:13:05,"방장","안녕하세요"\n'
    )
    export = read_export(write_export(tmp_path, "KakaoTalk_Chat_방_2024-03-13-10-05-00.csv", text))
    assert [(each.speaker, each.role) for each in export.messages] == [
        ("", "system"),
        ("방장", "unknown"),
    ]
    assert [room.key for room in export.rooms] == ["방"]


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("사진", "photo"),
        ("‹사진>", "photo"),
        ("‹사진 읽지 않음>", "photo"),
        ("(사진)", "photo"),
        ("Photo", "photo"),
        ("<Photo>", "photo"),
        ("(Photo)", "photo"),
        ("사진 3장", "photo"),
        ("3 photos", "photo"),
        (f"{'0a' * 32}.jpg", "photo"),
        ("‹동영상 읽지 않음>", "video"),
        ("Video", "video"),
        (f"{'0a' * 32}.mp4", "video"),
        ("(이모티콘)", "emoticon"),
        ("Emoticons", "emoticon"),
        ("음성메시지", "voice"),
        ("Voice Note", "voice"),
        ("파일: w5500 회로도.pdf", "file"),
        ("File: a.pdf", "file"),
        ("보이스톡 해요", "call"),
        ("보이스톡 3:25", "call"),
        ("그룹 보이스톡 1:03:25", "call"),
        ("페이스톡 부재중", "call"),
        ("라이브톡 종료", "call"),
        ("Voice Call 3:25", "call"),
        ("삭제된 메시지입니다.", "deleted"),
        ("This message was deleted.", "deleted"),
        ("The message has been deleted.", "deleted"),
        ("톡게시판 '투표': 점심", "notice"),
        ("사진 좀 보내 주세요", "text"),
        ("Photos of the board", "text"),
        ("동영상이 안 열려요", "text"),
        ("Video call", "text"),
        ("w5500.jpg", "text"),
        ("톡게시판에 올렸습니다", "text"),
    ],
)
def test_placeholders_in_both_languages(text: str, kind: str) -> None:
    """What the messenger writes for a picture, call or deleted message; words like it are words."""
    assert classify(text)[0] == kind


@pytest.mark.parametrize(
    ("line", "is_system"),
    [
        ("김민수님이 들어왔습니다.", True),
        ("김민수님이 나갔습니다.", True),
        ("방장님이 김민수님을 내보냈습니다.", True),
        ("최도윤님이 김민수님과 박지현님을 초대했습니다.", True),
        ("채팅방 관리자가 메시지를 가렸습니다.", True),
        ("운영정책을 위반한 메시지로 신고 접수 시 카카오톡 이용에 제한이 있을 수 있습니다.", True),
        ("김민수님이 부방장이 되었습니다.", True),
        ("Kim joined this chatroom.", True),
        ("Kim left this chatroom.", True),
        ("Choi invited Kim and Park.", True),
        ("Kim was removed from this chatroom.", True),
        ("The socket was removed.", False),
        ("들어왔습니다.", False),
        ("메시지를 가렸습니다", False),
    ],
)
def test_system_lines_in_both_languages(line: str, is_system: bool) -> None:  # noqa: FBT001 - the expected answer
    """Windows tells who came and went by words alone."""
    assert is_system_line(line) == is_system


def test_bots_and_lines_about_nobody() -> None:
    """KakaoTalk's own bots are bots in both languages, people are not."""
    assert [role_of(name) for name in ("오픈채팅봇", "방장봇", "Open Chat Bot", "봇돌이")] == [
        "bot",
        "bot",
        "bot",
        "unknown",
    ]
    assert names_nobody("채팅방 관리자가 메시지를 가렸습니다.")
    assert not names_nobody("김민수님이 나갔습니다.")


@pytest.mark.parametrize(
    ("text", "date"),
    [
        ("2024년 3월 1일", "2024-03-01"),
        ("2024. 12. 31.", "2024-12-31"),
        ("Mar 9, 2024", "2024-03-09"),
        ("September 30, 2024", "2024-09-30"),
        ("9 March 2024", "2024-03-09"),
        ("2024년 13월 1일", None),
        ("Foo 9, 2024", None),
    ],
)
def test_dates_of_every_form(text: str, date: str | None) -> None:
    """Day, month and year stand in another order in every language."""
    assert iso_date(text) == date


@pytest.mark.parametrize(
    ("text", "clock"),
    [
        ("오전 12:05", "00:05"),
        ("오후 12:05", "12:05"),
        ("12:05am", "00:05"),
        ("12:05\u202fp.m.", "12:05"),
        ("PM 2:37", "14:37"),
        ("0:01", "00:01"),
        ("24:00", None),
        ("9:60", None),
    ],
)
def test_clocks_of_every_form(text: str, clock: str | None) -> None:
    """Noon and midnight, halves before and behind, 24 hours."""
    assert iso_clock(text) == clock
