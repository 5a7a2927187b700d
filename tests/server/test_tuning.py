"""One training run: early stopping, the best checkpoint, and going on after a stop."""

import hashlib
import json
from dataclasses import dataclass, field, replace
from pathlib import Path

from chatmill.server.chat_format import ChatFormat, TokenisedExample
from chatmill.server.device import choose_device
from chatmill.server.hyperparameters import ResolvedHyperparameters
from chatmill.server.lora_trainer import StepMetrics, checkpoint_steps
from chatmill.server.training_file import read_preference_file, read_training_file
from chatmill.server.tuning import TuningResult, TuningRun, tune
from tiny_model import as_jsonl, chat_lines


@dataclass
class Watcher:
    """Notes the steps, and stops a run after one of them."""

    stop_after: int = 0
    seen: list[StepMetrics] = field(default_factory=list)

    def should_stop(self) -> bool:
        """Stop after the step that was named."""
        return self.seen[-1].step == self.stop_after

    def on_step(self, metrics: StepMetrics) -> None:
        """Note it."""
        self.seen.append(metrics)

    def on_checkpoint(self, folder: Path, step: int) -> None:
        """Checkpoints are looked up on disk."""


def test_training_stops_when_validation_gets_worse(tmp_path: Path, tiny_base: Path) -> None:
    """What is validated contradicts what is learnt: the run ends early and keeps its best epoch."""
    run = _run(tmp_path, tiny_base, contradicting=True)
    run = replace(
        run, hyperparameters=replace(run.hyperparameters, n_epochs=12, early_stopping_patience=2)
    )
    watcher = Watcher()
    result = tune(run, watcher)
    losses = {each.step: each.valid_loss for each in watcher.seen if each.valid_loss is not None}
    best = min(losses, key=lambda step: losses[step])
    assert result.best_step == best
    assert result.stopped_at == best + 2 * 3 == watcher.seen[-1].step < 12 * 3
    kept = tmp_path / "checkpoints" / f"step-{best}"
    assert _sha256(result) == _sha256_of(kept)
    assert result.trained_tokens * 3 == result.stopped_at * sum(
        len(each.input_ids) for each in run.train
    )
    # killed between the last checkpoint and the result: nothing is trained on
    again = Watcher()
    assert tune(run, again) == result
    assert again.seen == []


def test_the_best_epoch_outlives_a_stop(tmp_path: Path, tiny_base: Path) -> None:
    """Stopped past the best epoch and resumed, the run keeps the adapter it would have kept."""
    whole = _run(tmp_path / "whole", tiny_base, contradicting=True)
    hyperparameters = replace(whole.hyperparameters, n_epochs=12, early_stopping_patience=4)
    undisturbed = tune(replace(whole, hyperparameters=hyperparameters), Watcher())
    assert undisturbed.best_step is not None
    run = replace(whole, folder=tmp_path / "cut", hyperparameters=hyperparameters)
    assert not tune(run, Watcher(stop_after=undisturbed.best_step + 8)).is_finished
    resumed = tune(run, Watcher())
    assert resumed.best_step == undisturbed.best_step
    assert resumed.best_step in checkpoint_steps(run.folder)
    assert _sha256(resumed) == _sha256(undisturbed)


def test_preferences_go_on_after_a_stop(tmp_path: Path, tiny_base: Path) -> None:
    """A `dpo` run stopped amid an epoch ends with the adapter of the undisturbed one."""
    lines = [
        {
            "input": {"messages": line["messages"][:2]},
            "preferred_output": [line["messages"][2]],
            "non_preferred_output": [{"role": "assistant", "content": "모릅니다."}],
        }
        for line in chat_lines(10)
    ]
    path = tmp_path / "pairs.jsonl"
    path.write_bytes(as_jsonl(lines))
    chat_format = ChatFormat.load(tiny_base)
    pairs = [
        (chat_format.example(each.preferred), chat_format.example(each.other))
        for each in read_preference_file(path)
    ]
    whole = replace(
        _run(tmp_path / "whole", tiny_base),
        train=[],
        preferences=pairs,
        hyperparameters=ResolvedHyperparameters(
            n_epochs=3, batch_size=4, learning_rate_multiplier=1.0, beta=0.1, lora_dropout=0.1
        ),
    )
    undisturbed = tune(whole, Watcher())
    cut = replace(whole, folder=tmp_path / "cut")
    assert not tune(cut, Watcher(stop_after=4)).is_finished
    resumed = Watcher()
    result = tune(cut, resumed)
    assert [each.step for each in resumed.seen] == [5, 6, 7, 8, 9]
    assert _sha256(result) == _sha256(undisturbed)


def _run(folder: Path, base: Path, *, contradicting: bool = False) -> TuningRun:
    folder.mkdir(exist_ok=True)
    train = _tokenised(folder / "train.jsonl", base, "Register {i} holds {j}.")
    other = "모릅니다. {j}" if contradicting else "Register {i} holds {j}."
    return TuningRun(
        base_folder=base,
        folder=folder,
        train=train,
        validation=_tokenised(folder / "validation.jsonl", base, other)[:3],
        hyperparameters=ResolvedHyperparameters(
            n_epochs=3, batch_size=4, learning_rate_multiplier=4.0
        ),
        seed=7,
        device=choose_device(),
    )


def _tokenised(path: Path, base: Path, answer: str) -> list[TokenisedExample]:
    path.write_bytes(as_jsonl(chat_lines(12, answer=answer)))
    chat_format = ChatFormat.load(base)
    return [chat_format.example(each.messages) for each in read_training_file(path)]


def _sha256(result: TuningResult) -> str:
    assert result.adapter is not None
    assert json.loads((result.adapter / "adapter_config.json").read_text())["r"] == 16
    return _sha256_of(result.adapter)


def _sha256_of(folder: Path) -> str:
    return hashlib.sha256((folder / "adapter_model.safetensors").read_bytes()).hexdigest()
