"""Line-precise checks of anybody's training file."""

import json
from pathlib import Path
from typing import Any

import pytest

from chatmill.checks.training_file import check_training_file
from chatmill.errors import UnreadableFileError

SYSTEM = {"role": "system", "content": "This is information about the W5500."}
USER = {"role": "user", "content": "W5500 소켓은 몇 개인가요?"}
ASSISTANT = {"role": "assistant", "content": "8개입니다."}


def written(folder: Path, *lines: str) -> Path:
    """Write a file of lines."""
    path = folder / "train.jsonl"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def row(*messages: dict[str, Any], **others: Any) -> str:
    """Make one line."""
    return json.dumps({"messages": list(messages), **others}, ensure_ascii=False)


GOOD = row(SYSTEM, USER, ASSISTANT)


def test_a_good_file_has_no_findings(tmp_path: Path) -> None:
    """Several turns, a missing system line and weights are all allowed."""
    weighted = {**ASSISTANT, "weight": 0}
    path = written(tmp_path, GOOD, row(USER, weighted, USER, ASSISTANT))
    assert check_training_file(path, max_example_tokens=400) == []


@pytest.mark.parametrize(
    ("line", "field", "message", "severity"),
    [
        ("", "", "empty line", "error"),
        ('{"messages": [', "", "is not JSON", "error"),
        ("[" * 100_000, "", "is nested too deeply", "error"),
        ('{"messages": ' + "9" * 5000 + "}", "", "holds a number too long", "error"),
        ("[]", "messages", "no list of messages", "error"),
        (row(USER), "messages", "no assistant message", "error"),
        (row(USER, ASSISTANT, USER), "messages", "last message", "error"),
        (row(USER, SYSTEM, ASSISTANT), "messages", "must come first", "error"),
        (row(SYSTEM, ASSISTANT), "messages", "first question is missing", "error"),
        (row(USER, {**ASSISTANT, "content": " "}), "messages[1].content", "is empty", "error"),
        (row(USER, {**ASSISTANT, "content": None}), "messages[1].content", "be text", "error"),
        (row({**USER, "role": "me"}, ASSISTANT), "messages[0].role", "must be system", "error"),
        (row(USER, {**ASSISTANT, "weight": 2}), "messages[1].weight", "0 or 1", "error"),
        (row(USER, ASSISTANT, extra=1), "extra", "no key of the format", "error"),
        (
            row({**USER, "content": "Q) 몇 개?"}, ASSISTANT),
            "messages[0].content",
            "mark",
            "warning",
        ),
        (row(USER, USER, ASSISTANT), "messages", "take turns", "warning"),
        (row(USER, {**ASSISTANT, "content": "긴 답 " * 300}), "", "the model takes 400", "error"),
    ],
)
def test_each_breach_is_found_on_its_line(
    tmp_path: Path, line: str, field: str, message: str, severity: str
) -> None:
    """The line number is that of the file, whatever stands around it."""
    found = check_training_file(written(tmp_path, GOOD, line, GOOD), max_example_tokens=400)
    assert (2, field, severity) in [(e.line, e.field, e.severity) for e in found]
    assert {each.line for each in found} == {2}
    assert any(message in each.message for each in found)


def test_a_file_that_is_no_text_is_refused(tmp_path: Path) -> None:
    """One clear line instead of a traceback."""
    path = tmp_path / "train.jsonl"
    path.write_bytes(b"\xff\xfe\x00\x01\x80")
    with pytest.raises(UnreadableFileError, match="UTF-8"):
        check_training_file(path)
    with pytest.raises(UnreadableFileError):
        check_training_file(tmp_path / "missing.jsonl")
