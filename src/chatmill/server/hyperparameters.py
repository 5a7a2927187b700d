"""What `auto` means here: epochs, batch size and learning rate that work for small LoRA tunes.

The hosted service's rule (3 epochs) leaves a small model far from what it was shown; 20 examples
need about 20 passes (docs/decisions/auto-hyperparameters.md).
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

BASE_LEARNING_RATE = 2e-3
"""Peak learning rate at multiplier 1; LoRA r=16, cosine."""
DPO_LEARNING_RATE = 2e-4
"""The same for `dpo`: it moves away from an adapter or model that answers already."""
DPO_EPOCHS = 3
DPO_BETA = 0.1
MAX_EPOCHS = 50
MAX_BATCH_SIZE = 256
MAX_LEARNING_RATE_MULTIPLIER = 100.0
MIN_VIEWS, MAX_VIEWS = 10, 25
"""How often a small set's examples are seen (docs/decisions/auto-hyperparameters.md)."""
CORE = ("n_epochs", "batch_size", "learning_rate_multiplier")
"""Those every job shows; the others only where they were asked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ResolvedHyperparameters:
    """What a job trains with."""

    n_epochs: int
    batch_size: int
    """Examples a step."""
    learning_rate_multiplier: float
    lora_r: int = 16
    """Rank of the adapter."""
    lora_alpha: int = 32
    lora_dropout: float = 0.0
    warmup_ratio: float = 0.05
    """Share of the steps in which the learning rate rises."""
    weight_decay: float = 0.0
    max_grad_norm: float = 1.0
    context_length: int | None = None
    """Longest example, in tokens; the model's own context where None."""
    packing: bool = True
    """Examples always lie end to end and never see each other: nothing learnt depends on it."""
    early_stopping_patience: int | None = None
    """Epochs without a better validation loss after which training ends, and the best epoch's
    adapter is kept; None trains to the end and keeps the last."""
    beta: float | None = None
    """Of `dpo`: how dear it is to move away from where the training began; None is supervised."""

    @property
    def learning_rate(self) -> float:
        """Peak learning rate."""
        return base_learning_rate(is_dpo=self.beta is not None) * self.learning_rate_multiplier

    def as_json(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        """Return them as OpenAI's job object carries them.

        Args:
            asked: What the client sent; options beyond OpenAI's own appear only if they are here.
        """
        shown = {
            name: value
            for name, value in asdict(self).items()
            if name in CORE or name in asked or (name == "beta" and value is not None)
        }
        if "learning_rate" in asked:
            shown["learning_rate"] = self.learning_rate
        return shown


def base_learning_rate(*, is_dpo: bool) -> float:
    """Return the peak learning rate at multiplier 1."""
    return DPO_LEARNING_RATE if is_dpo else BASE_LEARNING_RATE


def resolve_hyperparameters(
    n_examples: int, requested: Mapping[str, Any], *, is_dpo: bool = False
) -> ResolvedHyperparameters:
    """Replace every `auto`.

    Epochs: an example has to be seen about ten times to be learnt, more often where there are
    few (25 times up to 32 examples); from 400 examples on about 4,000 are seen in all, never fewer
    than three times each. Batch: one in twenty examples, from 4 to 16, so that small sets still
    get some hundred steps. `dpo` takes 3 epochs and beta 0.1.

    Args:
        n_examples: Examples in the training file.
        requested: `n_epochs`, `batch_size`, `learning_rate_multiplier`, for dpo `beta`; a number,
            `auto` or missing. And any of `ResolvedHyperparameters`' others, or `learning_rate`
            instead of the multiplier.
        is_dpo: Whether it learns from preferences.
    """
    chosen = {name: value for name, value in requested.items() if value != "auto"}
    often_enough = max(MIN_VIEWS, min(MAX_VIEWS, round(800 / n_examples)))
    epochs = DPO_EPOCHS if is_dpo else max(3, min(often_enough, 4000 // n_examples))
    batch_size = chosen.pop("batch_size", max(4, min(16, n_examples // 20)))
    rate = chosen.pop("learning_rate", None)
    multiplier = 1.0 if rate is None else rate / base_learning_rate(is_dpo=is_dpo)
    beta = chosen.pop("beta", DPO_BETA) if is_dpo else None
    return ResolvedHyperparameters(
        n_epochs=int(chosen.pop("n_epochs", epochs)),
        batch_size=min(int(batch_size), n_examples),
        learning_rate_multiplier=float(chosen.pop("learning_rate_multiplier", multiplier)),
        beta=beta,
        **chosen,
    )
