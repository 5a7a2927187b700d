"""People's labels of answers: read from the report's file, measured, and followed by verdicts."""

import csv
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal, cast, get_args

from chatmill.errors import UnreadableFileError, UsageError
from chatmill.metrics.calibration import Calibration, LabelledAnswer, calibrate
from chatmill.metrics.verdict import Thresholds, judge
from chatmill.records import Score, Verdict

Correctness = Literal["right", "wrong", "no answer in the data"]
"""The second label: is the answer true, whatever the training said."""
COLUMNS = ("question", "answer", "label", "correctness")


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerLabel:
    """What one person said of one answer."""

    question: str
    answer: str
    """The answer looked at; a label of another answer to the same question does not count."""
    label: Verdict | None
    correctness: Correctness | None


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelledRun:
    """A run beside its labels."""

    scores: tuple[Score, ...]
    """With verdicts as people would give them, where there are labels enough."""
    calibration: Calibration
    correctness: dict[str, int]
    """Answers of each second label."""

    def lines(self) -> list[str]:
        """Say it for a person."""
        found = self.calibration
        use = "verdicts follow the labels" if found.is_used else "verdicts stay as they were"
        summary = (
            f"{found.n_labels} labels: AUROC {found.auroc:.3f} calibrated, "
            f"{found.auroc_verdict:.3f} before, {found.auroc_cosine:.3f} cosine alone; agreement "
            f"{found.agreement:.0%}, {found.agreement_before:.0%} before; {use}"
        )
        said = [summary]
        if found.n_more_labels:
            said.append(f"{found.n_more_labels} more labels would bring the AUROC to ± 0.03")
        if self.correctness:
            counts = ", ".join(f"{n} {name}" for name, n in self.correctness.items())
            said.append(f"Of the answers people checked: {counts}")
        return said


def read_labels(path: Path) -> list[AnswerLabel]:
    """Read a file of labels, as the report saves it.

    Args:
        path: CSV in UTF-8 with the columns question, answer, label, correctness.

    Raises:
        UnreadableFileError: It cannot be read, or has other columns.
        UsageError: A label is none of ours.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = list(csv.DictReader(file))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise UnreadableFileError(f"cannot be read: {error}", where=str(path)) from error
    if rows and not set(COLUMNS) <= set(rows[0]):
        raise UnreadableFileError(
            "has other columns", where=str(path), fix=f"Columns: {', '.join(COLUMNS)}"
        )
    labels = []
    for number, row in enumerate(rows, 2):
        where = f"{path}, row {number}"
        labels.append(
            AnswerLabel(
                question=row["question"],
                answer=row["answer"],
                label=cast("Verdict | None", _one_of(row["label"], get_args(Verdict), where)),
                correctness=cast(
                    "Correctness | None",
                    _one_of(row["correctness"], get_args(Correctness), where),
                ),
            )
        )
    return labels


def apply_labels(
    scores: Sequence[Score], labels: Sequence[AnswerLabel], thresholds: Thresholds, seed: int
) -> LabelledRun:
    """Measure the verdicts against labels, and give calibrated ones where that helps.

    Args:
        scores: Of one run.
        labels: People's; those of answers this run does not hold are passed over.
        thresholds: Of the run; the verdict before labels comes from them.
        seed: Of the folds.

    Raises:
        MeasureError: There are too few labels of a kind.
    """
    said = {(each.question, each.answer): each for each in labels}
    answers: dict[tuple[str, str], LabelledAnswer] = {}
    for score in scores:
        found = said.get((score.question, score.answer))
        if found is not None and found.label is not None:
            answers[score.question, score.answer] = LabelledAnswer(
                cosine=score.cosine,
                facts=score.facts,
                polarity=score.polarity,
                rouge_l=score.rouge_l,
                verdict=judge(score.cosine, score.facts, thresholds, polarity=score.polarity),
                label=found.label,
                cluster=score.conversation_id,
            )
    calibration = calibrate(list(answers.values()), seed)
    judged = tuple(scores)
    if calibration.is_used:
        judged = tuple(
            replace(
                each,
                verdict=calibration.verdict_of(
                    each.cosine, each.facts, each.rouge_l, polarity=each.polarity
                ),
            )
            for each in scores
        )
    return LabelledRun(
        scores=judged,
        calibration=calibration,
        correctness=dict(Counter(each.correctness for each in labels if each.correctness)),
    )


def _one_of(value: str | None, allowed: Sequence[str], where: str) -> str | None:
    value = (value or "").strip()
    if not value:
        return None
    if value not in allowed:
        raise UsageError(
            f"no label {value!r}", where=where, fix=f"Write one of: {', '.join(allowed)}"
        )
    return value
