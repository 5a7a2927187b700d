"""LoRA tuning of one model with TRL: packed batches, and the output layer only where it counts."""

import json
import math
import random
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from datasets import Dataset
from transformers import TrainerState
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
    has_stopped_improving,
    pack,
    publish,
)
from chatmill.server.preference_trainer import PreferencePair, PreferenceTrainer

ADAPTER_CONFIG = "adapter_config.json"


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
    start_adapter: Path | None = None
    """The adapter that is trained further; a fresh one when None."""
    preferences: Sequence[PreferencePair] = ()
    """What `dpo` learns from, instead of `train`."""
    validation_preferences: Sequence[PreferencePair] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class TuningResult:
    """How a run ended."""

    is_finished: bool
    """False when the observer stopped it."""
    trained_tokens: int
    """Tokens of the training file times the epochs trained."""
    adapter: Path | None
    stopped_at: int | None = None
    """The step at which the validation loss had stopped improving; None for a full run."""
    best_step: int | None = None
    """The step whose adapter was kept, where the validation loss decided."""


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
    learnt = [*run.train, *(each for pair in run.preferences for each in pair)]
    tokens_per_epoch = sum(len(each.input_ids) for each in learnt)
    checkpoint = newest_checkpoint(run.folder)
    if checkpoint is None or not _is_complete(run, checkpoint):
        trainer = _make_trainer(run, observer)
        trainer.train(resume_from_checkpoint=None if checkpoint is None else str(checkpoint))
        checkpoint = newest_checkpoint(run.folder)
    if checkpoint is None or not _is_complete(run, checkpoint):
        return TuningResult(is_finished=False, trained_tokens=0, adapter=None)
    state = _state_of(checkpoint)
    best = state.best_global_step if state.best_metric is not None else None
    kept = checkpoint if best is None else checkpoint.with_name(f"step-{best}")
    n_epochs = state.global_step // _steps_per_epoch(run)
    return TuningResult(
        is_finished=True,
        trained_tokens=n_epochs * tokens_per_epoch,
        adapter=_publish_adapter(kept, run.folder / "adapter"),
        stopped_at=state.global_step if state.global_step < state.max_steps else None,
        best_step=best,
    )


def _is_complete(run: TuningRun, checkpoint: Path) -> bool:
    """Tell whether nothing is left to train after a checkpoint."""
    state = _state_of(checkpoint)
    patience = run.hyperparameters.early_stopping_patience
    return state.global_step >= state.max_steps or has_stopped_improving(
        state, _steps_per_epoch(run), patience
    )


def _state_of(checkpoint: Path) -> TrainerState:
    return TrainerState.load_from_json(str(checkpoint / "trainer_state.json"))


def _steps_per_epoch(run: TuningRun) -> int:
    return math.ceil(len(run.preferences or run.train) / run.hyperparameters.batch_size)


def _publish_adapter(checkpoint: Path, adapter: Path) -> Path:
    """Give a checkpoint's adapter, without the optimiser's state, the name of the result."""

    def write(folder: Path) -> None:
        for file in sorted(checkpoint.glob("adapter_*")):
            shutil.copyfile(file, folder / file.name)
        config = json.loads((folder / ADAPTER_CONFIG).read_text(encoding="utf-8"))
        # PEFT writes a set in the order of this process's hashes
        config["target_modules"] = sorted(config["target_modules"])
        (folder / ADAPTER_CONFIG).write_text(json.dumps(config, indent=2), encoding="utf-8")

    publish(adapter, write)
    return adapter


def newest_checkpoint(folder: Path) -> Path | None:
    """Return the last published checkpoint of a job folder."""
    found = checkpoint_steps(folder)
    return folder / "checkpoints" / f"step-{found[-1]}" if found else None


def _make_trainer(run: TuningRun, observer: TuningObserver) -> LoraTrainer:
    from transformers import AutoTokenizer

    model = _make_model(run)
    n_examples = len(run.preferences or run.train)
    steps = plan_steps(n_examples, run.hyperparameters, run.seed)
    workplace = run.folder / "checkpoints"
    workplace.mkdir(parents=True, exist_ok=True)
    for leftover in workplace.glob(".*"):
        shutil.rmtree(leftover, ignore_errors=True)
    patience = run.hyperparameters.early_stopping_patience
    each_step = EachStep(observer, _steps_per_epoch(run), patience)
    arguments: dict[str, Any] = {
        "model": model,
        "args": _config(run, workplace, len(steps)),
        "train_dataset": Dataset.from_list([{"input_ids": [0], "labels": [0]}] * n_examples),
        "data_collator": first_of,
        "processing_class": AutoTokenizer.from_pretrained(run.base_folder),
        "callbacks": [each_step],
        "observer": observer,
    }
    trainer: LoraTrainer
    if run.hyperparameters.beta is not None:
        trainer = PreferenceTrainer(
            pairs=run.preferences,
            validation_pairs=run.validation_preferences,
            steps=steps,
            beta=run.hyperparameters.beta,
            **arguments,
        )
    else:
        validation = pack(run.validation) if run.validation else []
        batches = PlannedBatches(run.train, steps)
        trainer = LoraTrainer(batches=batches, validation=validation, **arguments)
    each_step.trainer = trainer
    return trainer


def _make_model(run: TuningRun) -> Any:  # noqa: ANN401 - a PEFT model
    """Load the base model with a fresh adapter, or with the one that is trained further."""
    from peft import LoraConfig, PeftModel, get_peft_model
    from transformers import AutoModelForCausalLM, set_seed

    set_seed(run.seed)
    network = AutoModelForCausalLM.from_pretrained(
        run.base_folder, dtype=run.device.dtype, attn_implementation=register_attention()
    ).to(run.device.name)
    if run.start_adapter is not None:
        model = PeftModel.from_pretrained(network, str(run.start_adapter), is_trainable=True)
    else:
        lora = LoraConfig(
            r=run.hyperparameters.lora_r,
            lora_alpha=run.hyperparameters.lora_alpha,
            lora_dropout=run.hyperparameters.lora_dropout,
            target_modules="all-linear",
            task_type="CAUSAL_LM",
        )
        model = get_peft_model(network, lora)  # adapters in float32, cast for each product
    speed_up(model)
    return model


def _config(run: TuningRun, workplace: Path, n_steps: int) -> SFTConfig:
    return SFTConfig(
        output_dir=str(workplace),
        num_train_epochs=1,  # the plan holds all epochs, so that a resumed run skips exactly
        per_device_train_batch_size=1,
        learning_rate=run.hyperparameters.learning_rate,
        lr_scheduler_type="cosine",
        warmup_steps=math.ceil(n_steps * run.hyperparameters.warmup_ratio),
        max_grad_norm=run.hyperparameters.max_grad_norm,
        weight_decay=run.hyperparameters.weight_decay,
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
