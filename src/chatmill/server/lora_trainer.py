"""TRL's trainer with packed steps, our loss, and checkpoints published by rename."""

import math
import os
import shutil
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import torch
from torch.utils.data import DataLoader
from transformers import Trainer, TrainerCallback, TrainerControl, TrainerState
from trl import SFTConfig, SFTTrainer

from chatmill.server.chat_format import IGNORED, TokenisedExample
from chatmill.server.fast_layers import AnswerLoss, make_buckets

KEPT_CHECKPOINTS = 3
MICRO_BATCH_TOKENS = 4096
"""Most tokens of one forward pass; a larger step is added up from several."""


class NotFiniteLossError(ArithmeticError):
    """The loss became NaN or infinite."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StepMetrics:
    """What one optimiser step showed."""

    step: int
    total_steps: int
    train_loss: float
    """Mean over the answer tokens of the step, in nats."""
    train_mean_token_accuracy: float
    valid_loss: float | None = None
    """Over the whole validation file, at the last step of each epoch."""
    valid_mean_token_accuracy: float | None = None


class TuningObserver(Protocol):
    """Who watches a run, and may end it."""

    def should_stop(self) -> bool:
        """Tell, before each step, whether to save a checkpoint and stop."""

    def on_step(self, metrics: StepMetrics) -> None:
        """Take note of a finished step."""

    def on_checkpoint(self, folder: Path, step: int) -> None:
        """Take note of a published checkpoint."""


def pack(examples: Sequence[TokenisedExample]) -> list[dict[str, Any]]:
    """Lay examples end to end, shortest first, without padding.

    Returns:
        Packed rows of at most `MICRO_BATCH_TOKENS` tokens (or one longer example): `input_ids` and
        `position_ids` (1, n_tokens), `positions` whose next token counts, `labels`, `buckets`.
    """
    rows: list[list[TokenisedExample]] = [[]]
    n_tokens = 0
    for example in sorted(examples, key=lambda each: len(each.input_ids)):
        if rows[-1] and n_tokens + len(example.input_ids) > MICRO_BATCH_TOKENS:
            rows.append([])
            n_tokens = 0
        rows[-1].append(example)
        n_tokens += len(example.input_ids)
    return [pack_row(row) for row in rows]


def pack_row(row: Sequence[TokenisedExample]) -> dict[str, Any]:
    """Lay examples end to end in the order given; see `pack`."""
    lengths = [len(each.input_ids) for each in row]
    ids = [token for each in row for token in each.input_ids]
    labels = [label for each in row for label in each.labels]
    places = [place for length in lengths for place in range(length)]
    # the first label of an example has no token before it to predict it from
    counted = [at for at, label in enumerate(labels) if label != IGNORED and places[at] > 0]
    return {
        "input_ids": torch.tensor([ids]),
        "position_ids": torch.tensor([places]),
        "positions": torch.tensor(counted) - 1,
        "labels": torch.tensor([labels[at] for at in counted]),
        "buckets": make_buckets(lengths),
    }


def checkpoint_steps(folder: Path) -> list[int]:
    """Return the steps of all published checkpoints, ascending."""
    return sorted(
        int(each.name.removeprefix("step-")) for each in (folder / "checkpoints").glob("step-*")
    )


class PlannedBatches:
    """Packed batches in the order of the plan."""

    def __init__(self, examples: Sequence[TokenisedExample], steps: list[list[int]]) -> None:
        self.examples = examples
        self.steps = steps

    def __len__(self) -> int:
        """Count the steps."""
        return len(self.steps)

    def __getitem__(self, step: int) -> dict[str, Any]:
        """Return one step's packed rows."""
        return {"rows": pack([self.examples[index] for index in self.steps[step]])}


def first_of(batch: list[dict[str, Any]]) -> dict[str, Any]:
    """Unwrap a batch of one step."""
    return batch[0]


class LoraTrainer(SFTTrainer):  # type: ignore[misc] # trl is not read by mypy
    """SFTTrainer with packed steps, our loss, and checkpoints published by rename."""

    def __init__(
        self,
        *,
        batches: PlannedBatches,
        validation: list[dict[str, Any]],
        observer: TuningObserver,
        **arguments: Any,  # noqa: ANN401 - SFTTrainer's own
    ) -> None:
        super().__init__(**arguments)
        self.batches = batches
        self.validation = validation
        self.observer = observer
        self.last_loss = float("nan")
        self.last_accuracy = float("nan")

    def get_train_dataloader(self) -> DataLoader[Any]:
        """Read the plan in order; Trainer skips what a checkpoint has seen."""
        batches: Any = self.batches
        return DataLoader(batches, batch_size=1, shuffle=False, collate_fn=first_of)

    def training_step(
        self,
        model: Any,  # noqa: ANN401 - a PEFT model
        inputs: dict[str, Any],
        num_items_in_batch: Any = None,  # noqa: ANN401 - Trainer's signature
    ) -> torch.Tensor:
        """Add up the gradients of a step's packed rows, each answer token weighing the same."""
        del num_items_in_batch
        model.train()
        n_answer_tokens = sum(len(row["labels"]) for row in inputs["rows"])
        loss_sum, n_correct = 0.0, 0
        for row in inputs["rows"]:
            loss, correct = self.compute_loss(model, self._prepare_inputs(row), return_outputs=True)
            self.accelerator.backward(loss / n_answer_tokens)
            loss_sum += loss.item()
            n_correct += int(correct)
        self.last_loss = loss_sum / n_answer_tokens
        self.last_accuracy = n_correct / n_answer_tokens
        if not math.isfinite(self.last_loss):
            raise NotFiniteLossError(f"step {self.state.global_step + 1}")
        return torch.tensor(self.last_loss)

    def compute_loss(
        self,
        model: Any,  # noqa: ANN401 - a PEFT model
        inputs: dict[str, Any],
        return_outputs: bool = False,  # noqa: FBT001, FBT002 - Trainer's signature
        num_items_in_batch: Any = None,  # noqa: ANN401 - Trainer's signature
    ) -> Any:  # noqa: ANN401 - as Trainer's: the loss, or the loss and more
        """Run the decoder, then the output layer at positions before answer tokens only."""
        del num_items_in_batch
        whole = model.get_base_model()
        hidden = whole.get_decoder()(
            input_ids=inputs["input_ids"],
            position_ids=inputs["position_ids"],
            buckets=inputs["buckets"],
            use_cache=False,
        ).last_hidden_state[0]  # (n_tokens, n_dims)
        wanted = hidden.index_select(0, inputs["positions"])
        weight = whole.get_output_embeddings().weight
        loss, n_correct = AnswerLoss.apply(wanted, weight, inputs["labels"])
        return (loss, n_correct) if return_outputs else loss

    @torch.no_grad()  # type: ignore[untyped-decorator] # torch's decorator
    def validate(self) -> tuple[float, float]:
        """Return mean loss and accuracy over the answer tokens of the validation file."""
        self.model.eval()
        loss_sum, n_correct, n_tokens = 0.0, 0, 0
        for row in self.validation:
            loss, correct = self.compute_loss(
                self.model, self._prepare_inputs(row), return_outputs=True
            )
            loss_sum += loss.item()
            n_correct += int(correct)
            n_tokens += len(row["labels"])
        self.model.train()
        return loss_sum / n_tokens, n_correct / n_tokens

    def floating_point_ops(self, inputs: dict[str, Any]) -> int:
        """Nobody asks for it here."""
        del inputs
        return 0

    def _save_checkpoint(self, model: Any, trial: Any) -> None:  # noqa: ANN401 - Trainer's signature
        """Write the whole checkpoint aside, publish it by rename, keep the last three."""
        step = self.state.global_step
        folder = Path(self.args.output_dir)
        published = folder / f"step-{step}"

        def write(inside: Path) -> None:
            self.args.output_dir = str(inside)
            try:
                Trainer._save_checkpoint(self, model, trial)  # noqa: SLF001 - TRL would add a card
            finally:
                self.args.output_dir = str(folder)

        if not published.exists():
            publish(published, write, inner=f"checkpoint-{step}")
        for old in checkpoint_steps(folder.parent)[:-KEPT_CHECKPOINTS]:
            if old != self.state.best_global_step:
                shutil.rmtree(folder / f"step-{old}", ignore_errors=True)
        self.observer.on_checkpoint(published, step)


def has_stopped_improving(
    state: TrainerState, n_steps_per_epoch: int, patience: int | None
) -> bool:
    """Tell whether `patience` epochs have passed since the best validation loss.

    It reads nothing but the state that every checkpoint carries, so that a resumed run ends where
    the undisturbed one does.
    """
    if patience is None or state.best_metric is None:
        return False
    return bool(state.global_step - state.best_global_step >= patience * n_steps_per_epoch)


class EachStep(TrainerCallback):  # type: ignore[misc] # transformers is not read by mypy
    """Reports each step, validates and saves at each epoch's end, stops when told to.

    Args:
        observer: Who watches.
        n_steps_per_epoch: Steps of one pass over the data.
        patience: Epochs without a better validation loss after which the run ends.
    """

    trainer: LoraTrainer

    def __init__(
        self, observer: TuningObserver, n_steps_per_epoch: int, patience: int | None
    ) -> None:
        self.observer = observer
        self.n_steps_per_epoch = n_steps_per_epoch
        self.patience = patience

    def on_step_end(
        self,
        args: SFTConfig,
        state: TrainerState,
        control: TrainerControl,
        **_others: Any,  # noqa: ANN401 - Trainer hands over everything it has
    ) -> TrainerControl:
        """Report; at an epoch's end validate and save."""
        del args
        is_epoch_end = state.global_step % self.n_steps_per_epoch == 0
        valid_loss = valid_accuracy = None
        if is_epoch_end and self.trainer.validation:
            valid_loss, valid_accuracy = self.trainer.validate()
            if self.patience and (state.best_metric is None or valid_loss < state.best_metric):
                state.best_metric, state.best_global_step = valid_loss, state.global_step
        self.observer.on_step(
            StepMetrics(
                step=state.global_step,
                total_steps=state.max_steps,
                train_loss=self.trainer.last_loss,
                train_mean_token_accuracy=self.trainer.last_accuracy,
                valid_loss=valid_loss,
                valid_mean_token_accuracy=valid_accuracy,
            )
        )
        should_stop = state.global_step < state.max_steps and self.observer.should_stop()
        control.should_save = is_epoch_end or should_stop
        is_done = has_stopped_improving(state, self.n_steps_per_epoch, self.patience)
        control.should_training_stop = control.should_training_stop or should_stop or is_done
        return control


def publish(target: Path, write: Callable[[Path], Any], *, inner: str = "") -> None:
    """Let `write` fill a folder aside, force it to disk, and give it its name in one step."""
    target.parent.mkdir(parents=True, exist_ok=True)
    aside = Path(tempfile.mkdtemp(dir=target.parent, prefix=f".{target.name}-"))
    try:
        write(aside)
        fresh = aside / inner if inner else aside
        for file in fresh.rglob("*"):
            if file.is_file():
                with file.open("rb") as stream:
                    os.fsync(stream.fileno())
        if target.exists():
            shutil.rmtree(target)
        fresh.replace(target)
        target.chmod(0o755)
    finally:
        shutil.rmtree(aside, ignore_errors=True)
