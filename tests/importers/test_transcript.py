"""Plain transcripts: who speaks is told from the labels that come back."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatmill.settings import ImportSettings
from importers.generated_conversations import Said, conversations, texts
from reading import read_export, write_export

WITHOUT_LABELS = texts(plain=True).map(lambda text: text.replace(":", ";").replace("：", ";"))
"""A text of more labels than the transcript has messages is a transcript of its own."""
SPEAKERS = st.sampled_from(["Kim", "박지현", "Dana Lee", "이서준 (HW)"])
TEXT = st.from_regex(r"[a-zA-Z가-힣0-9?!., ]{1,40}", fullmatch=True).filter(
    lambda text: bool(text.strip()) and not text.startswith(" ")
)


@given(messages=st.lists(st.tuples(SPEAKERS, TEXT), min_size=1, max_size=12))
def test_messages_come_back_as_written(
    tmp_path_factory: pytest.TempPathFactory, messages: list[tuple[str, str]]
) -> None:
    """Speakers and words survive in Korean and English."""
    text = "".join(f"{speaker}: {words}\n" for speaker, words in messages)
    path = write_export(tmp_path_factory.getbasetemp(), "talk.txt", text)
    export = read_export(path, importer="transcript")
    assert [(each.speaker, each.text) for each in export.messages] == messages
    assert [room.key for room in export.rooms] == ["talk.txt"]


@pytest.mark.parametrize(
    ("stamp", "sent_at"),
    [
        ("[2024-03-11 09:12] ", "2024-03-11 09:12"),
        ("2024-03-11T09:12:30Z ", "2024-03-11 09:12:30+00:00"),
        ("2024/3/11 9:12 PM | ", "2024-03-11 21:12"),
        ("(09:12) ", "09:12"),
        ("12:05:01 AM ", "00:05:01"),
    ],
)
def test_leading_times_are_read(tmp_path: Path, stamp: str, sent_at: str) -> None:
    """A time before the speaker is kept as it stood, a clock time alone stays one."""
    text = f"{stamp}Kim: hello\nsecond line: still Kim\n{stamp}박지현: 네\n"
    export = read_export(write_export(tmp_path, "t.txt", text))
    assert export.importer == "transcript"
    assert export.lines == [
        (sent_at, "Kim", "text", "hello\nsecond line: still Kim"),
        (sent_at, "박지현", "text", "네"),
    ]


def test_time_zone_places_dated_times(tmp_path: Path) -> None:
    """`[import] timezone` gives wall times their offset, also moves those that name another."""
    text = (
        "[2024-03-11 09:12] Kim: hi\n[2024-03-11 09:12] 박지현: 네\n"
        "[2024-03-11 00:13+0000] Kim: later\n[2024-03-11T00:14Z] Kim: bye\n"
    )
    path = write_export(tmp_path, "t.txt", text)
    export = read_export(path, settings=ImportSettings(timezone="Asia/Seoul"))
    assert [each.sent_at for each in export.messages] == [
        "2024-03-11 09:12+09:00",
        "2024-03-11 09:12+09:00",
        "2024-03-11 09:13:00+09:00",
        "2024-03-11 09:14:00+09:00",
    ]


@pytest.mark.parametrize(
    "pasted",
    [
        "09:12:01 error: link down",
        "2024-03-10 23:59 boot: W5500 리셋",
        "boot: no time at all",
    ],
)
def test_pasted_log_stays_in_its_message(tmp_path: Path, pasted: str) -> None:
    """A log whose times are written another way than the transcript's begins no message."""
    stamped = [f"[2024-03-11 09:{minute}] Kim: line {minute}" for minute in range(10, 20)]
    text = "\n".join([*stamped, "[2024-03-11 09:30] 박지현: 로그입니다", pasted, stamped[0], ""])
    export = read_export(write_export(tmp_path, "t.txt", text))
    assert len(export.messages) == 12
    assert export.texts[10] == f"로그입니다\n{pasted}"


@given(
    messages=conversations(names=("Kim", "박지현", "Dana Lee"), said=WITHOUT_LABELS),
    stamp=st.sampled_from(["[%Y-%m-%d %H:%M:%S] ", "%Y/%m/%d, %H:%M:%S - "]),
)
def test_conversations_come_back_as_written(
    tmp_path_factory: pytest.TempPathFactory, messages: list[Said], stamp: str
) -> None:
    """Times, speakers and texts of several lines survive; odd signs too."""
    lines = [f"{each.sent_at:{stamp}}{each.speaker}: {each.text}\n" for each in messages]
    path = write_export(tmp_path_factory.getbasetemp(), "talk.txt", "".join(lines))
    export = read_export(path, importer="transcript")
    assert [(each.speaker, each.sent_at, each.text) for each in export.messages] == [
        (each.speaker, str(each.sent_at), each.text) for each in messages
    ]
    assert len({each.id for each in export.messages}) == len(messages)


def test_headings_inside_messages_are_no_speakers(tmp_path: Path) -> None:
    """`Note:`, `참고:`, links and code with colons go on with the message they stand in."""
    text = (
        "Customer: It fails.\nError: timeout at line 3\nhttps://example.com: look\n"
        "Agent: Try this.\nNote: pull RSTn low first.\n참고: 500us 이상\n  default: break;\n"
        "\nLast paragraph.\nCustomer: Thanks\n"
    )
    export = read_export(write_export(tmp_path, "t.txt", text))
    assert [each.speaker for each in export.messages] == ["Customer", "Agent", "Customer"]
    assert export.texts[1].endswith("참고: 500us 이상\n  default: break;\n\nLast paragraph.")


def test_labels_that_say_a_role_give_it(tmp_path: Path) -> None:
    """`Customer`, `상담원`, `Bot` and `System` are roles as well as names."""
    text = "Customer: hi\n상담원: 안녕하세요\nBot: beep\nSystem: closed\nCustomer: bye\n"
    export = read_export(write_export(tmp_path, "t.txt", text))
    assert [(each.role, each.kind) for each in export.messages[:4]] == [
        ("customer", "text"),
        ("agent", "text"),
        ("bot", "text"),
        ("system", "system"),
    ]


def test_lines_before_the_first_speaker_are_rejected(tmp_path: Path) -> None:
    """A title line is listed with its number."""
    export = read_export(
        write_export(tmp_path, "t.txt", "Chat of Monday\nKim: hi\nPark: hello\nKim: ok\n")
    )
    assert [(each.line, each.raw) for each in export.rejections] == [(1, "Chat of Monday")]


def test_message_over_the_limit_is_rejected_once(tmp_path: Path) -> None:
    """A message that never ends costs itself, and memory does not grow with it."""
    text = "Kim: hi\nPark: start\n" + "x" * 50 + "\n" + ("more\n" * 500) + "Kim: ok\n"
    path = write_export(tmp_path, "t.txt", text)
    export = read_export(path, settings=ImportSettings(max_message_characters=40))
    assert export.texts == ["hi", "ok"]
    assert [each.line for each in export.rejections] == [2]


def test_bytes_of_another_encoding_are_rejected(tmp_path: Path) -> None:
    """One spoilt line in a UTF-8 file is listed, its neighbours are kept."""
    path = tmp_path / "t.txt"
    good = "김민수: 안녕하세요 반갑습니다\n".encode()
    path.write_bytes(good * 30 + "김민수: ".encode() + b"\xff\xfe\n" + good)
    export = read_export(path)
    assert len(export.messages) == 31
    assert [(each.line, each.reason) for each in export.rejections] == [
        (31, "bytes that are not utf-8")
    ]


@pytest.mark.parametrize(
    ("above", "first"),
    [
        (["상담일: 2024-03-11", "문의번호: CS-2024-0311", "고객명: 김민수"], "고객: 소켓은?"),
        (["일시: 2024년 3월 11일 오전 9:12", "제목: 소켓 문의", "담당자: 박지현"], "고객: 소켓은?"),
        (["고객: 김민수", "상담원: 박지현"], "김민수: 소켓은?"),
        (["Date: 2024-03-11 09:12", "Subject: Sockets", "Ticket: #4711"], "Customer: How many?"),
        (["Agent: Dana Lee", "Channel: web", "기타: 010-1234-5678"], "Customer: How many?"),
        (["접수 번호: 20240311", "", "[1:1 상담]"], "고객: 소켓은?"),
    ],
)
def test_headings_above_the_conversation_are_no_speakers(
    tmp_path: Path, above: list[str], first: str
) -> None:
    """Date, number, subject and names above a conversation are listed, nobody says them."""
    label = first.partition(":")[0]
    other = {"김민수": "박지현", "고객": "상담원", "Customer": "Dana Lee"}[label]
    text = "\n".join([*above, first, f"{other}: 8", f"{label}: 네", f"{other}: 또 오세요", ""])
    export = read_export(write_export(tmp_path, "t.txt", text))
    assert [each.speaker for each in export.messages] == [label, other, label, other]
    assert [(each.raw, each.reason) for each in export.rejections] == [
        (line, "stands before the first speaker") for line in above if line
    ]


@pytest.mark.parametrize(
    "text",
    [
        "Kim: 8\nPark: 네\nKim: ok\n",
        "담당자: 안녕하세요\n고객: 소켓은?\n고객: 몇 개?\n",
        "고객: W5500\n상담원: 네\n상담원: 여덟입니다\n",
        "Kim: 2024-03-11\nPark: 네\n",
    ],
)
def test_first_speaker_is_no_heading(tmp_path: Path, text: str) -> None:
    """Short first words, a number or the word for an agent, are still said by somebody."""
    export = read_export(write_export(tmp_path, "t.txt", text))
    assert (export.rejections, len(export.messages)) == ((), text.count("\n"))
