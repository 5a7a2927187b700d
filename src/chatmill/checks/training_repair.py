"""Repairs of a training file that change no word: white space, marks, capitals of roles."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from chatmill.checks.format import MARK
from chatmill.checks.training_file import decoded
from chatmill.checks.training_rows import LONE_SURROGATE, ROLES, parse_line

_BOM = b"\xef\xbb\xbf"
_MARKS = {"user": ("q", "질문", "문"), "assistant": ("a", "답")}


@dataclass(frozen=True, slots=True, kw_only=True)
class Repair:
    """One thing that was put right."""

    line: int
    """Of the file as it was, from 1."""
    field: str
    what: str
    """In one sentence."""
    evidence: str = ""


def repair_line(number: int, raw: bytes, where: str) -> tuple[bytes, list[Repair]]:
    """Repair one line.

    Args:
        number: From 1.
        raw: With its line end.
        where: Name of the file, for errors.

    Returns:
        The line to write (empty where it goes; byte for byte the old one where nothing was
        wrong), and what was done.

    Raises:
        UnreadableFileError: The first line is not UTF-8 text.
    """
    repairs: list[Repair] = []
    body = raw
    if number == 1 and body.startswith(_BOM):
        body = body.removeprefix(_BOM)
        repairs.append(Repair(line=number, field="", what="took the byte order mark out"))
    if body.endswith(b"\r\n"):
        body = body[:-2] + b"\n"
        repairs.append(Repair(line=number, field="", what="made CR LF a line end"))
    line = decoded(body, number, where)
    if line is None:
        return body, repairs
    if not line.strip():
        return b"", [*repairs, Repair(line=number, field="", what="took an empty line out")]
    row = parse_line(line)
    messages = row.get("messages") if isinstance(row, dict) else None
    if not isinstance(messages, list):
        return body, repairs
    found = [
        Repair(line=number, field=field, what=what, evidence=evidence)
        for index, message in enumerate(messages)
        if isinstance(message, dict)
        for field, what, evidence in _mend(f"messages[{index}]", message)
    ]
    if not found:
        return body, repairs
    written = json.dumps(row, ensure_ascii=body.isascii())
    if LONE_SURROGATE.search(written):
        written = json.dumps(row)
    return f"{written}\n".encode(), repairs + found


def _mend(field: str, message: dict[str, Any]) -> Iterator[tuple[str, str, str]]:
    """Mend a message in place and say what was done."""
    role = message.get("role")
    if isinstance(role, str) and role not in ROLES and role.strip().lower() in ROLES:
        message["role"] = role.strip().lower()
        yield f"{field}.role", f"wrote the role as {message['role']}", role
    if message.get("weight") in ("0", "1"):
        message["weight"] = int(message["weight"])
        yield f"{field}.weight", "made the weight a number", str(message["weight"])
    content = message.get("content")
    if not isinstance(content, str) or not content.strip():
        return
    place = f"{field}.content"
    mended = content.strip()
    if mended != content:
        yield place, "took white space off the edges", ""
    if message.get("role") == "system" and len(mended.splitlines()) > 1:
        mended = " ".join(mended.split())
        yield place, "put the system line on one line", ""
    mark = MARK.match(mended)
    marks = _MARKS.get(str(message.get("role")), ())
    if mark is not None and mark.group().strip().casefold().startswith(marks):
        mended = mended[mark.end() :].lstrip()
        yield place, "took a leftover mark out", mark.group().strip()
    message["content"] = mended
