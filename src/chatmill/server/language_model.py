"""A base model and its adapters in memory, with a key-value cache whose rows come and go."""

import json
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F  # noqa: N812 - everybody's name for it

from chatmill.server.chat_format import ChatFormat
from chatmill.server.choosing import Vocabulary
from chatmill.server.device import Device
from chatmill.server.fast_layers import make_buckets, register_attention

SLOT_STEP = 64
"""Places a cache row grows by, in tokens. Rows are used whole: products run on one block."""

Adapter = dict[str, tuple[torch.Tensor, torch.Tensor]]
"""Module name → (A transposed, B transposed and scaled): (n_in, rank), (rank, n_out)."""


class LanguageModel:
    """One base model; adapters are switched by name without touching its weights.

    Args:
        folder: The base model's folder.
        device: Where and in which format it runs.
    """

    def __init__(self, folder: Path, device: Device) -> None:
        from transformers import AutoModelForCausalLM

        self.chat_format = ChatFormat.load(folder)
        self.device = device
        self.network = (
            AutoModelForCausalLM.from_pretrained(
                folder, dtype=device.dtype, attn_implementation=register_attention()
            )
            .to(device.name)
            .eval()
        )
        self.decoder = self.network.get_decoder()
        self.context_tokens = int(
            getattr(self.network.config.get_text_config(), "max_position_embeddings", 2048)
        )
        self._adapters: dict[str, Adapter] = {}
        self._active: Adapter = {}
        self._linears = {
            name: module
            for name, module in self.network.named_modules()
            if isinstance(module, torch.nn.Linear) and not name.endswith("lm_head")
        }
        for name, module in self._linears.items():
            module.forward = _adapted_forward(self, name, module)

    @cached_property
    def vocabulary(self) -> Vocabulary:
        """What the token ids stand for; making it takes a second."""
        n_ids = int(self.network.get_output_embeddings().weight.shape[0])
        return Vocabulary(self.chat_format.tokenizer, n_ids, sorted(self.chat_format.end_ids))

    def load_adapter(self, name: str, folder: Path) -> None:
        """Read a LoRA adapter that PEFT wrote; reading it again changes nothing."""
        from safetensors.torch import load_file

        if name in self._adapters:
            return
        config = json.loads((folder / "adapter_config.json").read_text(encoding="utf-8"))
        scaling = config["lora_alpha"] / config["r"]
        tensors = load_file(folder / "adapter_model.safetensors")
        adapter: Adapter = {}
        for module in self._linears:
            stem = f"base_model.model.{module}.lora_"
            if f"{stem}A.weight" not in tensors:
                continue
            down = tensors[f"{stem}A.weight"].to(self.device.name, self.device.dtype)
            up = tensors[f"{stem}B.weight"].to(self.device.name, torch.float32) * scaling
            adapter[module] = (down.t(), up.to(self.device.dtype).t())
        self._adapters[name] = adapter

    def drop_adapter(self, name: str) -> None:
        """Forget an adapter."""
        self._adapters.pop(name, None)

    def use_adapter(self, name: str | None) -> None:
        """Compute with this adapter from now on; None is the base model alone."""
        self._active = {} if name is None else self._adapters[name]

    def adapter_part(self, module: str) -> tuple[torch.Tensor, torch.Tensor] | None:
        """Return the active adapter's matrices for a module."""
        return self._active.get(module)

    @torch.inference_mode()  # type: ignore[untyped-decorator] # torch's decorator
    def prefill(self, cache: "RowCache", prompts: Sequence[Sequence[int]]) -> torch.Tensor:
        """Read prompts into fresh rows of the cache, packed, without padding.

        Args:
            cache: Gets one row a prompt, in order of `prompts`.
            prompts: Token ids; sorted by length they cost least.

        Returns:
            Logits after each prompt's last token, float, shape (n_prompts, n_vocabulary).
        """
        lengths = [len(prompt) for prompt in prompts]
        cache.begin_prefill(lengths)
        ids = torch.tensor([[token for prompt in prompts for token in prompt]])
        places = torch.tensor([[place for length in lengths for place in range(length)]])
        hidden = self.decoder(
            input_ids=ids.to(self.device.name),
            position_ids=places.to(self.device.name),
            past_key_values=cache,
            use_cache=True,
            buckets=make_buckets(lengths),
        ).last_hidden_state[0]
        cache.end_prefill()
        ends = torch.tensor(lengths).cumsum(0) - 1
        return self._logits(hidden.index_select(0, ends.to(self.device.name)))

    @torch.inference_mode()  # type: ignore[untyped-decorator] # torch's decorator
    def step(self, cache: "RowCache", tokens: Sequence[int]) -> torch.Tensor:
        """Append one token to every row.

        Returns:
            Logits after it, float, shape (n_rows, n_vocabulary).
        """
        cache.begin_step()
        hidden = self.decoder(
            input_ids=torch.tensor(tokens, device=self.device.name)[:, None],
            position_ids=cache.places[:, None],
            past_key_values=cache,
            use_cache=True,
            slot_mask=cache.mask,
        ).last_hidden_state[:, 0]
        cache.end_step()
        return self._logits(hidden)

    def new_cache(self) -> "RowCache":
        """Return an empty cache for this model."""
        return RowCache(self.device)

    def _logits(self, hidden: torch.Tensor) -> torch.Tensor:
        logits: torch.Tensor = self.network.get_output_embeddings()(hidden)
        return logits


class RowCache:
    """Keys and values of the answers in progress, one row each, left-aligned.

    It plays the part of a transformers cache: `update` is called by every attention layer.
    """

    def __init__(self, device: Device) -> None:
        self._device = device
        self._keys: list[torch.Tensor] = []  # a layer: (n_rows, n_key_heads, n_slots, n_dims)
        self._values: list[torch.Tensor] = []
        self._new: list[int] | None = None  # lengths of the prompts being read
        self._pack: tuple[torch.Tensor, torch.Tensor] | None = None
        self._wanted = (0, 0)  # rows and slots every layer must have
        self.lengths: list[int] = []
        self.places = torch.empty(0, dtype=torch.int64)
        self.mask = torch.empty(0)

    def __len__(self) -> int:
        """Return the number of rows."""
        return len(self.lengths)

    def get_seq_length(self, layer_idx: int = 0) -> int:
        """Answer transformers, which asks although places are given."""
        del layer_idx
        return max(self.lengths, default=0)

    def begin_prefill(self, lengths: list[int]) -> None:
        """Expect packed prompts of these lengths."""
        first = len(self.lengths)
        rows = [first + at for at, length in enumerate(lengths) for _ in range(length)]
        slots = [slot for length in lengths for slot in range(length)]
        self._pack = (
            torch.tensor(rows, device=self._device.name),
            torch.tensor(slots, device=self._device.name),
        )
        self._new = lengths
        self._grow(first + len(lengths), max([*lengths, *self.lengths]) + 1)

    def end_prefill(self) -> None:
        """Take the new rows in."""
        self.lengths += self._new or []
        self._new = self._pack = None

    def begin_step(self) -> None:
        """Prepare one more token in every row."""
        self._grow(len(self.lengths), max(self.lengths) + 1)
        self.places = torch.tensor(self.lengths, device=self._device.name)
        slots = torch.arange(self._keys[0].shape[2], device=self._device.name)
        seen = slots[None, :] <= self.places[:, None]
        self.mask = torch.zeros(seen.shape, dtype=self._device.dtype, device=self._device.name)
        self.mask.masked_fill_(~seen, float("-inf"))

    def end_step(self) -> None:
        """Count the token in."""
        self.lengths = [length + 1 for length in self.lengths]

    def keep(self, rows: Sequence[int]) -> None:
        """Drop every row but these, in this order."""
        index = torch.tensor(rows, dtype=torch.int64, device=self._device.name)
        n_slots = _whole_steps(max((self.lengths[row] for row in rows), default=0) + 1)
        for layers in (self._keys, self._values):
            for at, tensor in enumerate(layers):
                layers[at] = tensor[:, :, :n_slots].index_select(0, index)
        self.lengths = [self.lengths[row] for row in rows]

    def update(
        self,
        keys: torch.Tensor,
        values: torch.Tensor,
        layer_idx: int,
        *_others: Any,  # noqa: ANN401 - transformers' signature
        **_named: Any,  # noqa: ANN401 - transformers' signature
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Store a layer's new keys and values; returns what its attention looks at."""
        if layer_idx == len(self._keys):
            shape = (0, keys.shape[1], 0, keys.shape[3])
            self._keys.append(keys.new_empty(shape))
            self._values.append(values.new_empty(shape))
            self._grow_layer(layer_idx)
        stored_keys, stored_values = self._keys[layer_idx], self._values[layer_idx]
        if self._pack is not None:  # keys: (1, n_key_heads, n_tokens, n_dims), packed
            rows, slots = self._pack
            stored_keys[rows, :, slots] = keys[0].transpose(0, 1)
            stored_values[rows, :, slots] = values[0].transpose(0, 1)
            return keys, values
        rows = torch.arange(keys.shape[0], device=keys.device)
        stored_keys[rows, :, self.places] = keys[:, :, 0]
        stored_values[rows, :, self.places] = values[:, :, 0]
        return stored_keys, stored_values

    def _grow(self, n_rows: int, n_slots: int) -> None:
        self._wanted = (n_rows, n_slots)
        for layer in range(len(self._keys)):
            self._grow_layer(layer)

    def _grow_layer(self, layer: int) -> None:
        n_rows, n_slots = self._wanted
        for layers in (self._keys, self._values):
            old = layers[layer]
            if old.shape[0] >= n_rows and old.shape[2] >= n_slots:
                continue
            slots = max(old.shape[2], _whole_steps(n_slots))
            fresh = old.new_zeros((max(old.shape[0], n_rows), old.shape[1], slots, old.shape[3]))
            fresh[: old.shape[0], :, : old.shape[2]] = old
            layers[layer] = fresh


def _whole_steps(n_slots: int) -> int:
    return -(-n_slots // SLOT_STEP) * SLOT_STEP


def _adapted_forward(model: LanguageModel, name: str, module: torch.nn.Linear) -> Any:  # noqa: ANN401 - a forward
    weight, bias = module.weight, module.bias

    def forward(x: torch.Tensor) -> torch.Tensor:
        out = F.linear(x, weight, bias)
        part = model.adapter_part(name)
        if part is not None:
            down, up = part
            rows = x.reshape(-1, x.shape[-1])
            out.view(-1, out.shape[-1]).addmm_(rows @ down, up)
        return out

    return forward
