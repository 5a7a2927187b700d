"""Answers from the row cache equal transformers' own, with and without an adapter."""

from pathlib import Path

import pytest
import torch

from chatmill.server.device import Device
from chatmill.server.language_model import LanguageModel
from tiny_model import lora_model

CPU = Device(name="cpu", dtype_name="float32")
PROMPTS = [[5, 6, 7], [9, 10, 11, 12, 13, 14, 15], [20], [30, 31, 32, 33]]
N_NEW = 70
"""Long enough for the cache to grow once."""


def greedy(language: LanguageModel) -> list[list[int]]:
    """Continue every prompt, dropping the second row half way."""
    cache = language.new_cache()
    logits = language.prefill(cache, PROMPTS[:3])
    logits = torch.cat([logits, language.prefill(cache, PROMPTS[3:])])
    answers: list[list[int]] = [[] for _ in PROMPTS]
    rows = list(range(len(PROMPTS)))
    for step in range(N_NEW):
        tokens = logits.argmax(-1).tolist()
        for row, token in zip(rows, tokens, strict=True):
            answers[row].append(token)
        if step == N_NEW // 2:
            kept = [at for at, row in enumerate(rows) if row != 1]
            cache.keep(kept)
            rows = [rows[at] for at in kept]
            tokens = [tokens[at] for at in kept]
        logits = language.step(cache, tokens)
    return answers


@pytest.mark.parametrize("with_adapter", [False, True])
def test_cached_answers_equal_transformers(
    tiny_base: Path, tmp_path: Path, *, with_adapter: bool
) -> None:
    """Packing, growing and dropping rows never change what is said."""
    plain = lora_model(tiny_base, fast=False)
    plain.save_pretrained(tmp_path / "adapter")
    language = LanguageModel(tiny_base, CPU)
    if with_adapter:
        language.load_adapter("tuned", tmp_path / "adapter")
        language.use_adapter("tuned")
        reference = plain
    else:
        reference = plain.unload()
    found = greedy(language)
    for at, prompt in enumerate(PROMPTS):
        ids = torch.tensor([prompt])
        with torch.no_grad():
            for _ in range(len(found[at])):
                token = reference(input_ids=ids).logits[0, -1].argmax()
                ids = torch.cat([ids, token.view(1, 1)], dim=1)
        assert found[at] == ids[0, len(prompt) :].tolist()
