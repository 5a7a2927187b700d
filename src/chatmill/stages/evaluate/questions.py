"""What is asked: every turn of every example, after the reviewed turns before it."""

from collections.abc import Sequence
from dataclasses import dataclass

from chatmill.metrics.groups import Group, group_of
from chatmill.models.requests import ChatMessage, ChatRequest
from chatmill.records import Split
from chatmill.store.datasets import DatasetRow, QuestionAnswer


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedQuestion:
    """One question of an evaluation and what should be answered."""

    example_id: str
    conversation_id: str
    split: Split
    language: str
    system: str
    """The example's own system line."""
    turn: int
    """Index of the turn asked, from 0."""
    before: tuple[QuestionAnswer, ...]
    """The turns before it, with the reviewed answers."""
    question: str
    reference: str

    @property
    def group(self) -> Group:
        """What the question tells: was it learnt, does it hold in other words, does it carry."""
        return group_of(self.split)


def questions_of(rows: Sequence[DatasetRow]) -> list[AskedQuestion]:
    """List every turn of every row, in the rows' order."""
    return [
        AskedQuestion(
            example_id=row.example_id,
            conversation_id=row.conversation_id,
            split=row.split,
            language=row.language,
            system=row.system,
            turn=turn,
            before=row.turns[:turn],
            question=asked.question,
            reference=asked.answer,
        )
        for row in rows
        for turn, asked in enumerate(row.turns)
    ]


def request_for(
    question: AskedQuestion, *, model: str, system: str, max_tokens: int
) -> ChatRequest:
    """Make the greedy request that asks a model this question."""
    messages = [ChatMessage(role="system", content=system)]
    for turn in question.before:
        messages.append(ChatMessage(role="user", content=turn.question))
        messages.append(ChatMessage(role="assistant", content=turn.answer))
    messages.append(ChatMessage(role="user", content=question.question))
    return ChatRequest(model=model, messages=tuple(messages), max_tokens=max_tokens)
