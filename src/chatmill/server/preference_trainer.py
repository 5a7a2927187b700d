"""Direct preference optimisation: the better of two answers becomes likelier than the other.

The loss is TRL's `sigmoid` (Rafailov et al. 2023, equation 7), over rows in which both answers of
a pair lie end to end; TRL's own trainer would compute the logits of whole padded batches.
"""

import math
from collections.abc import Iterable, Sequence
from typing import Any

import torch
from torch.utils.data import DataLoader

from chatmill.server.chat_format import IGNORED, TokenisedExample
from chatmill.server.lora_trainer import (
    LoraTrainer,
    NotFiniteLossError,
    PlannedBatches,
    first_of,
    pack_row,
)

PreferencePair = tuple[TokenisedExample, TokenisedExample]
"""The chat with the better answer, and with the other one."""


class PreferenceTrainer(LoraTrainer):
    """LoraTrainer that learns from pairs.

    Args:
        pairs: What is learnt.
        validation_pairs: What is only measured.
        steps: Indices of the pairs of every step.
        beta: How dear it is to move away from where the training began.
    """

    def __init__(
        self,
        *,
        pairs: Sequence[PreferencePair],
        validation_pairs: Sequence[PreferencePair],
        steps: list[list[int]],
        beta: float,
        **arguments: Any,  # noqa: ANN401 - LoraTrainer's own
    ) -> None:
        super().__init__(batches=PlannedBatches([], []), validation=[], **arguments)
        self.beta = beta
        self.steps = steps
        # The model is still as it starts, even when a checkpoint is loaded next.
        self.rows = self._with_reference(pairs)
        self.validation = self._with_reference(validation_pairs)

    def get_train_dataloader(self) -> DataLoader[Any]:
        """Read the plan in order; Trainer skips what a checkpoint has seen."""
        steps: Any = self.steps
        return DataLoader(steps, batch_size=1, shuffle=False, collate_fn=first_of)

    def training_step(
        self,
        model: Any,  # noqa: ANN401 - a PEFT model
        inputs: Any,  # noqa: ANN401 - the indices of the step's pairs
        num_items_in_batch: Any = None,  # noqa: ANN401 - Trainer's signature
    ) -> torch.Tensor:
        """Add up the gradients of a step's pairs, each weighing the same."""
        del num_items_in_batch
        model.train()
        loss_sum, n_right = 0.0, 0
        for index in inputs:
            loss, is_right = self._loss(model, self.rows[index])
            self.accelerator.backward(loss / len(inputs))
            loss_sum += loss.item()
            n_right += is_right
        self.last_loss, self.last_accuracy = loss_sum / len(inputs), n_right / len(inputs)
        if not math.isfinite(self.last_loss):
            raise NotFiniteLossError(f"step {self.state.global_step + 1}")
        return torch.tensor(self.last_loss)

    @torch.no_grad()  # type: ignore[untyped-decorator] # torch's decorator
    def validate(self) -> tuple[float, float]:
        """Return mean loss, and the share of pairs whose better answer is preferred."""
        self.model.eval()
        found = [self._loss(self.model, row) for row in self.validation]
        self.model.train()
        return (
            sum(loss.item() for loss, _ in found) / len(found),
            sum(is_right for _, is_right in found) / len(found),
        )

    def _loss(self, model: Any, row: dict[str, Any]) -> tuple[torch.Tensor, bool]:  # noqa: ANN401 - a PEFT model
        margin = self.beta * (self._margin(model, row) - row["reference"])
        return -torch.nn.functional.logsigmoid(margin), bool(margin > 0)

    def _margin(self, model: Any, row: dict[str, Any]) -> torch.Tensor:  # noqa: ANN401 - a PEFT model
        """Return how much likelier the better answer is: the difference of log probabilities."""
        inputs = self._prepare_inputs(row)
        whole = model.get_base_model()
        hidden = whole.get_decoder()(
            input_ids=inputs["input_ids"],
            position_ids=inputs["position_ids"],
            buckets=inputs["buckets"],
            use_cache=False,
        ).last_hidden_state[0]  # (n_tokens, n_dims)
        wanted = hidden.index_select(0, inputs["positions"])
        logits = torch.nn.functional.linear(wanted, whole.get_output_embeddings().weight)
        chances = torch.log_softmax(logits.float(), dim=-1)
        told = chances.gather(1, inputs["labels"][:, None])[:, 0]
        return told[: row["n_preferred"]].sum() - told[row["n_preferred"] :].sum()

    @torch.no_grad()  # type: ignore[untyped-decorator] # torch's decorator
    def _with_reference(self, pairs: Iterable[PreferencePair]) -> list[dict[str, Any]]:
        """Lay each pair out, with the margin of the model as it starts."""
        self.model.eval()
        rows = []
        for preferred, other in pairs:
            row = pack_row([preferred, other])
            row["n_preferred"] = sum(label != IGNORED for label in preferred.labels)
            row["reference"] = self._margin(self.model, row).item()
            rows.append(row)
        self.model.train()
        return rows
