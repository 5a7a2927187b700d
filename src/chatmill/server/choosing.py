"""Chooses an answer's next token: temperature, top_p, penalties, biases, a JSON schema."""

import json
import math
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from chatmill.errors import SchemaError

JSON_OBJECT = '{"type": "object"}'
"""The schema of `response_format: {"type": "json_object"}`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sampling:
    """How tokens are chosen."""

    max_tokens: int
    temperature: float = 1.0
    """0 takes the likeliest token."""
    top_p: float = 1.0
    stop: tuple[str, ...] = ()
    seed: int | None = None
    frequency_penalty: float = 0.0
    """Taken off a token's logit for every time the answer already has it."""
    presence_penalty: float = 0.0
    """Taken off the logit of every token the answer already has."""
    logit_bias: Mapping[int, float] = field(default_factory=dict)
    """Token id → what is added to its logit; -100 forbids it."""
    schema: str | None = None
    """JSON schema the answer has to follow, as JSON."""
    n_logprobs: int | None = None
    """Likeliest tokens reported at each place, beside the chosen one; None reports none."""

    @property
    def is_plain(self) -> bool:
        """Whether the likeliest token of the model's own logits is all that is wanted."""
        return (
            self.temperature <= 0
            and self.schema is None
            and self.n_logprobs is None
            and not (self.logit_bias or self.frequency_penalty or self.presence_penalty)
        )


@dataclass(frozen=True, slots=True)
class TokenChance:
    """A token, and how likely the model found it."""

    token: bytes
    """May be part of a character."""
    logprob: float
    """Natural logarithm; the model's own, before temperature, penalties and biases."""


@dataclass(frozen=True, slots=True)
class ChosenToken:
    """One place of an answer, with what else could have stood there."""

    chosen: TokenChance
    likeliest: tuple[TokenChance, ...]
    """In order of likelihood."""


class Vocabulary:
    """What a model's token ids stand for, and which of them a grammar allows.

    Args:
        tokenizer: A fast Hugging Face tokenizer.
        n_ids: Length of the model's logits.
        end_ids: The tokens that end an answer.
    """

    def __init__(self, tokenizer: Any, n_ids: int, end_ids: list[int]) -> None:  # noqa: ANN401 - transformers is imported lazily
        from llguidance.hf import from_tokenizer

        self._tokenizer = from_tokenizer(tokenizer, n_vocab=n_ids, eos_token=end_ids)

    def bytes_of(self, token: int) -> bytes:
        """Return the bytes a token writes."""
        found: bytes = self._tokenizer.decode_bytes([token])
        return found

    def matcher(self, schema: str) -> Any:  # noqa: ANN401 - an LLMatcher
        """Return what follows an answer and says which tokens the schema allows next.

        Raises:
            SchemaError: It is no JSON schema, or uses what cannot be enforced.
        """
        from llguidance import LLMatcher

        # A small model that may write white space anywhere can write it for ever.
        grammar = LLMatcher.grammar_from_json_schema(
            schema, overrides={"whitespace_flexible": False, "item_separator": ", "}
        )
        matcher = LLMatcher(self._tokenizer, grammar)
        if matcher.is_error():
            reason = str(matcher.get_error()).split("\n", maxsplit=1)[0]
            raise SchemaError(f"the JSON schema cannot be followed: {reason}")
        return matcher


class Chooser:
    """Chooses the tokens of one answer, one after the other.

    Args:
        sampling: What the request wants.
        vocabulary: Of the model; needed for a schema and for log probabilities only.
    """

    def __init__(self, sampling: Sampling, vocabulary: Vocabulary | None) -> None:
        self._sampling = sampling
        self._vocabulary = vocabulary
        self._said: Counter[int] = Counter()
        self._generator = _generator(sampling)
        self._matcher = (
            None
            if sampling.schema is None or vocabulary is None
            else vocabulary.matcher(sampling.schema)
        )
        self.chances: list[ChosenToken] = []
        """One a token chosen, where `n_logprobs` asks for them."""

    def choose(self, logits: Any) -> int:  # noqa: ANN401 - a tensor
        """Choose from logits of shape (n_vocabulary,); they are left as they are."""
        wanted = self._wanted(logits.float().cpu())
        if self._sampling.temperature > 0:
            token = _draw(wanted, self._sampling, self._generator)
        else:
            token = int(wanted.argmax())
        self._said[token] += 1
        if self._matcher is not None:
            self._matcher.consume_token(token)
        if self._sampling.n_logprobs is not None:
            self.chances.append(self._chance(logits.float().cpu(), token))
        return token

    def _wanted(self, logits: Any) -> Any:  # noqa: ANN401 - tensors
        import torch

        sampling = self._sampling
        changes = {
            token: -sampling.presence_penalty - n * sampling.frequency_penalty
            for token, n in self._said.items()
        }
        for token, bias in sampling.logit_bias.items():
            changes[token] = changes.get(token, 0.0) + bias
        changes = {token: by for token, by in changes.items() if by and token < len(logits)}
        if changes:
            logits = logits.clone()
            logits[torch.tensor(list(changes))] += torch.tensor(list(changes.values()))
        if self._matcher is None:
            return logits
        bits = torch.frombuffer(bytearray(self._matcher.compute_bitmask()), dtype=torch.uint8)
        allowed = ((bits[:, None] >> torch.arange(8, dtype=torch.uint8)) & 1).flatten().bool()
        return logits.masked_fill(~allowed[: len(logits)], -math.inf)

    def _chance(self, logits: Any, token: int) -> ChosenToken:  # noqa: ANN401 - a tensor
        import torch

        vocabulary, n_top = self._vocabulary, self._sampling.n_logprobs or 0
        assert vocabulary is not None  # noqa: S101 - whoever wants them brings one
        chances = torch.log_softmax(logits, dim=-1)
        top = chances.topk(n_top) if n_top else None
        return ChosenToken(
            chosen=TokenChance(vocabulary.bytes_of(token), float(chances[token])),
            likeliest=()
            if top is None
            else tuple(
                TokenChance(vocabulary.bytes_of(each), chance)
                for each, chance in zip(top.indices.tolist(), top.values.tolist(), strict=True)
            ),
        )


def schema_of(response_format: Mapping[str, Any]) -> str | None:
    """Return the JSON schema that a `response_format` asks for; None for plain text.

    Raises:
        SchemaError: It asks for something else.
    """
    kind = response_format.get("type")
    if kind == "text":
        return None
    if kind == "json_object":
        return JSON_OBJECT
    wrapped = response_format.get("json_schema")
    schema = wrapped.get("schema") if isinstance(wrapped, dict) else None
    if kind != "json_schema" or not isinstance(schema, dict):
        raise SchemaError("response_format must be text, json_object, or json_schema with a schema")
    return json.dumps(schema)


def _generator(sampling: Sampling) -> Any:  # noqa: ANN401 - torch is imported lazily
    if sampling.temperature <= 0:
        return None
    import torch

    generator = torch.Generator()
    if sampling.seed is None:
        generator.seed()
    else:
        generator.manual_seed(sampling.seed)
    return generator


def _draw(logits: Any, sampling: Sampling, generator: Any) -> int:  # noqa: ANN401 - tensors
    """Draw one token from the likeliest that together hold `top_p` of the probability."""
    import torch

    probabilities = torch.softmax(logits / sampling.temperature, dim=-1)
    if sampling.top_p < 1:
        ranked, order = probabilities.sort(descending=True)
        before = ranked.cumsum(0) - ranked
        probabilities = torch.zeros_like(probabilities)
        probabilities[order[before < sampling.top_p]] = ranked[before < sampling.top_p]
    return int(torch.multinomial(probabilities, 1, generator=generator).item())
