"""What `auto` means here: epochs, batch size and learning rate that work for small LoRA tunes.

The hosted service's rule (3 epochs) leaves a small model far from what it was shown; 20 examples
need about 20 passes (docs/decisions/training-speed.md has the sweep).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

BASE_LEARNING_RATE = 2e-3
"""Peak learning rate at multiplier 1; LoRA r=16, cosine."""
MAX_EPOCHS = 50
MAX_BATCH_SIZE = 256
MAX_LEARNING_RATE_MULTIPLIER = 100.0
TOKENS_PER_STEP = 1200
"""Enough non-padding tokens in one step to keep the matrix products efficient."""


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
    n_examples: int, n_tokens: int, requested: Mapping[str, Any]
) -> ResolvedHyperparameters:
    """Replace every `auto`.

    Epochs: 20 for up to 200 examples, then fewer, so that about 4,000 examples are seen in all;
    never fewer than 3. Batch: as many examples as make `TOKENS_PER_STEP` tokens, between 4 and 16,
    but at least ten steps an epoch where there are enough examples.

    Args:
        n_examples: Examples in the training file.
        n_tokens: Tokens of all of them together.
        requested: `n_epochs`, `batch_size`, `learning_rate_multiplier`; a number, `auto` or
            missing.
    """
    epochs = requested.get("n_epochs", "auto")
    batch_size = requested.get("batch_size", "auto")
    multiplier = requested.get("learning_rate_multiplier", "auto")
    if epochs == "auto":
        epochs = max(3, min(20, 4000 // n_examples))
    if batch_size == "auto":
        mean_tokens = max(1, n_tokens // n_examples)
        batch_size = max(4, min(16, round(TOKENS_PER_STEP / mean_tokens), n_examples // 10))
    return ResolvedHyperparameters(
        n_epochs=int(epochs),
        batch_size=min(int(batch_size), n_examples),
        learning_rate_multiplier=1.0 if multiplier == "auto" else float(multiplier),
    )
