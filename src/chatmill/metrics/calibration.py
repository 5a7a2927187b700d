"""What people's labels make of the verdict: how often it agrees, and a verdict that agrees more.

The calibrated verdict is a logistic regression of "followed" (partly counts half) on cosine, facts,
polarity and ROUGE-L; every figure is measured on answers whose conversation it was not fitted on.
"""

import math
from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np

from chatmill.errors import MeasureError
from chatmill.records import Verdict

VERDICTS: tuple[Verdict, ...] = ("not followed", "partly", "followed")
"""From the lowest to the highest."""
FEWEST_LABELS = 30
"""Below it labels say how the verdict does, and do not change it."""
FEWEST_OF_A_KIND = 5
"""Followed and not followed each, below which nothing can be fitted."""
WANTED_HALF_WIDTH = 0.03
"""Of the interval of the AUROC that more labels should bring."""
N_FOLDS = 5
RIDGE = 1.0
MOST_STEPS = 50
_SETTLED = 1e-8


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelledAnswer:
    """One answer as the metrics see it, and what a person said of it."""

    cosine: float
    facts: float | None
    polarity: bool
    rouge_l: float
    verdict: Verdict
    """Of the run, before calibration."""
    label: Verdict
    """A person's."""
    cluster: Hashable
    """The conversation it is of."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibration:
    """How the verdict does beside people, and how to make it do better."""

    n_labels: int
    auroc_cosine: float
    """Of cosine alone: followed against not followed, partly left out."""
    auroc_verdict: float
    """Of the run's verdict, cosine where verdicts are equal."""
    auroc: float
    """Of the calibrated verdict, on conversations it was not fitted on."""
    agreement_before: float
    """Share of labels the run's verdict gives."""
    agreement: float
    """Share of labels the calibrated verdict gives, measured likewise."""
    n_more_labels: int
    """Labels that would bring the AUROC's interval to ± 0.03; 0 where it is there."""
    weights: tuple[float, ...]
    """Of the features, the constant first."""
    cuts: tuple[float, float]
    """Probability from which an answer is partly followed, and followed."""

    @property
    def is_used(self) -> bool:
        """Whether verdicts should follow it: enough labels, and no worse than without."""
        return self.n_labels >= FEWEST_LABELS and self.agreement >= self.agreement_before

    def verdict_of(
        self, cosine: float, facts: float | None, rouge_l: float, *, polarity: bool
    ) -> Verdict:
        """Judge an answer as people did."""
        row = np.array([_features(cosine, facts, rouge_l, polarity=polarity)])
        chance = float(_probabilities(row, np.array(self.weights))[0])
        return VERDICTS[(chance >= self.cuts[0]) + (chance >= self.cuts[1])]


def calibrate(answers: Sequence[LabelledAnswer], seed: int) -> Calibration:
    """Learn from labels, and measure on conversations that were not learnt from.

    Args:
        answers: Labelled ones.
        seed: Of the folds.

    Raises:
        MeasureError: There are too few labels of a kind.
    """
    levels = np.array([VERDICTS.index(each.label) for each in answers])
    fewest = min(int((levels == 0).sum()), int((levels == len(VERDICTS) - 1).sum()))
    if fewest < FEWEST_OF_A_KIND:
        raise MeasureError(
            f"too few labels to tell: {fewest} of the rarer of followed and not followed",
            where=f"{len(answers)} labels",
            fix=f"Label until there are {FEWEST_OF_A_KIND} of each",
        )
    rows = np.array([_features(e.cosine, e.facts, e.rouge_l, polarity=e.polarity) for e in answers])
    folds = _folds([each.cluster for each in answers], seed)
    chances, said = np.zeros(len(answers)), np.zeros(len(answers), dtype=int)
    for fold in range(N_FOLDS):
        inside, outside = folds == fold, folds != fold
        if not inside.any() or not outside.any():
            continue
        weights, cuts = _fit(rows[outside], levels[outside])
        chances[inside] = _probabilities(rows[inside], weights)
        said[inside] = np.searchsorted(cuts, chances[inside], side="right")
    weights, cuts = _fit(rows, levels)
    is_clear = levels != 1
    own = np.array([VERDICTS.index(each.verdict) for each in answers])
    cosines = rows[:, 1]
    reached = auroc(chances[is_clear], levels[is_clear] > 1)
    return Calibration(
        n_labels=len(answers),
        auroc_cosine=auroc(cosines[is_clear], levels[is_clear] > 1),
        auroc_verdict=auroc((10.0 * own + cosines)[is_clear], levels[is_clear] > 1),
        auroc=reached,
        agreement_before=float((own == levels).mean()),
        agreement=float((said == levels).mean()),
        n_more_labels=_more_labels(reached, levels),
        weights=tuple(weights.tolist()),
        cuts=(float(cuts[0]), float(cuts[1])),
    )


def auroc(scores: np.ndarray, is_positive: np.ndarray) -> float:
    """Return how often a positive scores above a negative, ties counting half.

    Args:
        scores: float, shape (n,).
        is_positive: bool, shape (n,); both kinds present.

    Returns:
        A number in [0, 1] (Mann-Whitney U over the number of pairs).
    """
    above, below = scores[is_positive], np.sort(scores[~is_positive])
    lower = np.searchsorted(below, above, side="left")
    not_higher = np.searchsorted(below, above, side="right")
    return float((lower + not_higher).sum() / (2 * len(above) * len(below)))


def cohens_kappa(first: Sequence[str], second: Sequence[str]) -> float:
    """Agreement of two people beyond chance (Cohen 1960).

    Args:
        first: One label an answer.
        second: Of the same answers.

    Returns:
        At most 1; 1.0 where both always give one and the same label.

    Raises:
        MeasureError: There is no label.
    """
    if not first or len(first) != len(second):
        raise MeasureError(f"{len(first)} and {len(second)} labels", where="kappa")
    n = len(first)
    agreed = sum(a == b for a, b in zip(first, second, strict=True)) / n
    by_chance = sum(first.count(each) * second.count(each) for each in dict.fromkeys(first)) / (
        n * n
    )
    return 1.0 if by_chance == 1.0 else (agreed - by_chance) / (1.0 - by_chance)


def _features(cosine: float, facts: float | None, rouge_l: float, *, polarity: bool) -> list[float]:
    lost = 0.0 if facts is None else 1.0 - facts
    return [1.0, cosine, lost, float(facts is not None), 1.0 - float(polarity), rouge_l]


def _folds(clusters: Sequence[Hashable], seed: int) -> np.ndarray:
    """Give each conversation a fold, so that none is learnt from and measured on."""
    names = list(dict.fromkeys(clusters))
    order = np.random.default_rng(seed).permutation(len(names))
    fold_of = {names[at]: place % N_FOLDS for place, at in enumerate(order)}
    return np.array([fold_of[each] for each in clusters])


def _fit(rows: np.ndarray, levels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Fit weights by Newton's method with a ridge, then the two cuts that agree most."""
    wanted = levels / (len(VERDICTS) - 1)
    penalty = np.diag([0.0, *[RIDGE] * (rows.shape[1] - 1)])
    weights = np.zeros(rows.shape[1])
    for _ in range(MOST_STEPS):
        chances = _probabilities(rows, weights)
        slope = rows.T @ (wanted - chances) - penalty @ weights
        spread = np.maximum(chances * (1.0 - chances), _SETTLED)
        step = np.linalg.solve((rows * spread[:, None]).T @ rows + penalty, slope)
        weights = weights + step
        if float(np.abs(step).max()) < _SETTLED:
            break
    return weights, _cuts(_probabilities(rows, weights), levels)


def _cuts(chances: np.ndarray, levels: np.ndarray) -> np.ndarray:
    """Find the lower and the upper cut that give most labels right."""
    ordered = np.sort(np.unique(chances))
    places = np.quantile(np.concatenate([[0.0], ordered, [1.0]]), np.linspace(0, 1, 41))
    places = (places[:-1] + places[1:]) / 2
    best, found = -1, (0.5, 0.75)
    for low in places:
        for high in places[places >= low]:
            said = (chances >= low).astype(int) + (chances >= high)
            n_right = int((said == levels).sum())
            if n_right > best:
                best, found = n_right, (float(low), float(high))
    return np.array(found)


def _probabilities(rows: np.ndarray, weights: np.ndarray) -> np.ndarray:
    return np.asarray(1.0 / (1.0 + np.exp(-np.clip(rows @ weights, -30.0, 30.0))))


def _more_labels(reached: float, levels: np.ndarray) -> int:
    """Labels wanted for an interval of ± 0.03, by Hanley & McNeil's (1982) standard error."""
    n_high, n_low = int((levels == len(VERDICTS) - 1).sum()), int((levels == 0).sum())
    # An AUROC of exactly 1 has no spread in the formula; half a pair lost has.
    area = min(reached, 1.0 - 0.5 / (n_high * n_low))
    one, two = area / (2 - area), 2 * area * area / (1 + area)
    variance = (
        area * (1 - area) + (n_high - 1) * (one - area**2) + (n_low - 1) * (two - area**2)
    ) / (n_high * n_low)
    half_width = 1.96 * math.sqrt(variance)
    wanted = math.ceil(len(levels) * (half_width / WANTED_HALF_WIDTH) ** 2)
    return max(0, wanted - len(levels), FEWEST_LABELS - len(levels))
