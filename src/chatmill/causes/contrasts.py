"""Where questions were followed less: shares, exact tests, and care for how many were made."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

Z_95 = 1.959963984540054
SIGNIFICANT = 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class Contrast:
    """Questions with a feature beside those without it."""

    feature: str
    n_with: int
    n_failed_with: int
    n_without: int
    n_failed_without: int
    difference: float
    """Share that failed with it minus share that failed without it."""
    low: float
    """Ends of the 95 % interval of the difference (Newcombe 1998, method 10)."""
    high: float
    p_exact: float
    """Fisher's exact test, two-sided."""
    p_adjusted: float
    """After Holm, for all contrasts made together."""

    @property
    def is_sure(self) -> bool:
        """Whether the difference stands after all tests made."""
        return self.p_adjusted <= SIGNIFICANT


def contrasts(features: Mapping[str, Sequence[bool]], failed: Sequence[bool]) -> list[Contrast]:
    """Compare questions with and without each feature, the surest first.

    Questions are taken as independent of each other; several of one conversation make the tests
    too sure.

    Args:
        features: Name → one value a question; those all or no questions have are left out.
        failed: Whether each question did not follow the training.
    """
    made = []
    for name, has in features.items():
        inside = [bad for bad, here in zip(failed, has, strict=True) if here]
        outside = [bad for bad, here in zip(failed, has, strict=True) if not here]
        if inside and outside:
            made.append(_contrast(name, sum(inside), len(inside), sum(outside), len(outside)))
    made.sort(key=lambda each: (each.p_exact, each.feature))
    adjusted = holm([each.p_exact for each in made])
    return [replace(each, p_adjusted=p) for each, p in zip(made, adjusted, strict=True)]


def fisher_exact(a: int, b: int, c: int, d: int) -> float:
    """Return the two-sided p of Fisher's exact test.

    Args:
        a: First row, first column.
        b: First row, second column.
        c: Second row, first column.
        d: Second row, second column.
    """
    row, column, n = a + b, a + c, a + b + c + d
    lowest, highest = max(0, row + column - n), min(row, column)
    logs = [_log_chance(k, row, column, n) for k in range(lowest, highest + 1)]
    own = logs[a - lowest]
    return min(1.0, sum(math.exp(each) for each in logs if each <= own + 1e-7))


def holm(p_values: Sequence[float]) -> list[float]:
    """Adjust p values, in ascending order, for how many there are."""
    adjusted, highest = [], 0.0
    for place, p in enumerate(p_values):
        highest = max(highest, min(1.0, (len(p_values) - place) * p))
        adjusted.append(highest)
    return adjusted


def _contrast(name: str, failed: int, n: int, failed_out: int, n_out: int) -> Contrast:
    low, high = _difference_interval(failed, n, failed_out, n_out)
    p = fisher_exact(failed, n - failed, failed_out, n_out - failed_out)
    return Contrast(
        feature=name,
        n_with=n,
        n_failed_with=failed,
        n_without=n_out,
        n_failed_without=failed_out,
        difference=failed / n - failed_out / n_out,
        low=low,
        high=high,
        p_exact=p,
        p_adjusted=p,
    )


def _difference_interval(a: int, n: int, b: int, m: int) -> tuple[float, float]:
    one, other = a / n, b / m
    low, high = _wilson(a, n)
    low_other, high_other = _wilson(b, m)
    return (
        one - other - math.hypot(one - low, high_other - other),
        one - other + math.hypot(high - one, other - low_other),
    )


def _wilson(k: int, n: int) -> tuple[float, float]:
    share, square = k / n, Z_95 * Z_95
    centre = (share + square / (2 * n)) / (1 + square / n)
    half = Z_95 * math.sqrt(share * (1 - share) / n + square / (4 * n * n)) / (1 + square / n)
    return centre - half, centre + half


def _log_chance(k: int, row: int, column: int, n: int) -> float:
    return _log_choose(column, k) + _log_choose(n - column, row - k) - _log_choose(n, row)


def _log_choose(n: int, k: int) -> float:
    return math.lgamma(n + 1) - math.lgamma(k + 1) - math.lgamma(n - k + 1)
