"""The model: what it learns from rows, and what it says of others."""

import base64
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from chatmill.stages.review.triage.calibration import Calibrator, fit_calibrator
from chatmill.stages.review.triage.features import N_DIMENSIONS, choose_names, tabulate
from chatmill.stages.review.triage.logistic import Logistic, fit_logistic

N_DIRECTIONS = 48
"""Directions of meaning kept of questions, and as many of answers."""
PENALTIES = (1.0, 4.0, 16.0, 64.0, 256.0, 1024.0)
OUTER_FOLDS = 5
INNER_FOLDS = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Rows:
    """Examples as a model sees them."""

    vectors: np.ndarray
    """float32, shape (n_rows, 2, 512): question, answer."""
    measured: Sequence[Mapping[str, float]]


@dataclass(frozen=True, slots=True, kw_only=True)
class TriageModel:
    """Weights in the terms of vectors and measures; the same weights say the same anywhere."""

    names: tuple[str, ...]
    measure_weights: np.ndarray
    """float64, shape (n_names,)."""
    meaning_weights: np.ndarray
    """float32, shape (2, 512)."""
    bias: float
    calibrator: Calibrator

    def log_odds(self, rows: Rows) -> np.ndarray:
        """Return uncalibrated log odds; float64, shape (n_rows,)."""
        meaning = np.einsum("nsd,sd->n", rows.vectors, self.meaning_weights)
        measures = tabulate(rows.measured, self.names) @ self.measure_weights
        odds: np.ndarray = measures + meaning + self.bias
        return odds

    def chances(self, rows: Rows) -> np.ndarray:
        """Return the probability that each is kept as it is; float64, shape (n_rows,)."""
        return self.calibrator.chances(self.log_odds(rows))


@dataclass(frozen=True, slots=True, kw_only=True)
class Trained:
    """A model, and what it said of the rows it was trained on before it knew them."""

    model: TriageModel
    chances: np.ndarray
    """Probability of every row by a model and a calibrator that never saw its group, (n_rows,)."""
    penalty: float


def train(rows: Rows, kept: np.ndarray, groups: np.ndarray) -> Trained:
    """Train a model, and say how good it is at rows it does not know.

    Groups are held out whole. Penalty and calibration are found anew within each part that is
    trained on, by holding out groups of it in turn: no row has a say in what is said of it.

    Args:
        rows: Examples people decided about.
        kept: 1 where kept as it was, else 0, shape (n_rows,).
        groups: Integer; rows of a group may be alike, shape (n_rows,).
    """
    columns = _Columns.of(rows)
    table = columns.table(rows)
    folds = spread(groups, kept, OUTER_FOLDS)
    chances = np.full(len(kept), kept.mean())
    for fold in range(OUTER_FOLDS):
        known = folds != fold
        if not known.any() or known.all():
            continue
        fitted, calibrator, _ = _fit(table[known], kept[known], groups[known])
        chances[~known] = calibrator.chances(fitted.log_odds(table[~known]))
    fitted, calibrator, penalty = _fit(table, kept, groups)
    return Trained(model=columns.collapse(fitted, calibrator), chances=chances, penalty=penalty)


def spread(groups: np.ndarray, kept: np.ndarray, n_folds: int) -> np.ndarray:
    """Deal groups out to folds, the large ones first, so that each has its share of both kinds.

    Returns:
        int, shape (n_rows,): the fold of each row.
    """
    numbers, at = np.unique(groups, return_inverse=True)
    sizes = np.stack([np.bincount(at, weights=1 - kept), np.bincount(at, weights=kept)], axis=1)
    share = sizes.sum(axis=0) / n_folds
    load = np.zeros((n_folds, 2))
    fold_of = np.zeros(len(numbers), dtype=int)
    order = sorted(range(len(numbers)), key=lambda g: (-sizes[g].sum(), _shuffled(int(numbers[g]))))
    for group in order:
        full = ((load + sizes[group]) / np.maximum(share, 1)) ** 2
        cost = full.sum(axis=1) - ((load / np.maximum(share, 1)) ** 2).sum(axis=1)
        chosen = int(np.argmin(cost))
        fold_of[group] = chosen
        load[chosen] += sizes[group]
    return fold_of[at]


def model_to_json(model: TriageModel) -> dict[str, Any]:
    """Write a model as plain values."""
    return {
        "names": list(model.names),
        "measures": [float(each) for each in model.measure_weights],
        "meaning": base64.b64encode(model.meaning_weights.astype("<f4").tobytes()).decode("ascii"),
        "bias": model.bias,
        "slope": model.calibrator.slope,
        "offset": model.calibrator.offset,
        "knots": [list(each) for each in model.calibrator.knots],
    }


def model_from_json(stored: Mapping[str, Any]) -> TriageModel:
    """Read what `model_to_json` wrote."""
    meaning = np.frombuffer(base64.b64decode(stored["meaning"]), dtype="<f4")
    return TriageModel(
        names=tuple(stored["names"]),
        measure_weights=np.array(stored["measures"], dtype=np.float64),
        meaning_weights=meaning.reshape(2, N_DIMENSIONS),
        bias=stored["bias"],
        calibrator=Calibrator(
            slope=stored["slope"],
            offset=stored["offset"],
            knots=tuple((place, value) for place, value in stored["knots"]),
        ),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Columns:
    """How rows become columns of similar size."""

    names: tuple[str, ...]
    means: np.ndarray
    scales: np.ndarray
    middles: np.ndarray
    """Mean vectors, shape (2, 512)."""
    directions: np.ndarray
    """Main directions of questions and answers, scaled, shape (2, 512, n_directions)."""

    @classmethod
    def of(cls, rows: Rows) -> "_Columns":
        """Learn means, sizes and directions; no label is looked at."""
        names = choose_names(rows.measured)
        table = tabulate(rows.measured, names)
        scales = table.std(axis=0)
        varied = scales > 1e-6  # noqa: PLR2004 - the same in all rows
        middles = rows.vectors.mean(axis=0)
        return cls(
            names=tuple(name for name, is_used in zip(names, varied, strict=True) if is_used),
            means=table.mean(axis=0)[varied],
            scales=scales[varied],
            middles=middles,
            directions=np.stack([_main(rows.vectors[:, at] - middles[at]) for at in (0, 1)]),
        )

    def table(self, rows: Rows) -> np.ndarray:
        """Return the columns; float64, shape (n_rows, n_columns)."""
        measures = (tabulate(rows.measured, self.names) - self.means) / self.scales
        meaning = [(rows.vectors[:, at] - self.middles[at]) @ self.directions[at] for at in (0, 1)]
        return np.hstack([measures, *meaning])

    def collapse(self, fitted: Logistic, calibrator: Calibrator) -> TriageModel:
        """Write weights of columns as weights of vectors and measures."""
        n_names, n_kept = len(self.names), self.directions.shape[2]
        measures = fitted.weights[:n_names] / self.scales
        parts = fitted.weights[n_names:].reshape(2, n_kept)
        meaning = np.stack([self.directions[at] @ parts[at] for at in (0, 1)])
        bias = fitted.bias - float(measures @ self.means) - float((meaning * self.middles).sum())
        return TriageModel(
            names=self.names,
            measure_weights=measures,
            meaning_weights=meaning.astype(np.float32),
            bias=bias,
            calibrator=calibrator,
        )


def _main(centred: np.ndarray) -> np.ndarray:
    """Return the main directions, scaled so that a column is of size 1 on average.

    Args:
        centred: Shape (n_rows, 512).

    Returns:
        float64, shape (512, n_directions); fewer where there are fewer rows.
    """
    spread_ = centred.T.astype(np.float64) @ centred / max(1, len(centred))
    sizes, directions = np.linalg.eigh(spread_)
    n_kept = min(N_DIRECTIONS, len(centred))
    sizes, directions = sizes[::-1][:n_kept], directions[:, ::-1][:, :n_kept]
    signs = np.sign(directions[np.abs(directions).argmax(axis=0), np.arange(n_kept)])
    scaled: np.ndarray = directions * signs / np.sqrt(max(float(np.mean(sizes)), 1e-12))
    return scaled


def _fit(
    table: np.ndarray, kept: np.ndarray, groups: np.ndarray
) -> tuple[Logistic, Calibrator, float]:
    """Choose a penalty, fit with it, and calibrate on groups held out.

    The strongest penalty is chosen that says about as much of groups held out as the best one.
    "About as much" is within one standard error (Breiman and others 1984): with few rows the best
    one is best by luck.
    """
    folds = spread(groups, kept, INNER_FOLDS)
    odds = np.zeros((len(PENALTIES), len(kept)))
    for fold in range(INNER_FOLDS):
        known = folds != fold
        if not known.any() or known.all():
            continue
        for at, penalty in enumerate(PENALTIES):
            fitted = fit_logistic(table[known], kept[known], penalty=penalty)
            odds[at, ~known] = fitted.log_odds(table[~known])
    losses = np.logaddexp(0, odds) - kept * odds
    worse = losses - losses[int(np.argmin(losses.mean(axis=1)))]
    is_as_good = worse.mean(axis=1) <= worse.std(axis=1) / np.sqrt(len(kept))
    chosen = int(np.flatnonzero(is_as_good)[-1])
    fitted = fit_logistic(table, kept, penalty=PENALTIES[chosen])
    return fitted, fit_calibrator(odds[chosen], kept), PENALTIES[chosen]


def _shuffled(number: int) -> bytes:
    return hashlib.sha256(str(number).encode()).digest()
