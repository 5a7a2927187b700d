"""Gitter room logs, with and without numbers, texts over several lines."""

from pathlib import Path

import pytest
from hypothesis import given

from chatmill.settings import ImportSettings
from importers.generated_conversations import Said, conversations, texts
from reading import read_export, write_export

PLAIN = """[2017-01-03 13:29:31] <kim> W5500은
여러 줄로 물어봅니다

[info] pasted: log
[2017-01-03 13:29:40] <park-w> 네
"""
NUMBERED = """11 [2017-01-17T19:28:40] <kim> How many sockets?
[2017-01-17 19:00:00] <old> pasted from elsewhere
12 [2017-01-17T19:28:52] <park> Eight.
"""


def test_texts_run_over_lines(tmp_path: Path) -> None:
    """A line that begins no message goes on with the one before it, blank lines inside too."""
    export = read_export(write_export(tmp_path, "room.txt", PLAIN))
    assert export.importer == "gitter"
    assert [room.key for room in export.rooms] == ["room.txt"]
    assert export.lines == [
        (
            "2017-01-03 13:29:31",
            "kim",
            "text",
            "W5500은\n여러 줄로 물어봅니다\n\n[info] pasted: log",
        ),
        ("2017-01-03 13:29:40", "park-w", "text", "네"),
    ]


def test_numbers_tell_a_pasted_line_from_a_message(tmp_path: Path) -> None:
    """Where messages are numbered, a line without a number belongs to the text it stands in."""
    export = read_export(
        write_export(tmp_path, "room.txt", NUMBERED), settings=ImportSettings(timezone="Asia/Seoul")
    )
    assert export.importer == "gitter"
    assert export.lines == [
        (
            "2017-01-17 19:28:40+09:00",
            "kim",
            "text",
            "How many sockets?\n[2017-01-17 19:00:00] <old> pasted from elsewhere",
        ),
        ("2017-01-17 19:28:52+09:00", "park", "text", "Eight."),
    ]


@pytest.mark.parametrize("event", ["*** kim has joined", "=== kim has left #room", "* kim waves"])
def test_log_with_events_is_irc(tmp_path: Path, event: str) -> None:
    """Nobody joins or waves in Gitter: the same lines with events are an IRC log."""
    log = f"[2017-01-03 13:29:31] <kim> a\n[2017-01-03 13:29:32] {event}\n"
    export = read_export(write_export(tmp_path, "log", log + log.replace("31", "41")))
    assert export.importer == "irc"


@given(messages=conversations(names=("김민수", "park-w", "dana lee"), said=texts(plain=True)))
def test_conversations_come_back_as_written(
    tmp_path_factory: pytest.TempPathFactory, messages: list[Said]
) -> None:
    """Names, seconds and texts of several lines survive, equal ones get ids of their own."""
    lines = [f"[{each.sent_at}] <{each.speaker}> {each.text}\n" for each in messages]
    path = write_export(tmp_path_factory.getbasetemp(), "room.txt", "".join(lines))
    export = read_export(path, importer="gitter")
    assert [(each.speaker, each.sent_at, each.text) for each in export.messages] == [
        (each.speaker, str(each.sent_at), each.text) for each in messages
    ]
    assert len({each.id for each in export.messages}) == len(messages)


def test_lines_above_the_first_message_are_rejected(tmp_path: Path) -> None:
    """A heading is listed with its line."""
    export = read_export(write_export(tmp_path, "room.txt", "Room 1\n" + PLAIN))
    assert [(each.line, each.raw) for each in export.rejections] == [(1, "Room 1")]
