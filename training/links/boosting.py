"""Fits a forest with CatBoost and turns it into plain arrays."""

import json
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from catboost import CatBoost, Pool

from chatmill.threads.forest import Forest


@dataclass(frozen=True, slots=True, kw_only=True)
class Fitting:
    """What a fit depends on besides its rows."""

    trees: int
    rate: float
    sampled_features: float = 0.5
    """Share of the features a level may choose from."""
    l2: float = 5.0
    seed: int = 1
    threads: int = 1


def fit(features: np.ndarray, targets: np.ndarray, names: tuple[str, ...], how: Fitting) -> Forest:
    """Fit trees of depth 6 to the softmax over each row's candidates.

    Args:
        features: float32 (n, candidates, n names).
        targets: (n, candidates), each row sums to 1.
        names: Of the features.
        how: Size, rate and seed.
    """
    n, width, _ = features.shape
    pool = Pool(
        features.reshape(n * width, -1),
        targets.ravel(),
        group_id=np.repeat(np.arange(n), width),
        feature_names=list(names),
    )
    model = CatBoost(
        {
            "loss_function": "QuerySoftMax",
            "iterations": how.trees,
            "learning_rate": how.rate,
            "random_seed": how.seed,
            "thread_count": how.threads,
            "depth": 6,
            "border_count": 63,
            "l2_leaf_reg": how.l2,
            "boosting_type": "Plain",
            "bootstrap_type": "Bernoulli",
            "subsample": 0.6,
            "rsm": how.sampled_features,
            "verbose": 0,
            "allow_writing_files": False,
        }
    )
    model.fit(pool)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.json"
        model.save_model(str(path), format="json")
        return forest_of(json.loads(path.read_text(encoding="utf-8")))


def forest_of(model: dict) -> Forest:  # type: ignore[type-arg] - CatBoost's JSON
    """Turn CatBoost's JSON into arrays, without the features no tree looks at."""
    names = [each["feature_id"] for each in model["features_info"]["float_features"]]
    trees = model["oblivious_trees"]
    used = sorted({split["float_feature_index"] for tree in trees for split in tree["splits"]})
    number = {index: place for place, index in enumerate(used)}
    depth = max(len(tree["splits"]) for tree in trees)
    feature = np.zeros((len(trees), depth), np.int16)
    border = np.full((len(trees), depth), np.inf, np.float32)
    leaf = np.zeros((len(trees), 2**depth), np.float32)
    for row, tree in enumerate(trees):
        for level, split in enumerate(tree["splits"]):
            feature[row, level] = number[split["float_feature_index"]]
            border[row, level] = split["border"]
        leaf[row, : len(tree["leaf_values"])] = tree["leaf_values"]
    return Forest(
        features=tuple(names[index] for index in used), feature=feature, border=border, leaf=leaf
    )
