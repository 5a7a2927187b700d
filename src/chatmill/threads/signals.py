"""What the link ranker looks at in each message of a room, as arrays: one pass, linear in time.

Speakers and words become numbers; a message is looked at once, whatever the size of the room.
"""

import re
from array import array
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from chatmill.records import Message
from chatmill.text.cues import act_of
from chatmill.text.names import short_names
from chatmill.text.tokens import stem
from chatmill.threads.clock import minutes_of

ACTS = (
    "empty", "question", "problem", "thanks", "stall", "elsewhere", "unknown", "ping", "ack",
    "statement",
)  # fmt: skip
"""Dialogue acts in the order of their numbers in `Signals.act`."""

FLAGS = (
    "question_mark", "address", "code", "opens", "goes_on", "agrees", "you", "me", "thanks",
    "trails_off", "number",
)  # fmt: skip
"""Columns of `Signals.flags`."""

_WORD = re.compile(r"[A-Za-z0-9_./+-]+|[가-힣]+|[^\W\d_]+")
_WORD_END = ".-"
_GREETING = (
    r"^(?:hi|hello|hey|hiya|good (?:morning|evening|afternoon)|안녕|반갑|수고)"
    r"|\b(?:any ?(?:one|body)|some ?(?:one|body)|everyone|guys|folks|all)\b"
    r"|혹시|여러분|다들|누가|누구"
)
_GOES_ON = (
    r"^(?:and|but|so|or|then|also|because|well|though"
    r"|그리고|근데|그런데|그럼|그러면|하지만|그래서|또|아니면)\b"
)
_AGREES = (
    r"^(?:yes|no|yep|yeah|yup|nope|ok|okay|k|sure|right|oh|ah|hmm+|true|exactly|cool|nice|great"
    r"|네|넵|예|아니|맞|아하?|음|오|그렇|알겠|ㅇㅋ|ㅇㅇ|ㄴㄴ)(?![a-z])"
)
_SPEAKS_OF_SELF = (
    r"\b(?:i|my|me|i'm|im|i've|mine|we|our)\b"
    r"|(?:^|\s)(?:제가|저는|저도|제|저희|나는|내가|우리)"
)
_CUES = tuple(
    re.compile(pattern)
    for pattern in (
        r"[?？]",
        r"https?://|www\.",
        r"`|[/~]\w+/|\b(?:sudo|apt-get|make|git|pip|\w+\(\))|[{};=]|--?\w+\s|->|0x[0-9a-f]",
        _GREETING,
        _GOES_ON,
        _AGREES,
        r"\b(?:you|your|u|ur|you're|youre|yours)\b|(?:세요|십시오|시면|시죠|셨|하셔|님)",
        _SPEAKS_OF_SELF,
        r"\b(?:thanks|thank|thx|ty|cheers)\b|감사|고맙|땡큐",
        r"(?:\.\.|…|,|:|-)\s*$",
        r"\d",
    )
)
"""One for each of `FLAGS`, in its order; they see small letters."""
_EDGES = "@\"'()<>*,.:;!?~^ㅎㅋㅠ"
_HONORIFIC = re.compile(
    r"(?:님|씨|과장님|대리님|부장님|차장님|팀장님|책임님|선임님|매니저님|이사님)"
    r"(?:이|가|은|는|께|께서|도|의|한테|에게|만)?$"
)
_HANGUL_NAME = re.compile(r"^[가-힣]{3}$")
_MIN_NAME, _MAX_NAME_WORDS = 2, 12
_MIN_LOOSE_NAME = 3
_HALF_DAY, _DAY = 720.0, 1440.0


@dataclass(frozen=True, slots=True)
class Signals:
    """One row a message of people, in the order they were sent; indices count these messages."""

    speaker: np.ndarray
    """int32 (n,): number of the speaker."""
    minutes: np.ndarray
    """float64 (n,): minutes since some moment; unknown times repeat the last known one."""
    act: np.ndarray
    """int8 (n,): index into `ACTS`."""
    flags: np.ndarray
    """uint8 (n, len(FLAGS)): 1 where the cue is there."""
    addressed: np.ndarray
    """int32 (n,): speaker named at the start or by `@`; -1 where nobody is."""
    mentioned: np.ndarray
    """int32 (n,): speaker named elsewhere in the message; -1 where nobody is."""
    n_words: np.ndarray
    """int32 (n,)."""
    words: np.ndarray
    """int32: numbers of the different words of all messages, one message after the other."""
    word_starts: np.ndarray
    """int64 (n + 1,): message i has `words[word_starts[i]:word_starts[i + 1]]`."""

    def __len__(self) -> int:
        """Count the messages."""
        return len(self.speaker)


def read_signals(messages: Sequence[Message]) -> Signals:
    """Look at every message once.

    Args:
        messages: What people said, in the order it was sent; each has a speaker.
    """
    reader = _Reader()
    for message in messages:
        reader.read(message)
    return reader.signals()


class _Reader:
    """Walks through a room and numbers its speakers and words."""

    def __init__(self) -> None:
        self._speakers: dict[str, int] = {}
        self._names: dict[str, int] = {}
        self._short: dict[str, tuple[str, ...]] = {}
        self._words: dict[str, int] = {}
        self._stems: dict[str, str] = {}
        self._minutes = _Unwrapped()
        self._columns: dict[str, array[int]] = {
            name: array("i") for name in ("speaker", "act", "addressed", "mentioned", "n_words")
        }
        self._times = array("d")
        self._flags = bytearray()
        self._flat = array("i")
        self._starts = array("q", [0])

    def read(self, message: Message) -> None:
        """Add one message."""
        speaker = self._speakers.setdefault(message.speaker, len(self._speakers))
        text = message.text
        pieces = text.split()
        addressed, rest = self._addressed(pieces, speaker)
        bare = text if rest == 0 else " ".join(pieces[rest:])
        numbers = self._numbers(bare)
        columns = self._columns
        columns["speaker"].append(speaker)
        columns["act"].append(ACTS.index(act_of(bare)) if message.kind == "text" else 0)
        columns["addressed"].append(addressed)
        columns["mentioned"].append(self._mentioned(pieces[rest:], speaker, addressed))
        columns["n_words"].append(len(pieces) - rest)
        self._times.append(self._minutes.after(message.sent_at))
        lowered = bare.lower()
        self._flags.extend([1 if cue.search(lowered) else 0 for cue in _CUES])
        self._flat.extend(numbers)
        self._starts.append(len(self._flat))
        self._learn(message.speaker, speaker)

    def signals(self) -> Signals:
        """Return what was read so far."""
        column = {name: np.array(values, dtype=np.int32) for name, values in self._columns.items()}
        flags = np.frombuffer(bytes(self._flags), dtype=np.uint8).reshape(-1, len(FLAGS))
        return Signals(
            speaker=column["speaker"],
            minutes=np.array(self._times, dtype=np.float64),
            act=column["act"].astype(np.int8),
            flags=flags,
            addressed=column["addressed"],
            mentioned=column["mentioned"],
            n_words=column["n_words"],
            words=np.array(self._flat, dtype=np.int32),
            word_starts=np.array(self._starts, dtype=np.int64),
        )

    def _numbers(self, text: str) -> list[int]:
        stems, words = self._stems, self._words
        numbers: set[int] = set()
        for found in _WORD.findall(text):
            word = found.rstrip(_WORD_END)
            if not word:
                continue
            known = stems.get(word)
            if known is None:
                known = stems[word] = stem(word)
            numbers.add(words.setdefault(known, len(words)))
        return sorted(numbers)

    def _learn(self, name: str, speaker: int) -> None:
        """A name means whoever of that name spoke last."""
        known = self._short.get(name)
        if known is None:
            known = self._short[name] = _called(name)
        for each in known:
            self._names[each] = speaker

    def _addressed(self, pieces: list[str], speaker: int) -> tuple[int, int]:
        """Return who is spoken to (-1: nobody) and how many pieces at the start say so."""
        if not pieces:
            return -1, 0
        found = self._who(pieces[0])
        if found >= 0 and found != speaker:
            is_marked = pieces[0][0] == "@" or pieces[0][-1] in ":,;"
            n_pieces = 1
            while not is_marked and n_pieces < min(
                len(pieces), 4
            ):  # `Mina Park: …`, `이서준 님, …`
                piece = pieces[n_pieces]
                if self._who(piece) != found and not _HONORIFIC.fullmatch(piece.rstrip(":,;")):
                    break
                is_marked = piece[-1] in ":,;"
                n_pieces += 1
            return found, n_pieces
        for piece in pieces[:_MAX_NAME_WORDS]:
            if piece[0] == "@" and len(piece) > 1:
                found = self._who(piece)
                if found >= 0 and found != speaker:
                    return found, 0
        return -1, 0

    def _mentioned(self, pieces: list[str], speaker: int, addressed: int) -> int:
        for piece in pieces[:_MAX_NAME_WORDS] + pieces[-2:]:
            if len(piece) >= _MIN_LOOSE_NAME:
                found = self._who(piece)
                if found >= 0 and found not in (speaker, addressed):
                    return found
        return -1

    def _who(self, piece: str) -> int:
        names = self._names
        folded = piece.casefold()
        found = names.get(folded)
        if found is None:
            bare = folded.strip(_EDGES)
            found = names.get(bare)
            if found is None and not bare.isascii():
                cut = _HONORIFIC.sub("", bare)
                if cut != bare:
                    found = names.get(cut, names.get(f"~{cut}"))
        return -1 if found is None else found


def _called(name: str) -> tuple[str, ...]:
    """Return what people call a speaker, folded; `~` marks names good only with an honorific."""
    short = [each.casefold() for each in short_names(name)]
    called = [each for each in short if len(each) >= _MIN_NAME and " " not in each]
    bare = [each.strip(_EDGES + "[]_|`-") for each in called]
    given = [f"~{each[1:]}" for each in called if _HANGUL_NAME.match(each)]
    return tuple(dict.fromkeys([*called, *(b for b in bare if len(b) >= _MIN_LOOSE_NAME), *given]))


class _Unwrapped:
    """Turns times into minutes that go on over midnight."""

    def __init__(self) -> None:
        self._clock: float | None = None
        self._now = 0.0

    def after(self, sent_at: str) -> float:
        """Return the minutes of the next message."""
        clock, moment = minutes_of(sent_at)
        if moment is not None:
            self._now = moment
        elif clock is not None:
            if self._clock is not None:
                step = (clock - self._clock) % _DAY
                self._now += step if step <= _HALF_DAY else step - _DAY
            self._clock = clock
        return self._now
