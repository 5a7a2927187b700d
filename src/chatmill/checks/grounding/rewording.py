"""How likely a freely worded claim is supported: a small learnt weighing of readable signs.

For text that was written anew (summaries, paraphrases) where nearly every word differs from its
source somewhere; cuts and light edits are judged by `claims`.
"""

import json
import math
import re
from collections import Counter
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import pairwise
from pathlib import Path
from typing import Any

from chatmill.checks.grounding.differences import compare, differences
from chatmill.checks.grounding.source import Source, content
from chatmill.records import Message
from chatmill.text.morphemes import Unit, units
from chatmill.text.opposites import negations, sides
from chatmill.text.sentences import sentences

WEIGHTS = Path(__file__).parent / "weights.json"
_WORD = re.compile(r"\w+(?:['.]\w+)*|[$%]")
_NAME_INSIDE = re.compile(r"(?<=[a-z,;] )[A-Z][A-Za-z]+")
_STEM = 4
"""Letters by which two forms of one word are taken for each other."""
_DENYING = frozenset(
    "not no never without none fail failed fails unable unlikely less only".split()  # noqa: SIM905 - as the word lists elsewhere
)
_TURNING = frozenset("but however although while despite".split())  # noqa: SIM905 - as above
_COMPARING = frozenset(
    "fewer less decrease decreased increase increased lower higher worse better".split()  # noqa: SIM905 - as above
)
_OPPOSING = ("un", "in", "im", "ir")
_KINDS = ("number", "unit", "negation", "opposite", "order", "word")


@dataclass(frozen=True, slots=True)
class Weights:
    """Logistic regression over standardised features."""

    features: tuple[str, ...]
    mean: tuple[float, ...]
    scale: tuple[float, ...]
    weights: tuple[float, ...]
    bias: float

    def probability(self, signs: dict[str, float]) -> float:
        """Return the probability, in (0, 1), that a claim with these signs is supported."""
        total = self.bias + sum(
            weight * (signs[name] - mean) / scale
            for name, mean, scale, weight in zip(
                self.features, self.mean, self.scale, self.weights, strict=True
            )
        )
        return 1 / (1 + math.exp(-max(-30.0, min(30.0, total))))


def read_weights(read: dict[str, Any]) -> Weights:
    """Make weights of one JSON object of the shipped form."""
    return Weights(
        features=tuple(read["features"]),
        mean=tuple(read["mean"]),
        scale=tuple(read["scale"]),
        weights=tuple(read["weights"]),
        bias=read["bias"],
    )


@lru_cache(maxsize=1)
def shipped_weights() -> Weights:
    """Read the weights that ship with chatmill."""
    return read_weights(json.loads(WEIGHTS.read_text(encoding="utf-8")))


class Document:
    """A source text, cut up once for many claims."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.source = Source((Message(id="source", speaker="", text=text),))

    @cached_property
    def words(self) -> list[str]:
        """Words without case, in order."""
        return _WORD.findall(self.text.lower())

    @cached_property
    def counts(self) -> Counter[str]:
        """How often each word stands."""
        return Counter(self.words)

    @cached_property
    def stems(self) -> frozenset[str]:
        """First letters of the longer words."""
        return frozenset(word[:_STEM] for word in self.words if len(word) >= _STEM)

    @cached_property
    def pairs(self) -> frozenset[tuple[str, str]]:
        """Words side by side."""
        return frozenset(pairwise(self.words))

    @cached_property
    def threes(self) -> frozenset[tuple[str, ...]]:
        """Three words side by side."""
        return frozenset(zip(self.words, self.words[1:], self.words[2:], strict=False))

    @cached_property
    def keys(self) -> Counter[str]:
        """How often each unit that says something stands."""
        return Counter(unit.key for unit in content(units(self.text)))

    @cached_property
    def key_pairs(self) -> frozenset[tuple[str, str]]:
        """Such units side by side."""
        return frozenset(pairwise(unit.key for unit in content(units(self.text))))

    @cached_property
    def sentence_keys(self) -> list[frozenset[str]]:
        """Units of each sentence."""
        return [
            frozenset(unit.key for unit in content(units(span.of(self.text))))
            for span in sentences(self.text)
        ]

    @cached_property
    def denials(self) -> float:
        """Denying words a sentence."""
        return len(negations(self.text)) / max(1, len(self.sentence_keys))

    @cached_property
    def sides(self) -> frozenset[tuple[str, int]]:
        """Every side of a pair of opposites the text takes."""
        return frozenset(side for key in self.keys for side in sides(key))


def signs_of(claim: str, document: Document) -> dict[str, float]:
    """Return the features of a claim beside its source, by name."""
    said = content(units(claim))
    foreign = [unit for unit in said if not document.source.knows(unit.key)]
    return {
        **_unit_signs(claim, said, foreign, document),
        **_pair_signs([unit.key for unit in said], document),
        **_sentence_signs(claim, document),
        **_word_signs(claim, document),
    }


def support_probability(claim: str, source: str) -> float:
    """Return how likely a freely worded claim is supported by its source, in (0, 1).

    Weak evidence: see docs/decisions/grounding.md for how often it is right.
    """
    return shipped_weights().probability(signs_of(claim, Document(source)))


def _unit_signs(
    claim: str, said: list[Unit], foreign: list[Unit], document: Document
) -> dict[str, float]:
    turned = [side for unit in foreign for side in sides(unit.key)]
    capitals = [
        unit
        for unit in foreign
        if claim[unit.start].isupper()
        and unit.start
        and claim[unit.start - 2 : unit.start - 1] not in (*".!?", "")
    ]
    n_denials = len(negations(claim))
    return {
        "unsupported_share": len(foreign) / max(1, len(said)),
        "unsupported": len(foreign),
        "unsupported_log": math.log1p(len(foreign)),
        "exact_unsupported": sum(unit.is_hard for unit in foreign),
        "capitals_unsupported": len(capitals),
        "denials": n_denials,
        "denies": float(n_denials > 0),
        "denials_of_source": document.denials,
        "opposite_in_source": sum((d, 1 - side) in document.sides for d, side in turned),
        "sides_unsupported": len(turned),
        "length_log": math.log(len(said) + 1),
        "exact": sum(unit.is_hard for unit in said),
        "said_once": sum(document.keys[unit.key] == 1 for unit in said) / max(1, len(said)),
    }


def _pair_signs(keys: list[str], document: Document) -> dict[str, float]:
    pairs = list(pairwise(keys))
    known = [(a, b) for a, b in pairs if a in document.keys and b in document.keys]
    apart = [not any(a in own and b in own for own in document.sentence_keys) for a, b in known]
    n_known = max(1, len(known))
    return {
        "pairs_known": sum(pair in document.key_pairs for pair in pairs) / max(1, len(pairs)),
        "pairs_torn": sum(pair not in document.key_pairs for pair in known) / n_known,
        "pairs_apart_share": sum(apart) / n_known,
        "pairs_apart": sum(apart),
    }


def _sentence_signs(claim: str, document: Document) -> dict[str, float]:
    shared: list[float] = []
    kinds: Counter[str] = Counter()
    spans = sentences(claim)
    for span in spans:
        own = units(span.of(claim))
        nearest = document.source.nearest(own)
        if nearest is None:
            shared.append(0.0)
            continue
        compared = compare(span.of(claim), own, nearest)
        shared.append(compared.shared)
        kinds.update(each.kind for each in differences(compared))
    return {
        "nearest_mean": sum(shared) / max(1, len(shared)),
        "nearest_least": min(shared, default=0.0),
        "sentences": len(spans),
        **{f"differs_{kind}": kinds[kind] for kind in _KINDS},
    }


def _word_signs(claim: str, document: Document) -> dict[str, float]:
    words = _WORD.findall(claim.lower())
    n_words = max(1, len(words))
    foreign = [word for word in words if word not in document.counts]
    strange = sum(len(word) >= _STEM and word[:_STEM] not in document.stems for word in foreign)
    digits = sum(word[0].isdigit() for word in foreign)
    names = {match.group().lower() for match in _NAME_INSIDE.finditer(claim)}
    n_names = sum(name not in document.counts for name in names)
    pairs = sum(pair in document.pairs for pair in pairwise(words)) / n_words
    threes = (
        sum(each in document.threes for each in zip(words, words[1:], words[2:], strict=False))
        / n_words
    )
    return {
        "words_unsupported": len(foreign) / n_words,
        "stems_unsupported": strange,
        "stems_unsupported_share": strange / n_words,
        "word_pairs_known": pairs,
        "word_threes_known": threes,
        "digits_unsupported": digits,
        "digits_any": float(digits > 0),
        "names_unsupported": n_names,
        "names_any": float(n_names > 0),
        "adverbs_unsupported": sum(word.endswith("ly") for word in foreign),
        "past_unsupported": sum(word.endswith("ed") for word in foreign),
        "going_unsupported": sum(word.endswith("ing") for word in foreign),
        "unsupported_in_cut": len(foreign) / n_words * pairs,
        "stems_in_cut": strange * threes,
        **_place_signs(words, document),
        "denying_words": sum(word in _DENYING or word.endswith("n't") for word in words),
        "turning_words": sum(word in _TURNING for word in words),
        "comparing_words": sum(word in _COMPARING for word in words),
        "made_opposite": sum(w[:2] in _OPPOSING and w[2:] in document.counts for w in foreign),
        "words_said_once": sum(document.counts[word] == 1 for word in words) / n_words,
    }


def _place_signs(words: list[str], document: Document) -> dict[str, float]:
    """Count foreign words between words of the source, and after a run of it."""
    between = after = 0
    for at in range(1, len(words) - 1):
        if words[at] in document.counts or len(words[at]) < _STEM:
            continue
        between += words[at - 1] in document.counts and words[at + 1] in document.counts
        after += at > 1 and (words[at - 2], words[at - 1]) in document.pairs
    return {"foreign_between": between, "foreign_after_run": after}
