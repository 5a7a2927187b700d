"""Rules of the training file: content, marks, the system line, letter case, length."""

import re
from collections.abc import Iterator, Mapping
from typing import ClassVar

from chatmill.checks.base import Checked, Passage, finding
from chatmill.records import Finding
from chatmill.text.alignment import uncited
from chatmill.text.products import find_products
from chatmill.text.spans import Cover, Span
from chatmill.text.tokens import estimate_tokens, tokens

MARK = re.compile(r"(?m)^[ \t]*(?:[QAqa]|질문|답변?|문|Question|Answer)[ \t]*[):.][ \t]?(?=\S)")
_ROLE_TOKENS = 5
"""What a chat template spends on one message."""


class FormatCheck:
    """Finds what would make a bad line of the training file."""

    name = "format"
    version = "2"
    kinds: ClassVar[Mapping[str, str]] = {
        "empty": "a question, answer or system line without words",
        "system": "a system line of several lines",
        "product": "a system line that leaves a product out",
        "mark": "a leftover Q) or A)",
        "case": "words that differ from the source only in capital letters",
        "length": "more tokens than the model takes",
    }

    def check(self, checked: Checked) -> Iterator[Finding]:
        """Yield errors; an over-long example counts with its system line and all turns."""
        yield from self._system(checked)
        for passage in checked.passages:
            if not passage.text.strip():
                yield finding(f"{self.name}.empty", checked, "error", passage.field, "is empty")
                continue
            yield from self._marks(checked, passage)
            yield from self._case(checked, passage)
        yield from self._length(checked)

    def _system(self, checked: Checked) -> Iterator[Finding]:
        line = checked.example.system
        if not line.strip():
            yield finding(f"{self.name}.empty", checked, "error", "system", "has no system line")
            return
        if "\n" in line or "\r" in line:
            yield finding(
                f"{self.name}.system", checked, "error", "system", "must be one line", end=len(line)
            )
        known = checked.settings.project.products
        named = {name.casefold() for name in find_products(line, known)}
        texts = [passage.text for passage in checked.passages]
        for product in find_products(texts, known):
            if product.casefold() not in named and product.casefold() not in line.casefold():
                yield finding(
                    f"{self.name}.product",
                    checked,
                    "error",
                    "system",
                    f"does not name {product}, which the example is about",
                    end=len(line),
                    evidence=product,
                )

    def _marks(self, checked: Checked, passage: Passage) -> Iterator[Finding]:
        for mark in MARK.finditer(passage.text):
            if mark.group().strip()[0] in "Aa" and passage.kind == "question":
                continue  # "A: …" as one of the choices in a question
            yield finding(
                f"{self.name}.mark",
                checked,
                "error",
                passage.field,
                "a question or answer mark is left over",
                start=mark.start(),
                end=mark.end(),
                evidence=mark.group().strip(),
            )

    def _case(self, checked: Checked, passage: Passage) -> Iterator[Finding]:
        """Find typed words that the source spells with other capitals."""
        typed = [Span(each.at, each.at + each.length) for each in passage.typed]
        loose = Cover((*typed, *uncited(passage.text, passage.citations, passage.typed)))
        if not loose:
            return
        made = Cover(passage.written)
        spelt: dict[str, set[str]] = {}
        for message in checked.cited_messages:
            for token in tokens(message.text):
                spelt.setdefault(token.text.casefold(), set()).add(token.text)
        for token in tokens(passage.text):
            if not loose.touches(token.start, token.end):
                continue
            in_source = spelt.get(token.text.casefold())
            is_made = made.touches(token.start, token.end)
            if is_made and any(word[1:].islower() for word in in_source or ()):
                continue  # the first word of a sentence; names are held to their letters
            if in_source and token.text not in in_source and not _is_capitalised(token.text):
                yield finding(
                    f"{self.name}.case",
                    checked,
                    "error",
                    passage.field,
                    "differs from the source only in capital letters",
                    start=token.start,
                    end=token.end,
                    evidence=", ".join(sorted(in_source)),
                )

    def _length(self, checked: Checked) -> Iterator[Finding]:
        texts = [checked.example.system, *(passage.text for passage in checked.passages)]
        n_tokens = sum(estimate_tokens(text) + _ROLE_TOKENS for text in texts)
        limit = checked.settings.check.max_example_tokens
        if n_tokens > limit:
            yield finding(
                f"{self.name}.length",
                checked,
                "error",
                "",
                f"about {n_tokens} tokens, the model takes {limit}",
                evidence=str(n_tokens),
            )


def _is_capitalised(word: str) -> bool:
    """Tell a plain word at the start of a sentence from a changed name: Open, but not Spi."""
    return word[1:].islower() and word[:1].isupper() and len(word) > len("Spi")
