"""What a model has to reply, and the reading of what it did reply."""

import json
import re
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

LeftOut = Literal[
    "", "nothing asked", "nobody answered", "not resolved", "answered elsewhere", "small talk"
]
MOST_PAIRS = 500
MOST_PROBLEMS = 3
_FENCE = re.compile(r"\A\s*```[a-z]*\s*\n(.*?)\n?```\s*\Z", re.DOTALL)
_THOUGHT = re.compile(r"\A\s*<think>.*?</think>", re.DOTALL)


def _number(value: object) -> object:
    """Read `"3"`, `"[3]"` and `"#3"` as 3."""
    return value.strip(" []#m") if isinstance(value, str) else value


MessageNumber = Annotated[int, BeforeValidator(_number)]


class PairBody(BaseModel):
    """One question and its answer, and the numbers of the messages they come from."""

    model_config = ConfigDict(extra="ignore")

    question: str
    question_ids: list[MessageNumber] = Field(min_length=1)
    answer: str
    answer_ids: list[MessageNumber] = Field(min_length=1)
    resolved: bool = True


class ReplyBody(BaseModel):
    """What a model replies about one part of a thread."""

    model_config = ConfigDict(extra="ignore")

    pairs: list[PairBody] = Field(max_length=MOST_PAIRS)
    system: str = ""
    left_out: str = ""


_PAIR_SCHEMA = {
    "type": "object",
    "properties": {
        "question": {"type": "string"},
        "question_ids": {"type": "array", "items": {"type": "integer"}},
        "answer": {"type": "string"},
        "answer_ids": {"type": "array", "items": {"type": "integer"}},
        "resolved": {"type": "boolean"},
    },
    "required": ["question", "question_ids", "answer", "answer_ids", "resolved"],
    "additionalProperties": False,
}
REPLY_SCHEMA = json.dumps(
    {
        "type": "object",
        "properties": {
            "pairs": {"type": "array", "items": _PAIR_SCHEMA},
            "system": {"type": "string"},
            "left_out": {"type": "string", "enum": list(LeftOut.__args__)},  # type: ignore[attr-defined]  # typing does not say that a Literal has them
        },
        "required": ["pairs", "system", "left_out"],
        "additionalProperties": False,
    }
)
"""For servers that keep to a schema; it holds nothing strict servers refuse."""


class UnusableReplyError(ValueError):
    """A reply that is not what was asked for; says what is wrong in words for the model."""


def read_reply(text: str) -> ReplyBody:
    """Read a reply, also one with a fence, a thought or a sentence around the JSON.

    Raises:
        UnusableReplyError: It is no JSON, or no JSON of the described form.
    """
    bare = _THOUGHT.sub("", text)
    fenced = _FENCE.match(bare)
    bare = fenced.group(1) if fenced else bare
    start, end = bare.find("{"), bare.rfind("}")
    try:
        return ReplyBody.model_validate_json(bare[start : end + 1] if 0 <= start < end else bare)
    except ValidationError as error:
        raise UnusableReplyError(_words(error)) from error


def known_reason(left_out: str) -> str:
    """Return why there is no pair, in one of the words asked for; anything else counts as none."""
    reasons: tuple[str, ...] = LeftOut.__args__  # type: ignore[attr-defined]  # typing does not say that a Literal has them
    return left_out if left_out in reasons else ""


def _words(error: ValidationError) -> str:
    said: list[str] = []
    for each in error.errors(include_url=False, include_input=False)[:MOST_PROBLEMS]:
        place = ".".join(str(part) for part in each["loc"])
        said.append(f"{place}: {each['msg']}" if place else each["msg"])
    return "; ".join(said)
