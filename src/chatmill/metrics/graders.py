"""OpenAI's `text_similarity` grader as an input format: its JSON becomes a metric.

The object is the one of the graders API: `{"type": "text_similarity", "name": …, "input":
"{{sample.output_text}}", "reference": "{{item.…}}", "evaluation_metric": …, "pass_threshold": …}`;
what its templates name is always the answer and the reviewed answer here.
"""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, Field, TypeAdapter, ValidationError

from chatmill.errors import UnreadableFileError, UsageError
from chatmill.metrics.base import AnswerBatch
from chatmill.metrics.cosine import Cosine
from chatmill.metrics.overlap import bleu, fuzzy_match, gleu, rouge_n
from chatmill.metrics.rouge import rouge_l

OUTPUT = "sample.output_text"
"""What `input` has to name: the model's answer."""
_PAIRWISE: dict[str, Callable[[str, str], float]] = {
    "fuzzy_match": fuzzy_match,
    "bleu": bleu,
    "gleu": gleu,
    "rouge_l": rouge_l,
}
_LONGEST_ROUGE = 5


class _GraderFile(BaseModel):
    """The object, as its API documents it."""

    type: Literal["text_similarity"]
    name: str = "text_similarity"
    input: str
    reference: str
    evaluation_metric: str
    pass_threshold: float | None = Field(default=None, ge=-1, le=1)


class GraderMetric:
    """A grader that was read; a metric like those of the table, with a threshold of its own.

    Args:
        name: What its file calls it.
        evaluation_metric: As the API names it.
        pass_threshold: Score from which an answer passes; None where it does not say.
    """

    def __init__(self, name: str, evaluation_metric: str, pass_threshold: float | None) -> None:
        self.name = name
        self.evaluation_metric = evaluation_metric
        self.pass_threshold = pass_threshold
        self._pairwise = _pairwise_metric(evaluation_metric)

    def score(self, batch: AnswerBatch) -> list[float | None]:
        """Score each answer."""
        if self._pairwise is None:
            return Cosine().score(batch)
        return [
            self._pairwise(answer, reference)
            for answer, reference in zip(batch.answers, batch.references, strict=True)
        ]

    def passed(self, scores: list[float | None]) -> int | None:
        """Count the answers that pass; None where there is no threshold."""
        if self.pass_threshold is None:
            return None
        return sum(score is not None and score >= self.pass_threshold for score in scores)


def read_graders(path: Path) -> list[GraderMetric]:
    """Read a file that holds one grader, or a list of them.

    Raises:
        UnreadableFileError: The file cannot be read.
        UsageError: It holds no `text_similarity` grader, or one whose metric is not offered.
    """
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise UnreadableFileError(f"cannot be read: {error.strerror}", where=str(path)) from error
    try:
        found = json.loads(raw)
        rows = found if isinstance(found, list) else [found]
        graders = TypeAdapter(list[_GraderFile]).validate_python(rows)
    except ValueError as error:
        why = error.errors()[0]["msg"] if isinstance(error, ValidationError) else str(error)
        raise UsageError(
            f"no text_similarity grader: {why}",
            where=str(path),
            fix='Write {"type": "text_similarity", "input": "{{sample.output_text}}", '
            '"reference": "{{item.reference}}", "evaluation_metric": "cosine"}',
        ) from error
    for each in graders:
        if OUTPUT not in each.input:
            raise UsageError(
                f"grader {each.name} does not grade the answer: input is {each.input!r}",
                where=str(path),
                fix="Set input to {{sample.output_text}}",
            )
    return [
        GraderMetric(each.name, each.evaluation_metric, each.pass_threshold) for each in graders
    ]


def _pairwise_metric(name: str) -> Callable[[str, str], float] | None:
    if name == "cosine":
        return None
    if name in _PAIRWISE:
        return _PAIRWISE[name]
    family, _, digits = name.partition("_")
    if family == "rouge" and digits.isdecimal() and 1 <= int(digits) <= _LONGEST_ROUGE:
        n = int(digits)
        return lambda answer, reference: rouge_n(answer, reference, n)
    known = ", ".join(["cosine", *_PAIRWISE, "rouge_1 to rouge_5"])
    raise UsageError(f"no evaluation_metric {name}", fix=f"Known: {known}")
