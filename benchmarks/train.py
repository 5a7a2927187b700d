"""Training speed: ours against TRL's defaults and TRL's best settings, in one run.

Run: python benchmarks/train.py [--steps N] [--rounds N]. SmolLM2-135M, LoRA rank 16 on all linear
layers, 200 generated chats of 80 to 250 tokens, eight a step, the same data and machine for all;
each side in a process of its own. Counted are non-padding tokens after the first two steps. The
last line is one JSON object with the figures.
"""

import argparse
import json
import os
import random
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from chatmill.server.base_models import ensure_base_model
from chatmill.server.device import COMPUTE_ENVIRONMENT, N_TRAINING_THREADS
from measuring import machine

BASE = "smollm2-135m-instruct"
N_CHATS = 200
BATCH = 8
N_WARM = 2
"""Steps before the clock starts."""
SEED = 7
SIDES = ("trl defaults", "trl best", "chatmill")
TEMPLATE = (
    "{% for message in messages %}{% if message['role'] == 'assistant' %}"
    "<|im_start|>assistant\n{% generation %}{{ message['content'] }}<|im_end|>{% endgeneration %}\n"
    "{% else %}<|im_start|>{{ message['role'] }}\n{{ message['content'] }}<|im_end|>\n"
    "{% endif %}{% endfor %}"
)
WORDS = ("the", "chip", "has", "eight", "sockets", "소켓", "and", "a", "buffer", "of", "32", "KB")
PEAK_SHAPE = (1200, 576, 1536)
"""Rows of a step, and two widths of the model's products."""


def chats() -> list[dict[str, Any]]:
    """Make chats of the lengths of support answers; the words are of no matter to the speed."""
    chance = random.Random(SEED)  # noqa: S311 - lengths, not a secret
    made = []
    for number in range(N_CHATS):
        n_question, n_answer = chance.randint(15, 60), chance.randint(30, 150)
        made.append(
            {
                "messages": [
                    {"role": "system", "content": "You answer questions about the W5500."},
                    {
                        "role": "user",
                        "content": f"{number} {' '.join(chance.choices(WORDS, k=n_question))}?",
                    },
                    {
                        "role": "assistant",
                        "content": f"{' '.join(chance.choices(WORDS, k=n_answer))}.",
                    },
                ]
            }
        )
    return made


class Clock:
    """Times steps, and counts the tokens of those after the first."""

    def __init__(self) -> None:
        self.ends: list[float] = []

    def should_stop(self) -> bool:
        """Let the plan end the run."""
        return False

    def on_step(self, metrics: object) -> None:
        """Note the end of a step."""
        del metrics
        self.ends.append(time.perf_counter())

    def on_checkpoint(self, folder: Path, step: int) -> None:
        """Saving is part of the time."""

    def tokens_per_second(self, tokens_of_steps: list[int]) -> float:
        """Return the speed after the warm steps."""
        counted = sum(tokens_of_steps[N_WARM : len(self.ends)])
        return counted / (self.ends[-1] - self.ends[N_WARM - 1])


def run_ours(base: Path, n_steps: int) -> float:
    """Train with chatmill's trainer; returns tokens per second."""
    from chatmill.server.chat_format import ChatFormat
    from chatmill.server.device import choose_device
    from chatmill.server.hyperparameters import ResolvedHyperparameters
    from chatmill.server.training_file import read_training_file
    from chatmill.server.tuning import TuningRun, plan_steps, tune

    chat_format = ChatFormat.load(base)
    with tempfile.TemporaryDirectory() as name:
        file = Path(name) / "train.jsonl"
        file.write_text("".join(json.dumps(each) + "\n" for each in chats()[: n_steps * BATCH]))
        train = [chat_format.example(each.messages) for each in read_training_file(file)]
        asked = ResolvedHyperparameters(n_epochs=1, batch_size=BATCH, learning_rate_multiplier=1.0)
        clock = Clock()
        tune(
            TuningRun(
                base_folder=base,
                folder=Path(name),
                train=train,
                validation=[],
                hyperparameters=asked,
                seed=SEED,
                device=choose_device(),
            ),
            clock,
        )
        steps = plan_steps(len(train), asked, SEED)
        return clock.tokens_per_second(
            [sum(len(train[at].input_ids) for at in step) for step in steps]
        )


def run_trl(base: Path, n_steps: int, *, is_best: bool) -> float:
    """Train with TRL, as it comes or with the settings found fastest; returns tokens per second."""
    import torch
    from datasets import Dataset
    from peft import LoraConfig
    from transformers import AutoModelForCausalLM, AutoTokenizer, TrainerCallback
    from trl import SFTConfig, SFTTrainer

    clock = Clock()
    n_tokens: list[int] = []

    class Timed(SFTTrainer):  # type: ignore[misc] # trl is not read by mypy
        def training_step(self, model: Any, inputs: Any, *others: Any) -> Any:  # noqa: ANN401 - Trainer's
            n_tokens.append(int(inputs["attention_mask"].sum()))
            return super().training_step(model, inputs, *others)

    class Tell(TrainerCallback):  # type: ignore[misc] # transformers is not read by mypy
        def on_step_end(self, *_: Any, **__: Any) -> None:  # noqa: ANN401 - Trainer's
            clock.on_step(None)

    tokenizer = AutoTokenizer.from_pretrained(base)
    tokenizer.chat_template = TEMPLATE
    best: dict[str, Any] = {
        "gradient_checkpointing": False,
        "assistant_only_loss": True,
        "train_sampling_strategy": "group_by_length",
    }
    dtype = torch.bfloat16 if is_best else torch.float32
    with tempfile.TemporaryDirectory() as folder:
        arguments = SFTConfig(
            output_dir=folder,
            per_device_train_batch_size=BATCH,
            max_steps=n_steps,
            learning_rate=2e-3,
            save_strategy="no",
            report_to="none",
            disable_tqdm=True,
            bf16=False,
            use_cpu=True,
            seed=SEED,
            **(best if is_best else {}),
        )
        trainer = Timed(
            model=AutoModelForCausalLM.from_pretrained(base, dtype=dtype),
            args=arguments,
            train_dataset=Dataset.from_list(chats()),
            processing_class=tokenizer,
            peft_config=LoraConfig(r=16, lora_alpha=32, target_modules="all-linear"),
            callbacks=[Tell()],
        )
        trainer.train()
    return clock.tokens_per_second(n_tokens)


def peak_flops() -> float:
    """Return the machine's bf16 matrix product rate at the model's sizes, FLOP/s, best of many."""
    import torch

    rows, inner, columns = PEAK_SHAPE
    left = torch.randn(rows, inner, dtype=torch.bfloat16)
    right = torch.randn(inner, columns, dtype=torch.bfloat16)
    best = float("inf")
    for _ in range(100):
        began = time.perf_counter()
        torch.mm(left, right)
        best = min(best, time.perf_counter() - began)
    return 2 * rows * inner * columns / best


def n_parameters(base: Path) -> int:
    """Count the base model's parameters."""
    from safetensors import safe_open

    total = 0
    for file in base.glob("*.safetensors"):
        with safe_open(file, framework="np") as tensors:
            for name in tensors.keys():  # noqa: SIM118 - not a dictionary
                size = 1
                for length in tensors.get_slice(name).get_shape():
                    size *= length
                total += size
    return total


def one_side(side: str, n_steps: int) -> None:
    """Measure one side in this process, and print its figures."""
    import torch

    torch.set_num_threads(N_TRAINING_THREADS)
    base = ensure_base_model(BASE)
    if side == "peak":
        figures = {"flops": peak_flops(), "n_parameters": n_parameters(base)}
    else:
        speed = (
            run_ours(base, n_steps)
            if side == "chatmill"
            else run_trl(base, n_steps, is_best=side == "trl best")
        )
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2
        figures = {"tokens_per_second": speed, "peak_gb": peak}
    print(json.dumps(figures))


def measure(side: str, n_steps: int) -> dict[str, float]:
    """Run one side in a process of its own; chatmill's as its server starts it."""
    environment = {**os.environ, **(COMPUTE_ENVIRONMENT if side == "chatmill" else {})}
    command = [sys.executable, __file__, "--side", side, "--steps", str(n_steps)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)  # noqa: S603 - ourselves
    if done.returncode:
        raise RuntimeError(f"{side}: {done.stderr[-2000:]}")
    found: dict[str, float] = json.loads(done.stdout.strip().splitlines()[-1])
    return found


def main() -> None:
    """Measure every side in turn, several rounds, and compare."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--steps", type=int, default=12)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--side")
    asked = parser.parse_args()
    if asked.side:
        one_side(asked.side, asked.steps)
        return
    ensure_base_model(BASE)
    peak = measure("peak", 0)
    rounds = [{side: measure(side, asked.steps) for side in SIDES} for _ in range(asked.rounds)]
    speeds = {
        side: statistics.median(each[side]["tokens_per_second"] for each in rounds)
        for side in SIDES
    }
    share = 4 * peak["n_parameters"] * speeds["chatmill"] / peak["flops"]
    figures = {
        **machine(),
        "steps": asked.steps,
        "tokens_per_second": {side: round(speed, 1) for side, speed in speeds.items()},
        "times_trl_defaults": round(speeds["chatmill"] / speeds["trl defaults"], 2),
        "times_trl_best": round(speeds["chatmill"] / speeds["trl best"], 2),
        "share_of_bf16_peak": round(share, 3),
        "bf16_peak_tflops": round(peak["flops"] / 1e12, 3),
        "peak_gb": {side: round(max(r[side]["peak_gb"] for r in rounds), 2) for side in SIDES},
    }
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
