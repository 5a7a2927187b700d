"""Asks tuned models the questions they were trained on, and records what they answer."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, cast

from chatmill.models.accounts import Answers
from chatmill.models.requests import ChatMessage, ChatReply, ChatRequest
from chatmill.stages.rescue.folder import RescueFolder, safe_name

QuestionSplit = Literal["train", "validation", "questions"]
ROLES = ("system", "user", "assistant")
ID_CHARACTERS = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class RescueQuestion:
    """One question a tuned model is asked, after the turns before it."""

    messages: tuple[ChatMessage, ...]
    """Ends with the user's."""
    reference: str
    """What the file says should be answered; empty where it does not say."""
    split: QuestionSplit
    source: str
    """File id, or the name of a file of questions, and the line."""

    @property
    def id(self) -> str:
        """The same for the same messages, whatever file they are in."""
        parts = [[each.role, each.content] for each in self.messages]
        text = json.dumps(parts, ensure_ascii=False)
        return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:ID_CHARACTERS]


@dataclass(frozen=True, slots=True, kw_only=True)
class AnsweredModel:
    """One tuned model and how many of its questions have an answer."""

    model: str
    job_id: str
    n_questions: int
    n_answered: int
    place: str
    """File in the folder."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedModel:
    """One tuned model and what it is asked."""

    model: str
    job_id: str
    questions: Sequence[RescueQuestion]

    def requests(self, max_tokens: int) -> list[ChatRequest]:
        """Make the greedy requests, the same that `chatmill evaluate` makes."""
        return [
            ChatRequest(model=self.model, messages=each.messages, max_tokens=max_tokens)
            for each in self.questions
        ]


def questions_of(
    content: bytes, split: QuestionSplit, source: str
) -> tuple[list[RescueQuestion], list[str]]:
    """Read the questions of a file in the chat format.

    Every answer of an assistant makes one question; where the last word is the user's, it makes
    one without a reference. `{"question": …, "answer": …}` is read too.

    Args:
        content: JSONL, UTF-8 with or without a byte order mark.
        split: What the file was to the model.
        source: Named in what is returned.

    Returns:
        The questions, and the lines that hold none with the reason.
    """
    questions: list[RescueQuestion] = []
    problems: list[str] = []
    for number, line in enumerate(content.removeprefix(b"\xef\xbb\xbf").split(b"\n"), start=1):
        if not line.strip():
            continue
        place = f"{source}:{number}"
        try:
            turns = _turns(json.loads(line))
        except ValueError as error:
            problems.append(f"{place}: {error}")
            continue
        if not turns:
            problems.append(f"{place}: no question")
        questions += [
            RescueQuestion(messages=messages, reference=reference, split=split, source=place)
            for messages, reference in turns
        ]
    return questions, problems


def write_answers(
    folder: RescueFolder, asked: Sequence[AskedModel], answers: Answers
) -> list[AnsweredModel]:
    """Write one file a model: a chat a line, whose last message is what the model answered.

    Questions without an answer are written too, with `answer` null.
    """
    replies = iter(answers.replies)
    written = []
    for model in asked:
        rows = [_row(model, question, next(replies)) for question in model.questions]
        place = f"answers/{safe_name(model.model)}.jsonl"
        folder.write_lines(place, rows)
        written.append(
            AnsweredModel(
                model=model.model,
                job_id=model.job_id,
                n_questions=len(rows),
                n_answered=sum(row["answer"] is not None for row in rows),
                place=place,
            )
        )
    return written


def _row(model: AskedModel, question: RescueQuestion, reply: ChatReply | None) -> dict[str, Any]:
    messages = [{"role": each.role, "content": each.content} for each in question.messages]
    answer = None if reply is None else reply.text
    if answer is not None:
        messages.append({"role": "assistant", "content": answer})
    return {
        "messages": messages,
        "id": question.id,
        "model": model.model,
        "job": model.job_id,
        "split": question.split,
        "source": question.source,
        "reference": question.reference,
        "answer": answer,
        "finish_reason": reply.finish_reason if reply else "",
        "prompt_tokens": reply.prompt_tokens if reply else 0,
        "completion_tokens": reply.completion_tokens if reply else 0,
    }


def _turns(row: Any) -> list[tuple[tuple[ChatMessage, ...], str]]:  # noqa: ANN401 - any JSON value
    """Return each question of a line and its answer.

    Raises:
        ValueError: It is no chat, or holds something else than text.
    """
    if not isinstance(row, Mapping):
        raise ValueError("not an object")  # noqa: TRY004 - as broken JSON
    if isinstance(row.get("question"), str):
        answer = row.get("answer")
        asked = ChatMessage(role="user", content=row["question"])
        return [((asked,), answer if isinstance(answer, str) else "")]
    messages = _messages(row)
    turns = [
        (tuple(messages[:at]), each.content)
        for at, each in enumerate(messages)
        if each.role == "assistant" and at and messages[at - 1].role == "user"
    ]
    if messages and messages[-1].role == "user":
        turns.append((tuple(messages), ""))
    return turns


def _messages(row: Mapping[str, Any]) -> list[ChatMessage]:
    said = row.get("messages")
    if not isinstance(said, list) and isinstance(row.get("input"), Mapping):
        said = row["input"].get("messages")  # preference tuning
    if not isinstance(said, list):
        raise ValueError("no messages")  # noqa: TRY004 - as broken JSON
    messages = []
    for each in said:
        role = each.get("role") if isinstance(each, Mapping) else None
        role = "system" if role == "developer" else role
        content = each.get("content") if isinstance(each, Mapping) else None
        if role not in ROLES or not isinstance(content, str):
            raise ValueError("a message that is no plain text of system, user or assistant")
        messages.append(
            ChatMessage(role=cast("Literal['system', 'user', 'assistant']", role), content=content)
        )
    return messages
