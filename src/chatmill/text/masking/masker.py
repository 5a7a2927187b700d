"""Masks the texts of one conversation: the same person or number is the same words throughout."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from copy import copy
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Self

from chatmill.records import Conversation, Message, Role
from chatmill.settings import PrivacySettings
from chatmill.text.masking.finding import find_private
from chatmill.text.masking.particles import fitted, particle_at
from chatmill.text.masking.people import Room, find_names
from chatmill.text.masking.placeholders import (
    AGENT,
    CUSTOMER,
    ENGLISH,
    KOREAN,
    OTHER,
    noun,
    worded,
)
from chatmill.text.masking.spans import PrivateSpan

_MOST_FOUND = 2000
"""Texts in which what is private is remembered among copies."""
_SEAL = object()
_KOREAN_SHARE = 0.2
_SAMPLE_MESSAGES = 200
_CONTEXT = 12
_MOST_RECORDS = 500
"""Places of one placeholder that are remembered for the way back."""


class MaskedText(str):
    """A text that went through a masker; nothing else can make one.

    What is joined to it or cut out of it is a plain text again, so that a model client that takes
    only masked text cannot be handed anything else by mistake.
    """

    __slots__ = ()

    def __new__(cls, text: str, *, seal: object) -> Self:
        """Refuse everybody but this module."""
        if seal is not _SEAL:
            raise TypeError("only a Masker makes masked text")
        return super().__new__(cls, text)


@dataclass(frozen=True, slots=True, kw_only=True)
class Replacement:
    """One place of a masked text."""

    start: int
    """First code point of the placeholder in the masked text."""
    end: int
    kind: str
    original: str
    """The words, and the particle after them, as they stood."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Masked:
    """A masked text and what it hides."""

    text: MaskedText
    replacements: tuple[Replacement, ...]

    @property
    def counts(self) -> Counter[str]:
        """How many places of each kind."""
        return Counter(each.kind for each in self.replacements)

    def restored(self) -> str:
        """Return the original text."""
        parts: list[str] = []
        at = 0
        for each in self.replacements:
            parts += [self.text[at : each.start], each.original]
            at = each.end
        return "".join((*parts, self.text[at:]))


@dataclass(frozen=True, slots=True)
class _Place:
    before: str
    after: str
    masked: str
    """The placeholder as it was worded, with the particle that was fitted."""
    original: str


class Masker:
    """Masks texts of one conversation.

    Args:
        settings: Which kinds, and what else to mask or keep.
        conversation: Its speakers are known by name, and whoever its messages name; None where
            the text belongs to none.
        roles: Speaker → role, where it is known better than the messages say.
        language: `ko` or `en`; told from the messages when empty.
        is_reversible: Use only placeholders that the conversation does not say itself, so that
            `unmask` finds them again.
    """

    def __init__(
        self,
        settings: PrivacySettings,
        conversation: Conversation | None = None,
        roles: Mapping[str, Role] | None = None,
        *,
        language: str = "",
        is_reversible: bool = False,
    ) -> None:
        self._settings = settings
        self._messages = conversation.messages if conversation is not None else ()
        self._room = Room(people=settings.names)
        self._role_of = _roles(self._messages, roles or {}, self._room)
        if "name" in settings.kinds:
            _learn(self._room, self._messages)
        self._language = language.partition("-")[0] or _language(self._messages)
        self._is_reversible = is_reversible
        self._nouns: dict[tuple[str, str], str] = {}
        self._n_of: Counter[str] = Counter()
        self._places: dict[str, list[_Place]] = {}
        self._found: dict[str, tuple[PrivateSpan, ...]] | None = None

    def fresh(self) -> "Masker":
        """Return a masker that knows the same people and has given no placeholder yet.

        Making one costs nothing, whatever the length of the conversation, and what is found in a
        text is remembered among them.
        """
        if self._found is None:
            self._found = {}
        _ = self._said
        made = copy(self)
        made._nouns = {}  # noqa: SLF001 - our own copy
        made._n_of = Counter()  # noqa: SLF001
        made._places = {}  # noqa: SLF001
        return made

    def find(self, text: str) -> tuple[PrivateSpan, ...]:
        """Find what `mask` would hide."""
        known = self._found.get(text) if self._found is not None else None
        if known is not None:
            return known
        chosen = self._settings
        found = find_private(
            text, chosen.kinds, self._room, chosen.keep, with_presidio=chosen.presidio
        )
        if self._found is not None:
            if len(self._found) >= _MOST_FOUND:
                self._found.clear()
            self._found[text] = found
        return found

    def mask(self, text: str) -> Masked:
        """Put placeholders in place of personal data, and fit Korean particles to them."""
        if isinstance(text, MaskedText):
            return Masked(text=text, replacements=())
        parts: list[str] = []
        made: list[Replacement] = []
        at = length = 0
        language = self._language or (KOREAN if _is_korean(text) else ENGLISH)
        for span in self.find(text):
            if span.start < at:
                continue
            between = text[at : span.start]
            word = self._noun(span, language)
            before = (parts[-1] if parts and not between else "") + between[-_CONTEXT - 4 :]
            if not parts and len(between) > _CONTEXT + 4:
                before = f"… {before}"  # not the beginning of the text
            said = worded(word, before, language)
            particle = particle_at(text, span.end) if language == KOREAN else ""
            said += fitted(particle, word)
            end = span.end + len(particle)
            parts += [between, said]
            start = length + len(between)
            length = start + len(said)
            original = text[span.start : end]
            made.append(Replacement(start=start, end=length, kind=span.kind, original=original))
            self._remember(
                word, _Place(between[-_CONTEXT:], text[end : end + _CONTEXT], said, original)
            )
            at = end
        parts.append(text[at:])
        return Masked(text=MaskedText("".join(parts), seal=_SEAL), replacements=tuple(made))

    def unmask(self, text: str) -> str:
        """Put the original words back, where a text holds placeholders this masker gave.

        The same person may have been called in several ways: the words around decide.
        """
        if self._pattern is None:
            return text
        parts: list[str] = []
        at = 0
        for match in self._pattern.finditer(text):
            if match.start() < at:
                continue
            places = self._places[match.group("noun").casefold()]
            place = max(places, key=lambda each: _agreement(each, text, match))
            start = match.start() if place.masked[:4].casefold() == "the " else match.start("noun")
            end = match.end()
            particle = place.masked[place.masked.casefold().rfind(match.group("noun").casefold()) :]
            particle = particle[len(match.group("noun")) :]
            original = place.original
            if particle and text.startswith(particle, end):
                end += len(particle)
            elif particle:
                n_letters = len(particle_at(original, _last_particle(original, particle)))
                original = original[: len(original) - n_letters] if n_letters else original
            parts += [text[at:start], original]
            at = end
        return "".join((*parts, text[at:]))

    def mask_message(self, message: Message) -> Message:
        """Return a message with its text and its speaker masked."""
        speaker = self.mask(message.speaker).text if message.speaker else ""
        return replace(message, speaker=str(speaker), text=str(self.mask(message.text).text))

    @property
    def _pattern(self) -> re.Pattern[str] | None:
        if not self._places:
            return None
        nouns = sorted(self._places, key=lambda each: (-len(each), each))
        return re.compile(
            rf"(?:\bthe )?(?P<noun>{'|'.join(map(re.escape, nouns))})(?!\s?\d)", re.IGNORECASE
        )

    def _remember(self, word: str, place: _Place) -> None:
        if self._is_reversible:
            places = self._places.setdefault(word.casefold(), [])
            if len(places) < _MOST_RECORDS:
                places.append(place)

    def _noun(self, span: PrivateSpan, language: str) -> str:
        kind = span.kind
        value = span.value
        if kind == "name":
            value = self._person(value)
            role = self._role_of.get(value)
            kind = {"customer": CUSTOMER, "agent": AGENT}.get(role or "", OTHER)
        known = self._nouns.get((kind, value))
        if known is not None:
            return known
        while True:
            self._n_of[kind] += 1
            word = noun(kind, language, self._n_of[kind])
            if not self._is_reversible or word.casefold() not in self._said:
                break
        self._nouns[kind, value] = word
        return word

    def _person(self, value: str) -> str:
        """Return who is meant by a surname or a first name, where only one person fits."""
        if value in self._role_of:
            return value
        fitting = [
            each
            for each in self._role_of
            if each.startswith(value) or (len(value) > 1 and each.endswith(value))
        ]
        return fitting[0] if len(fitting) == 1 else value

    @cached_property
    def _said(self) -> str:
        return "\n".join(each.text.casefold() for each in self._messages)


def _roles(messages: Iterable[Message], roles: Mapping[str, Role], room: Room) -> dict[str, Role]:
    """Make the room know its speakers, and say the role of each person."""
    found: dict[str, Role] = {}
    for message in messages:
        role = roles.get(message.speaker, message.role)
        person = room.add(message.speaker)
        if person and found.get(person, "unknown") == "unknown":
            found[person] = role
    return found


def _learn(room: Room, messages: Iterable[Message]) -> None:
    """Make the room know whoever a message introduces, so that a bare name is found elsewhere."""
    for message in messages:
        for span in find_names(message.text):
            name = message.text[span.start : span.end]
            if len(span.value) > 2 and (span.value in name or " " in name):  # noqa: PLR2004 - two syllables are any word
                room.add(span.value if span.value in name else name)


def _language(messages: Iterable[Message]) -> str:
    sample = [each.text for each in messages][:_SAMPLE_MESSAGES]
    return (KOREAN if _is_korean("\n".join(sample)) else ENGLISH) if sample else ""


def _is_korean(text: str) -> bool:
    sample = text[:20_000]
    n_korean = sum("가" <= each <= "힣" for each in sample)
    return n_korean > _KOREAN_SHARE * max(1, sum(map(str.isalpha, sample)))


def _agreement(place: _Place, text: str, match: re.Match[str]) -> int:
    """Count the letters around a placeholder that stand as they stood around this place."""
    before = text[max(0, match.start() - _CONTEXT) : match.start()]
    tail = place.masked.casefold().rpartition(match.group("noun").casefold())[2] + place.after
    after = text[match.end() : match.end() + len(tail)]
    return _shared(before[::-1], place.before[::-1]) + _shared(after, tail)


def _shared(some: str, others: str) -> int:
    n_same = 0
    for one, other in zip(some, others, strict=False):
        if one != other:
            break
        n_same += 1
    return n_same


def _last_particle(original: str, fitted_particle: str) -> int:
    """Return where the particle begins that was replaced by a fitted one."""
    for n_letters in (3, 2, 1):
        start = len(original) - n_letters
        if start > 0 and fitted(particle_at(original, start), "감") in (
            fitted_particle,
            fitted(fitted_particle, "감"),
        ):
            return start
    return len(original)
