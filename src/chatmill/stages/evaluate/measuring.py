"""Which metrics a run measures beside those every score has a field for."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from chatmill.errors import UnreadableFileError
from chatmill.metrics import Metric, load_metric
from chatmill.metrics.graders import read_graders
from chatmill.settings import EvaluateSettings

OWN_METRICS = ("cosine", "rouge_l", "facts", "polarity")
"""Every score has a field for them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricChoice:
    """The metrics of a run and what tells them from others."""

    metrics: Sequence[Metric]
    identity: tuple[str, ...]
    """Names, and the sum of the graders' file."""


NO_MORE = MetricChoice(metrics=(), identity=())


def chosen_metrics(settings: EvaluateSettings, folder: Path) -> MetricChoice:
    """Make the metrics and graders that settings name, before anything is asked.

    Args:
        settings: `[evaluate]`.
        folder: Paths in settings are relative to it.

    Raises:
        UsageError: There is no such metric, or a grader cannot be used.
        UnreadableFileError: The graders' file cannot be read.
    """
    names = [name for name in dict.fromkeys(settings.metrics) if name not in OWN_METRICS]
    metrics: list[Metric] = [load_metric(name) for name in names]
    if not settings.graders:
        return MetricChoice(metrics=metrics, identity=tuple(names))
    path = folder / settings.graders
    graders = read_graders(path)
    try:
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError as error:
        raise UnreadableFileError(f"cannot be read: {error.strerror}", where=str(path)) from error
    return MetricChoice(metrics=[*metrics, *graders], identity=(*names, digest))
