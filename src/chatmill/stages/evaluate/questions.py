"""What is asked: every turn of every example, after the reviewed turns before it."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

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
    phrasing: str = ""
    """How it was reworded for this evaluation; empty as it stands in the dataset."""

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


def sample_questions(questions: Sequence[AskedQuestion], n: int, seed: int) -> list[AskedQuestion]:
    """Draw some questions so that languages, groups and later turns keep their shares.

    Every kind there is keeps at least one question, so the sample may be a few larger than asked
    where n is smaller than the number of kinds.

    Args:
        questions: All of them.
        n: How many to draw; all where there are fewer.
        seed: Of the draw.

    Returns:
        The drawn questions, in their order.
    """
    if n >= len(questions):
        return list(questions)
    kinds: dict[tuple[str, Group, bool], list[int]] = {}
    for at, each in enumerate(questions):
        kinds.setdefault((each.language, each.group, each.turn > 0), []).append(at)
    shares = {kind: n * len(places) / len(questions) for kind, places in kinds.items()}
    quotas = {kind: max(1, int(share)) for kind, share in shares.items()}
    by_rest = sorted(kinds, key=lambda kind: (int(shares[kind]) - shares[kind], kind))
    for kind in by_rest:
        if sum(quotas.values()) < n and quotas[kind] < len(kinds[kind]):
            quotas[kind] += 1
    random = np.random.default_rng(seed)
    drawn = [
        int(place)
        for kind in sorted(kinds)
        for place in random.choice(kinds[kind], size=quotas[kind], replace=False)
    ]
    return [questions[at] for at in sorted(drawn)]


def request_for(
    question: AskedQuestion, *, model: str, system: str, max_tokens: int
) -> ChatRequest:
    """Make the greedy request that asks a model this question."""
    messages = [ChatMessage(role="system", content=system)] if system else []
    for turn in question.before:
        messages.append(ChatMessage(role="user", content=turn.question))
        messages.append(ChatMessage(role="assistant", content=turn.answer))
    messages.append(ChatMessage(role="user", content=question.question))
    return ChatRequest(model=model, messages=tuple(messages), max_tokens=max_tokens)
