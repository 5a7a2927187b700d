"""Shows a model a part of a document's section: numbered paragraphs between two marks."""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Self

from chatmill.extractors.sections import DocumentSection
from chatmill.extractors.windows import CUT, Window
from chatmill.settings import ExtractSettings
from chatmill.text.tokens import estimate_tokens

OVERLAP_PARAGRAPHS = 1
"""Paragraphs two parts of a long section share."""
_TOKENS_PER_LINE = 12
"""Keys and number of a paragraph."""
_MARK_LETTERS = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class SectionWindow(Window):
    """Some paragraphs of one section, its headings always first."""

    def text(self, longest: int) -> str:
        """Return what the model sees: one JSON object a line, as for conversations.

        Args:
            longest: Characters shown of a paragraph.
        """
        lines = [json.dumps({"document": self.threaded.conversation.title}, ensure_ascii=False)]
        for number, message in enumerate(self.messages, start=1):
            shown = message.text if len(message.text) <= longest else message.text[:longest] + CUT
            key = "headings" if number == 1 else "text"
            lines.append(json.dumps({"id": number, key: shown}, ensure_ascii=False))
        mark = hashlib.sha256("\n".join(lines).encode("utf-8", "replace")).hexdigest()
        name = f"SECTION {mark[:_MARK_LETTERS]}"
        return "\n".join((f"BEGIN {name}", *lines, f"END {name}"))

    def halves(self, overlap: int) -> tuple[Self, Self] | None:  # noqa: ARG002 - as a window's
        """Split it in two; None where it has one paragraph."""
        headings, *paragraphs = self.messages
        middle = len(paragraphs) // 2
        if not middle:
            return None
        return (
            type(self)(threaded=self.threaded, messages=(headings, *paragraphs[:middle])),
            type(self)(threaded=self.threaded, messages=(headings, *paragraphs[middle:])),
        )


def section_windows(
    section: DocumentSection, settings: ExtractSettings, longest: int
) -> Iterator[SectionWindow]:
    """Cut a section into parts of `window_tokens`; one without paragraphs gives none.

    Args:
        section: As it stands today.
        settings: `window_tokens` is used.
        longest: Characters shown of a paragraph.
    """
    paragraphs = section.paragraphs
    start = 0
    while start < len(paragraphs):
        end = start
        n_tokens = estimate_tokens(section.headings.text)
        while end < len(paragraphs):
            n_tokens += _TOKENS_PER_LINE + estimate_tokens(paragraphs[end].text[:longest])
            if n_tokens > settings.window_tokens and end > start:
                break
            end += 1
        shown = (section.headings, *paragraphs[start:end])
        yield SectionWindow(threaded=section.threaded, messages=shown)
        if end == len(paragraphs):
            return
        start = max(start + 1, end - OVERLAP_PARAGRAPHS)
