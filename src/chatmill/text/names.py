"""Finds the people a message speaks to: `@Name`, and `Name:` at its start."""

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from functools import lru_cache

from chatmill.text.spans import Span

_NAME_END = re.compile(r"[,\[(/|]")
_HONORIFIC = r"(?:\s?(?:님|씨|과장님|대리님|부장님|차장님|팀장님|책임님|선임님|매니저님|이사님))?"
_UNKNOWN_MENTION = re.compile(r"@[\w.\-]+(?::[\w.]+)?")
_MIN_LETTERS = 2


@dataclass(frozen=True, slots=True)
class Mention:
    """A place where a message names somebody of the room."""

    span: Span
    """With the sign or colon, and an honorific after it."""
    speaker: str
    """The full name as exported; empty where nobody of that name speaks in the room."""
    has_sign: bool
    """True for `@Name`, false for `Name:` and `Name,` at the start."""


def short_names(speaker: str) -> tuple[str, ...]:
    """Return what people call a speaker: all of it, up to a bracket, first or last name."""
    names = [speaker.strip(), _NAME_END.split(speaker, maxsplit=1)[0].strip()]
    words = names[-1].split()
    names += [*words[:1], *(word for word in words[1:] if word.isascii() and word.isalpha())]
    kept = dict.fromkeys(name for name in names if len(name) >= _MIN_LETTERS)
    return tuple(sorted(kept, key=len, reverse=True))


def find_mentions(text: str, speakers: Collection[str]) -> tuple[Mention, ...]:
    """Find everybody a message addresses, in order.

    Args:
        text: A message.
        speakers: Names of everybody in the room, as exported.
    """
    if "@" not in text and not text[:80].strip():
        return ()
    found: list[Mention] = []
    by_name, signed, leading = _patterns(frozenset(speakers))
    if "@" in text:
        taken: set[int] = set()
        if signed is not None:
            for match in signed.finditer(text):
                span = Span(match.start(), match.end())
                taken.add(span.start)
                found.append(Mention(span, by_name[match.group("name").casefold()], has_sign=True))
        found += [
            Mention(Span(m.start(), m.end()), "", has_sign=True)
            for m in _UNKNOWN_MENTION.finditer(text)
            if m.start() not in taken and (m.start() == 0 or text[m.start() - 1].isspace())
        ]
    has_sign_after = ":" in text or "," in text
    start = leading.match(text) if leading is not None and has_sign_after else None
    if start is not None:
        span = Span(start.start("name"), start.end())
        found.append(Mention(span, by_name[start.group("name").casefold()], has_sign=False))
    return tuple(sorted(found, key=lambda each: each.span))


def name_pattern(speakers: Iterable[str]) -> str:
    """Return a regular expression for any name of the room; one that matches nothing if none."""
    names = {name for speaker in speakers for name in short_names(speaker)}
    if not names:
        return r"(?!)"
    return "|".join(re.escape(name) for name in sorted(names, key=lambda n: (-len(n), n)))


@lru_cache(maxsize=256)
def _patterns(
    speakers: frozenset[str],
) -> tuple[dict[str, str], re.Pattern[str] | None, re.Pattern[str] | None]:
    by_name: dict[str, str] = {}
    for speaker in sorted(speakers):
        for name in short_names(speaker):
            by_name.setdefault(name.casefold(), speaker)
    if not by_name:
        return by_name, None, None
    names = "|".join(re.escape(name) for name in sorted(by_name, key=lambda n: (-len(n), n)))
    signed = re.compile(rf"@(?P<name>{names}){_HONORIFIC}(?![A-Za-z0-9_])[,:]?", re.IGNORECASE)
    leading = re.compile(rf"\s*(?P<name>{names}){_HONORIFIC}\s?[:,](?=\s|\Z)", re.IGNORECASE)
    return by_name, signed, leading
