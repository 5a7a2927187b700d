"""Logistic regression with an L2 penalty, fitted by Newton's method; NumPy only."""

from dataclasses import dataclass

import numpy as np

MOST_STEPS = 60
MOST_HALVINGS = 20
TOLERANCE = 1e-9


@dataclass(frozen=True, slots=True, kw_only=True)
class Logistic:
    """A fitted model: the log odds of a row are `rows @ weights + bias`."""

    weights: np.ndarray
    """float64, shape (n_features,)."""
    bias: float

    def log_odds(self, rows: np.ndarray) -> np.ndarray:
        """Return the log odds of each row; float64, shape (n_rows,)."""
        odds: np.ndarray = rows @ self.weights + self.bias
        return odds


def fit_logistic(rows: np.ndarray, targets: np.ndarray, *, penalty: float) -> Logistic:
    """Fit weights and bias; the bias is not penalised.

    Minimises `sum(log(1 + exp(z)) - t * z) + penalty / 2 * |weights|^2`, which has one minimum;
    the same rows give the same weights.

    Args:
        rows: float, shape (n_rows, n_features), columns of similar size.
        targets: float in [0, 1], shape (n_rows,).
        penalty: Strength of the penalty, above 0.
    """
    design = np.hstack([rows, np.ones((len(rows), 1))]).astype(np.float64)
    ridge = np.full(design.shape[1], penalty, dtype=np.float64)
    ridge[-1] = 1e-9
    found = np.zeros(design.shape[1])
    loss = _loss(design, targets, ridge, found)
    for _ in range(MOST_STEPS):
        chance = sigmoid(design @ found)
        slope = design.T @ (chance - targets) + ridge * found
        bend = (design * (chance * (1 - chance))[:, None]).T @ design
        bend[np.diag_indices_from(bend)] += ridge
        step = np.linalg.solve(bend, slope)
        found, reached = _shortened(design, targets, ridge, found, step, loss)
        if loss - reached <= TOLERANCE * (1 + abs(loss)):
            break
        loss = reached
    return Logistic(weights=found[:-1], bias=float(found[-1]))


def sigmoid(odds: np.ndarray) -> np.ndarray:
    """Turn log odds into probabilities, without overflow."""
    chance: np.ndarray = 0.5 * (1 + np.tanh(0.5 * odds))
    return chance


def log_loss(chances: np.ndarray, targets: np.ndarray) -> float:
    """Return the mean negative log likelihood, in nats; chances are kept off 0 and 1."""
    safe = np.clip(chances, 1e-12, 1 - 1e-12)
    return float(-np.mean(targets * np.log(safe) + (1 - targets) * np.log(1 - safe)))


def _loss(design: np.ndarray, targets: np.ndarray, ridge: np.ndarray, weights: np.ndarray) -> float:
    odds = design @ weights
    return float(np.sum(np.logaddexp(0, odds) - targets * odds) + 0.5 * np.sum(ridge * weights**2))


def _shortened(  # noqa: PLR0913, PLR0917 - what a line search is made of
    design: np.ndarray,
    targets: np.ndarray,
    ridge: np.ndarray,
    start: np.ndarray,
    step: np.ndarray,
    loss: float,
) -> tuple[np.ndarray, float]:
    """Go a step, or a part of it that makes the loss no larger."""
    for halvings in range(MOST_HALVINGS):
        reached = start - step * 0.5**halvings
        new_loss = _loss(design, targets, ridge, reached)
        if new_loss <= loss:
            return reached, new_loss
    return start, loss
