"""Names the cause of each failure by what was trained near it."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from chatmill.causes.evidence import (
    CAUSES,
    Cause,
    CauseFound,
    CauseHints,
    CauseVectors,
    TrainedTurn,
    TrainingNeighbour,
)
from chatmill.causes.nearest import nearest_rows
from chatmill.records import Score
from chatmill.text.facts import facts
from chatmill.text.polarity import polarity
from chatmill.text.products import find_products
from chatmill.text.tokens import estimate_tokens, stem, token_texts

N_NEAREST = 24
N_SHOWN = 3
RELATED = 0.3
"""Cosine of two questions about the same products whose answers are one sentence."""
ASKS_SAME = 0.6
"""Cosine of two questions from which they may ask the same: on the sample project the nearest
question about something else has 0.5 in the middle, a held-out phrasing and its own 0.59."""
SURELY_SAME = 0.8
IS_FAR = 0.6
"""Below it the nearest trained question is about something else, as a rule."""
SAME_ANSWER = 0.85
SAME_SENTENCE = 0.7
"""Cosine from which two answers are one sentence, filled in otherwise."""
OTHER_ANSWER = 0.5
DENIES_SAME = 0.55
"""Cosine of two answers, one of which denies, from which they speak of one thing."""
DENIED_ASKS = 0.45
"""Cosine of their questions from which that is looked at."""
FRAME_SHARE = 0.6
"""Share of the words two answers have in common, facts and names aside, from which they are one
sentence."""
FRAME_WORDS = 3
TELLING_LETTERS = 16
"""Shorter answers ("Yes, it does.") are given to many questions."""
MIXED_UP_BY = 0.05
"""So much nearer to the neighbour's answer than to its own."""
RARE = 2
FEWEST_FOR_RARE = 20
"""Trained turns below which every name is rare."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Said:
    """A cause that applies, and what it rests on."""

    cause: Cause
    evidence: str
    example_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Near:
    """A trained turn beside a failure."""

    at: int
    """Its place among the trained turns."""
    asked: float
    """Cosine of the questions."""
    answered: float
    """Cosine of the reviewed answers."""
    said: float
    """Cosine of its answer and what the model said."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Failure:
    """A failure and what stands near it."""

    score: Score
    near: tuple[_Near, ...]
    """Nearest first, its own turn left out."""
    said_own: float
    """Cosine of what the model said and the reviewed answer."""
    n_phrasings: int


def without_names(text: str, products: Sequence[str] = ()) -> str:
    """Take product names out of a question, so that its vector says what is asked, not of what."""
    plain = text
    for name in sorted(find_products(text, products), key=len, reverse=True):
        plain = re.sub(re.escape(name), "", plain, flags=re.IGNORECASE)
    plain = " ".join(plain.split())
    return plain if any(each.isalnum() for each in plain) else text


def find_causes(
    failed: Sequence[Score],
    trained: Sequence[TrainedTurn],
    vectors: CauseVectors,
    hints: CauseHints,
) -> list[CauseFound]:
    """Name why each question did not follow the training, as far as the data says.

    Args:
        failed: Questions that did not follow.
        trained: Every turn the model was trained on.
        vectors: Of both, row by row.
        hints: What is known beside.

    Returns:
        One a failure, in the same order.
    """
    finder = _Finder(trained, hints)
    said_own = np.einsum("nd,nd->n", vectors.said, vectors.references)
    groups: dict[frozenset[str], list[int]] = {}
    for row, score in enumerate(failed):
        groups.setdefault(finder.names(score.question), []).append(row)
    near: list[list[_Near]] = [[] for _ in failed]
    everywhere = np.arange(len(trained))
    for row, found in _nearest(range(len(failed)), everywhere, vectors, N_NEAREST):
        near[row] += found
    for names, rows in groups.items():
        if names and (members := finder.trained_naming(names)):
            for row, found in _nearest(rows, np.array(members), vectors, N_NEAREST):
                near[row] += found
    judged = []
    for row, score in enumerate(failed):
        once = {each.at: each for each in near[row]}
        nearest = sorted(once.values(), key=lambda each: (-each.asked, each.at))
        judged.append(finder.judge(score, nearest, float(said_own[row])))
    return judged


def _nearest(
    rows: Sequence[int], members: np.ndarray, vectors: CauseVectors, k: int
) -> Iterator[tuple[int, list["_Near"]]]:
    """Yield each failure's row with the nearest of some trained turns."""
    chosen = np.array(rows, dtype=np.int64)
    known = vectors.questions if len(members) == len(vectors.questions) else None
    known = vectors.questions[members] if known is None else known
    places, asked = nearest_rows(vectors.asked[chosen], known, k)
    places = members[places]
    answered = _gathered(vectors.references[chosen], vectors.answers, places)
    said = _gathered(vectors.said[chosen], vectors.answers, places)
    for row, *columns in zip(rows, places, asked, answered, said, strict=True):
        yield (
            row,
            [
                _Near(at=at, asked=one, answered=two, said=three)
                for at, one, two, three in zip(*(each.tolist() for each in columns), strict=True)
            ],
        )


def _gathered(rows: np.ndarray, known: np.ndarray, places: np.ndarray) -> np.ndarray:
    """Multiply each row with the known rows at its places; shape of `places`."""
    products = np.zeros(places.shape, dtype=np.float32)
    for column in range(places.shape[1]):
        products[:, column] = np.einsum("nd,nd->n", rows, known[places[:, column]])
    return products


class _Finder:
    """Asks every rule about a failure."""

    def __init__(self, trained: Sequence[TrainedTurn], hints: CauseHints) -> None:
        self._trained = trained
        self._hints = hints
        self._names: dict[str, frozenset[str]] = {}
        self._facts: dict[str, frozenset[str]] = {}
        self._frames: dict[str, frozenset[str]] = {}
        self._naming: dict[frozenset[str], list[int]] = {}
        self._examples_naming: dict[str, set[str]] = {}
        for at, each in enumerate(trained):
            names = self.names(each.question)
            self._naming.setdefault(names, []).append(at)
            for name in names:
                self._examples_naming.setdefault(name, set()).add(each.example_id)

    def trained_naming(self, names: frozenset[str]) -> list[int]:
        """Return places of trained turns whose question names exactly these products."""
        return self._naming.get(names, [])

    def names(self, text: str) -> frozenset[str]:
        """Return the products a text names."""
        if text not in self._names:
            known = find_products(text, self._hints.products)
            self._names[text] = frozenset(each.casefold() for each in known)
        return self._names[text]

    def judge(self, score: Score, near: Sequence[_Near], said_own: float) -> CauseFound:
        """Name the first cause that applies, and the others beside it."""
        others = tuple(each for each in near if not self._is_own(score, each))
        alike = [each for each in others if self._is_phrasing(score, each)]
        failure = _Failure(
            score=score,
            near=others,
            said_own=said_own,
            n_phrasings=len(alike) + (score.split in {"train", "paraphrase"}),
        )
        said = sorted(self._causes(failure), key=lambda each: CAUSES.index(each.cause))
        unknown = _Said(cause="not known", evidence="", example_ids=(score.example_id,))
        first = said[0] if said else unknown
        return CauseFound(
            cause=first.cause,
            evidence=first.evidence,
            example_ids=first.example_ids,
            neighbours=tuple(self._shown(each) for each in others[:N_SHOWN]),
            also=tuple(each.cause for each in said[1:]),
            n_phrasings=failure.n_phrasings,
        )

    def _causes(self, failure: _Failure) -> Iterator[_Said]:
        is_taught = failure.score.split in {"train", "paraphrase"}
        rules = [self._other_facts, self._far]
        if is_taught:
            rules += [self._conflict, self._long, self._ungrounded, self._lone, self._rare]
        else:
            rules.append(self._held_out)
        for rule in rules:
            if (said := rule(failure)) is not None:
                yield said

    def _is_own(self, score: Score, near: _Near) -> bool:
        turn = self._trained[near.at]
        return turn.example_id == score.example_id and turn.turn == score.turn

    def _is_phrasing(self, score: Score, near: _Near) -> bool:
        other = self._trained[near.at]
        if not self._names_alike(score, near):
            return False
        if near.asked < RELATED and len(score.reference) < TELLING_LETTERS:
            return False
        return near.answered >= SAME_ANSWER and not any(self._apart(score.reference, other.answer))

    def _names_alike(self, score: Score, near: _Near) -> bool:
        return self.names(score.question) == self.names(self._trained[near.at].question)

    def _conflict(self, failure: _Failure) -> _Said | None:
        own = failure.score.reference
        for near in failure.near:
            other = self._trained[near.at]
            if not self._names_alike(failure.score, near):
                continue
            if reason := self._disagreement(near, own, other.answer):
                return _Said(
                    cause="conflicting answers",
                    evidence=f"{other.example_id} is asked nearly the same (cosine "
                    f"{near.asked:.2f}) and answered otherwise: {reason}",
                    example_ids=(failure.score.example_id, other.example_id),
                )
        return None

    def _disagreement(self, near: _Near, own: str, other: str) -> str:
        """Say how two answers to one question disagree; nothing where they do not."""
        only, only_other = self._apart(own, other)
        is_one_sentence = self._is_one_sentence(own, other) or (
            near.asked >= RELATED and near.answered >= SAME_SENTENCE
        )
        if only and only_other and is_one_sentence:
            return f"{', '.join(only[:3])} against {', '.join(only_other[:3])}"
        is_denied = polarity(own) != polarity(other)
        is_subject_same = near.asked >= DENIED_ASKS and near.answered >= DENIES_SAME
        if is_denied and (near.asked >= ASKS_SAME or is_subject_same):
            return f"one is {polarity(own)}, the other {polarity(other)}"
        if near.asked >= SURELY_SAME and near.answered < OTHER_ANSWER:
            return f"the answers have little in common (cosine {near.answered:.2f})"
        return ""

    def _is_one_sentence(self, one: str, other: str) -> bool:
        """Tell whether two answers are the same words around other facts."""
        a, b = self._frame(one), self._frame(other)
        shared = a & b
        return len(shared) >= FRAME_WORDS and len(shared) >= FRAME_SHARE * len(a | b)

    def _frame(self, text: str) -> frozenset[str]:
        """Return the words of an answer without numbers and names."""
        if text not in self._frames:
            words = (stem(each) for each in token_texts(text))
            self._frames[text] = frozenset(w for w in words if not any(c.isdigit() for c in w))
        return self._frames[text]

    def _apart(self, one: str, other: str) -> tuple[list[str], list[str]]:
        """Return the facts only one text has, and only the other; product names are none."""
        for text in (one, other):
            if text not in self._facts:
                named = self.names(text)
                found = {each.bare.casefold() for each in facts(text)}
                self._facts[text] = frozenset(found - named)
        a, b = self._facts[one], self._facts[other]
        return sorted(a - b), sorted(b - a)

    def _other_facts(self, failure: _Failure) -> _Said | None:
        """Look for a neighbour about something else whose answer was given."""
        for near in failure.near:
            other = self._trained[near.at]
            if self._names_alike(failure.score, near) or near.asked < ASKS_SAME:
                continue
            only, only_other = self._apart(failure.score.reference, other.answer)
            is_mixed_up = near.said >= max(SAME_ANSWER, failure.said_own + MIXED_UP_BY)
            if only and only_other and is_mixed_up:
                return _Said(
                    cause="other facts nearby",
                    evidence=f"the model said what {other.example_id} is answered: "
                    f"{', '.join(only_other[:3])} in place of {', '.join(only[:3])}",
                    example_ids=(failure.score.example_id, other.example_id),
                )
        return None

    def _long(self, failure: _Failure) -> _Said | None:
        score, most = failure.score, self._hints.max_answer_tokens
        n_tokens = estimate_tokens(score.reference)
        if n_tokens > most:
            words = f"the reviewed answer has some {n_tokens} tokens, {most} are asked for"
        elif score.is_cut:
            words = f"the model's answer was cut at {most} tokens; the reviewed one has {n_tokens}"
        else:
            return None
        return _Said(cause="answer too long", evidence=words, example_ids=(score.example_id,))

    def _ungrounded(self, failure: _Failure) -> _Said | None:
        example_id = failure.score.example_id
        words = self._hints.ungrounded.get(example_id)
        if words is None:
            return None
        return _Said(cause="low grounding", evidence=words, example_ids=(example_id,))

    def _far(self, failure: _Failure) -> _Said | None:
        if failure.score.split in {"train", "paraphrase"} or self._closest(failure) >= IS_FAR:
            return None
        return _Said(
            cause="no neighbour",
            evidence=f"the nearest trained question has cosine {self._closest(failure):.2f}",
            example_ids=(failure.score.example_id,),
        )

    def _closest(self, failure: _Failure) -> float:
        return max((each.asked for each in failure.near), default=0.0)

    def _lone(self, failure: _Failure) -> _Said | None:
        if failure.score.split != "paraphrase" or failure.n_phrasings > 1:
            return None
        return _Said(
            cause="one phrasing",
            evidence="it is asked in other words, and trained in one way only",
            example_ids=(failure.score.example_id,),
        )

    def _rare(self, failure: _Failure) -> _Said | None:
        if len(self._trained) < FEWEST_FOR_RARE:
            return None
        for name in sorted(self.names(failure.score.question)):
            n = len(self._examples_naming.get(name, ()))
            if n <= RARE:
                return _Said(
                    cause="rare part name",
                    evidence=f"{name.upper()} is asked about in {n} trained examples",
                    example_ids=(failure.score.example_id,),
                )
        return None

    def _held_out(self, failure: _Failure) -> _Said | None:
        return _Said(
            cause="held out",
            evidence=f"kept out of training ({failure.score.split})",
            example_ids=(failure.score.example_id,),
        )

    def _shown(self, near: _Near) -> TrainingNeighbour:
        turn = self._trained[near.at]
        return TrainingNeighbour(
            example_id=turn.example_id,
            turn=turn.turn,
            question=turn.question,
            answer=turn.answer,
            cosine=near.asked,
        )
