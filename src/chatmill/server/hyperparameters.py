"""What `auto` means here: epochs, batch size and learning rate that work for small LoRA tunes.

The hosted service's rule (3 epochs) leaves a small model far from what it was shown; 20 examples
need about 20 passes (docs/decisions/auto-hyperparameters.md).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

BASE_LEARNING_RATE = 2e-3
"""Peak learning rate at multiplier 1; LoRA r=16, cosine."""
MAX_EPOCHS = 50
MAX_BATCH_SIZE = 256
MAX_LEARNING_RATE_MULTIPLIER = 100.0
MIN_VIEWS, MAX_VIEWS = 10, 25
"""How often a small set's examples are seen (docs/decisions/auto-hyperparameters.md)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ResolvedHyperparameters:
    """What a job trains with."""

    n_epochs: int
    batch_size: int
    """Examples a step."""
    learning_rate_multiplier: float

    @property
    def learning_rate(self) -> float:
        """Peak learning rate."""
        return BASE_LEARNING_RATE * self.learning_rate_multiplier

    def as_json(self) -> dict[str, Any]:
        """Return them as OpenAI's job object carries them."""
        return {
            "n_epochs": self.n_epochs,
            "batch_size": self.batch_size,
            "learning_rate_multiplier": self.learning_rate_multiplier,
        }


def resolve_hyperparameters(
    n_examples: int, requested: Mapping[str, Any]
) -> ResolvedHyperparameters:
    """Replace every `auto`.

    Epochs: an example has to be seen about ten times to be learnt, more often where there are
    few (25 times up to 32 examples); from 400 examples on about 4,000 are seen in all, never fewer
    than three times each. Batch: one in twenty examples, from 4 to 16, so that small sets still
    get some hundred steps.

    Args:
        n_examples: Examples in the training file.
        requested: `n_epochs`, `batch_size`, `learning_rate_multiplier`; a number, `auto` or
            missing.
    """
    epochs = requested.get("n_epochs", "auto")
    batch_size = requested.get("batch_size", "auto")
    multiplier = requested.get("learning_rate_multiplier", "auto")
    if epochs == "auto":
        often_enough = max(MIN_VIEWS, min(MAX_VIEWS, round(800 / n_examples)))
        epochs = max(3, min(often_enough, 4000 // n_examples))
    if batch_size == "auto":
        batch_size = max(4, min(16, n_examples // 20))
    return ResolvedHyperparameters(
        n_epochs=int(epochs),
        batch_size=min(int(batch_size), n_examples),
        learning_rate_multiplier=1.0 if multiplier == "auto" else float(multiplier),
    )
