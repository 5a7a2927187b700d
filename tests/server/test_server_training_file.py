"""The server's own reading of a training file: each refusal names its line."""

import json
from pathlib import Path
from typing import Any

import pytest

from chatmill.errors import DatasetError
from chatmill.server.training_file import (
    parse_example,
    parse_preference,
    read_preference_file,
    read_training_file,
)
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
    with pytest.raises(DatasetError, match=r"has 9 example\(s\), but must have at least 10"):
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
        ([USER, {"role": "assistant", "function_call": {"name": "f"}}], "tool calls"),
        ([USER, {"role": "tool", "content": "x"}, ANSWER], "role is 'tool'"),
        ([{"role": "function", "content": "x"}, ANSWER], "role is 'function'"),
        ([USER, {**ANSWER, "wieght": 0}], "unexpected key 'wieght'"),
        ([USER, {**ANSWER, "weight": True}], "weight is True"),
        ([USER, {**ANSWER, "weight": 0.5}], "weight is 0.5"),
        ([USER, {"role": "assistant"}], "content is empty or no text"),
        ([USER, {"role": "assistant", "content": 7}], "content is empty or no text"),
        ([{"role": "system", "content": "x"}], "must be the user's"),
        ([{"role": "user", "content": [{"type": "image_url"}]}, ANSWER], "only text"),
        ([{"role": "user", "content": [{"type": "text"}]}, ANSWER], "holds no text"),
        (["x", ANSWER], "message 1: is no object"),
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


CHAT_EXAMPLES = [
    {
        "messages": [
            {"role": "system", "content": "Marv is a factual chatbot that is also sarcastic."},
            {"role": "user", "content": "What's the capital of France?"},
            {"role": "assistant", "content": "Paris, as if everyone doesn't know that already."},
        ]
    },
    {
        "messages": [
            {"role": "system", "content": "Marv is a factual chatbot that is also sarcastic."},
            {"role": "user", "content": "What's the capital of France?"},
            {"role": "assistant", "content": "Paris", "weight": 0},
            {"role": "user", "content": "Can you be more sarcastic?"},
            {"role": "assistant", "content": "Paris, as if …", "weight": 1},
        ]
    },
    {
        "messages": [
            {"role": "user", "name": "kim", "content": [{"type": "text", "text": "수도는?"}]},
            {"role": "assistant", "content": "파리입니다."},
        ]
    },
]
"""Forms of OpenAI's guide "Supervised fine-tuning", sections "Formatting your data" and "Multi-turn
chat examples" (developers.openai.com/api/docs/guides/supervised-fine-tuning)."""


@pytest.mark.parametrize("ending", [b"\n", b"\r\n"])
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
def test_documented_chat_examples_are_read(tmp_path: Path, ending: bytes, mark: bytes) -> None:
    """The guide's own examples, with either line ending, with or without a byte order mark.

    Azure's documentation asks for the mark; the guide's files have none.
    """
    lines = [json.dumps(each).encode() for each in CHAT_EXAMPLES * 4]
    path = tmp_path / "train.jsonl"
    path.write_bytes(mark + ending.join(lines) + ending)
    examples = read_training_file(path)
    assert len(examples) == 12
    assert [each.is_trained for each in examples[1].messages] == [False, False, False, False, True]
    assert examples[2].messages[0].content == "수도는?"


PREFERENCE = {
    "input": {
        "messages": [
            {"role": "user", "content": "Hello, can you tell me how cold San Francisco is today?"}
        ],
        "tools": [],
        "parallel_tool_calls": True,
    },
    "preferred_output": [
        {
            "role": "assistant",
            "content": "Today in San Francisco, it is not quite cold as expected.",
        }
    ],
    "non_preferred_output": [
        {"role": "assistant", "content": "It is not particularly cold in San Francisco today."}
    ],
}
"""The example of OpenAI's guide "Direct preference optimization", section "Data format"
(developers.openai.com/api/docs/guides/direct-preference-optimization)."""


def test_the_documented_preference_is_read(tmp_path: Path) -> None:
    """Only the two answers count, never what the chat already held."""
    path = tmp_path / "train.jsonl"
    path.write_bytes(as_jsonl([PREFERENCE] * 10))
    found = read_preference_file(path)
    assert len(found) == 10
    assert [each.is_trained for each in found[0].preferred] == [False, True]
    assert found[0].other[-1].content.startswith("It is not particularly")


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"preferred_output": []}, "no list with one assistant message"),
        ({"non_preferred_output": [USER]}, "is no assistant message"),
        ({"preferred_output": [{"role": "assistant", "content": ""}]}, "content is empty"),
        ({"non_preferred_output": PREFERENCE["preferred_output"]}, "nothing to prefer"),
        ({"input": {"messages": []}}, "must be the user's"),
        ({"input": {"messages": [USER, ANSWER]}}, "two assistant messages in a row"),
        ({"input": {"messages": [USER], "tools": [{}]}}, "tools"),
        ({"input": "x"}, '"input" is no object'),
    ],
)
def test_refused_preferences_name_their_line(change: dict[str, Any], reason: str) -> None:
    """A preference that cannot be learnt from says which part and why."""
    with pytest.raises(DatasetError, match=reason) as caught:
        parse_preference({**PREFERENCE, **change}, 4)
    assert "line 4" in str(caught.value)


@pytest.mark.parametrize(
    ("line", "hint"),
    [
        ({"prompt": "a", "completion": "b"}, "the old format"),
        (PREFERENCE, "use method dpo"),
        (
            {"tools": [{"type": "function"}], "messages": [USER, ANSWER]},
            '"tools" cannot be trained',
        ),
        ([1], "is no object with a list"),
    ],
)
def test_other_formats_are_recognised(line: Any, hint: str) -> None:
    """A file of another format of OpenAI's is told what it is instead of what it lacks."""
    with pytest.raises(DatasetError, match=hint):
        parse_example(line, 1)
