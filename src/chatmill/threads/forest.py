"""Evaluates gradient-boosted oblivious trees with numpy alone; the weights are plain arrays."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from chatmill.errors import StorageError

_TILE_ROWS = 8192
"""Rows evaluated at once, so that a column stays in the processor's cache."""


@dataclass(frozen=True, slots=True)
class Forest:
    """Trees of one depth each: every level asks one question of a row, the answers name a leaf."""

    features: tuple[str, ...]
    """Names of the columns the trees look at."""
    feature: np.ndarray
    """int16 (n_trees, depth): index into `features` each level looks at."""
    border: np.ndarray
    """float32 (n_trees, depth): the answer is yes where the value is greater."""
    leaf: np.ndarray
    """float32 (n_trees, 2 ** depth): value of the leaf; level k is bit k of its number."""

    def score(self, columns: Mapping[str, np.ndarray]) -> np.ndarray:
        """Add up the leaves of every row.

        Args:
            columns: Name → float32 array, all of one shape and C-contiguous.

        Returns:
            float32, the shape of the columns.
        """
        first = columns[self.features[0]]
        flat = [columns[name].reshape(-1) for name in self.features]
        total = np.zeros(first.size, np.float32)
        for start in range(0, first.size, _TILE_ROWS):
            part = slice(start, min(start + _TILE_ROWS, first.size))
            self._add([column[part] for column in flat], total[part])
        return total.reshape(first.shape)

    def _add(self, columns: list[np.ndarray], total: np.ndarray) -> None:
        number = np.empty(total.size, np.uint8)
        answer = np.empty(total.size, np.bool_)
        bits = answer.view(np.uint8)
        values = np.empty(total.size, np.float32)
        levels = self.feature.shape[1]
        for tree, (features, borders) in enumerate(
            zip(self.feature.tolist(), self.border, strict=True)
        ):
            number.fill(0)
            for level in range(levels - 1, -1, -1):
                np.greater(columns[features[level]], borders[level], out=answer)
                np.add(number, number, out=number)
                np.bitwise_or(number, bits, out=number)
            np.take(self.leaf[tree], number, out=values, mode="clip")
            np.add(total, values, out=total)


def read_forests(path: Path, names: tuple[str, ...]) -> tuple[Forest, ...]:
    """Read the forests of a weights file; it holds numbers and text, never objects.

    Args:
        path: An `.npz` file written by the training script.
        names: Forests to read, in this order.

    Raises:
        StorageError: The file is missing or not such a file.
    """
    try:
        with np.load(path, allow_pickle=False) as stored:
            return tuple(
                Forest(
                    features=tuple(str(each) for each in stored[f"{name}.features"]),
                    feature=stored[f"{name}.feature"],
                    border=stored[f"{name}.border"],
                    leaf=stored[f"{name}.leaf"],
                )
                for name in names
            )
    except (OSError, ValueError, KeyError) as error:
        raise StorageError(
            f"cannot be read as link weights: {error}",
            where=str(path),
            fix="Install chatmill again",
        ) from error
