"""Outlook's .msg files: received and sent ones, Unicode and code page, and damaged ones."""

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from chatmill.importers.mail.outlook import is_outlook_mail, read_outlook_mail
from chatmill.importers.mail.parts import UnreadableMailError
from outlook_writer import Folder, compound_file, outlook_mail
from reading import read_export

HEADERS = (
    "From: =?utf-8?b?6rmA66+87IiY?= <minsu@example.com>\r\nTo: <support@example.com>\r\n"
    "Date: Mon, 11 Mar 2024 09:12:05 +0900\r\nMessage-ID: <a1@x.y>\r\n"
)
SUBJECT, TRANSPORT, BODY, NAME, ADDRESS, IN_REPLY_TO = 0x37, 0x7D, 0x1000, 0x0C1A, 0x5D01, 0x1042
SAMPLE = outlook_mail({SUBJECT: "문의", TRANSPORT: HEADERS, BODY: "몇 개?"})


def test_a_received_mail(tmp_path: Path) -> None:
    """The headers it came with tell sender, time and thread."""
    (tmp_path / "a").write_bytes(SAMPLE)
    export = read_export(tmp_path / "a")
    assert (export.importer, export.encoding) == ("mail", "")
    read = export.messages[0]
    assert (read.id, read.speaker, read.sent_at) == (
        "a1@x.y",
        "김민수",
        "2024-03-11 09:12:05+09:00",
    )
    assert (read.text, export.rooms[0].title) == ("몇 개?", "문의")


def test_a_sent_mail(tmp_path: Path) -> None:
    """A mail Outlook never received has no headers; its properties say the same."""
    answer = "8개입니다.\r\n\r\n"
    answer += "보낸 사람: 김\r\n보낸 날짜: 월\r\n받는 사람: 박\r\n제목: 문의\r\n\r\n몇 개?"
    data = outlook_mail(
        {
            SUBJECT: "RE: 문의",
            BODY: answer,
            NAME: "박지현",
            ADDRESS: "j@x.y",
            IN_REPLY_TO: "<a1@x.y>",
        },
        attachments=("회로도.pdf",),
        submitted=133546327250000000,
    )
    (tmp_path / "a.msg").write_bytes(data)
    export = read_export(tmp_path / "a.msg")
    read = export.messages[0]
    assert export.rooms[0].key == read.reply_to == "a1@x.y"
    assert (read.speaker, read.text, read.attachments) == ("박지현", "8개입니다.", ("회로도.pdf",))
    assert read.sent_at == "2024-03-11 12:12:05+00:00"
    assert read.original.endswith("몇 개?")


def test_code_pages_and_html() -> None:
    """Old mails keep texts in a code page; a mail of HTML alone is read from that."""
    old = outlook_mail(
        {SUBJECT: "문의", BODY: "소켓", NAME: "김민수", ADDRESS: "m@x.y"}, code_page=949
    )
    assert read_outlook_mail(old).text == "소켓"
    page = outlook_mail({NAME: "김", ADDRESS: "m@x.y"}, html="<ul><li>가</li></ul>".encode())
    assert read_outlook_mail(page).text == "- 가"


def test_other_compound_files_are_no_mail() -> None:
    """An old Word document begins with the same bytes."""
    assert not is_outlook_mail(compound_file(Folder({"WordDocument": b"x"})))
    assert is_outlook_mail(SAMPLE)


@given(
    places=st.lists(st.tuples(st.integers(0, len(SAMPLE) - 1), st.integers(0, 255)), max_size=12),
    end=st.integers(0, len(SAMPLE)),
)
def test_damaged_files_are_refused(places: list[tuple[int, int]], end: int) -> None:
    """Whatever bytes are wrong or missing, a file is read or refused in one sentence."""
    spoiled = bytearray(SAMPLE)
    for place, value in places:
        spoiled[place] = value
    for data in (bytes(spoiled), SAMPLE[:end]):
        is_outlook_mail(data)
        try:
            read_outlook_mail(data)
        except UnreadableMailError as error:
            assert str(error)  # noqa: PT017 - most files can be read
