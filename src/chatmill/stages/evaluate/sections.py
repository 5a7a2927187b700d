"""Patterns and causes as parts of the report."""

from chatmill.causes import Diagnosis
from chatmill.stages.evaluate.report import ReportSection, SectionItem
from chatmill.stages.evaluate.words import CAUSE_WORDS, WORDS, ReportLanguage


def sections_of(found: Diagnosis, language: ReportLanguage) -> tuple[ReportSection, ...]:
    """Put what was diagnosed into the reader's words; nothing where nothing failed.

    Args:
        found: Of one evaluation.
        language: Of the reader.
    """
    if not found.failed:
        return ()
    words, causes = WORDS[language], CAUSE_WORDS[language]
    patterns = [
        SectionItem(
            title=each.name,
            text=" · ".join(f"{causes[cause]} {n}" for cause, n in each.causes),
            examples=_examples(found, each.places),
        )
        for each in found.patterns.groups
    ]
    contrasts = [
        SectionItem(
            title=each.feature,
            text=words["contrast"].format(
                failed=each.n_failed_with,
                n=each.n_with,
                others_failed=each.n_failed_without,
                others=each.n_without,
            ),
        )
        for each in found.patterns.contrasts
        if each.is_sure
    ]
    places: dict[str, list[int]] = {}
    for at, cause in enumerate(found.causes):
        places.setdefault(cause.cause, []).append(at)
    named = [
        SectionItem(
            title=causes[cause],
            text=found.causes[at[0]].evidence,
            examples=_examples(found, at),
        )
        for cause, at in sorted(places.items(), key=lambda item: -len(item[1]))
    ]
    parts = (
        ReportSection(
            title=words["patterns"], hint=words["patterns_hint"], items=(*patterns, *contrasts)
        ),
        ReportSection(title=words["causes"], hint=words["causes_hint"], items=tuple(named)),
    )
    return tuple(each for each in parts if each.items)


def _examples(
    found: Diagnosis, places: "tuple[int, ...] | list[int]"
) -> tuple[tuple[str, int], ...]:
    scores = [found.failed[at] for at in places]
    return tuple((each.example_id, each.turn) for each in scores)
