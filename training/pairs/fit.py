"""Fits the linear models with numpy alone: softmax and logistic regression with an L2 penalty."""

from collections.abc import Sequence

import numpy as np

from chatmill.extractors.features import Features


def fit_softmax(  # noqa: PLR0913 - the optimiser is told everything by name
    rows: Sequence[Features],
    labels: Sequence[str],
    masks: Sequence[Sequence[str]],
    classes: Sequence[str],
    *,
    penalty: float,
    weights: Sequence[float] | None = None,
    n_steps: int = 400,
) -> dict[str, dict[str, float]]:
    """Fit class → feature → weight by full-batch Adam; classes outside a row's mask do not count.

    Args:
        rows: Features of each message.
        labels: Its class.
        masks: The classes it could have had.
        classes: All classes.
        penalty: Of the squared weights, for the sum (not the mean) over rows.
        weights: Of each row; 1 where None.
        n_steps: Of the optimiser.
    """
    names = sorted({name for row in rows for name in row})
    column = {name: n for n, name in enumerate(names)}
    x = np.zeros((len(rows), len(names)))
    for n, row in enumerate(rows):
        for name, value in row.items():
            x[n, column[name]] = value
    allowed = np.array([[c in mask for c in classes] for mask in masks])
    y = np.array([list(classes).index(label) for label in labels])
    w = np.ones(len(rows)) if weights is None else np.array(weights)
    theta = np.zeros((len(names), len(classes)))
    m, v = np.zeros_like(theta), np.zeros_like(theta)
    onehot = np.eye(len(classes))[y]
    for step in range(1, n_steps + 1):
        z = np.where(allowed, x @ theta, -1e9)
        z -= z.max(axis=1, keepdims=True)
        p = np.exp(z)
        p /= p.sum(axis=1, keepdims=True)
        gradient = x.T @ ((p - onehot) * w[:, None]) + penalty * theta
        m = 0.9 * m + 0.1 * gradient
        v = 0.999 * v + 0.001 * gradient**2
        rate = 0.05 * min(1.0, 2 * (1 - step / n_steps))
        theta -= rate * (m / (1 - 0.9**step)) / (np.sqrt(v / (1 - 0.999**step)) + 1e-8)
    return {
        c: {name: round(float(theta[column[name], n]), 3) for name in names}
        for n, c in enumerate(classes)
    }


def fit_logistic(
    rows: Sequence[Features],
    labels: Sequence[float],
    *,
    penalty: float,
    weights: Sequence[float] | None = None,
) -> dict[str, float]:
    """Fit feature → weight by Newton's method; labels may lie between 0 and 1."""
    names = sorted({name for row in rows for name in row})
    x = np.array([[row.get(name, 0.0) for name in names] for row in rows])
    y = np.array(labels)
    w = np.ones(len(rows)) if weights is None else np.array(weights)
    ridge = np.full(len(names), penalty)
    ridge[names.index("bias")] = 1e-3
    theta = np.zeros(len(names))
    for _ in range(30):
        p = 1 / (1 + np.exp(-x @ theta))
        gradient = x.T @ ((p - y) * w) + ridge * theta
        hessian = (x * (p * (1 - p) * w)[:, None]).T @ x + np.diag(ridge)
        theta -= np.linalg.solve(hessian, gradient)
    return {name: round(float(value), 3) for name, value in zip(names, theta, strict=True)}
