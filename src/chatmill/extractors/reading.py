"""What the rules see of each message of a room: its trimmed words, its act and other cues."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Generic, TypeVar

from chatmill.records import Message, Role, ThreadedConversation
from chatmill.settings import Settings
from chatmill.text.alignment import Piece, join_pieces
from chatmill.text.cues import (
    Act,
    act_of,
    is_failure,
    is_misplaced,
    is_only_question,
    is_question,
    is_resolved,
    is_self_answer,
    is_thanks,
)
from chatmill.text.facts import count_facts
from chatmill.text.moves import Move, has_code, has_link, is_bare, moves_of, opens_more
from chatmill.text.names import find_mentions
from chatmill.text.products import find_products
from chatmill.text.tokens import stem, token_texts
from chatmill.text.trimming import Side, kept_spans

_MIN_PLAIN_LETTERS, _MIN_OTHER_LETTERS = 4, 2
_STEMS_REMEMBERED = 16_384
_WORD_STEPS = ((0, "none"), (2, "two"), (5, "five"), (12, "twelve"))
_MANY = "many"
_Found = TypeVar("_Found")


class _seen_once(Generic[_Found]):  # noqa: N801 - a decorator
    """A `cached_property` without its lock, which takes as long as most of the cues."""

    def __init__(self, look: Callable[["Said"], _Found]) -> None:
        self._look, self._name = look, look.__name__
        self.__doc__ = look.__doc__

    def __get__(self, said: "Said", owner: type | None = None) -> _Found:
        found = said.__dict__[self._name] = self._look(said)
        return found


@dataclass(frozen=True, slots=True)
class Room:
    """A conversation with what is looked up in it again and again."""

    threaded: ThreadedConversation
    settings: Settings
    speakers: frozenset[str]
    agents: frozenset[str]
    place_of: dict[str, int]
    """Message id → place in the conversation."""
    first_product: tuple[str, ...]
    """The first product anybody names, if anybody does."""
    earlier_of: dict[str, str]
    """Message id → id of the message it answers; messages that start something are missing."""


@dataclass(frozen=True)
class Said:
    """One message as the rules see it; cues are found when they are first asked for."""

    message: Message
    role: Role
    pieces: tuple[Piece, ...]
    text: str
    """What is left after trimming, pieces joined."""
    addressed: frozenset[str]
    """Speakers of the room it names."""
    products: tuple[str, ...]

    @_seen_once
    def act(self) -> Act:
        """What it does, of the acts of `text.cues`."""
        return act_of(self.text)

    @_seen_once
    def moves(self) -> frozenset[Move]:
        """What else it does."""
        found = moves_of(self.text)
        return found | {"turns"} if opens_more(self.message.text) else found

    @_seen_once
    def asks(self) -> bool:
        """Whether some sentence asks."""
        return is_question(self.text)

    @_seen_once
    def only_asks(self) -> bool:
        """Whether every sentence asks."""
        return self.asks and is_only_question(self.text)

    @_seen_once
    def written_words(self) -> list[str]:
        """Tokens in order."""
        return token_texts(self.text)

    @_seen_once
    def n_words(self) -> int:
        """Number of tokens."""
        return len(self.written_words)

    @_seen_once
    def size(self) -> str:
        """Name of the number of tokens, in few steps."""
        return next((name for limit, name in _WORD_STEPS if self.n_words <= limit), _MANY)

    @_seen_once
    def letters(self) -> str:
        """The text for comparing, without blanks and case."""
        return "".join(self.text.split()).casefold()

    @_seen_once
    def stems(self) -> frozenset[str]:
        """Words that say something, without endings."""
        return frozenset(filter(None, map(_telling_stem, self.written_words)))

    @_seen_once
    def n_facts(self) -> int:
        """Number of figures, identifiers and addresses."""
        return count_facts(self.text)

    @_seen_once
    def thanks(self) -> bool:
        """Whether it thanks, wherever it stands."""
        return is_thanks(self.message.text)

    @_seen_once
    def resolved(self) -> bool:
        """Whether it says that it works."""
        return is_resolved(self.message.text)

    @_seen_once
    def fails(self) -> bool:
        """Whether it says that something fails."""
        return is_failure(self.text)

    @_seen_once
    def misplaced(self) -> bool:
        """Whether it says that this was the wrong place."""
        return is_misplaced(self.text)

    @_seen_once
    def solves(self) -> bool:
        """Whether the writer says what solved the own problem."""
        return is_self_answer(self.text)

    @_seen_once
    def links(self) -> bool:
        """Whether it holds an address."""
        return has_link(self.message.text)

    @_seen_once
    def codes(self) -> bool:
        """Whether it holds code."""
        return has_code(self.message.text)

    @_seen_once
    def bare(self) -> bool:
        """Whether it is an address or code and nothing else."""
        return is_bare(self.text)


def room_of(threaded: ThreadedConversation, settings: Settings) -> Room:
    """Look up once what every thread of a conversation needs."""
    messages = threaded.conversation.messages
    known = settings.project.products
    return Room(
        threaded=threaded,
        settings=settings,
        speakers=frozenset(m.speaker for m in messages if m.speaker),
        agents=frozenset(m.speaker for m in messages if threaded.roles[m.id] == "agent"),
        place_of={message.id: place for place, message in enumerate(messages)},
        first_product=next((p[:1] for m in messages if (p := find_products(m.text, known))), ()),
        earlier_of={
            each.later: each.earlier for each in threaded.links if each.later != each.earlier
        },
    )


def read_message(message: Message, room: Room) -> Said:
    """Trim one message, as a customer's or as an agent's, and see whom it names."""
    role = room.threaded.roles[message.id]
    side: Side = "question" if role == "customer" else "answer"
    pieces = trimmed_pieces(message, room, side)
    text = join_pieces(pieces).text
    mentions = find_mentions(message.text, room.speakers)
    return Said(
        message=message,
        role=role,
        pieces=pieces,
        text=text,
        addressed=frozenset(m.speaker for m in mentions if m.speaker),
        products=find_products(text, room.settings.project.products),
    )


def trimmed_pieces(message: Message, room: Room, side: Side) -> tuple[Piece, ...]:
    """Return what trimming leaves of a message."""
    spans = kept_spans(message.text, room.settings.extract.trim, room.speakers, side)
    return tuple(Piece(message, span) for span in spans)


@lru_cache(maxsize=_STEMS_REMEMBERED)
def _telling_stem(word: str) -> str:
    """Return a word's stem; nothing for short words, which are the little words of any language."""
    is_plain = word.isascii() and word.isalpha() and word.islower()
    tells = len(word) >= (_MIN_PLAIN_LETTERS if is_plain else _MIN_OTHER_LETTERS)
    return stem(word) if tells else ""
