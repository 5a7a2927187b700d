"""Metrics: an answer and its reference become a number; one file a metric.

To add one: write `NAME.py` with a class that fits `base.Metric`, add a line to `BUILT_IN` below,
and run the contract test (`tests/metrics/test_metric_contract.py`). Another package adds one with
an entry point in the group `chatmill.metrics`, without touching this folder.

`graders.py` makes a metric of a grader's JSON. `verdict.py`, `calibration.py`, `intervals.py` and
`differences.py` are no plugs: they turn numbers into words and into uncertainty.
"""

import importlib
from importlib.metadata import entry_points

from chatmill.errors import UsageError
from chatmill.metrics.base import AnswerBatch, Metric

__all__ = ["BUILT_IN", "ENTRY_POINT_GROUP", "AnswerBatch", "Metric", "load_metric", "metric_names"]

ENTRY_POINT_GROUP = "chatmill.metrics"

BUILT_IN: dict[str, str] = {
    "cosine": "chatmill.metrics.cosine:Cosine",
    "facts": "chatmill.metrics.facts:FactAgreement",
    "polarity": "chatmill.metrics.polarity:PolarityAgreement",
    "rouge_l": "chatmill.metrics.rouge:RougeL",
    "length_ratio": "chatmill.metrics.length:LengthRatio",
    "refusal": "chatmill.metrics.refusal:RefusalMatch",
    "language": "chatmill.metrics.language:LanguageMatch",
}
"""Metric name → where its class lives; imported when asked for."""


def metric_names() -> list[str]:
    """List the names of every metric, our own first, then those of other packages."""
    others = sorted(each.name for each in entry_points(group=ENTRY_POINT_GROUP))
    return [*BUILT_IN, *(name for name in others if name not in BUILT_IN)]


def load_metric(name: str) -> Metric:
    """Import one metric and make it.

    Raises:
        UsageError: There is no metric of that name.
    """
    if name in BUILT_IN:
        module, _, attribute = BUILT_IN[name].partition(":")
        metric: Metric = getattr(importlib.import_module(module), attribute)()
        return metric
    for each in entry_points(group=ENTRY_POINT_GROUP, name=name):
        outside: Metric = each.load()()
        return outside
    raise UsageError(f"no metric called {name}", fix=f"Known: {', '.join(metric_names())}")
