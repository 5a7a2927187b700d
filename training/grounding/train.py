"""Fits the weights of `checks/grounding/rewording.py`: `train.py GOLD.jsonl[.gz]`.

Writes the weights of all domains into the package, and beside this file one set for each domain,
trained on the others.
"""

import gzip
import json
import sys
from pathlib import Path

import numpy as np

from chatmill.checks.grounding.rewording import WEIGHTS, Document, signs_of

HELD_OUT = Path(__file__).parent / "held_out.json"
RIDGE = 1.0
ROUNDS = 30
DIGITS = 5


def fitted(signs: list[dict[str, float]], labels: list[bool]) -> dict[str, object]:
    """Fit a ridge logistic regression in which both classes weigh the same, by Newton steps."""
    names = sorted(signs[0])
    values = np.array([[each[name] for name in names] for each in signs], dtype=float)
    truth = np.array(labels, dtype=float)  # (n_claims,)
    mean, scale = values.mean(0), values.std(0) + 1e-9
    rows = np.c_[(values - mean) / scale, np.ones(len(values))]  # (n_claims, n_features + 1)
    share = np.where(truth > 0, 0.5 / truth.mean(), 0.5 / (1 - truth.mean()))
    ridge = np.eye(rows.shape[1]) * RIDGE * len(rows)
    ridge[-1, -1] = 1e-9
    weights = np.zeros(rows.shape[1])
    for _ in range(ROUNDS):
        likely = 1 / (1 + np.exp(-rows @ weights))
        curvature = (rows * (share * likely * (1 - likely))[:, None]).T @ rows + ridge
        slope = rows.T @ (share * (likely - truth)) + ridge @ weights
        weights -= np.linalg.solve(curvature, slope)
    return {
        "features": names,
        "mean": np.round(mean, DIGITS).tolist(),
        "scale": np.round(scale + 10**-DIGITS, DIGITS).tolist(),
        "weights": np.round(weights[:-1], DIGITS).tolist(),
        "bias": round(float(weights[-1]), DIGITS),
    }


def main(gold: Path) -> None:
    """Read, fit, write."""
    opened = gzip.open if gold.suffix == ".gz" else open
    with opened(gold, "rt", encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines]
    documents = {row["source"]: Document(row["source"]) for row in rows}
    signs = [signs_of(row["claim"], documents[row["source"]]) for row in rows]
    labels = [bool(row["supported"]) for row in rows]
    domains = sorted({row["domain"] for row in rows})
    held_out = {}
    for domain in domains:
        others = [n for n, row in enumerate(rows) if row["domain"] != domain]
        held_out[domain] = fitted([signs[n] for n in others], [labels[n] for n in others])
    for path, weights in ((WEIGHTS, fitted(signs, labels)), (HELD_OUT, held_out)):
        path.write_text(json.dumps(weights, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
