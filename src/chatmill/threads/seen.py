"""A message with what the rules and the learnt chooser of small rooms look at."""

import math
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from chatmill.records import Conversation, Message, Role
from chatmill.settings import Settings
from chatmill.text.cues import Act, act_of
from chatmill.text.language import detect_language
from chatmill.text.names import find_mentions, short_names
from chatmill.text.tokens import stem, tokens
from chatmill.text.trimming import kept_text

NOT_PEOPLE = ("system", "notice", "call")
"""Kinds of messages nobody wrote."""
_PIECE = re.compile(r"[A-Za-z][\w.-]*[A-Za-z0-9_]|[가-힣A-Za-z0-9]+(?=\s?(?:님|씨))")
"""What may be a name: a word of Latin letters, or anything before an honorific."""
_MIN_NAME = 3
"""Shorter Latin names are not looked for inside a text."""
_MIN_PLAIN_LETTERS, _MIN_OTHER_LETTERS = 4, 2
"""Words shorter than this are not compared."""


@dataclass(frozen=True, slots=True)
class Seen:
    """A message of people, looked at once."""

    place: int
    """Counts the messages of people."""
    message: Message
    role: Role
    act: Act
    bare: str
    """The text without what trimming cuts."""
    words: frozenset[str]
    addressed: tuple[str, ...]
    """Other speakers it names by `@` or at its start."""
    named: frozenset[str]
    """Other speakers it names anywhere: `감사해요 하리님`, `thanks Jonas`, and `addressed`."""
    language: str


def look_over(conversation: Conversation, roles: dict[str, Role], settings: Settings) -> list[Seen]:
    """Look at every message of people once, in the order they were sent."""
    speakers = frozenset(m.speaker for m in conversation.messages if m.speaker)
    by_name = _names(speakers)
    looked: list[Seen] = []
    for message in conversation.messages:
        if message.kind in NOT_PEOPLE or not message.speaker:
            continue
        bare = kept_text(message.text, settings.extract.trim, speakers)
        mentions = find_mentions(message.text, speakers)
        named = dict.fromkeys(m.speaker for m in mentions if m.speaker != message.speaker)
        looked.append(
            Seen(
                place=len(looked),
                message=message,
                role=roles[message.id],
                act=act_of(bare) if message.kind == "text" else "empty",
                bare=bare,
                words=frozenset(
                    stem(token.text) for token in tokens(bare) if _says_something(token.text)
                ),
                addressed=tuple(name for name in named if name),
                named=frozenset(name for name in named if name)
                | (_named_in(message.text, by_name) - {message.speaker}),
                language=detect_language(bare),
            )
        )
    return looked


def rarity(seen: Sequence[Seen]) -> Mapping[str, float]:
    """Weigh words by how few messages have them, in [0, 1]; in all of them 0."""
    counts = Counter(word for each in seen for word in each.words)
    ceiling = math.log(1 + len(seen))
    return {
        word: math.log((1 + len(seen)) / count) / ceiling if len(seen) > 1 else 0.0
        for word, count in counts.items()
    }


def _says_something(word: str) -> bool:
    """Leave out short words, which are the little words of any language."""
    is_plain = word.isascii() and word.isalpha() and word.islower()
    return len(word) >= (_MIN_PLAIN_LETTERS if is_plain else _MIN_OTHER_LETTERS)


def _names(speakers: Iterable[str]) -> Mapping[str, str]:
    """Return folded name → speaker, for every word of a name that only one speaker has."""
    owners: dict[str, set[str]] = {}
    for speaker in speakers:
        whole = short_names(speaker)
        for name in {*whole, *(word for each in whole for word in each.split())}:
            owners.setdefault(name.casefold(), set()).add(speaker)
    return {
        name: next(iter(owner))
        for name, owner in owners.items()
        if len(owner) == 1 and len(name) >= (_MIN_NAME if name.isascii() else 2)
    }


def _named_in(text: str, by_name: Mapping[str, str]) -> frozenset[str]:
    found = (by_name.get(piece.casefold()) for piece in _PIECE.findall(text))
    return frozenset(name for name in found if name)
