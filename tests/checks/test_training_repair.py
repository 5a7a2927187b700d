"""Repairs of a training file: no word changes, everything else stays byte for byte."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from chatmill.checks.training_file import check_lines
from chatmill.checks.training_repair import repair_line

SYSTEM = {"role": "system", "content": "About the W5500."}
USER = {"role": "user", "content": "W5500 소켓은 몇 개인가요?"}
ASSISTANT = {"role": "assistant", "content": "8개입니다."}


def raw(*messages: dict[str, Any]) -> bytes:
    """Make one line."""
    return json.dumps({"messages": list(messages)}, ensure_ascii=False).encode() + b"\n"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (b"\xef\xbb\xbf" + raw(USER, ASSISTANT), raw(USER, ASSISTANT)),
        (raw(USER, ASSISTANT)[:-1] + b"\r\n", raw(USER, ASSISTANT)),
        (b"  \n", b""),
        (raw({**USER, "role": " User"}, ASSISTANT), raw(USER, ASSISTANT)),
        (raw(USER, {**ASSISTANT, "content": " 8개입니다.\n"}), raw(USER, ASSISTANT)),
        (raw(USER, {**ASSISTANT, "content": "A) 8개입니다."}), raw(USER, ASSISTANT)),
        (raw({**USER, "content": "Q) " + USER["content"]}, ASSISTANT), raw(USER, ASSISTANT)),
        (
            raw({**SYSTEM, "content": "About\nthe W5500."}, USER, ASSISTANT),
            raw(SYSTEM, USER, ASSISTANT),
        ),
    ],
)
def test_what_is_safe_is_put_right_and_said(before: bytes, after: bytes) -> None:
    """Each repair is told, and the check finds nothing more."""
    made, repairs = repair_line(1, before, "train.jsonl")
    assert made == after
    assert len(repairs) == 1
    assert list(check_lines([made] if made else [], "train.jsonl")) == []


@pytest.mark.parametrize(
    "line",
    [
        b'{"messages" : [ {"role":"user","content":"a"},{"role":"assistant","content":"b"}]}\n',
        raw(USER, {**ASSISTANT, "content": "```\n A) 8\n```"}),
        raw({**USER, "content": "A) SPI B) bus, which?"}, ASSISTANT),
        raw({**USER, "role": "human"}, ASSISTANT),
        raw(USER),
        b'{"messages": [\n',
        b"[7]\n",
    ],
)
def test_what_is_not_safe_stays_byte_for_byte(line: bytes) -> None:
    """A repair that guesses would be worse than the finding."""
    assert repair_line(2, line, "train.jsonl") == (line, [])


TALK = st.text(alphabet="QA): .\n\t가나W5é\ud800\u202e", max_size=24)


@hypothesis_settings(max_examples=80, deadline=None)
@given(TALK, TALK, TALK)
def test_no_letter_is_ever_changed(system: str, question: str, answer: str) -> None:
    """Beside white space and a mark in front, the words are those of before; twice is as once."""
    row = {
        "messages": [
            {"role": "system", "content": system},
            {"role": "user", "content": question},
            {"role": "assistant", "content": answer},
        ]
    }
    made, _ = repair_line(2, json.dumps(row).encode() + b"\n", "x")
    for before, after in zip(row["messages"], json.loads(made)["messages"], strict=True):
        kept = "".join(after["content"].split())
        assert "".join(before["content"].split()).endswith(kept)
        assert "".join(before["content"].split()).removesuffix(kept).strip("QA).:") == ""
