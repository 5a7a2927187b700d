"""Chats to token ids, the same way for training and for answering.

The model's own chat template is rendered around placeholders, and every message's text is
tokenised apart from it with special tokens switched off: a chat that contains `<|im_end|>` is words
to the model, never a turn mark.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from chatmill.server.training_file import ChatMessage

IGNORED = -100
"""Label of a token the loss does not count."""
PLACEHOLDER = "\ue0f0{}\ue0f1"
PLACEHOLDER_PATTERN = re.compile("\ue0f0([0-9]+)\ue0f1")
CHATML_TEMPLATE = (
    "{% for message in messages %}<|im_start|>{{ message['role'] }}\n"
    "{{ message['content'] }}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
"""For base models that bring no template; its marks are plain text to them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenisedExample:
    """An example as the trainer sees it."""

    input_ids: list[int]
    labels: list[int]
    """Same length; the id itself where the loss counts it, else `IGNORED`. Not shifted."""


class ChatFormat:
    """One base model's tokenizer and template.

    Args:
        tokenizer: A fast Hugging Face tokenizer.
    """

    def __init__(self, tokenizer: Any) -> None:  # noqa: ANN401 - transformers is imported lazily
        self.tokenizer = tokenizer
        self.template = tokenizer.chat_template or CHATML_TEMPLATE
        self.end_ids = self._find_end_ids()

    @classmethod
    def load(cls, folder: Path) -> "ChatFormat":
        """Read the tokenizer of a base model folder."""
        from transformers import AutoTokenizer

        return cls(AutoTokenizer.from_pretrained(folder))

    def prompt(self, messages: Sequence[ChatMessage]) -> list[int]:
        """Return the ids up to where the assistant's next words begin."""
        ids: list[int] = []
        for text, index in self._pieces(messages, add_generation_prompt=True):
            ids += self._content(text) if index is not None else self._marks(text)
        return ids

    def example(self, messages: Sequence[ChatMessage]) -> TokenisedExample:
        """Return ids and labels; each trained answer counts up to and including its end token."""
        ids: list[int] = []
        labels: list[int] = []
        is_trained = False  # whether the piece before was an answer that counts
        for text, index in self._pieces(messages, add_generation_prompt=False):
            if index is not None:
                piece = self._content(text)
                is_trained = messages[index].is_trained
                labels += piece if is_trained else [IGNORED] * len(piece)
            else:
                piece = self._marks(text)
                n_end = self._end_length(piece) if is_trained else 0
                labels += piece[:n_end] + [IGNORED] * (len(piece) - n_end)
                is_trained = False
            ids += piece
        if is_trained:  # the template puts nothing behind the last answer
            ids.append(self.tokenizer.eos_token_id)
            labels.append(self.tokenizer.eos_token_id)
        while labels and labels[-1] == IGNORED:  # nothing is learnt behind the last answer
            labels.pop()
        return TokenisedExample(input_ids=ids[: len(labels)], labels=labels)

    def decode(self, ids: Sequence[int]) -> str:
        """Return the text of answer ids, without special tokens."""
        text: str = self.tokenizer.decode(ids, skip_special_tokens=True)
        return text

    def _pieces(
        self, messages: Sequence[ChatMessage], *, add_generation_prompt: bool
    ) -> list[tuple[str, int | None]]:
        """Render the template and split it into marks (None) and messages (their index)."""
        stand_ins = [
            {"role": message.role, "content": PLACEHOLDER.format(index)}
            for index, message in enumerate(messages)
        ]
        rendered: str = self.tokenizer.apply_chat_template(
            stand_ins,
            chat_template=self.template,
            tokenize=False,
            add_generation_prompt=add_generation_prompt,
        )
        pieces: list[tuple[str, int | None]] = []
        at = 0
        for match in PLACEHOLDER_PATTERN.finditer(rendered):
            if match.start() > at:
                pieces.append((rendered[at : match.start()], None))
            index = int(match.group(1))
            pieces.append((messages[index].content, index))
            at = match.end()
        if at < len(rendered):
            pieces.append((rendered[at:], None))
        return pieces

    def _marks(self, text: str) -> list[int]:
        ids: list[int] = self.tokenizer.encode(text, add_special_tokens=False)
        return ids

    def _content(self, text: str) -> list[int]:
        ids: list[int] = self.tokenizer.encode(
            text, add_special_tokens=False, split_special_tokens=True
        )
        return ids

    def _end_length(self, piece: Sequence[int]) -> int:
        """Count the ids from the answer's end up to and including its end token."""
        for position, token in enumerate(piece):
            if token in self.end_ids:
                return position + 1
        return len(piece)

    def _find_end_ids(self) -> frozenset[int]:
        """Return every id that ends an answer: the end token and the template's own turn end."""
        ends = {self.tokenizer.eos_token_id}
        probe = [ChatMessage(role="user", content="a"), ChatMessage(role="assistant", content="b")]
        tail, index = self._pieces(probe, add_generation_prompt=False)[-1]
        special = set(self.tokenizer.all_special_ids)
        if index is None:
            ends.update(token for token in self._marks(tail)[:1] if token in special)
        return frozenset(ends)
