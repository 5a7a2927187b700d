"""The server's own reading of a training file: each refusal names its line."""

import json
from pathlib import Path
from typing import Any

import pytest

from chatmill.errors import DatasetError
from chatmill.server.training_file import parse_example, read_training_file
from tiny_model import as_jsonl, chat_lines

USER = {"role": "user", "content": "질문"}
ANSWER = {"role": "assistant", "content": "답"}


def test_reads_korean_and_a_byte_order_mark(tmp_path: Path) -> None:
    """Files written by Windows programs start with a byte order mark."""
    path = tmp_path / "train.jsonl"
    path.write_bytes(b"\xef\xbb\xbf" + as_jsonl(chat_lines(10)) + b"\n\n")
    examples = read_training_file(path)
    assert len(examples) == 10
    assert "레지스터" in examples[0].messages[1].content


def test_nine_examples_are_too_few(tmp_path: Path) -> None:
    """The protocol asks for ten."""
    path = tmp_path / "train.jsonl"
    path.write_bytes(as_jsonl(chat_lines(9)))
    with pytest.raises(DatasetError, match="has 9 example.s., but must have at least 10"):
        read_training_file(path)


@pytest.mark.parametrize(
    ("messages", "reason"),
    [
        ([USER], "last message must be the assistant's"),
        ([ANSWER], "must be the user's"),
        ([USER, USER, ANSWER], "two user messages in a row"),
        ([USER, {"role": "system", "content": "x"}, ANSWER], "must come first"),
        ([USER, {"role": "assistant", "content": " "}], "content is empty"),
        ([USER, {"role": "bot", "content": "x"}], "role is 'bot'"),
        ([USER, {**ANSWER, "weight": 2}], "weight is 2"),
        ([USER, {**ANSWER, "weight": 0}], "nothing to learn"),
        ([{**USER, "weight": 1}, ANSWER], "assistant messages only"),
        ([USER, {**ANSWER, "tool_calls": [{}]}], "tool calls"),
        ([], "has no messages"),
    ],
)
def test_refusals_name_line_and_reason(messages: list[dict[str, Any]], reason: str) -> None:
    """Whoever sends a bad file is told where and why."""
    with pytest.raises(DatasetError, match=reason) as caught:
        parse_example({"messages": messages}, 7)
    assert "line 7" in str(caught.value)


def test_half_written_json_names_its_line(tmp_path: Path) -> None:
    """A cut-off upload is refused by line, not with a traceback."""
    path = tmp_path / "train.jsonl"
    path.write_bytes(as_jsonl(chat_lines(3)) + b'\n{"messages": [{"role"')
    with pytest.raises(DatasetError, match="line 4: is not JSON"):
        read_training_file(path)


def test_developer_is_the_system_role() -> None:
    """Newer clients say developer where older ones say system."""
    line = json.loads(
        json.dumps({"messages": [{"role": "developer", "content": "s"}, USER, ANSWER]})
    )
    assert parse_example(line, 1).messages[0].role == "system"
