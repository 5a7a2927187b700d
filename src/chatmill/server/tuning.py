"""LoRA tuning of one model with TRL: packed batches, and the output layer only where it counts."""

import math
import os
import random
import shutil
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import torch
from datasets import Dataset
from torch.utils.data import DataLoader
from transformers import Trainer, TrainerCallback, TrainerControl, TrainerState
from trl import SFTConfig, SFTTrainer

from chatmill.server.chat_format import IGNORED, TokenisedExample
from chatmill.server.device import Device
from chatmill.server.fast_layers import AnswerLoss, make_buckets, register_attention, speed_up
from chatmill.server.hyperparameters import ResolvedHyperparameters

LORA_RANK = 16
LORA_ALPHA = 32
WARMUP_FRACTION = 0.05
MAX_GRADIENT_NORM = 1.0
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


@dataclass(frozen=True, slots=True, kw_only=True)
class TuningRun:
    """Everything a run depends on; the same run on the same CPU gives the same adapter."""

    base_folder: Path
    folder: Path
    """Where `checkpoints/` and `adapter/` go."""
    train: Sequence[TokenisedExample]
    validation: Sequence[TokenisedExample]
    hyperparameters: ResolvedHyperparameters
    seed: int
    device: Device


@dataclass(frozen=True, slots=True, kw_only=True)
class TuningResult:
    """How a run ended."""

    is_finished: bool
    """False when the observer stopped it."""
    trained_tokens: int
    """Tokens of the training file times epochs."""
    adapter: Path | None


def plan_steps(
    n_examples: int, hyperparameters: ResolvedHyperparameters, seed: int
) -> list[list[int]]:
    """Return the examples (by index) of every step of every epoch; depends on nothing else."""
    batch_size = hyperparameters.batch_size
    steps: list[list[int]] = []
    for epoch in range(hyperparameters.n_epochs):
        order = list(range(n_examples))
        random.Random(seed * 1_000_003 + epoch).shuffle(order)  # noqa: S311 - an order, not a secret
        steps += [order[at : at + batch_size] for at in range(0, n_examples, batch_size)]
    return steps


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
    return [_pack_row(row) for row in rows]


def _pack_row(row: Sequence[TokenisedExample]) -> dict[str, Any]:
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


def tune(run: TuningRun, observer: TuningObserver) -> TuningResult:
    """Train until the end or until the observer stops it; resumes from the newest checkpoint.

    Raises:
        NotFiniteLossError: Training diverged.
    """
    adapter = run.folder / "adapter"
    trained_tokens = run.hyperparameters.n_epochs * sum(len(each.input_ids) for each in run.train)
    trainer = _make_trainer(run, observer)
    checkpoint = newest_checkpoint(run.folder)
    trainer.train(resume_from_checkpoint=None if checkpoint is None else str(checkpoint))
    if trainer.state.global_step < trainer.state.max_steps:
        return TuningResult(is_finished=False, trained_tokens=0, adapter=None)
    _publish(adapter, trainer.model.save_pretrained)
    return TuningResult(is_finished=True, trained_tokens=trained_tokens, adapter=adapter)


def newest_checkpoint(folder: Path) -> Path | None:
    """Return the last published checkpoint of a job folder."""
    found = checkpoint_steps(folder)
    return folder / "checkpoints" / f"step-{found[-1]}" if found else None


def checkpoint_steps(folder: Path) -> list[int]:
    """Return the steps of all published checkpoints, ascending."""
    return sorted(
        int(each.name.removeprefix("step-")) for each in (folder / "checkpoints").glob("step-*")
    )


def _make_trainer(run: TuningRun, observer: TuningObserver) -> "_LoraTrainer":
    from peft import LoraConfig, get_peft_model
    from transformers import AutoModelForCausalLM, AutoTokenizer, set_seed

    set_seed(run.seed)
    network = AutoModelForCausalLM.from_pretrained(
        run.base_folder, dtype=run.device.dtype, attn_implementation=register_attention()
    ).to(run.device.name)
    lora = LoraConfig(
        r=LORA_RANK, lora_alpha=LORA_ALPHA, target_modules="all-linear", task_type="CAUSAL_LM"
    )
    model = get_peft_model(network, lora)  # adapters in float32, cast for each product
    speed_up(model)
    steps = plan_steps(len(run.train), run.hyperparameters, run.seed)
    workplace = run.folder / "checkpoints"
    workplace.mkdir(parents=True, exist_ok=True)
    for leftover in workplace.glob(".*"):
        shutil.rmtree(leftover, ignore_errors=True)
    config = SFTConfig(
        output_dir=str(workplace),
        num_train_epochs=1,  # the plan holds all epochs, so that a resumed run skips exactly
        per_device_train_batch_size=1,
        learning_rate=run.hyperparameters.learning_rate,
        lr_scheduler_type="cosine",
        warmup_steps=math.ceil(len(steps) * WARMUP_FRACTION),
        max_grad_norm=MAX_GRADIENT_NORM,
        weight_decay=0.0,
        optim="adamw_torch_fused",
        logging_strategy="no",
        save_strategy="no",
        eval_strategy="no",
        report_to="none",
        disable_tqdm=True,
        bf16=False,  # the weights are bfloat16 already; autocast would only convert back and forth
        gradient_checkpointing=False,
        remove_unused_columns=False,
        dataset_kwargs={"skip_prepare_dataset": True},
        max_length=None,
        seed=run.seed,
        use_cpu=run.device.name == "cpu",
    )
    n_steps_per_epoch = len(steps) // run.hyperparameters.n_epochs
    each_step = _EachStep(observer, n_steps_per_epoch)
    trainer = _LoraTrainer(
        model=model,
        args=config,
        train_dataset=Dataset.from_list(
            [{"input_ids": each.input_ids, "labels": each.labels} for each in run.train]
        ),
        data_collator=_first,
        processing_class=AutoTokenizer.from_pretrained(run.base_folder),
        callbacks=[each_step],
        batches=_PlannedBatches(run.train, steps),
        validation=pack(run.validation) if run.validation else [],
        observer=observer,
    )
    each_step.trainer = trainer
    return trainer


class _PlannedBatches:
    """Packed batches in the order of the plan."""

    def __init__(self, examples: Sequence[TokenisedExample], steps: list[list[int]]) -> None:
        self.examples = examples
        self.steps = steps

    def __len__(self) -> int:
        return len(self.steps)

    def __getitem__(self, step: int) -> dict[str, Any]:
        return {"rows": pack([self.examples[index] for index in self.steps[step]])}


def _first(batch: list[dict[str, Any]]) -> dict[str, Any]:
    return batch[0]


class _LoraTrainer(SFTTrainer):  # type: ignore[misc] # trl is not read by mypy
    """SFTTrainer with packed steps, our loss, and checkpoints published by rename."""

    def __init__(
        self,
        *,
        batches: _PlannedBatches,
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
        return DataLoader(batches, batch_size=1, shuffle=False, collate_fn=_first)

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
            _publish(published, write, inner=f"checkpoint-{step}")
        for old in checkpoint_steps(folder.parent)[:-KEPT_CHECKPOINTS]:
            shutil.rmtree(folder / f"step-{old}", ignore_errors=True)
        self.observer.on_checkpoint(published, step)


class _EachStep(TrainerCallback):  # type: ignore[misc] # transformers is not read by mypy
    """Reports each step, validates and saves at each epoch's end, stops when told to."""

    trainer: _LoraTrainer

    def __init__(self, observer: TuningObserver, n_steps_per_epoch: int) -> None:
        self.observer = observer
        self.n_steps_per_epoch = n_steps_per_epoch

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
        control.should_training_stop = control.should_training_stop or should_stop
        return control


def _publish(target: Path, write: Callable[[Path], Any], *, inner: str = "") -> None:
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
