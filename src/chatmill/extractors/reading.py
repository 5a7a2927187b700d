"""What the rules see of each message of a room: its trimmed words, its act and other cues."""

from dataclasses import dataclass
from functools import cached_property

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
from chatmill.text.facts import facts
from chatmill.text.moves import Move, has_code, has_link, is_bare, moves_of, opens_more
from chatmill.text.names import find_mentions
from chatmill.text.products import find_products
from chatmill.text.tokens import stem, tokens
from chatmill.text.trimming import Side, kept_spans

_MIN_PLAIN_LETTERS, _MIN_OTHER_LETTERS = 4, 2


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

    @cached_property
    def act(self) -> Act:
        """What it does, of the acts of `text.cues`."""
        return act_of(self.text)

    @cached_property
    def moves(self) -> frozenset[Move]:
        """What else it does."""
        found = moves_of(self.text)
        return found | {"turns"} if opens_more(self.message.text) else found

    @cached_property
    def asks(self) -> bool:
        """Whether some sentence asks."""
        return is_question(self.text)

    @cached_property
    def only_asks(self) -> bool:
        """Whether every sentence asks."""
        return self.asks and is_only_question(self.text)

    @cached_property
    def n_words(self) -> int:
        """Number of tokens."""
        return len(tokens(self.text))

    @cached_property
    def stems(self) -> frozenset[str]:
        """Words that say something, without endings."""
        return frozenset(stem(t.text) for t in tokens(self.text) if _says_something(t.text))

    @cached_property
    def n_facts(self) -> int:
        """Number of figures, identifiers and addresses."""
        return len(facts(self.text))

    @cached_property
    def thanks(self) -> bool:
        """Whether it thanks, wherever it stands."""
        return is_thanks(self.message.text)

    @cached_property
    def resolved(self) -> bool:
        """Whether it says that it works."""
        return is_resolved(self.message.text)

    @cached_property
    def fails(self) -> bool:
        """Whether it says that something fails."""
        return is_failure(self.text)

    @cached_property
    def misplaced(self) -> bool:
        """Whether it says that this was the wrong place."""
        return is_misplaced(self.text)

    @cached_property
    def solves(self) -> bool:
        """Whether the writer says what solved the own problem."""
        return is_self_answer(self.text)

    @cached_property
    def links(self) -> bool:
        """Whether it holds an address."""
        return has_link(self.message.text)

    @cached_property
    def codes(self) -> bool:
        """Whether it holds code."""
        return has_code(self.message.text)

    @cached_property
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


def _says_something(word: str) -> bool:
    """Leave out short words, which are the little words of any language."""
    is_plain = word.isascii() and word.isalpha() and word.islower()
    return len(word) >= (_MIN_PLAIN_LETTERS if is_plain else _MIN_OTHER_LETTERS)
