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
ALSO_GOOD = row(USER, {"role": "assistant", "content": "8 sockets."})
CALL = {"id": "c1", "type": "function", "function": {"name": "stock", "arguments": "{}"}}
CALLING = {"role": "assistant", "tool_calls": [CALL]}
REPLY = {"role": "tool", "tool_call_id": "c1", "content": "12"}
OFFER = [{"type": "function", "function": {"name": "stock"}}]
IMAGE = {"type": "image_url", "image_url": {"url": "https://example.com/a.png"}}
SCHEME = {"type": "image_url", "image_url": {"url": "file:///a.png"}}


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
        (GOOD, "", "same as line 1", "warning"),
        ('{"messages": [], "x": NaN}', "", "is not JSON: NaN", "error"),
        (row(USER, {**ASSISTANT, "weight": True}), "messages[1].weight", "0 or 1", "error"),
        (row(USER, {**ASSISTANT, "weight": 0}), "messages", "every answer has weight 0", "error"),
        (row({**USER, "weight": 1}, ASSISTANT), "messages[0].weight", "of an assistant", "error"),
        (row({**USER, "name": "고 은찬"}, ASSISTANT), "messages[0].name", "letters", "warning"),
        (row({**USER, "id": 7}, ASSISTANT), "messages[0].id", "no key of a message", "error"),
        (GOOD.replace("8개", r"\ud800"), "messages[2].content", "half", "error"),
        (row(USER, CALLING, ASSISTANT), "messages[1].tool_calls[0]", "by no tool", "error"),
        (row(USER, REPLY, ASSISTANT), "messages[1].tool_call_id", "answers no tool", "error"),
        (row(USER, ASSISTANT, tools=[{}]), "tools[0]", "no function with a name", "error"),
        (
            row(USER, CALLING, REPLY, ASSISTANT, tools=[]),
            "messages[1].tool_calls[0]",
            "does not offer",
            "warning",
        ),
        (
            row(USER, {**ASSISTANT, "content": [IMAGE]}),
            "messages[1].content[0]",
            "one of text",
            "error",
        ),
        (
            row({**USER, "content": [SCHEME]}, ASSISTANT),
            "messages[0].content[0].image_url.url",
            "must be http",
            "error",
        ),
        (row(USER, {**ASSISTANT, "content": "긴 답 " * 300}), "", "the model takes 400", "error"),
    ],
)
def test_each_breach_is_found_on_its_line(
    tmp_path: Path, line: str, field: str, message: str, severity: str
) -> None:
    """The line number is that of the file, whatever stands around it."""
    found = check_training_file(written(tmp_path, GOOD, line, ALSO_GOOD), max_example_tokens=400)
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


def test_tools_images_and_half_trained_talks_are_allowed(tmp_path: Path) -> None:
    """What the format knows beside plain talk raises nothing."""
    path = written(
        tmp_path,
        row(USER, CALLING, REPLY, ASSISTANT, tools=OFFER, parallel_tool_calls=False),
        row({**USER, "content": [{"type": "text", "text": "이건?"}, IMAGE]}, ASSISTANT),
        row({"role": "developer", "content": "Be brief."}, USER, ASSISTANT),
    )
    assert check_training_file(path) == []


@pytest.mark.parametrize(
    ("line", "called"),
    [
        ({"input": {}, "preferred_output": [], "non_preferred_output": []}, "(DPO)"),
        ({"messages": [USER], "reference": "8"}, "(RFT)"),
        ({"prompt": "a", "completion": "b"}, "prompt and completion"),
        ({"conversations": [{"from": "human", "value": "a"}]}, "ShareGPT"),
        ({"custom_id": "1", "body": {}}, "batch"),
    ],
)
def test_another_format_is_named_once(tmp_path: Path, line: dict[str, Any], called: str) -> None:
    """One sentence instead of an error on each of 400 lines."""
    found = check_training_file(written(tmp_path, *[json.dumps(line)] * 400))
    assert [(each.line, each.kind) for each in found] == [(1, "other_format")]
    assert called in found[0].message


def test_one_line_of_another_encoding_does_not_hide_the_others(tmp_path: Path) -> None:
    """The rest of the file is checked all the same."""
    path = tmp_path / "train.jsonl"
    path.write_bytes(GOOD.encode() + b"\n\xc7\xd1\n" + row(USER).encode() + b"\n")
    assert [(each.line, each.kind) for each in check_training_file(path)] == [
        (2, "encoding"),
        (3, "order"),
    ]
