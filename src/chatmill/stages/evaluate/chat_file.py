"""Anybody's chat JSONL as questions: one conversation a line, in OpenAI's chat format."""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from chatmill.errors import UnreadableFileError
from chatmill.records import Rejection, Split
from chatmill.stages.evaluate.questions import AskedQuestion
from chatmill.store.datasets import QuestionAnswer
from chatmill.text.language import detect_language

RAW_CHARACTERS = 200
SYSTEM_ROLES = ("system", "developer")


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatFile:
    """What a file asks, and what of it cannot be asked."""

    questions: tuple[AskedQuestion, ...]
    rejections: tuple[Rejection, ...]
    digest: str
    """SHA-256 of its bytes."""


def read_chat_file(path: Path, split: Split = "test") -> ChatFile:
    """Read every user message that an assistant message answers.

    A line's `id` (else its number) names the conversation, and intervals are clustered by it.
    Assistant messages of weight 0 stand before later questions but are not asked for.

    Args:
        path: A `.jsonl` file with `{"messages": [...]}` a line.
        split: What the questions count as.

    Raises:
        UnreadableFileError: It cannot be read, or holds no question with an answer.
    """
    try:
        raw = path.read_bytes()
        text = raw.decode("utf-8-sig")
    except OSError as error:
        raise UnreadableFileError(f"cannot be read: {error.strerror}", where=str(path)) from error
    except UnicodeDecodeError as error:
        raise UnreadableFileError(
            "is not UTF-8", where=f"{path}, byte {error.start}", fix="Save it as UTF-8"
        ) from error
    questions: list[AskedQuestion] = []
    rejections: list[Rejection] = []
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        found = _read_line(line, number, split)
        if isinstance(found, str):
            rejections.append(_rejection(path, number, found, line))
        else:
            questions += found
    if not questions:
        reason = rejections[0].reason if rejections else "it is empty"
        raise UnreadableFileError(
            f"no question with an answer: {reason}",
            where=str(path),
            fix='Each line: {"messages": [{"role": "user", "content": …}, '
            '{"role": "assistant", "content": …}]}',
        )
    return ChatFile(
        questions=tuple(questions),
        rejections=tuple(rejections),
        digest=hashlib.sha256(raw).hexdigest(),
    )


def _rejection(path: Path, number: int, reason: str, line: str) -> Rejection:
    return Rejection(
        stage="evaluate",
        source=path.name,
        reason=reason,
        line=number,
        raw=line[:RAW_CHARACTERS],
    )


def _read_line(line: str, number: int, split: Split) -> list[AskedQuestion] | str:
    """Return the questions of a line, or why there are none."""
    try:
        row = json.loads(line)
    except (ValueError, RecursionError):
        return "not JSON"
    messages = row.get("messages") if isinstance(row, dict) else None
    if not isinstance(messages, list):
        return "no list of messages"
    name = row.get("id")
    conversation = str(name) if isinstance(name, str | int) else f"line {number}"
    system = " ".join(
        text for each in messages if _role(each) in SYSTEM_ROLES and (text := _text(each))
    )
    questions: list[AskedQuestion] = []
    before: tuple[QuestionAnswer, ...] = ()
    for asked, answer, is_wanted in _exchanges(messages):
        if is_wanted:
            questions.append(
                AskedQuestion(
                    example_id=conversation,
                    conversation_id=conversation,
                    split=split,
                    language=detect_language(f"{asked}\n{answer}"),
                    system=system,
                    turn=len(before),
                    before=before,
                    question=asked,
                    reference=answer,
                )
            )
        before = (*before, QuestionAnswer(question=asked, answer=answer))
    return questions or "no user message that an assistant message answers"


def _exchanges(messages: list[Any]) -> Iterator[tuple[str, str, bool]]:
    """Yield question, answer, and whether the answer counts; messages in a row are one."""
    asked: list[str] = []
    for each in messages:
        text = _text(each)
        if _role(each) == "user" and text:
            asked.append(text)
        elif _role(each) == "assistant" and text and asked:
            yield "\n".join(asked), text, each.get("weight") != 0
            asked = []


def _role(message: Any) -> str:  # noqa: ANN401 - whatever stands in the file
    role = message.get("role") if isinstance(message, dict) else None
    return role if isinstance(role, str) else ""


def _text(message: Any) -> str:  # noqa: ANN401 - whatever stands in the file
    """Return a message's words; of parts, the texts."""
    content = message.get("content") if isinstance(message, dict) else None
    if isinstance(content, list):
        parts = [each.get("text") for each in content if isinstance(each, dict)]
        content = "\n".join(part for part in parts if isinstance(part, str))
    return content.strip() if isinstance(content, str) else ""
