"""Mail: boxes, single mails and folders become threads with what people wrote."""

import io
import mailbox
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from email.utils import format_datetime
from pathlib import Path

import pytest
from hypothesis import given

from chatmill.importers import load_importer
from chatmill.importers.mail.boxes import raw_mails
from chatmill.records import Message
from chatmill.settings import ImportSettings
from desk_talk import TALKS, Said, as_told
from outlook_writer import outlook_mail
from reading import read_export, read_tree_export, write_export


def mail(
    number: int,
    text: str = "8개입니다.",
    *,
    answers: int | None = None,
    subject: str = "VERSIONR 문의",
    headers: str = "",
) -> str:
    """One mail of a thread as it lies on disk."""
    thread = f"In-Reply-To: <{answers}@x.y>\nReferences: <{answers}@x.y>\n" if answers else ""
    return (
        f"From: {'박지현' if number % 2 else '김민수'} <p{number % 2}@example.com>\n"
        f"To: <p{1 - number % 2}@example.com>\nSubject: {subject}\n"
        f"Date: Mon, 11 Mar 2024 09:{number:02}:05 +0900\nMessage-ID: <{number}@x.y>\n"
        f"{thread}{headers}\n{text}\n"
    )


def box(*mails: str) -> str:
    """Write mails as an mbox."""
    return "".join(f"From a@example.com Mon Mar 11 09:12:05 2024\n{each}\n" for each in mails)


def test_shared_box_reads_as_expected(shared: Path) -> None:
    """Base64 and quoted-printable, UTF-8 and EUC-KR, quotes and signature: only the words stay."""
    export = read_export(shared / "data" / "formats" / "own" / "support.mbox")
    assert export.importer == "mail"
    assert [(room.key, room.title) for room in export.rooms] == [
        ("a1@example.com", "W5500 VERSIONR 문의")
    ]
    assert [(each.speaker, each.sent_at, each.text) for each in export.messages] == [
        (
            "김민수",
            "2024-03-11 09:12:05+09:00",
            (
                "안녕하세요.\n\nW5500 VERSIONR 레지스터가 0x00으로 읽힙니다. "
                "무엇을 확인해야 하나요?\n\nFrom 보드 제작사"
            ),
        ),
        (
            "박지현",
            "2024-03-11 11:12:05+09:00",
            "RSTn을 500us 이상 Low로 두었다가 High로 올려 주세요. 0x0039에서 0x04가 읽혀야 합니다.",
        ),
        ("김민수", "2024-03-11 12:12:05+09:00", "해결했습니다. 감사합니다."),
    ]
    replies = [each.reply_to for each in export.messages]
    assert replies == [None, "a1@example.com", "a2@example.com"]
    assert all("\n" in each.original for each in export.messages)


def test_threads_may_interleave(tmp_path: Path) -> None:
    """A mail goes into the conversation it answers, whatever stands between."""
    text = box(
        mail(1),
        mail(2, subject="다른 일"),
        mail(3, answers=1),
        mail(4, answers=3),
        mail(5, answers=2),
    )
    export = read_export(write_export(tmp_path, "a.mbox", text))
    assert [room.key for room in export.rooms] == ["1@x.y", "2@x.y", "1@x.y", "2@x.y"]
    assert [each.reply_to for each in export.messages] == [None, None, "1@x.y", "3@x.y", "2@x.y"]


@pytest.mark.parametrize("prefix", ["Re: ", "RE:", "Re[2]: ", "회신: ", "답장: RE: "])
def test_replies_without_headers_are_found_by_subject(tmp_path: Path, prefix: str) -> None:
    """Where a program wrote no References, subject and people tell the thread."""
    first = mail(1, subject="소켓 문의")
    stranger = mail(2, subject="소켓 문의").replace("p0@", "q0@").replace("p1@", "q1@")
    answer = mail(4, subject=f"{prefix}소켓 문의")
    export = read_export(write_export(tmp_path, "a.mbox", box(first, stranger, answer)))
    assert [room.key for room in export.rooms] == ["1@x.y", "2@x.y", "1@x.y"]
    assert export.messages[2].reply_to == "1@x.y"


def test_a_mail_begins_at_a_separator_only(tmp_path: Path) -> None:
    """Sentences that begin with From stay, escaped ones lose one mark."""
    text = "From 부산 지사.\n\nFrom the board 2024\nTo: x\n\n>From here\n>>From there"
    export = read_export(write_export(tmp_path, "a.mbox", box(mail(1, text), mail(2))))
    whole = export.messages[0].original or export.messages[0].text
    assert whole == "From 부산 지사.\n\nFrom the board 2024\nTo: x\n\nFrom here\n>From there"
    assert len(export.messages) == 2


def test_boxes_of_the_standard_library_come_back(tmp_path: Path) -> None:
    """What Python's mailbox writes is read mail by mail, as Python's own reader would."""
    path = tmp_path / "std.mbox"
    written = mailbox.mbox(path)
    for number in (1, 2):
        written.add(mail(number, f"From now on\n본문 {number}").encode())
    written.close()
    assert read_export(path).texts == ["From now on\n본문 1", "From now on\n본문 2"]


def test_files_with_single_mails(tmp_path: Path) -> None:
    """Plain, with BOM and CRLF, and Apple Mail's own form are one mail each."""
    one = mail(1)
    apple = f"{len(one.encode())}\n{one}<?xml version='1.0'?><plist></plist>\n"
    for text in (one, "\ufeff" + one.replace("\n", "\r\n"), apple):
        export = read_export(write_export(tmp_path, "export", text))
        assert (export.importer, export.texts) == ("mail", ["8개입니다."])


def test_a_box_may_mix_encodings(tmp_path: Path) -> None:
    """Mails with bare bytes of different charsets lie in one box; each is read by its own."""
    label = 'Content-Type: text/plain; charset="%s"\n'
    codecs = ("cp949", "utf-8", "cp1252", "cp932")
    texts = ("소켓은 몇 개인가요?", "여덟 개", "Größe “neun”", "ソケットは８個")
    text = b"".join(
        box(mail(at, each, headers=label % codec)).encode(codec, "replace")
        for at, (each, codec) in enumerate(zip(texts, codecs, strict=True), 1)
    )
    (tmp_path / "mixed").write_bytes(text)
    export = read_export(tmp_path / "mixed")
    assert (export.importer, export.encoding) == ("mail", "latin-1")
    assert export.texts == list(texts)


def test_parts_are_chosen_and_files_named(tmp_path: Path) -> None:
    """Plain text beats HTML, HTML beats an empty plain part, attachments are names only."""
    made = EmailMessage()
    made["From"], made["Subject"], made["Date"] = (
        "Kim <k@x.y>",
        "문의",
        format_datetime(datetime.now(UTC)),
    )
    made.set_content("본문입니다.")
    made.add_alternative("<p>다른 본문</p>", subtype="html")
    made.add_attachment(b"x", maintype="application", subtype="pdf", filename="회로도.pdf")
    made.add_attachment("로그", filename="log.txt")
    made.add_attachment(EmailMessage())
    (tmp_path / "a.eml").write_bytes(bytes(made))
    read = read_export(tmp_path / "a.eml").messages[0]
    assert read.text == "본문입니다."
    assert read.attachments[:2] == ("회로도.pdf", "log.txt")

    blank = EmailMessage()
    blank["From"], blank["Date"] = "Kim <k@x.y>", format_datetime(datetime.now(UTC))
    blank.set_content(" \n")
    blank.add_alternative("<ul><li>가</li><li>나</li></ul>", subtype="html")
    (tmp_path / "b.eml").write_bytes(bytes(blank))
    assert read_export(tmp_path / "b.eml").texts == ["- 가\n- 나"]


def test_broken_lines_of_flowed_text_are_joined(tmp_path: Path) -> None:
    """Lines a program broke for the wire (RFC 3676) are one again; the signature mark stays."""
    head = 'Content-Type: text/plain; charset="utf-8"; format=flowed\n'
    text = "RSTn을 500us \n이상 두세요.\n 들여쓰기\n-- \n박지현"
    path = write_export(tmp_path, "a.eml", mail(1, text, headers=head))
    assert read_export(path).texts == ["RSTn을 500us 이상 두세요.\n들여쓰기"]


def test_machines_are_told_from_people(tmp_path: Path) -> None:
    """Out-of-office answers are bots, delivery reports system lines, mailing lists people."""
    export = read_export(
        write_export(
            tmp_path,
            "a.mbox",
            box(
                mail(1, headers="Auto-Submitted: auto-replied\n"),
                mail(2, headers="Auto-Submitted: no\nPrecedence: list\n"),
                mail(3, headers="Precedence: auto_reply\n"),
                mail(4).replace("<p0@example.com>", "<MAILER-DAEMON@x.y>", 1),
            ),
        )
    )
    assert [each.role for each in export.messages] == ["bot", "unknown", "bot", "system"]
    assert (export.messages[3].speaker, export.messages[3].kind) == ("", "system")


def test_what_cannot_be_read_is_listed_with_its_line(tmp_path: Path) -> None:
    """Too long, empty, headless and repeated mails are rejections; the others are read."""
    text = box(
        mail(1), mail(2, "가" * 3000), mail(3, ""), mail(1), "X-Empty: 1\n\nwords\n", mail(6)
    )
    path = write_export(tmp_path, "a.mbox", text)
    export = read_export(path, settings=ImportSettings(max_mail_bytes=5000))
    assert [each.id for each in export.messages] == ["1@x.y", "6@x.y"]
    assert [(each.line, each.reason) for each in export.rejections] == [
        (11, "longer than 5,000 bytes"),
        (20, "an empty mail"),
        (29, "a second mail '1@x.y'"),
        (38, "no mail: it has no sender and no date"),
    ]


def test_hostile_mails_are_rejections(tmp_path: Path) -> None:
    """Endless parts, parts without end and odd headers never stop the import."""
    deep = "".join(
        f"Content-Type: multipart/mixed; boundary=b{at}\n\n--b{at}\n" for at in range(3000)
    )
    wide = "Content-Type: multipart/mixed; boundary=b\n\n" + "--b\n\nx\n" * 3000
    odd = (
        "Content-Type: text/plain; charset*=x''%ff; name*0*=''\n"
        "Subject: =?x?b?!!!?= =?utf-8?q?=?=\n\nfine"
    )
    html = f"Content-Type: text/html\n\n{'<div>' * 3000}"
    heads = ["From: a@b.c\nDate: x\n" + each for each in (deep, wide, odd, html)]
    export = read_export(write_export(tmp_path, "a.mbox", box(*heads)))
    assert export.texts == ["fine"]
    assert len(export.rejections) == 3


def test_memory_holds_one_mail() -> None:
    """A box is cut mail by mail; of a mail beyond the limit only the beginning is kept."""
    separator = b"From a Mon Mar 11 09:12:05 2024\nFrom: a\n\n"
    stream = io.BytesIO(separator + b"x" * 500_000 + b"\n" + (separator + b"y\n") * 3)
    found = list(raw_mails(stream, 1000))
    assert [(each.line, each.is_too_long) for each in found] == [
        (2, True),
        (6, False),
        (10, False),
        (14, False),
    ]
    assert len(found[0].data) < 1000


def test_folders_hold_whole_threads(tmp_path: Path) -> None:
    """Threads go across files and folders, each from its first mail to its last."""
    folder = tmp_path / "mails"
    for name, text in {
        "z.eml": mail(1),
        "sent/b.eml": mail(3, answers=2),
        "sent/a.eml": mail(4, answers=3),
        "box/cur/1.M1:2,S": mail(2),
        "box/new/2.M1": mail(5, answers=1),
        "box/tmp/3.M1": mail(6),
        "notes.txt": "no mail",
        "broken.eml": "\0\1\2",
        "empty.eml": "",
    }.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode())
    (folder / "o.msg").write_bytes(
        outlook_mail(
            {0x37: "RE: 문의", 0x1000: "네", 0x0C1A: "김민수", 0x1042: "<5@x.y>"},
            submitted=133546327250000000,
        )
    )
    export = read_tree_export(folder, importer="mail")
    assert [room.key for room in export.rooms] == ["1@x.y", "2@x.y"]
    assert [each.id for each in export.messages[:2]] == ["1@x.y", "5@x.y"]
    assert [each.id for each in export.messages[3:]] == ["2@x.y", "3@x.y", "4@x.y"]
    assert (export.messages[2].speaker, export.messages[2].reply_to) == ("김민수", "5@x.y")
    assert {Path(each.source).name for each in export.rejections} == {"broken.eml", "empty.eml"}


@given(talk=TALKS)
def test_boxes_come_back_as_written(
    tmp_path_factory: pytest.TempPathFactory, talk: list[Said]
) -> None:
    """Names, times, words and threads of any exchange survive the standard library's encoding."""
    path = tmp_path_factory.getbasetemp() / "talk.mbox"
    path.unlink(missing_ok=True)
    written = mailbox.mbox(path)
    began = datetime(2024, 3, 11, 9, 0, 5, tzinfo=UTC)
    names = ("김민수", "Jihyun Park")
    for at, said in enumerate(talk):
        made = EmailMessage()
        made["From"] = f"{names[said.speaker]} <p{said.speaker}@example.com>"
        made["Subject"] = "Re: VERSIONR 문의" if at else "VERSIONR 문의"
        made["Date"] = format_datetime(began + timedelta(minutes=said.minute))
        made["Message-ID"] = f"<{at}@x.y>"
        if at:
            made["In-Reply-To"] = f"<{at - 1}@x.y>"
        made.set_content(said.text)
        written.add(made)
    written.close()
    export = read_export(path)
    assert as_told(export.messages) == [
        (names[said.speaker], f"2024-03-11 09:{said.minute:02}:05+00:00", said.text)
        for said in talk
    ]
    assert [room.key for room in export.rooms] == ["0@x.y"]
    assert [each.reply_to for each in export.messages[1:]] == [
        f"{at}@x.y" for at in range(len(talk) - 1)
    ]


def test_forced_onto_other_files_nothing_is_raised(tmp_path: Path) -> None:
    """Named with --format, mail reads any bytes as mails or rejections."""
    importer = load_importer("mail")
    assert importer.name == "mail"
    export = read_export(write_export(tmp_path, "x", "just words\n\nand more"), importer="mail")
    assert not [each for each in export.messages if not isinstance(each, Message)]
    assert export.rejections[0].reason == "no mail: it has no sender and no date"
