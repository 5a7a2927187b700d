"""LoRA tuning of one model with TRL: packed batches, and the output layer only where it counts."""

import math
import random
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from datasets import Dataset
from trl import SFTConfig

from chatmill.server.chat_format import TokenisedExample
from chatmill.server.device import Device
from chatmill.server.fast_layers import register_attention, speed_up
from chatmill.server.hyperparameters import ResolvedHyperparameters
from chatmill.server.lora_trainer import (
    EachStep,
    LoraTrainer,
    PlannedBatches,
    TuningObserver,
    checkpoint_steps,
    first_of,
    pack,
    publish,
)

LORA_RANK = 16
LORA_ALPHA = 32
WARMUP_FRACTION = 0.05
MAX_GRADIENT_NORM = 1.0


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
    publish(adapter, trainer.model.save_pretrained)
    return TuningResult(is_finished=True, trained_tokens=trained_tokens, adapter=adapter)


def newest_checkpoint(folder: Path) -> Path | None:
    """Return the last published checkpoint of a job folder."""
    found = checkpoint_steps(folder)
    return folder / "checkpoints" / f"step-{found[-1]}" if found else None


def _make_trainer(run: TuningRun, observer: TuningObserver) -> LoraTrainer:
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
    n_steps_per_epoch = len(steps) // run.hyperparameters.n_epochs
    each_step = EachStep(observer, n_steps_per_epoch)
    trainer = LoraTrainer(
        model=model,
        args=_config(run, workplace, len(steps)),
        train_dataset=Dataset.from_list(
            [{"input_ids": each.input_ids, "labels": each.labels} for each in run.train]
        ),
        data_collator=first_of,
        processing_class=AutoTokenizer.from_pretrained(run.base_folder),
        callbacks=[each_step],
        batches=PlannedBatches(run.train, steps),
        validation=pack(run.validation) if run.validation else [],
        observer=observer,
    )
    each_step.trainer = trainer
    return trainer


def _config(run: TuningRun, workplace: Path, n_steps: int) -> SFTConfig:
    return SFTConfig(
        output_dir=str(workplace),
        num_train_epochs=1,  # the plan holds all epochs, so that a resumed run skips exactly
        per_device_train_batch_size=1,
        learning_rate=run.hyperparameters.learning_rate,
        lr_scheduler_type="cosine",
        warmup_steps=math.ceil(n_steps * WARMUP_FRACTION),
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
