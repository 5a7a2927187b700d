"""Reads a training file in OpenAI's chat format and says, by line, what is wrong with it."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

from chatmill.errors import DatasetError

MIN_EXAMPLES = 10
ROLES = ("system", "developer", "user", "assistant")


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatMessage:
    """One message as a client sent it."""

    role: str
    """`system`, `user` or `assistant`."""
    content: str
    is_trained: bool = False
    """Whether the loss counts it: an assistant message whose `weight` is not 0."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatExample:
    """One line of a training file."""

    line: int
    """Counted from 1."""
    messages: tuple[ChatMessage, ...]


def read_training_file(path: Path, *, min_examples: int = MIN_EXAMPLES) -> list[ChatExample]:
    """Read and check every line.

    Args:
        path: JSONL, UTF-8, with or without a byte order mark.
        min_examples: Fewest examples it must hold (1 for a validation file).

    Raises:
        DatasetError: Names the first line that cannot be used, or says that there are too few.
    """
    examples = list(_read_lines(path))
    if len(examples) < min_examples:
        raise DatasetError(
            f"has {len(examples)} example{'' if len(examples) == 1 else 's'}, but must have at "
            f"least {min_examples}",
            fix="Keep more examples and build again",
        )
    return examples


def _read_lines(path: Path) -> Iterator[ChatExample]:
    with path.open("rb") as stream:
        for number, raw in enumerate(stream, start=1):
            line = raw.removeprefix(b"\xef\xbb\xbf") if number == 1 else raw
            if not line.strip():
                continue
            try:
                yield parse_example(json.loads(line), number)
            except UnicodeDecodeError as error:
                raise DatasetError("is not UTF-8", where=f"line {number}") from error
            except json.JSONDecodeError as error:
                raise DatasetError(f"is not JSON: {error.msg}", where=f"line {number}") from error
            except RecursionError as error:
                raise DatasetError("is nested too deeply", where=f"line {number}") from error
            except ValueError as error:
                raise DatasetError("holds a number too long", where=f"line {number}") from error


def parse_example(decoded: Any, line: int) -> ChatExample:  # noqa: ANN401 - untrusted JSON
    """Check one decoded line.

    Raises:
        DatasetError: It is no chat example; says why.
    """
    where = f"line {line}"
    if not isinstance(decoded, dict) or not isinstance(decoded.get("messages"), list):
        raise DatasetError('is no object with a list "messages"', where=where)
    if not decoded["messages"]:
        raise DatasetError("has no messages", where=where)
    for key in ("tools", "functions"):
        if decoded.get(key):
            raise DatasetError(f'"{key}" cannot be trained on by this server', where=where)
    messages = tuple(
        _parse_message(message, f"{where}, message {index}")
        for index, message in enumerate(decoded["messages"], start=1)
    )
    _check_order(messages, where)
    return ChatExample(line=line, messages=messages)


def _parse_message(message: Any, where: str) -> ChatMessage:  # noqa: ANN401 - untrusted JSON
    if not isinstance(message, dict):
        raise DatasetError("is no object", where=where)
    role, content = message.get("role"), message.get("content")
    if role not in ROLES:
        raise DatasetError(f"role is {role!r}, not one of {', '.join(ROLES)}", where=where)
    if message.get("tool_calls") or message.get("function_call"):
        raise DatasetError("tool calls cannot be trained on by this server", where=where)
    if not isinstance(content, str) or not content.strip():
        raise DatasetError("content is empty or no text", where=where)
    weight = message.get("weight")
    if weight is not None and role != "assistant":
        raise DatasetError("weight belongs to assistant messages only", where=where)
    if weight not in (None, 0, 1) or isinstance(weight, bool):
        raise DatasetError(f"weight is {weight!r}, not 0 or 1", where=where)
    return ChatMessage(
        role="system" if role == "developer" else role,
        content=content,
        is_trained=role == "assistant" and weight != 0,
    )


def _check_order(messages: tuple[ChatMessage, ...], where: str) -> None:
    roles = [message.role for message in messages]
    if "system" in roles[1:]:
        raise DatasetError("a system message must come first", where=where)
    turns = roles[1:] if roles[0] == "system" else roles
    if not turns or turns[0] != "user":
        raise DatasetError(
            "the first message after the system line must be the user's", where=where
        )
    if turns[-1] != "assistant":
        raise DatasetError("the last message must be the assistant's", where=where)
    for before, after in pairwise(turns):
        if before == after:
            raise DatasetError(f"has two {after} messages in a row", where=where)
    if not any(message.is_trained for message in messages):
        raise DatasetError("every assistant message has weight 0: nothing to learn", where=where)
