"""Generation speed: 256 answers with an adapter, ours against transformers' bf16 `generate`.

Run: python benchmarks/generate.py [--answers N] [--rounds N] [--adapter FOLDER]. SmolLM2-135M,
greedy, at most 64 tokens an answer; transformers in batches of 32, padded on the left, prompts
sorted by length. Without --adapter one with small random weights is used: it costs the same. The
sides take turns in one process; tokens are those up to an answer's end. The last line is one JSON
object with the figures.
"""

import argparse
import json
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from chatmill.server.base_models import ensure_base_model
from chatmill.server.device import COMPUTE_ENVIRONMENT, N_TRAINING_THREADS
from measuring import machine

BASE = "smollm2-135m-instruct"
BATCH = 32
MAX_TOKENS = 64
QUESTIONS = (
    "How many sockets has the W5500?",
    "W5500의 소켓은 몇 개인가요?",
    "What is the largest buffer of a socket, and how is it set for all of them at once?",
    "SPI 클럭은 얼마까지 올릴 수 있나요?",
)


def prompts(chat_format: Any, n: int) -> list[list[int]]:  # noqa: ANN401 - a ChatFormat; torch is imported late
    """Make the token ids of different questions, shortest first."""
    from chatmill.server.training_file import ChatMessage

    system = ChatMessage(role="system", content="You answer questions about the W5500.")
    made = [
        chat_format.prompt(
            [system, ChatMessage(role="user", content=f"{number}. {QUESTIONS[number % 4]}")]
        )
        for number in range(n)
    ]
    return sorted(made, key=len)


def random_adapter(base: Path, folder: Path) -> Path:
    """Write an adapter of rank 16 on all linear layers that changes the answers a little."""
    import torch
    from peft import LoraConfig, get_peft_model
    from transformers import AutoModelForCausalLM

    torch.manual_seed(7)
    network = AutoModelForCausalLM.from_pretrained(base, dtype=torch.bfloat16)
    model = get_peft_model(network, LoraConfig(r=16, lora_alpha=32, target_modules="all-linear"))
    for name, parameter in model.named_parameters():
        if "lora_B" in name:
            parameter.data.normal_(std=0.002)
    model.save_pretrained(folder)
    return folder


class Ours:
    """chatmill's engine, as its server uses it."""

    def __init__(self, base: Path, adapter: Path) -> None:
        from chatmill.server.device import choose_device
        from chatmill.server.generate import GenerationEngine, ServedModel
        from chatmill.server.language_model import LanguageModel

        self.language = LanguageModel(base, choose_device())
        self.language.load_adapter("tuned", adapter)
        self.engine = GenerationEngine(lambda _name: ServedModel(self.language, "tuned"))
        self.engine.start()

    def answer(self, asked: Sequence[list[int]]) -> tuple[int, list[str]]:
        """Return how many tokens were made, and the answers."""
        from chatmill.server.choosing import Sampling
        from chatmill.server.generate import ChatRequest

        sampling = Sampling(max_tokens=MAX_TOKENS, temperature=0)
        waiting = [
            self.engine.submit(ChatRequest(model="tuned", prompt=each, sampling=sampling))
            for each in asked
        ]
        done = [each.result() for each in waiting]
        return sum(each.n_completion_tokens for each in done), [each.text for each in done]


class Theirs:
    """transformers' `generate` on a PEFT model."""

    def __init__(self, base: Path, adapter: Path, chat_format: Any) -> None:  # noqa: ANN401 - a ChatFormat
        import torch
        from peft import PeftModel
        from transformers import AutoModelForCausalLM

        network = AutoModelForCausalLM.from_pretrained(base, dtype=torch.bfloat16)
        self.model = PeftModel.from_pretrained(network, str(adapter)).eval()
        self.chat_format = chat_format

    def answer(self, asked: Sequence[list[int]]) -> tuple[int, list[str]]:
        """Return how many tokens were made, and the answers."""
        n_tokens, texts = 0, []
        for at in range(0, len(asked), BATCH):
            for ids in self._batch(asked[at : at + BATCH]):
                n_tokens += len(ids)
                texts.append(self.chat_format.decode(ids))
        return n_tokens, texts

    def _batch(self, asked: Sequence[list[int]]) -> list[list[int]]:
        import torch

        ends = sorted(self.chat_format.end_ids)
        width = max(len(each) for each in asked)
        padded = [[ends[0]] * (width - len(each)) + each for each in asked]
        mask = [[0] * (width - len(each)) + [1] * len(each) for each in asked]
        with torch.inference_mode():
            made = self.model.generate(
                input_ids=torch.tensor(padded),
                attention_mask=torch.tensor(mask),
                max_new_tokens=MAX_TOKENS,
                do_sample=False,
                eos_token_id=ends,
                pad_token_id=ends[0],
            )[:, width:].tolist()
        return [self._cut(row) for row in made]

    def _cut(self, row: list[int]) -> list[int]:
        for place, token in enumerate(row):
            if token in self.chat_format.end_ids:
                return row[: place + 1]
        return row


def main() -> None:
    """Let the sides take turns over the same questions, and compare."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--answers", type=int, default=256)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--adapter", type=Path)
    asked = parser.parse_args()
    if any(os.environ.get(name) != value for name, value in COMPUTE_ENVIRONMENT.items()):
        environment = {**os.environ, **COMPUTE_ENVIRONMENT}
        os.execve(sys.executable, [sys.executable, *sys.argv], environment)  # noqa: S606 - ourselves
    import torch

    torch.set_num_threads(N_TRAINING_THREADS)
    base = ensure_base_model(BASE)
    with tempfile.TemporaryDirectory() as name:
        adapter = asked.adapter or random_adapter(base, Path(name))
        ours = Ours(base, adapter)
        sides: dict[str, Ours | Theirs] = {
            "chatmill": ours,
            "transformers": Theirs(base, adapter, ours.language.chat_format),
        }
        questions = prompts(ours.language.chat_format, asked.answers)
        speeds: dict[str, list[float]] = {side: [] for side in sides}
        texts: dict[str, list[str]] = {}
        for model in sides.values():
            model.answer(questions[:2])
        for _ in range(asked.rounds):
            for side, model in sides.items():
                began = time.perf_counter()
                n_tokens, texts[side] = model.answer(questions)
                speeds[side].append(n_tokens / (time.perf_counter() - began))
        ours.engine.stop()
    medians = {side: statistics.median(each) for side, each in speeds.items()}
    same = sum(a == b for a, b in zip(texts["chatmill"], texts["transformers"], strict=True))
    figures = {
        **machine(),
        "answers": asked.answers,
        "tokens_per_second": {side: round(speed, 1) for side, speed in medians.items()},
        "times_transformers": round(medians["chatmill"] / medians["transformers"], 2),
        "equal_answers": round(same / asked.answers, 3),
    }
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
