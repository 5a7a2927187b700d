"""Native interchange: one conversation a line, `{"id", "messages": [{"id", "speaker", …}]}`."""

import json
import re
from collections.abc import Iterator
from typing import Any, get_args

from chatmill.importers.assembly import CUT_OFF, check_text, reject
from chatmill.importers.base import ExportFile, Item, Room
from chatmill.importers.decoding import is_damaged
from chatmill.importers.identity import MessageIds
from chatmill.records import Kind, Message, Rejection, Role

ROLES: frozenset[Role] = frozenset(get_args(Role))
KINDS: frozenset[Kind] = frozenset(get_args(Kind))
_MESSAGES = re.compile(r'"messages"\s*:\s*\[')
_TEXT = re.compile(r'"text"\s*:')


class JsonlImporter:
    """Reads what `chatmill conversations --json` writes; ids stand as they are given."""

    name = "jsonl"

    def score(self, file: ExportFile) -> float:
        """Look for an object with messages that have a text."""
        lines = (line.lstrip() for line in file.head.splitlines())
        found = [line for line in lines if line.startswith("{") and _MESSAGES.search(line)]
        if not found:
            return 0.0
        return 0.95 if any(map(_TEXT.search, found)) else 0.1

    def read(self, file: ExportFile) -> Iterator[Item]:
        """Stream the conversations; a line or message that is none is rejected."""
        for number, line in enumerate(file.lines(), 1):
            if line.strip():
                yield from _read_line(file, number, line)


def _read_line(file: ExportFile, number: int, line: str) -> Iterator[Item]:
    try:
        record = json.loads(line)
    except json.JSONDecodeError as error:
        is_whole = line.endswith(("\n", "\r"))
        what = f"not JSON: {error.msg.removesuffix(' at')} at column {error.colno}"
        yield reject(file, number, what if is_whole else CUT_OFF, line)
        return
    except RecursionError:
        yield reject(file, number, "not a conversation: nested too deep", line)
        return
    except ValueError:  # a number of thousands of digits
        yield reject(file, number, "not JSON: a number nobody can read", line)
        return
    problem = _problem(record)
    if problem:
        yield reject(file, number, problem, line)
        return
    yield Room(
        key=record["id"],
        title=_words(record.get("title")),
        language=_words(record.get("language")),
        native_id=True,
    )
    ids, taken = MessageIds(), set[str]()
    for item in record["messages"]:
        read = _read_message(file, number, item, ids)
        if isinstance(read, Message):
            if read.id in taken:
                read = reject(file, number, f"a second message {read.id!r}", read.text)
            else:
                taken.add(read.id)
        yield read


def _problem(record: Any) -> str:  # noqa: ANN401 - whatever stands in the file
    if not isinstance(record, dict) or not isinstance(record.get("messages"), list):
        return 'not a conversation: no "messages" list'
    name = record.get("id")
    if not isinstance(name, str) or not name or is_damaged(name):
        return 'a conversation without an "id"'
    return ""


def _read_message(
    file: ExportFile,
    number: int,
    item: Any,  # noqa: ANN401 - whatever stands in the file
    ids: MessageIds,
) -> Message | Rejection:
    if not isinstance(item, dict) or not isinstance(item.get("text"), str):
        return reject(file, number, 'a message without a "text"', json.dumps(item)[:1000])
    text: str = item["text"]
    refused = check_text(file, number, text)
    if refused is not None:
        return refused
    sent_at = _words(item.get("time"))
    given = item.get("id")
    name = str(given) if isinstance(given, (str, int)) and given != "" else None
    role, kind = item.get("role"), item.get("kind")
    attachments = item.get("attachments")
    reply_to = item.get("reply_to")
    message = Message(
        id=ids.next_id(sent_at, text) if name is None else name,
        speaker=_words(item.get("speaker")),
        role=role if role in ROLES else "unknown",
        kind=kind if kind in KINDS else "text",
        sent_at=sent_at,
        text=text,
        original=_words(item.get("original")),
        reply_to=None if reply_to is None else str(reply_to),
        attachments=tuple(map(str, attachments)) if isinstance(attachments, list) else (),
    )
    if any(
        map(
            is_damaged,
            (message.id, message.speaker, sent_at, message.original, message.reply_to or ""),
        )
    ):
        return reject(file, number, "half a character in a name or id", text)
    return message


def _words(value: Any) -> str:  # noqa: ANN401 - whatever stands in the file
    return value if isinstance(value, str) else ""
