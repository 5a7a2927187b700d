"""Reads a training file in OpenAI's chat format and says, by line, what is wrong with it."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import Any, TypeVar

from chatmill.errors import DatasetError, TooFewExamplesError

MIN_EXAMPLES = 10
ROLES = ("system", "developer", "user", "assistant")
MESSAGE_KEYS = frozenset(
    ("role", "content", "name", "weight", "refusal", "tool_calls", "function_call", "audio")
)
"""Keys a message may have; any other is a slip of the pen that would be lost in silence."""
PREFERENCE_KEYS = ("input", "preferred_output", "non_preferred_output")


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Preference:
    """One line of a file for `dpo`: a chat, and two answers of which one is better."""

    line: int
    preferred: tuple[ChatMessage, ...]
    """The chat and the better answer, which alone counts."""
    other: tuple[ChatMessage, ...]


Parsed = TypeVar("Parsed")


def read_training_file(path: Path, *, min_examples: int = MIN_EXAMPLES) -> list[ChatExample]:
    """Read and check every line.

    Args:
        path: JSONL, UTF-8, with or without a byte order mark.
        min_examples: Fewest examples it must hold (1 for a validation file).

    Raises:
        DatasetError: Names the first line that cannot be used, or says that there are too few.
    """
    return _read(path, parse_example, min_examples)


def read_preference_file(path: Path, *, min_examples: int = MIN_EXAMPLES) -> list[Preference]:
    """Read and check every line of a file for `dpo`; else as `read_training_file`."""
    return _read(path, parse_preference, min_examples)


def _read(path: Path, parse: Callable[[Any, int], Parsed], min_examples: int) -> list[Parsed]:
    found = [parse(decoded, line) for line, decoded in _read_lines(path)]
    if len(found) < min_examples:
        raise TooFewExamplesError(
            f"has {len(found)} example(s), but must have at least {min_examples} examples",
            fix="Keep more examples and build again",
        )
    return found


def _read_lines(path: Path) -> Iterator[tuple[int, Any]]:
    """Yield line numbers and what the lines hold."""
    with path.open("rb") as stream:
        for number, raw in enumerate(stream, start=1):
            line = raw.removeprefix(b"\xef\xbb\xbf") if number == 1 else raw
            if not line.strip():
                continue
            try:
                yield number, json.loads(line)
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
        raise DatasetError(f'is no object with a list "messages"{_hint(decoded)}', where=where)
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


def parse_preference(decoded: Any, line: int) -> Preference:  # noqa: ANN401 - untrusted JSON
    """Check one decoded line of a file for `dpo`.

    Raises:
        DatasetError: It is no preference; says why.
    """
    where = f"line {line}"
    if not isinstance(decoded, dict) or not all(key in decoded for key in PREFERENCE_KEYS):
        wanted = ", ".join(f'"{key}"' for key in PREFERENCE_KEYS)
        raise DatasetError(f"is no preference: an object with {wanted}", where=where)
    asked = decoded["input"]
    if not isinstance(asked, dict) or not isinstance(asked.get("messages"), list):
        raise DatasetError('"input" is no object with a list "messages"', where=where)
    if asked.get("tools"):
        raise DatasetError('"tools" cannot be trained on by this server', where=where)
    context = [
        _parse_message(message, f"{where}, input, message {index}")
        for index, message in enumerate(asked["messages"], start=1)
    ]
    pair = []
    for key in PREFERENCE_KEYS[1:]:
        answers = decoded[key]
        if not isinstance(answers, list) or len(answers) != 1:
            raise DatasetError(f'"{key}" is no list with one assistant message', where=where)
        answer = _parse_message(answers[0], f"{where}, {key}")
        if answer.role != "assistant":
            raise DatasetError(f'"{key}" is no assistant message', where=where)
        before = (replace(message, is_trained=False) for message in context)
        messages = (*before, replace(answer, is_trained=True))
        _check_order(messages, where)
        pair.append(messages)
    if pair[0] == pair[1]:
        raise DatasetError("both answers are the same: nothing to prefer", where=where)
    return Preference(line=line, preferred=pair[0], other=pair[1])


def _hint(decoded: Any) -> str:  # noqa: ANN401 - untrusted JSON
    """Say what a line of another format is."""
    if not isinstance(decoded, dict):
        return ""
    if "prompt" in decoded and "completion" in decoded:
        return ", but a prompt and completion of the old format: write a user and an assistant"
    if "preferred_output" in decoded:
        return ", but a preference: use method dpo"
    return ""


def _text_of(content: Any, where: str) -> Any:  # noqa: ANN401 - untrusted JSON
    """Return content as text where it is a list of text parts; anything else as it is."""
    if not isinstance(content, list):
        return content
    for part in content:
        if not isinstance(part, dict) or part.get("type") != "text":
            kind = part.get("type") if isinstance(part, dict) else part
            reason = f"a part is {kind!r}: only text can be trained on by this server"
            raise DatasetError(reason, where=where)
        if not isinstance(part.get("text"), str):
            raise DatasetError("a text part holds no text", where=where)
    return "".join(part["text"] for part in content)


def _parse_message(message: Any, where: str) -> ChatMessage:  # noqa: ANN401 - untrusted JSON
    if not isinstance(message, dict):
        raise DatasetError("is no object", where=where)
    role, content = message.get("role"), message.get("content")
    if role not in ROLES:
        raise DatasetError(f"role is {role!r}, not one of {', '.join(ROLES)}", where=where)
    if message.get("tool_calls") or message.get("function_call"):
        raise DatasetError("tool calls cannot be trained on by this server", where=where)
    unknown = sorted(set(message) - MESSAGE_KEYS)
    if unknown:
        raise DatasetError(f"has an unexpected key {unknown[0]!r}", where=where)
    content = _text_of(content, where)
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
