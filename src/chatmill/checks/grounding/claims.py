"""Judges one sentence of an example by the messages it cites."""

from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass

from chatmill.checks.grounding.differences import Compared, compare, differences
from chatmill.checks.grounding.source import Source, content
from chatmill.records import Severity
from chatmill.text.facts import Fact, FactKind, facts
from chatmill.text.morphemes import Unit, units
from chatmill.text.opposites import negations, sides
from chatmill.text.spans import Span

_UNSUPPORTED = 0.5
"""Share of content below which nothing in the source can be what a sentence was made of."""
_LEAST_CONTENT = 3
"""Words a sentence must say something with before its being foreign is worth a remark."""
_MOST_LETTERS = 4000
"""Letters of a sentence that are compared; longer ones are logs or attacks."""
_PENALTY = 0.25
"""What is left of a sentence's score when something in it is wrong."""
_NAMES: dict[FactKind, str] = {
    "url": "address", "email": "address", "part": "name", "identifier": "name",
}  # fmt: skip
_SMALL_NAMES = frozenset({"part", "identifier", "url", "email"})
_KIND_OF: dict[bool, FactKind] = {True: "number", False: "identifier"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Remark:
    """Something about one place of a sentence, offsets in the whole text."""

    severity: Severity
    start: int
    end: int
    message: str
    evidence: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """What was found out about one sentence."""

    score: float
    """In [0, 1]."""
    is_foreign: bool = False
    """Whether nothing in the source is near it."""
    remarks: tuple[Remark, ...] = ()


def judge_sentence(text: str, span: Span, source: Source) -> Judged:
    """Compare one sentence with the messages it should come from.

    Args:
        text: A question or an answer.
        span: The sentence in it.
        source: The messages the example cites.
    """
    sentence = span.of(text)
    if source.has_sentence(sentence):
        return Judged(score=1.0)
    stands = source.find(sentence)
    if stands is not None:
        remarks = tuple(_cut_negation(sentence, span, *stands))
        return Judged(score=_PENALTY if remarks else 1.0, remarks=remarks)
    sentence = sentence[:_MOST_LETTERS]
    claim = units(sentence)
    if not claim:
        return Judged(score=1.0)
    found = list(_foreign_facts(sentence, claim, source))
    nearest = source.nearest(claim)
    compared = compare(sentence, claim, nearest) if nearest else None
    if compared is not None:
        taken = [(each.start, each.end) for each in found]
        for each in differences(compared):
            if any(start < each.end and each.start < end for start, end in taken):
                continue
            taken.append((each.start, each.end))
            found.append(
                Remark(
                    severity=_severity(each.kind, compared, each.start),
                    start=each.start,
                    end=each.end,
                    message=each.message,
                    evidence=each.evidence,
                )
            )
    supported = _supported(claim, source)
    near = compared.shared if compared is not None else 0.0
    is_foreign = near < _UNSUPPORTED and supported < 1.0 and len(content(claim)) >= _LEAST_CONTENT
    is_wrong = any(each.severity == "error" for each in found)
    return Judged(
        score=round(min(supported, max(near, supported**2)) * (_PENALTY if is_wrong else 1.0), 4),
        is_foreign=is_foreign,
        remarks=tuple(_shifted(each, span.start) for each in found),
    )


def unsupported_words(text: str, span: Span, source: Source) -> Iterator[Span]:
    """Yield the words of a stretch that no message of the source has in any form."""
    for unit in content(units(span.of(text))):
        if not source.knows(unit.key):
            yield Span(span.start + unit.start, span.start + unit.end)


def foreign_facts(text: str, source: Source) -> Iterator[Remark]:
    """Yield numbers and names the source does not have, offsets in the text."""
    yield from _foreign_facts(text, units(text), source)


def _supported(claim: tuple[Unit, ...], source: Source) -> float:
    said = content(claim)
    return sum(source.knows(unit.key) for unit in said) / len(said) if said else 1.0


def _foreign_facts(sentence: str, claim: tuple[Unit, ...], source: Source) -> Iterator[Remark]:
    starts: list[int] = []
    ends: list[int] = []
    for fact in facts(sentence):
        if _is_known(fact, source):
            continue
        starts.append(fact.start)
        ends.append(fact.end)
        yield _foreign(fact, source)
    for unit in claim:
        if not unit.is_hard or source.knows(unit.key):
            continue
        before = bisect_left(starts, unit.end)
        if before and ends[before - 1] > unit.start:
            continue
        words = sentence[unit.start : unit.end]
        kind = _KIND_OF[words[0].isdigit()]
        yield _foreign(Fact(kind, words, words, unit.start, unit.end), source)


def _is_known(fact: Fact, source: Source) -> bool:
    if fact.value in source.fact_values:
        return True
    if fact.kind in _SMALL_NAMES:  # capital letters are the format check's business
        return fact.value.casefold() in source.fact_values or source.knows(fact.text.casefold())
    return False


def _foreign(fact: Fact, source: Source) -> Remark:
    return Remark(
        severity="error",
        start=fact.start,
        end=fact.end,
        message=f"the source has no {_NAMES.get(fact.kind, fact.kind)} {fact.text}",
        evidence=source.nearest_fact(fact),
    )


def _cut_negation(sentence: str, span: Span, message: str, start: int) -> Iterator[Remark]:
    """Find a sentence that was cut off right before or after the word that denies it."""
    end = start + len(sentence)
    for cue in negations(message[max(0, start - 40) : end + 20]):
        place = cue.start + max(0, start - 40)
        last = place + cue.end - cue.start
        before, after = message[last:start], message[end:place]
        if (last <= start and before.isspace() and "\n" not in before) or (
            place >= end and (not after or after.isspace()) and "\n" not in after
        ):
            words = message[place:last].strip()
            at = span.start if last <= start else span.end - 1
            yield Remark(
                severity="error", start=at, end=at + 1,
                message="is cut off from the word that denies it", evidence=words,
            )  # fmt: skip


def _severity(kind: str, compared: Compared, start: int) -> Severity:
    """Units that changed places are wrong where they are parties, numbers or names."""
    if kind == "word":
        return "warning"
    if kind != "order":
        return "error"
    unit = next(each for each in compared.units if each.start == start)
    return "error" if unit.is_hard or unit.role or sides(unit.key) else "warning"


def _shifted(remark: Remark, by: int) -> Remark:
    return Remark(
        severity=remark.severity,
        start=remark.start + by,
        end=remark.end + by,
        message=remark.message,
        evidence=remark.evidence,
    )
