"""Rules of one line of a training file in the OpenAI chat format: roles, order, content, weight."""

import itertools
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from chatmill.checks.format import MARK
from chatmill.checks.training_tools import assistant_calls, content_parts, row_tools, tool_reply
from chatmill.checks.training_words import FileFinding, error, warning
from chatmill.text.tokens import estimate_tokens

ROLES = ("system", "developer", "user", "assistant", "tool", "function")
_KEYS = frozenset({"messages", "tools", "parallel_tool_calls", "functions"})
_MESSAGE_KEYS = frozenset(
    {
        "role",
        "content",
        "name",
        "weight",
        "tool_calls",
        "tool_call_id",
        "function_call",
        "refusal",
        "audio",
    }
)
_OTHER_FORMATS = (
    (("preferred_output", "non_preferred_output"), "the preference (DPO) format"),
    (("prompt", "completion"), "the old prompt and completion format"),
    (("conversations",), "the ShareGPT format (conversations)"),
    (("instruction", "output"), "the Alpaca format (instruction, output)"),
    (("custom_id", "body"), "a file of batch requests"),
    (("text",), "plain text for continued training"),
)
_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")
LONE_SURROGATE = re.compile("[\ud800-\udfff]")
_ROLE_TOKENS = 5
_MOST_TOKENS_A_LETTER = 3
_EVIDENCE = 80


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A line that is no JSON, and why."""

    why: str


def parse_line(line: str) -> Any:  # noqa: ANN401 - any JSON value
    """Return what a line holds, or `Unreadable`; nothing is raised."""
    try:
        return json.loads(line, parse_constant=_refuse_constant)
    except json.JSONDecodeError as broken:
        return Unreadable(f"is not JSON: {broken.msg} (column {broken.colno})")
    except RecursionError:
        return Unreadable("is nested too deeply")
    except _NotJsonError as broken:
        return Unreadable(f"is not JSON: {broken} is no value of it")
    except ValueError:
        return Unreadable("holds a number too long")


class _NotJsonError(Exception):
    """Python reads NaN and Infinity, which no JSON has."""


def _refuse_constant(name: str) -> float:
    raise _NotJsonError(name)


def format_of(row: object) -> str:
    """Name the other format a line is in; empty where it is none we know."""
    if not isinstance(row, dict):
        return ""
    for keys, name in _OTHER_FORMATS:
        if all(key in row for key in keys) and ("messages" not in row or len(keys) > 1):
            return name
    messages = row.get("messages")
    is_list = isinstance(messages, list) and bool(messages)
    last = messages[-1] if is_list and isinstance(messages, list) else None
    if isinstance(last, dict) and last.get("role") == "user" and set(row) - _KEYS:
        return "the reinforcement (RFT) format: the last message is the user's, other keys grade"
    return ""


def check_row(number: int, line: str, row: object, max_tokens: int) -> Iterator[FileFinding]:
    """Yield what is wrong with one line that is JSON.

    Args:
        number: Line in the file, from 1.
        line: As it stands.
        row: What it holds.
        max_tokens: Longest example the model takes, estimated; 0 is no limit.
    """
    messages = row.get("messages") if isinstance(row, dict) else None
    if not isinstance(row, dict) or not isinstance(messages, list) or not messages:
        yield error(number, "messages", "messages", "has no list of messages")
        return
    for key in sorted(set(row) - _KEYS, key=str):
        yield error(number, "key", key, f"{key} is no key of the format", key)
    yield from row_tools(number, row)
    roles: list[Any] = []
    for index, message in enumerate(messages):
        field = f"messages[{index}]"
        if not isinstance(message, dict):
            yield error(number, "messages", field, "is no object")
            continue
        roles.append(message.get("role"))
        yield from _message(number, field, message)
    yield from tool_reply(number, messages)
    yield from _order(number, roles)
    yield from _weights(number, messages)
    if max_tokens and _MOST_TOKENS_A_LETTER * len(line) > max_tokens:
        n_tokens = sum(_tokens(each) for each in messages)
        if n_tokens > max_tokens:
            yield error(
                number, "length", "", f"about {n_tokens} tokens, the model takes {max_tokens}"
            )


def _message(number: int, field: str, message: Mapping[str, Any]) -> Iterator[FileFinding]:
    role, content = message.get("role"), message.get("content")
    if role not in ROLES:
        yield error(
            number, "role", f"{field}.role", "must be system, user or assistant", _short(role)
        )
    for key in sorted(set(message) - _MESSAGE_KEYS, key=str):
        yield error(number, "key", f"{field}.{key}", f"{key} is no key of a message", key)
    yield from _content(number, field, role, message)
    if role == "assistant":
        yield from assistant_calls(number, field, message)
    if isinstance(content, str):
        yield from _text(number, f"{field}.content", role, content)
    name = message.get("name")
    if name is not None and not (isinstance(name, str) and _NAME.fullmatch(name)):
        yield warning(
            number,
            "name",
            f"{field}.name",
            "should be up to 64 letters, digits, _ and -",
            _short(name),
        )
    weight = message.get("weight")
    is_weight = type(weight) is int and weight in (0, 1)
    if "weight" in message and (role != "assistant" or not is_weight):
        yield error(
            number, "weight", f"{field}.weight", "must be 0 or 1, of an assistant", _short(weight)
        )


def _content(
    number: int, field: str, role: object, message: Mapping[str, Any]
) -> Iterator[FileFinding]:
    content = message.get("content")
    may_lack = role == "assistant" and any(
        message.get(key) for key in ("tool_calls", "function_call", "refusal")
    )
    if isinstance(content, list):
        yield from content_parts(number, f"{field}.content", role, content)
    elif content is None and may_lack:
        return
    elif not isinstance(content, str):
        yield error(number, "content", f"{field}.content", "must be text", _short(content))
    elif not content.strip() and not may_lack:
        yield error(number, "empty", f"{field}.content", "is empty")


def _text(number: int, field: str, role: object, content: str) -> Iterator[FileFinding]:
    if not content.isascii() and LONE_SURROGATE.search(content):
        yield error(number, "encoding", field, "holds half of a character (a lone surrogate)")
    if role == "system" and "\n" in content.strip():
        yield warning(
            number, "system_lines", field, "the system line has several lines", content[:_EVIDENCE]
        )
    if role in ("user", "assistant"):
        mark = MARK.match(content)
        if mark is not None:
            yield warning(
                number, "mark", field, "a question or answer mark is left over", mark.group()
            )


def _order(number: int, roles: list[Any]) -> Iterator[FileFinding]:
    if "assistant" not in roles:
        yield error(number, "order", "messages", "has no assistant message")
    elif roles[-1] != "assistant":
        yield error(number, "order", "messages", "the last message must be the assistant's")
    if "system" in roles[1:]:
        yield error(number, "order", "messages", "a system message must come first")
    spoken = [role for role in roles if role in ("user", "assistant")]
    if spoken and spoken[0] != "user":
        yield error(number, "order", "messages", "the first question is missing")
    said = [role for role in roles if role not in ("system", "developer")]
    if any(a == b and a in ("user", "assistant") for a, b in itertools.pairwise(said)):
        yield warning(number, "turns", "messages", "user and assistant do not take turns")


def _weights(number: int, messages: list[Any]) -> Iterator[FileFinding]:
    answers = [m for m in messages if isinstance(m, dict) and m.get("role") == "assistant"]
    if answers and all(each.get("weight") == 0 for each in answers):
        yield error(number, "weight", "messages", "every answer has weight 0, nothing is learnt")


def _tokens(message: object) -> int:
    content = message.get("content") if isinstance(message, dict) else None
    return estimate_tokens(content) + _ROLE_TOKENS if isinstance(content, str) else 0


def _short(value: object) -> str:
    return str(value)[:_EVIDENCE]
