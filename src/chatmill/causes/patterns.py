"""What questions that did not follow have in common: groups by meaning, and contrasts."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from chatmill.causes.contrasts import Contrast, contrasts
from chatmill.causes.evidence import Cause, CauseFound
from chatmill.causes.forms import is_keywords_only, is_polite
from chatmill.checks.coverage import group_vectors, n_topics
from chatmill.records import Score
from chatmill.text.morphemes import units
from chatmill.text.products import find_products

FEWEST = 3
"""Questions of a pattern; fewer are single cases."""
IS_NEAR = 0.6
MOST_PRODUCTS = 8
NAME_WORDS = 3
NAMED_CHARACTERS = 2_000
_LONG_SHARE = 75
"""Percentile of letters from which a question or an answer is long."""
_USUAL = frozenset(
    """
    the and for are you can how what does with have from when which there where why could would
    어떻 무엇 있 없 하 되 알리 싶 문의 질문
    """.split()  # noqa: SIM905 - as the other word lists
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pattern:
    """Questions alike in meaning that did not follow the training."""

    name: str
    """Words they share and others have less."""
    places: tuple[int, ...]
    """Among the failures."""
    causes: tuple[tuple[Cause, int], ...]
    """The most frequent first."""
    contrasts: tuple[Contrast, ...]
    """What these questions have more or less than those that were followed; sure ones only."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Patterns:
    """What failures have in common."""

    contrasts: tuple[Contrast, ...]
    """Over all questions asked, the surest first."""
    groups: tuple[Pattern, ...]
    """The largest first."""


def find_patterns(
    scores: Sequence[Score],
    vectors: np.ndarray,
    near: Sequence[float],
    causes: Sequence[CauseFound],
    products: tuple[str, ...] = (),
) -> Patterns:
    """Group what did not follow and hold it against what did.

    Args:
        scores: All questions asked with their own system line.
        vectors: Of the questions, float32, shape (n_scores, n_dims), unit rows.
        near: Cosine of the nearest trained question but its own, one a question.
        causes: One a question that did not follow, in order.
        products: Known product names.
    """
    failed = [each.verdict == "not followed" for each in scores]
    features = _features(scores, near, products)
    lost = np.flatnonzero(failed)
    groups: list[Pattern] = []
    if len(lost) >= FEWEST:
        group_of = group_vectors(vectors[lost], min(n_topics(len(lost)), len(lost)))
        words = [_words(scores[at].question) for at in range(len(scores))]
        usual = Counter(word for each in words for word in each)
        for group in range(int(group_of.max()) + 1):
            places = np.flatnonzero(group_of == group)
            if len(places) >= FEWEST:
                inside = lost[places].tolist()
                groups.append(
                    Pattern(
                        name=_name([words[at] for at in inside], usual, len(scores)),
                        places=tuple(places.tolist()),
                        causes=tuple(
                            Counter(causes[at].cause for at in places.tolist()).most_common()
                        ),
                        contrasts=_set_apart(features, failed, inside),
                    )
                )
    groups.sort(key=lambda each: (-len(each.places), each.name))
    return Patterns(contrasts=tuple(contrasts(features, failed)), groups=tuple(groups))


def _set_apart(
    features: Mapping[str, Sequence[bool]], failed: Sequence[bool], inside: Sequence[int]
) -> tuple[Contrast, ...]:
    """Contrast one group of failures with everything that was followed."""
    mine = set(inside)
    kept = [at for at, bad in enumerate(failed) if not bad or at in mine]
    chosen = {name: [has[at] for at in kept] for name, has in features.items()}
    found = contrasts(chosen, [at in mine for at in kept])
    return tuple(each for each in found if each.is_sure)


def _features(
    scores: Sequence[Score], near: Sequence[float], products: tuple[str, ...]
) -> dict[str, list[bool]]:
    asked = [each.question for each in scores]
    long_question = np.percentile([len(each) for each in asked], _LONG_SHARE) if asked else 0
    long_answer = np.percentile([len(e.reference) for e in scores], _LONG_SHARE) if asked else 0
    words = [_words(each) for each in asked]
    usual = Counter(word for each in words for word in each)
    named = [set(find_products(each, products)) for each in asked]
    features = {
        "long question": [len(each) > long_question for each in asked],
        "long answer": [len(each.reference) > long_answer for each in scores],
        "later turn": [each.turn > 0 for each in scores],
        "keywords only": [is_keywords_only(each) for each in asked],
        "polite": [is_polite(each) for each in asked],
        "a word nobody else uses": [any(usual[word] == 1 for word in each) for each in words],
        "no trained question near": [each < IS_NEAR for each in near],
    }
    for language in sorted({each.language for each in scores}):
        features[f"language {language or '?'}"] = [e.language == language for e in scores]
    counted = Counter(name for each in named for name in each)
    for name, n in counted.most_common(MOST_PRODUCTS):
        if n >= FEWEST:
            features[f"product {name}"] = [name in each for each in named]
    return features


def _words(text: str) -> frozenset[str]:
    """Return the words of a question that may name what it is about."""
    text = text[:NAMED_CHARACTERS]
    return frozenset(
        each.key
        for each in units(text)
        if each.key not in _USUAL and len(each.key) > 1 and re.search(r"[^\W\d_]", each.key)
    )


def _name(members: Sequence[frozenset[str]], usual: Counter[str], n_all: int) -> str:
    """Name a group by words many of its questions have and few others."""
    inside = Counter(word for each in members for word in each)
    weight = {
        word: n / len(members) * np.log(1 + n_all / usual[word])
        for word, n in inside.items()
        if n > 1
    }
    best = sorted(weight, key=lambda word: (-weight[word], word))[:NAME_WORDS]
    return ", ".join(best) or "mixed"
