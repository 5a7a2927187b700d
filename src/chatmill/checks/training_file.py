"""Line-precise rules for anybody's training file in the OpenAI chat format."""

import itertools
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from chatmill.checks.format import MARK
from chatmill.errors import UnreadableFileError
from chatmill.records import Severity
from chatmill.text.tokens import estimate_tokens

_ROLES = ("system", "user", "assistant")
_KEYS = frozenset({"messages", "tools", "parallel_tool_calls", "functions"})
_ROLE_TOKENS = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class FileFinding:
    """What is wrong with one line of a training file."""

    line: int
    """Counted from 1."""
    severity: Severity
    """An `error` is refused by servers, or would train on something wrong."""
    field: str
    """`messages[1].content`, or empty for the whole line."""
    message: str
    """What is wrong, in one sentence."""
    evidence: str = ""
    """The words it is about."""


def check_training_file(path: Path, *, max_example_tokens: int = 0) -> list[FileFinding]:
    """Check every line of a JSONL file; how many examples there should be is the caller's rule.

    Args:
        path: UTF-8, one `{"messages": […]}` a line; a byte order mark is allowed.
        max_example_tokens: Longest example the model takes, estimated; 0 is no limit.

    Raises:
        UnreadableFileError: The file is missing, or not UTF-8 text.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="\n") as lines:
            return [
                found
                for number, line in enumerate(lines, start=1)
                for found in _line(number, line, max_example_tokens)
            ]
    except UnicodeDecodeError as error:
        raise UnreadableFileError(
            "not UTF-8 text", where=str(path), fix="Save it as UTF-8"
        ) from error
    except OSError as error:
        raise UnreadableFileError(
            f"cannot be read: {error.strerror}", where=str(path), fix="Check the name"
        ) from error


def _line(number: int, line: str, max_example_tokens: int) -> Iterator[FileFinding]:
    if not line.strip():
        yield _error(number, "", "is an empty line")
        return
    try:
        row = json.loads(line)
    except json.JSONDecodeError as error:
        yield _error(number, "", f"is not JSON: {error.msg} (column {error.colno})", line[:80])
        return
    except RecursionError:
        yield _error(number, "", "is nested too deeply", line[:80])
        return
    except ValueError:
        yield _error(number, "", "holds a number too long", line[:80])
        return
    messages = row.get("messages") if isinstance(row, dict) else None
    if not isinstance(messages, list) or not messages:
        yield _error(number, "messages", "has no list of messages")
        return
    for key in sorted(set(row) - _KEYS):
        yield _error(number, key, f"{key} is no key of the format", key)
    roles: list[Any] = []
    n_tokens = 0
    for index, message in enumerate(messages):
        field = f"messages[{index}]"
        if not isinstance(message, dict):
            yield _error(number, field, "is no object")
            continue
        roles.append(message.get("role"))
        yield from _message(number, field, message)
        content = message.get("content")
        n_tokens += estimate_tokens(content) + _ROLE_TOKENS if isinstance(content, str) else 0
    yield from _order(number, roles)
    if max_example_tokens and n_tokens > max_example_tokens:
        yield _error(number, "", f"about {n_tokens} tokens, the model takes {max_example_tokens}")


def _message(number: int, field: str, message: dict[str, Any]) -> Iterator[FileFinding]:
    role, content = message.get("role"), message.get("content")
    if role not in _ROLES:
        yield _error(number, f"{field}.role", "must be system, user or assistant", str(role))
    if not isinstance(content, str):
        yield _error(number, f"{field}.content", "must be text", str(content)[:80])
        return
    if not content.strip():
        yield _error(number, f"{field}.content", "is empty")
    if role == "system" and "\n" in content:
        yield _warning(
            number, f"{field}.content", "the system line has several lines", content[:80]
        )
    if role in ("user", "assistant"):
        mark = MARK.match(content)
        if mark is not None:
            yield _warning(
                number, f"{field}.content", "a question or answer mark is left over", mark.group()
            )
    weight = message.get("weight")
    if weight is not None and (role != "assistant" or weight not in (0, 1)):
        yield _error(number, f"{field}.weight", "must be 0 or 1, of an assistant", str(weight))


def _order(number: int, roles: list[Any]) -> Iterator[FileFinding]:
    if "assistant" not in roles:
        yield _error(number, "messages", "has no assistant message")
    elif roles[-1] != "assistant":
        yield _error(number, "messages", "the last message must be the assistant's")
    if "system" in roles[1:]:
        yield _error(number, "messages", "a system message must come first")
    spoken = [role for role in roles if role in ("user", "assistant")]
    if spoken and spoken[0] != "user":
        yield _error(number, "messages", "the first question is missing")
    if any(a == b for a, b in itertools.pairwise(spoken)):
        yield _warning(number, "messages", "user and assistant do not take turns")


def _error(number: int, field: str, message: str, evidence: str = "") -> FileFinding:
    return FileFinding(
        line=number, severity="error", field=field, message=message, evidence=evidence
    )


def _warning(number: int, field: str, message: str, evidence: str = "") -> FileFinding:
    return FileFinding(
        line=number, severity="warning", field=field, message=message, evidence=evidence
    )
