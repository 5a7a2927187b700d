"""The fast operations compute what the plain ones compute, gradients included."""

from pathlib import Path
from typing import Any

import pytest
import torch

from chatmill.server.chat_format import ChatFormat, TokenisedExample
from chatmill.server.fast_layers import (
    AnswerLoss,
    make_buckets,
    register_attention,
)
from chatmill.server.lora_trainer import pack
from chatmill.server.training_file import parse_example
from tiny_model import chat_lines, lora_model


def tokenised(base: Path) -> list[TokenisedExample]:
    """Examples of different lengths."""
    chat_format = ChatFormat.load(base)
    lines = chat_lines(6)
    lines[3]["messages"][1]["content"] *= 4
    return [chat_format.example(parse_example(line, at).messages) for at, line in enumerate(lines)]


def gradients(model: Any) -> dict[str, torch.Tensor]:
    """Gradient of every adapter matrix."""
    return {
        name: parameter.grad.clone()
        for name, parameter in model.named_parameters()
        if parameter.grad is not None
    }


def test_loss_and_gradients_equal_the_plain_model(tiny_base: Path) -> None:
    """Packing, segment attention, fused layers and the chunked loss change speed, nothing else."""
    examples = tokenised(tiny_base)
    plain = lora_model(tiny_base, fast=False)
    n_tokens = 0
    plain_loss = torch.zeros(())
    for example in examples:
        out = plain(
            input_ids=torch.tensor([example.input_ids]), labels=torch.tensor([example.labels])
        )
        n_counted = sum(label != -100 for label in example.labels[1:])
        plain_loss = plain_loss + out.loss * n_counted
        n_tokens += n_counted
    (plain_loss / n_tokens).backward()

    fast = lora_model(tiny_base, fast=True)
    (row,) = pack(examples)
    assert len(row["buckets"]) > 1
    whole = fast.get_base_model()
    hidden = whole.get_decoder()(
        input_ids=row["input_ids"], position_ids=row["position_ids"], buckets=row["buckets"]
    ).last_hidden_state[0]
    loss, n_correct = AnswerLoss.apply(
        hidden[row["positions"]], whole.get_output_embeddings().weight, row["labels"]
    )
    (loss / n_tokens).backward()

    assert loss.item() == pytest.approx(plain_loss.item(), rel=1e-4)
    assert 0 <= int(n_correct) <= n_tokens
    expected, found = gradients(plain), gradients(fast)
    assert expected.keys() == found.keys()
    for name, gradient in expected.items():
        torch.testing.assert_close(found[name], gradient, rtol=1e-3, atol=1e-6)


def test_long_examples_stand_alone() -> None:
    """An example longer than the dense limit shares its attention with nobody."""
    buckets = make_buckets([50, 60, 200, 600, 900])
    assert [bucket.lengths for bucket in buckets] == [(50, 60), (200,), (600,), (900,)]
    assert [bucket.start for bucket in buckets] == [0, 110, 310, 910]


def test_long_example_equals_the_plain_model(tiny_base: Path) -> None:
    """The path for long examples gives the same output as the short one."""
    from transformers import AutoModelForCausalLM

    torch.manual_seed(0)
    ids = torch.randint(3, 300, (1, 700))
    plain = AutoModelForCausalLM.from_pretrained(tiny_base, attn_implementation="eager")
    fast = AutoModelForCausalLM.from_pretrained(tiny_base, attn_implementation=register_attention())
    with torch.no_grad():
        expected = plain(input_ids=ids).logits
        found = fast(input_ids=ids, use_cache=False, buckets=make_buckets([700])).logits
    torch.testing.assert_close(found, expected, rtol=1e-3, atol=1e-4)
