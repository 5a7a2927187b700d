"""Native JSONL: what `chatmill conversations --json` writes comes back as it was."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatmill.settings import ImportSettings
from reading import read_export, write_export

WORDS = st.text(st.characters(codec="utf-8"), max_size=30)
MESSAGES = st.lists(
    st.fixed_dictionaries(
        {
            "id": st.text(st.characters(codec="utf-8"), min_size=1, max_size=10),
            "speaker": WORDS,
            "role": st.sampled_from(["customer", "agent", "bot", "system", "unknown"]),
            "time": st.sampled_from(
                [None, "2024-03-11 09:12", "12:18", "2024-03-11T09:12:00+09:00"]
            ),
            "text": WORDS,
            "kind": st.sampled_from(["text", "photo", "system", "deleted"]),
            "reply_to": st.none() | st.just("m1"),
        }
    ),
    max_size=8,
    unique_by=lambda message: str(message["id"]),
)


def write_lines(folder: Path, *records: Any) -> Path:
    """Write one JSON value a line."""
    lines = [json.dumps(record, ensure_ascii=False) + "\n" for record in records]
    return write_export(folder, "chats.jsonl", "".join(lines))


@given(messages=MESSAGES)
def test_conversation_comes_back_as_written(
    tmp_path_factory: pytest.TempPathFactory, messages: list[dict[str, Any]]
) -> None:
    """Ids, words, times, kinds and replies survive, whatever characters they hold."""
    folder = tmp_path_factory.getbasetemp()
    export = read_export(
        write_lines(folder, {"id": "방/1", "messages": messages}), importer="jsonl"
    )
    assert [(room.key, room.native_id) for room in export.rooms] == [("방/1", True)]
    assert export.rejections == ()
    read = [
        {
            "id": each.id,
            "speaker": each.speaker,
            "role": each.role,
            "time": each.sent_at or None,
            "text": each.text,
            "kind": each.kind,
            "reply_to": each.reply_to,
        }
        for each in export.messages
    ]
    assert read == messages


def test_bad_lines_are_rejected_with_their_number(tmp_path: Path) -> None:
    """A half-written line, a stranger's object and a message without text cost only themselves."""
    good = {"id": "c1", "messages": [{"id": "m1", "speaker": "a", "text": "hi"}]}
    text = (
        json.dumps(good)
        + '\n{"id": "c2", "mess\n\n[1, 2]\n'
        + json.dumps({"id": "c3", "messages": [{"id": "m1"}, {"id": "m2", "text": "ok"}, "x"]})
        + '\n{"messages": []}\n{"id": "c4", "messages": [{"id": "m1", "text": "cut'
    )
    export = read_export(write_export(tmp_path, "chats.jsonl", text))
    assert export.importer == "jsonl"
    assert export.texts == ["hi", "ok"]
    assert [each.line for each in export.rejections] == [2, 4, 5, 5, 6, 7]
    assert export.rejections[0].raw == '{"id": "c2", "mess'
    assert "not JSON" in export.rejections[0].reason
    assert all(each.source == "chats.jsonl" for each in export.rejections)


def test_a_number_nobody_can_read_is_rejected(tmp_path: Path) -> None:
    """Thousands of digits, which Python refuses to read, cost one line."""
    good = {"id": "c1", "messages": [{"id": "m1", "speaker": "a", "text": "hi"}]}
    huge = '{"id": "c2", "messages": [], "n": ' + "9" * 5000 + "}"
    export = read_export(write_export(tmp_path, "chats.jsonl", f"{json.dumps(good)}\n{huge}\n"))
    assert [(each.line, each.reason) for each in export.rejections] == [
        (2, "not JSON: a number nobody can read")
    ]


def test_second_message_of_an_id_is_rejected(tmp_path: Path) -> None:
    """An id names one message; a second one is listed, not lost in silence."""
    messages = [{"id": "m1", "text": "first"}, {"id": "m1", "text": "second"}]
    export = read_export(write_lines(tmp_path, {"id": "c", "messages": messages}))
    assert export.texts == ["first"]
    assert export.rejections[0].raw == "second"


def test_half_characters_and_long_messages_are_rejected(tmp_path: Path) -> None:
    """Text no database takes, or longer than the named limit, is listed with its line."""
    text = (
        '{"id": "c", "messages": [{"id": "1", "text": "\\ud800"}, {"id": "2", "text": "fine"}, '
        '{"id": "3", "text": "' + "x" * 50 + '"}]}\n'
    )
    path = write_export(tmp_path, "chats.jsonl", text)
    export = read_export(path, settings=ImportSettings(max_message_characters=40))
    assert export.texts == ["fine"]
    assert len(export.rejections) == 2


def test_message_without_id_is_named(tmp_path: Path) -> None:
    """Messages without an id get a stable one, numbers become words."""
    messages = [{"text": "a"}, {"text": "a"}, {"id": 7, "text": "b"}]
    path = write_lines(tmp_path, {"id": "c", "messages": messages})
    ids = [message.id for message in read_export(path).messages]
    assert len(set(ids)) == 3
    assert ids[2] == "7"
    assert ids == [message.id for message in read_export(path).messages]
