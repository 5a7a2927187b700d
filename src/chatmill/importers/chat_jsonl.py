"""Training files that exist already: OpenAI messages, ShareGPT, Alpaca, prompt and completion."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from chatmill.importers.admission import TakenIds, refusal
from chatmill.importers.assembly import CUT_OFF, RAW_CHARACTERS, reject
from chatmill.importers.base import ExportFile, Item, Room
from chatmill.importers.decoding import is_damaged
from chatmill.importers.identity import MessageIds
from chatmill.importers.json_fields import entries, fields, name_of, words
from chatmill.importers.json_reader import JsonReader, read_json
from chatmill.records import Kind, Message, Rejection, Role

ROLES: Mapping[str, Role] = {
    **dict.fromkeys(("user", "human", "customer", "prompter"), "customer"),
    **dict.fromkeys(("assistant", "gpt", "model", "chatgpt", "bing", "bard", "agent"), "agent"),
    **dict.fromkeys(("system", "developer"), "system"),
}
TOOLS = frozenset(
    {"tool", "function", "function_call", "observation", "tool_call", "function_response"}
)
"""Roles whose words nobody said."""
LISTS = ("messages", "conversations", "conversation")
"""Keys a conversation's messages stand under."""
PAIRS = (("instruction", "output"), ("prompt", "completion"))
"""Keys of a question and its answer where there is no list."""
_TALK = re.compile(r'"(?:messages|conversations?)"\s*:\s*\[')
_ROLE = re.compile(r'"(?:role|from)"\s*:\s*"(?:' + "|".join([*ROLES, *TOOLS]) + r')"')
_WORDS = re.compile(r'"(?:content|value)"\s*:')
_PAIR = re.compile(r'"instruction"\s*:.*"output"\s*:\s*"|"prompt"\s*:.*"completion"\s*:', re.DOTALL)


class ChatJsonlImporter:
    """Reads one conversation a line, or a list of them."""

    name = "chat_jsonl"

    def score(self, file: ExportFile) -> float:
        """Look for messages with roles and contents, or questions with answers."""
        head = file.head.lstrip()
        if not head.startswith(("{", "[")):
            return 0.0
        if _TALK.search(head) and _ROLE.search(head) and _WORDS.search(head):
            return 0.97
        return 0.96 if _PAIR.search(head) else 0.0

    def read(self, file: ExportFile) -> Iterator[Item]:
        """Stream the conversations; what is none is rejected."""
        rows = _Rows(file)
        if _is_lines(file.head):
            return rows.read_lines()
        return read_json(file, rows.walk)


def _is_lines(head: str) -> bool:
    """Say whether each line is an object of its own, and not part of one document."""
    start = head.lstrip()
    if not start.startswith("{"):
        return False
    first = start.split("\n", 1)[0].rstrip()
    return len(first) == len(start) or first.endswith("}")


class _Rows:
    """Conversations of one file, each under a key of its own."""

    def __init__(self, file: ExportFile) -> None:
        self._file = file
        self._taken = TakenIds()

    def read_lines(self) -> Iterator[Item]:
        for number, line in enumerate(self._file.lines(), 1):
            if not line.strip():
                continue
            try:
                row = json.loads(line)
            except (ValueError, RecursionError) as error:
                yield reject(self._file, number, _why_no_json(error, line), line)
                continue
            yield from self._read(number, number, row)

    def walk(self, reader: JsonReader) -> Iterator[Item]:
        if reader.next_sign() != "[":
            yield from self._read(reader.line, 1, reader.value())
            return
        for index in reader.elements():
            line = reader.line
            yield from self._read(line, index + 1, reader.value())

    def _read(self, line: int, number: int, row: Any) -> Iterator[Item]:  # noqa: ANN401 - whatever stands in the file
        turns = _turns(row)
        if not turns:
            shown = json.dumps(row, ensure_ascii=False)[:RAW_CHARACTERS]
            yield reject(self._file, line, "not a conversation: no messages", shown)
            return
        yield self._room(number, fields(row))
        ids, taken = MessageIds(), TakenIds()
        for turn in turns:
            message = _read_turn(self._file, line, turn, ids)
            if isinstance(message, Message) and not taken.take(message.id):
                message = reject(self._file, line, f"a second message {message.id!r}", message.text)
            yield message

    def _room(self, number: int, row: Mapping[str, Any]) -> Room:
        """Name a conversation by its own id; bare numbers and ids used twice need the file's."""
        own = name_of(row.get("id")) or name_of(row.get("conversation_id"))
        key = own
        if not own or is_damaged(own):
            key = f"{self._file.room_key}#{number}"
        elif own.isdecimal():
            key = f"{self._file.room_key}#{own}"
        if not self._taken.take(key):
            key = f"{key}#{number}"
            self._taken.take(key)
        title = words(row.get("title"))
        return Room(key=key, title=title if title and not is_damaged(title) else key)


def _why_no_json(error: Exception, line: str) -> str:
    if not isinstance(error, json.JSONDecodeError):
        return "not JSON: nobody can read it"
    return f"not JSON: {error.msg}" if line.endswith(("\n", "\r")) else CUT_OFF


def _turns(row: Any) -> Sequence[Any]:  # noqa: ANN401 - whatever stands in the file
    """Return the messages of a row; none where it is no conversation."""
    row = fields(row)
    for key in LISTS:
        if entries(row.get(key)):
            system = words(row.get("system"))
            first = [{"role": "system", "content": system}] if system.strip() else []
            return [*first, *entries(row[key])]
    for asked, answered in PAIRS:
        if asked in row and answered in row:
            return _pair(row, asked, answered)
    return ()


def _pair(row: Mapping[str, Any], asked: str, answered: str) -> Sequence[Any]:
    """Turn a question and its answer, with what was said before, into messages."""
    if entries(row[asked]) or entries(row[answered]):
        return [*entries(row[asked]), *entries(row[answered])]
    turns = [{"role": "system", "content": row.get("system")}] if words(row.get("system")) else []
    for round_ in entries(row.get("history")):
        roles = ("user", "assistant")
        turns += [
            {"role": role, "content": said}
            for role, said in zip(roles, entries(round_), strict=False)
        ]
    question = "\n".join(filter(None, (words(row[asked]), words(row.get("input")))))
    return [
        *turns,
        {"role": "user", "content": question},
        {"role": "assistant", "content": row[answered]},
    ]


def _read_turn(file: ExportFile, line: int, turn: Any, ids: MessageIds) -> Message | Rejection:  # noqa: ANN401 - whatever stands in the file
    raw = fields(turn)
    label = words(raw.get("role")) or words(raw.get("from"))
    role = ROLES.get(label.casefold(), "unknown")
    text, attachments = _content(raw)
    reason = ""
    if label.casefold() in TOOLS:
        reason = "what a tool was told or answered, no words of a person"
    elif not label:
        reason = 'a message without a "role"'
    elif not text.strip() and not attachments:
        has_call = "tool_calls" in raw or "function_call" in raw
        reason = "a tool call, no words" if has_call else "a message without words"
    if reason:
        return reject(file, line, reason, json.dumps(turn, ensure_ascii=False)[:RAW_CHARACTERS])
    kind: Kind = "system" if role == "system" else "text"
    if not text.strip():
        kind, text = "photo", ""
    own = name_of(raw.get("id"))
    message = Message(
        id=own or ids.next_id("", f"{label}\0{text}"),
        speaker="" if role == "system" else words(raw.get("name")) or label,
        role=role,
        kind=kind,
        text=text,
        attachments=attachments,
    )
    return refusal(file, line, message) or message


def _content(raw: Mapping[str, Any]) -> tuple[str, tuple[str, ...]]:
    """Return the words, and the addresses of pictures."""
    content = raw.get("content", raw.get("value"))
    if isinstance(content, str):
        return content, ()
    texts: list[str] = []
    pictures: list[str] = []
    for part in entries(content):
        if isinstance(part, str):
            texts.append(part)
            continue
        text = words(fields(part).get("text"))
        picture = fields(part).get("image_url")
        address = words(picture) or words(fields(picture).get("url"))
        if text:
            texts.append(text)
        if address:
            pictures.append("image" if address.startswith("data:") else address)
    return "\n".join(texts) or words(raw.get("refusal")), tuple(pictures)
