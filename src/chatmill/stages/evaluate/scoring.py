"""From answers to scores: embeddings, every metric, the shuffled floor and the verdicts."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

import numpy as np

from chatmill.errors import MeasureError
from chatmill.metrics import AnswerBatch, load_metric
from chatmill.metrics.verdict import Thresholds, derange, find_thresholds, judge
from chatmill.records import Score
from chatmill.stages.evaluate.measuring import NO_MORE, OWN_METRICS, MetricChoice
from chatmill.stages.evaluate.questions import AskedQuestion

HELD_OUT_AT_ONCE = 4096
"""Held-out questions compared with all trained ones at once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """One question with what the models said to it."""

    question: AskedQuestion
    prompt: Literal["example", "serving", "phrasing"]
    system: str
    """The system line it was asked with."""
    answer: str
    """The tuned model's."""
    is_cut: bool
    """Whether the answer ran into the token limit."""
    base_answer: str | None
    """The base model's; None where it was not asked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoredAnswers:
    """Every score of a run and what its verdicts rest on."""

    scores: tuple[Score, ...]
    thresholds: Thresholds
    shuffled_floor: float
    """Mean cosine of trained answers against other questions' references."""
    columns: Mapping[str, tuple[float | None, ...]] = field(default_factory=dict)
    """What further metrics say of the tuned answers, one value a score."""

    def with_column(self, name: str, values: Sequence[float | None]) -> "ScoredAnswers":
        """Return the same with one more column."""
        return replace(self, columns={**self.columns, name: tuple(values)})


class TextVectors:
    """Unit-length embeddings, each text embedded once; white space alone is the zero vector."""

    def __init__(self, texts: Iterable[str], embed: Callable[[Sequence[str]], np.ndarray]) -> None:
        wanted = list(dict.fromkeys(text for text in texts if text.strip()))
        self._places = {text: at for at, text in enumerate(wanted)}
        vectors = embed(wanted).astype(np.float32)
        lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
        vectors = np.divide(vectors, lengths, out=np.zeros_like(vectors), where=lengths > 0)
        blank = np.zeros((1, vectors.shape[1]), dtype=np.float32)
        self._vectors = np.concatenate([vectors, blank])

    def of(self, texts: Sequence[str]) -> np.ndarray:
        """Return one vector a text: float32, shape (n_texts, n_dims)."""
        places = [self._places.get(text, -1) for text in texts]
        return np.asarray(self._vectors[places])


def score_answers(
    answered: Sequence[Answered],
    embed: Callable[[Sequence[str]], np.ndarray],
    seed: int,
    *,
    metrics: MetricChoice = NO_MORE,
    known: Sequence[AskedQuestion] = (),
) -> ScoredAnswers:
    """Score every answer; order is kept.

    Args:
        answered: Questions with their answers; the prompt `example` must be among them.
        embed: Turns texts into vectors, float32, shape (n_texts, n_dims).
        seed: Of the shuffled pairs.
        metrics: Beside those a score has a field for.
        known: Trained questions that were not asked; the plain baseline answers with theirs too.

    Raises:
        MeasureError: No two questions have different answers, so nothing measures chance.
    """
    vectors = TextVectors(_texts_of(answered, known), embed)
    batch = _batch_of(answered, vectors)
    columns = {name: load_metric(name).score(batch) for name in OWN_METRICS}
    columns["base"] = _base_cosines(answered, vectors)
    columns["shuffled"] = _shuffled_cosines(answered, vectors, seed)
    columns["nearest"] = _nearest_cosines(answered, known, vectors)
    taught = [at for at, each in enumerate(answered) if _is_taught(each)] or [
        at for at, each in enumerate(answered) if each.prompt == "example"
    ]
    chance = _present(columns["shuffled"], taught)
    if not chance:
        raise MeasureError(
            "no two questions of a language have different answers, so chance has no value",
            where="shuffled floor",
            fix="Keep more examples: chatmill review",
        )
    thresholds = find_thresholds(chance, _present(columns["base"], taught))
    scores = tuple(
        _score(each, {name: column[at] for name, column in columns.items()}, thresholds)
        for at, each in enumerate(answered)
    )
    return ScoredAnswers(
        scores=scores,
        thresholds=thresholds,
        shuffled_floor=float(np.mean(chance)),
        columns={each.name: tuple(each.score(batch)) for each in metrics.metrics},
    )


def _score(each: Answered, values: dict[str, float | None], thresholds: Thresholds) -> Score:
    cosine, facts = values["cosine"] or 0.0, values["facts"]
    has_same_polarity = values["polarity"] == 1.0
    return Score(
        example_id=each.question.example_id,
        conversation_id=each.question.conversation_id,
        turn=each.question.turn,
        split=each.question.split,
        language=each.question.language,
        prompt=each.prompt,
        system=each.system,
        question=each.question.question,
        reference=each.question.reference,
        answer=each.answer,
        base_answer=each.base_answer or "",
        cosine=cosine,
        base_cosine=values["base"],
        nearest_cosine=values["nearest"],
        shuffled_cosine=values["shuffled"],
        rouge_l=values["rouge_l"] or 0.0,
        facts=facts,
        polarity=has_same_polarity,
        is_cut=each.is_cut,
        verdict=judge(cosine, facts, thresholds, polarity=has_same_polarity),
        phrasing=each.question.phrasing,
    )


def _present(column: Sequence[float | None], places: Sequence[int]) -> list[float]:
    return [value for at in places if (value := column[at]) is not None]


def _is_taught(each: Answered) -> bool:
    return each.prompt == "example" and each.question.group == "trained"


def _texts_of(answered: Sequence[Answered], known: Sequence[AskedQuestion]) -> Iterable[str]:
    for trained in known:
        yield trained.reference
        yield trained.question
    for each in answered:
        yield each.question.reference
        yield each.question.question
        yield each.answer
        yield each.base_answer or ""


def _batch_of(answered: Sequence[Answered], vectors: TextVectors) -> AnswerBatch:
    """Put the tuned answers beside their references."""
    answers = tuple(each.answer for each in answered)
    references = tuple(each.question.reference for each in answered)
    return AnswerBatch(
        answers=answers,
        references=references,
        answer_vectors=vectors.of(answers),
        reference_vectors=vectors.of(references),
    )


def _pair_cosines(
    pairs: Sequence[tuple[str, str] | None], vectors: TextVectors
) -> list[float | None]:
    """Cosine of each pair of texts; None stays None, an empty text is 0."""
    present = [pair for pair in pairs if pair is not None]
    if not present:
        return [None] * len(pairs)
    lefts, rights = tuple(a for a, _ in present), tuple(b for _, b in present)
    batch = AnswerBatch(
        answers=lefts,
        references=rights,
        answer_vectors=vectors.of(lefts),
        reference_vectors=vectors.of(rights),
    )
    cosines = iter(load_metric("cosine").score(batch))
    return [None if pair is None else next(cosines) for pair in pairs]


def _base_cosines(answered: Sequence[Answered], vectors: TextVectors) -> list[float | None]:
    return _pair_cosines(
        [
            None if each.base_answer is None else (each.base_answer, each.question.reference)
            for each in answered
        ],
        vectors,
    )


def _shuffled_cosines(
    answered: Sequence[Answered], vectors: TextVectors, seed: int
) -> list[float | None]:
    """Score each answer against another question's reference of its own language and group."""
    pools: dict[tuple[str, str, str], list[int]] = {}
    for at, each in enumerate(answered):
        key = (each.prompt, each.question.language, each.question.group)
        pools.setdefault(key, []).append(at)
    pairs: list[tuple[str, str] | None] = [None] * len(answered)
    for pool in pools.values():
        partners = derange([answered[at].question.reference for at in pool], seed)
        for at, partner in zip(pool, partners, strict=True):
            if partner is not None:
                pairs[at] = (answered[at].answer, answered[pool[partner]].question.reference)
    return _pair_cosines(pairs, vectors)


def _nearest_cosines(
    answered: Sequence[Answered], known: Sequence[AskedQuestion], vectors: TextVectors
) -> list[float | None]:
    """Score the plain baseline: the answer of the nearest trained question, held-out rows only."""
    trained = [*known, *(each.question for each in answered if _is_taught(each))]
    held_out = [at for at, each in enumerate(answered) if each.question.group != "trained"]
    pairs: list[tuple[str, str] | None] = [None] * len(answered)
    if trained:
        taught = vectors.of([each.question for each in trained])
        for start in range(0, len(held_out), HELD_OUT_AT_ONCE):
            block = held_out[start : start + HELD_OUT_AT_ONCE]
            asked = vectors.of([answered[at].question.question for at in block])
            for at, best in zip(block, (asked @ taught.T).argmax(axis=1), strict=True):
                pairs[at] = (trained[best].reference, answered[at].question.reference)
    return _pair_cosines(pairs, vectors)
