"""The few operations that decide how fast LoRA training is, written out with their gradients.

Everything is packed: a batch is one row of tokens without padding, and only attention looks at
where an example begins and ends. `speed_up` swaps these in for a model's own modules where they
compute the same thing, which is checked on the spot; any other module is left alone.
"""

import types
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import torch
import torch.nn.functional as F  # noqa: N812 - everybody's name for it

ATTENTION_NAME = "chatmill_segments"
MAX_BUCKET_SPREAD = 1.3
"""Examples share one attention product up to this ratio of longest to shortest."""
MAX_DENSE_LENGTH = 512
"""Longer examples keep no attention matrix for the way back, but compute it again."""
LOSS_CHUNK = 256
"""Positions whose logits exist at once: (256, vocabulary) float32."""
MAX_RELATIVE_ERROR = 0.05
"""Largest difference from a module's own output, relative to its largest value, in bfloat16."""


@dataclass(frozen=True, slots=True)
class Bucket:
    """Neighbouring examples of similar length in a packed row."""

    start: int
    """First token of the bucket in the row."""
    lengths: tuple[int, ...]
    """Tokens of each example, in the row's order."""


def make_buckets(lengths: Sequence[int]) -> list[Bucket]:
    """Group the examples of a packed row (sorted by length) for attention."""
    buckets: list[Bucket] = []
    start = at = 0
    group: list[int] = []
    for length in lengths:
        spreads = group and max(length, *group) > MAX_BUCKET_SPREAD * min(length, *group)
        if group and (spreads or length > MAX_DENSE_LENGTH):
            buckets.append(Bucket(start, tuple(group)))
            start, group = at, []
        group.append(length)
        at += length
    if group:
        buckets.append(Bucket(start, tuple(group)))
    return buckets


class LoraLinear(torch.autograd.Function):  # type: ignore[misc] # torch is not read by mypy
    """`x W^T + scaling (x A^T) B^T` for a frozen W (no bias), in place where possible."""

    @staticmethod
    def forward(  # noqa: D102, PLR0913, PLR0917 - the class says what it computes; torch's calls
        ctx: Any,  # noqa: ANN401 - torch's context object
        x: torch.Tensor,  # (..., n_in)
        weight: torch.Tensor,  # (n_out, n_in)
        down: torch.Tensor,  # (rank, n_in), the adapter's A
        up: torch.Tensor,  # (n_out, rank), the adapter's B
        scaling: float,
    ) -> torch.Tensor:
        rows = x.reshape(-1, x.shape[-1])
        small_down, small_up = down.to(x.dtype), up.to(x.dtype)
        narrow = rows @ small_down.t()  # (n_tokens, rank)
        out = rows @ weight.t()
        out.addmm_(narrow, small_up.t(), alpha=scaling)
        ctx.save_for_backward(rows, weight, small_down, small_up, narrow)
        ctx.scaling, ctx.grad_dtype = scaling, down.dtype
        return out.view(*x.shape[:-1], weight.shape[0])

    @staticmethod
    def backward(ctx: Any, grad: torch.Tensor) -> tuple[torch.Tensor | None, ...]:  # noqa: ANN401, D102 - as above
        rows, weight, small_down, small_up, narrow = ctx.saved_tensors
        flat = grad.reshape(-1, grad.shape[-1])
        grad_narrow = (flat @ small_up).mul_(ctx.scaling)
        grad_up = (narrow.t() @ flat).mul_(ctx.scaling).t().to(ctx.grad_dtype)
        grad_down = (grad_narrow.t() @ rows).to(ctx.grad_dtype)
        grad_x = None
        if ctx.needs_input_grad[0]:
            grad_x = flat @ weight
            grad_x.addmm_(grad_narrow, small_down)
            grad_x = grad_x.view(*grad.shape[:-1], weight.shape[1])
        return grad_x, None, grad_down, grad_up, None


class RmsNorm(torch.autograd.Function):  # type: ignore[misc] # torch is not read by mypy
    """`weight * x / rms(x)` with a frozen weight."""

    @staticmethod
    def forward(ctx: Any, x: torch.Tensor, weight: torch.Tensor, eps: float) -> torch.Tensor:  # noqa: ANN401, D102 - as above
        norms = torch.linalg.vector_norm(x, dim=-1, keepdim=True, dtype=torch.float32)
        scale = torch.rsqrt(norms.square_().div_(x.shape[-1]).add_(eps)).to(x.dtype)
        unit = x * scale
        ctx.save_for_backward(unit, scale, weight)
        return unit * weight

    @staticmethod
    def backward(ctx: Any, grad: torch.Tensor) -> tuple[torch.Tensor | None, ...]:  # noqa: ANN401, D102 - as above
        unit, scale, weight = ctx.saved_tensors
        scaled = grad * weight
        along = (scaled * unit).mean(-1, keepdim=True)
        return scaled.addcmul_(unit, along, value=-1).mul_(scale), None, None


class SwiGlu(torch.autograd.Function):  # type: ignore[misc] # torch is not read by mypy
    """`silu(gate) * up`."""

    @staticmethod
    def forward(ctx: Any, gate: torch.Tensor, up: torch.Tensor) -> torch.Tensor:  # noqa: ANN401, D102 - as above
        ctx.save_for_backward(gate, up)
        return F.silu(gate).mul_(up)

    @staticmethod
    def backward(ctx: Any, grad: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:  # noqa: ANN401, D102 - as above
        gate, up = ctx.saved_tensors
        grad_gate = torch.ops.aten.silu_backward(grad * up, gate)
        return grad_gate, F.silu(gate).mul_(grad)


class DenseAttention(torch.autograd.Function):  # type: ignore[misc] # torch is not read by mypy
    """Causal attention with grouped keys for examples of one padded length.

    The CPU's flash kernel spends its time on small blocks: for 150 tokens this is three times
    faster.
    """

    @staticmethod
    def forward(  # noqa: D102, PLR0913, PLR0917 - the class says what it computes; torch's calls
        ctx: Any,  # noqa: ANN401 - torch's context object
        query: torch.Tensor,  # (n_groups, n_heads_per_key * length, n_dims)
        key: torch.Tensor,  # (n_groups, length, n_dims)
        value: torch.Tensor,  # (n_groups, length, n_dims)
        mask: torch.Tensor,  # (n_heads_per_key * length, length), 0 or -inf
        scale: float,
    ) -> torch.Tensor:
        scores = torch.baddbmm(mask, query, key.transpose(1, 2), alpha=scale)
        weights = torch.softmax(scores, dim=-1)
        ctx.save_for_backward(query, key, value, weights)
        ctx.scale = scale
        return torch.bmm(weights, value)

    @staticmethod
    def backward(ctx: Any, grad: torch.Tensor) -> tuple[torch.Tensor | None, ...]:  # noqa: ANN401, D102 - as above
        query, key, value, weights = ctx.saved_tensors
        grad = grad.contiguous()
        grad_weights = torch.bmm(grad, value.transpose(1, 2))
        grad_value = torch.bmm(weights.transpose(1, 2), grad)
        grad_scores = torch.ops.aten._softmax_backward_data(  # noqa: SLF001 - torch's own name
            grad_weights, weights, -1, weights.dtype
        ).mul_(ctx.scale)
        grad_query = torch.bmm(grad_scores, key)
        grad_key = torch.bmm(grad_scores.transpose(1, 2), query)
        return grad_query, grad_key, grad_value, None, None


class AnswerLoss(torch.autograd.Function):  # type: ignore[misc] # torch is not read by mypy
    """Summed cross-entropy of a frozen output layer, a chunk of positions at a time.

    Returns the loss sum and the number of positions whose likeliest token is the label.
    """

    @staticmethod
    def forward(  # noqa: D102 - the class says what it computes
        ctx: Any,  # noqa: ANN401 - torch's context object
        hidden: torch.Tensor,  # (n_positions, n_dims)
        weight: torch.Tensor,  # (n_vocabulary, n_dims)
        labels: torch.Tensor,  # (n_positions,)
    ) -> tuple[torch.Tensor, torch.Tensor]:
        needs_grad = hidden.requires_grad
        grad = torch.empty_like(hidden) if needs_grad else None
        loss = torch.zeros((), dtype=torch.float32, device=hidden.device)
        n_correct = torch.zeros((), dtype=torch.int64, device=hidden.device)
        for start in range(0, len(labels), LOSS_CHUNK):
            chunk = slice(start, start + LOSS_CHUNK)
            wanted = labels[chunk, None]
            logits = hidden[chunk] @ weight.t()
            n_correct += (logits.gather(1, wanted) >= logits.amax(-1, keepdim=True)).sum()
            log_probabilities = torch.log_softmax(logits, dim=-1, dtype=torch.float32)
            loss -= log_probabilities.gather(1, wanted).sum()
            if grad is not None:
                probabilities = log_probabilities.exp_().to(hidden.dtype)
                torch.mm(probabilities, weight, out=grad[chunk])
                grad[chunk] -= weight[labels[chunk]]
        ctx.save_for_backward(grad)
        ctx.mark_non_differentiable(n_correct)
        return loss, n_correct

    @staticmethod
    def backward(  # noqa: D102 - the class says what it computes
        ctx: Any,  # noqa: ANN401 - torch's context object
        grad_loss: torch.Tensor,
        _grad_correct: torch.Tensor,
    ) -> tuple[torch.Tensor | None, ...]:
        (grad,) = ctx.saved_tensors
        return grad.mul_(grad_loss.to(grad.dtype)), None, None


def attend(  # noqa: PLR0913, PLR0917 - transformers' signature of an attention function
    _module: Any,  # noqa: ANN401 - the model's attention module
    query: torch.Tensor,  # (1, n_heads, n_tokens, n_dims)
    key: torch.Tensor,  # (1, n_key_heads, n_tokens, n_dims)
    value: torch.Tensor,
    _mask: torch.Tensor | None,
    scaling: float | None = None,
    dropout: float = 0.0,
    buckets: Sequence[Bucket] | None = None,
    slot_mask: torch.Tensor | None = None,
    **_ignored: Any,  # noqa: ANN401 - whatever else the model hands to its attention
) -> tuple[torch.Tensor, None]:
    """Attention of transformers' interface over a packed row; `buckets` says where examples lie.

    With a `slot_mask` (n_rows, n_slots) instead, each row's one new token looks back at its slots.
    """
    del dropout  # adapters are trained without
    scale = scaling if scaling is not None else query.shape[-1] ** -0.5
    if buckets is None:
        return _attend_slots(query, key, value, slot_mask, scale), None
    outputs = [_attend_bucket(query[0], key[0], value[0], bucket, scale) for bucket in buckets]
    return torch.cat(outputs, dim=0).unsqueeze(0), None


def _attend_slots(
    query: torch.Tensor,  # (n_rows, n_heads, 1, n_dims)
    key: torch.Tensor,  # (n_rows, n_key_heads, n_slots, n_dims), contiguous
    value: torch.Tensor,
    slot_mask: torch.Tensor | None,  # (n_rows, n_slots), 0 or -inf
    scale: float,
) -> torch.Tensor:
    """Return (n_rows, 1, n_heads, n_dims); heads that share a key are one product's rows."""
    n_rows, n_heads, _, n_dims = query.shape
    n_key_heads, n_slots = key.shape[1], key.shape[2]
    groups = n_rows * n_key_heads
    if slot_mask is None:
        raise ValueError("attention needs buckets or a slot mask")
    mask = slot_mask[:, None, None, :].expand(n_rows, n_key_heads, 1, n_slots)
    scores = torch.baddbmm(
        mask.reshape(groups, 1, n_slots),
        query.reshape(groups, n_heads // n_key_heads, n_dims),
        key.view(groups, n_slots, n_dims).transpose(1, 2),
        alpha=scale,
    )
    out = torch.bmm(torch.softmax(scores, dim=-1), value.view(groups, n_slots, n_dims))
    return out.view(n_rows, 1, n_heads, n_dims)


def _attend_bucket(
    query: torch.Tensor, key: torch.Tensor, value: torch.Tensor, bucket: Bucket, scale: float
) -> torch.Tensor:
    """Return (n_tokens_of_bucket, n_heads, n_dims)."""
    lengths = bucket.lengths
    n_heads, n_key_heads = query.shape[0], key.shape[0]
    if max(lengths) > MAX_DENSE_LENGTH:
        span = slice(bucket.start, bucket.start + lengths[0])
        out = F.scaled_dot_product_attention(
            query[None, :, span],
            key[None, :, span],
            value[None, :, span],
            is_causal=True,
            scale=scale,
            enable_gqa=True,
        )
        return out[0].transpose(0, 1)
    index, valid = _bucket_index(bucket, query.device)
    n, length = index.shape
    per_key = n_heads // n_key_heads

    def padded(tensor: torch.Tensor, n_groups_heads: int) -> torch.Tensor:
        rows = tensor.index_select(1, index.view(-1))  # (heads, n * length, dims)
        rows = rows.view(n_key_heads, n_groups_heads, n, length, -1)
        return rows.permute(2, 0, 1, 3, 4).reshape(
            n * n_key_heads, n_groups_heads * length, tensor.shape[-1]
        )

    mask = _causal_mask(length, per_key, query.dtype, query.device)
    out = DenseAttention.apply(
        padded(query, per_key), padded(key, 1), padded(value, 1), mask, scale
    )
    out = out.view(n, n_heads, length, -1).transpose(1, 2).reshape(n * length, n_heads, -1)
    return out if valid is None else out.index_select(0, valid)


_INDEX: dict[tuple[Bucket, str], tuple[torch.Tensor, torch.Tensor | None]] = {}
_MASKS: dict[tuple[int, int, str, str], torch.Tensor] = {}
_MAX_REMEMBERED = 256


def _bucket_index(bucket: Bucket, device: torch.device) -> tuple[torch.Tensor, torch.Tensor | None]:
    """Return each example's token places, padded with its last, and which of them are real."""
    found = _INDEX.get((bucket, str(device)))
    if found is None:
        longest = max(bucket.lengths)
        places = torch.arange(longest)[None, :]
        lengths = torch.tensor(bucket.lengths)[:, None]
        starts = bucket.start + torch.cumsum(lengths, dim=0) - lengths
        index = (starts + torch.minimum(places, lengths - 1)).to(device)
        valid = None
        if min(bucket.lengths) < longest:
            valid = (places < lengths).view(-1).nonzero().view(-1).to(device)
        if len(_INDEX) >= _MAX_REMEMBERED:
            _INDEX.clear()
        found = _INDEX[(bucket, str(device))] = (index, valid)
    return found


def _causal_mask(
    length: int, per_key: int, dtype: torch.dtype, device: torch.device
) -> torch.Tensor:
    found = _MASKS.get((length, per_key, str(dtype), str(device)))
    if found is None:
        mask = torch.full((length, length), float("-inf"), dtype=dtype, device=device).triu_(1)
        if len(_MASKS) >= _MAX_REMEMBERED:
            _MASKS.clear()
        found = _MASKS[(length, per_key, str(dtype), str(device))] = mask.repeat(per_key, 1)
    return found


def register_attention() -> str:
    """Make the packed attention known to transformers; returns its name."""
    from transformers.modeling_utils import ALL_ATTENTION_FUNCTIONS

    ALL_ATTENTION_FUNCTIONS.register(ATTENTION_NAME, attend)
    return ATTENTION_NAME


def speed_up(model: Any, adapter: str = "default") -> int:  # noqa: ANN401 - a PEFT model
    """Swap in the fast operations where a module computes the same thing.

    Returns:
        How many modules were swapped.
    """
    from peft.tuners.lora.layer import Linear as PeftLinear

    n_swapped = 0
    for module in model.modules():
        if isinstance(module, PeftLinear):
            fast = _fast_lora(module, adapter)
        elif type(module).__name__.endswith("RMSNorm"):
            fast = _fast_norm(module)
        elif all(hasattr(module, name) for name in ("gate_proj", "up_proj", "down_proj")):
            fast = _fast_mlp(module)
        else:
            continue
        if fast is not None:
            module.forward = types.MethodType(fast, module)
            n_swapped += 1
    return n_swapped


def _fast_lora(module: Any, adapter: str) -> Callable[..., torch.Tensor] | None:  # noqa: ANN401 - PEFT's module
    base = module.base_layer
    plain = type(base) is torch.nn.Linear and base.bias is None
    if not plain or module.use_dora.get(adapter, False) or adapter not in module.lora_A:
        return None
    if not isinstance(module.lora_dropout[adapter], torch.nn.Identity):
        return None

    def forward(self: Any, x: torch.Tensor) -> torch.Tensor:  # noqa: ANN401 - PEFT's module
        return LoraLinear.apply(
            x,
            self.base_layer.weight,
            self.lora_A[adapter].weight,
            self.lora_B[adapter].weight,
            self.scaling[adapter],
        )

    return forward


def _fast_norm(module: Any) -> Callable[..., torch.Tensor] | None:  # noqa: ANN401 - the model's module
    if not hasattr(module, "variance_epsilon") or not hasattr(module, "weight"):
        return None

    def forward(self: Any, x: torch.Tensor) -> torch.Tensor:  # noqa: ANN401 - the model's module
        return RmsNorm.apply(x, self.weight, self.variance_epsilon)

    probe = torch.randn(4, module.weight.shape[0], dtype=module.weight.dtype)
    return forward if _agrees(module, forward, probe.to(module.weight.device)) else None


def _fast_mlp(module: Any) -> Callable[..., torch.Tensor] | None:  # noqa: ANN401 - the model's module
    def forward(self: Any, x: torch.Tensor) -> torch.Tensor:  # noqa: ANN401 - the model's module
        return self.down_proj(SwiGlu.apply(self.gate_proj(x), self.up_proj(x)))

    weight = next(module.gate_proj.parameters())
    probe = torch.randn(4, weight.shape[-1], dtype=weight.dtype)
    return forward if _agrees(module, forward, probe.to(weight.device)) else None


def _agrees(module: Any, forward: Callable[..., torch.Tensor], probe: torch.Tensor) -> bool:  # noqa: ANN401 - any module
    """Compare a module's own output with ours on random input."""
    with torch.no_grad():
        own, ours = module(probe).float(), forward(module, probe).float()
    return bool((own - ours).abs().max() <= MAX_RELATIVE_ERROR * own.abs().max())
