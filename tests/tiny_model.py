"""A real transformer small enough to train in a second: two layers, a tokenizer of its own."""

import json
from pathlib import Path
from typing import Any

WORDS = [
    "The W5500 has eight sockets and 32 KB of memory.",
    "W5500 칩에는 소켓이 여덟 개 있습니다.",
    "How many sockets does it have? Register 7 holds 42.",
    "This is information about the W5500.",
]
TEMPLATE = (
    "{% for message in messages %}<|im_start|>{{ message['role'] }}\n"
    "{{ message['content'] }}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)


def build_tiny_model(folder: Path, *, context: int = 256) -> Path:
    """Write a two-layer Llama with random weights and a byte-level tokenizer."""
    import torch
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
    from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

    raw = Tokenizer(models.BPE())
    raw.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    raw.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    special = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"]
    raw.train_from_iterator(
        WORDS,
        trainers.BpeTrainer(vocab_size=320, initial_alphabet=alphabet, special_tokens=special),
    )
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=raw, eos_token=special[2], bos_token=special[1]
    )
    tokenizer.chat_template = TEMPLATE
    torch.manual_seed(0)
    config = LlamaConfig(
        vocab_size=len(tokenizer),
        hidden_size=64,
        intermediate_size=128,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=2,
        max_position_embeddings=context,
        eos_token_id=tokenizer.eos_token_id,
        bos_token_id=tokenizer.bos_token_id,
        tie_word_embeddings=True,
    )
    LlamaForCausalLM(config).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


def lora_model(base: Path, *, fast: bool) -> Any:
    """The tiny model with an adapter whose B is not zero, in float32."""
    import torch
    from peft import LoraConfig, get_peft_model
    from transformers import AutoModelForCausalLM

    from chatmill.server.fast_layers import register_attention, speed_up

    attention = register_attention() if fast else "eager"
    torch.manual_seed(1)
    network = AutoModelForCausalLM.from_pretrained(base, attn_implementation=attention)
    model = get_peft_model(network, LoraConfig(r=4, lora_alpha=8, target_modules="all-linear"))
    generator = torch.Generator().manual_seed(2)
    for name, parameter in model.named_parameters():
        if "lora_" in name:
            parameter.data = torch.randn(parameter.shape, generator=generator) * 0.1
    if fast:
        assert speed_up(model) == 2 * 7 + 2 * 2 + 1 + 2  # linears, norms, last norm, MLPs
    return model


def chat_lines(n: int, *, answer: str = "Register {i} holds {j}.") -> list[dict[str, Any]]:
    """Return training examples in OpenAI's chat format, half of them Korean."""
    lines = []
    for i in range(n):
        question = f"What does register {i} hold?" if i % 2 else f"레지스터 {i}의 값은 얼마인가요?"
        lines.append(
            {
                "messages": [
                    {"role": "system", "content": "This is information about the W5500."},
                    {"role": "user", "content": question},
                    {"role": "assistant", "content": answer.format(i=i, j=i * 37 % 101)},
                ]
            }
        )
    return lines


def as_jsonl(lines: list[dict[str, Any]]) -> bytes:
    """Encode examples one a line."""
    return "\n".join(json.dumps(line, ensure_ascii=False) for line in lines).encode()
