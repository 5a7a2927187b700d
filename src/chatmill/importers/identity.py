"""Gives messages an id of their own where their platform has none."""

from hashlib import blake2b

ID_BYTES = 8
_ALPHABET = "abcdefghijklmnopqrstuvwxyz234567"
_PAIRS = [first + second for first in _ALPHABET for second in _ALPHABET]
MINUTE_CHARACTERS = 16
"""Length of `2024-03-11 09:12`; some exporters write seconds, others do not."""
DAY_CHARACTERS = 10
"""Length of `2024-03-11`; some exporters give system lines no time."""


class MessageIds:
    """Names the messages of one conversation by minute, text and ordinal, never by speaker.

    The same message gets the same id in next week's longer export, and in another phone's export
    where the speaker goes by another name.
    """

    def __init__(self) -> None:
        self._by_minute = _Namer("")
        self._by_day = _Namer("day\0")

    def next_id(self, sent_at: str, text: str) -> str:
        """Name the next message of the conversation.

        Args:
            sent_at: Its time as exported; empty where there is none.
            text: Its words, or what stands in their place.
        """
        return self._by_minute.name(sent_at[:MINUTE_CHARACTERS], text)

    def next_daily_id(self, sent_at: str, text: str) -> str:
        """Name the next system line, whose minute not every exporter tells."""
        return self._by_day.name(sent_at[:DAY_CHARACTERS], text)


class _Namer:
    """Counts equal texts of the latest moment only, so memory does not grow with a conversation.

    What is older than something before it is named by both moments, which keeps names unique.
    """

    def __init__(self, prefix: str) -> None:
        self._prefix = prefix
        self._latest = ""
        self._counts: dict[bytes, int] = {}

    def name(self, moment: str, text: str) -> str:
        counts = self._counts
        if moment == self._latest:
            place = moment
        elif moment > self._latest:
            self._latest = place = moment
            counts.clear()
        else:
            place = f"{self._latest}\0{moment}"
        named = f"{self._prefix}{place}\0{text}".encode("utf-8", "surrogatepass")
        digest = blake2b(named, digest_size=ID_BYTES).digest()
        ordinal = counts.get(digest, 0)
        counts[digest] = ordinal + 1
        if ordinal:
            numbered = digest + ordinal.to_bytes(8, "big")
            digest = blake2b(numbered, digest_size=ID_BYTES).digest()
        return _base32(digest)


def _base32(digest: bytes) -> str:
    """Write eight bytes as RFC 4648 base32 in lower case, many times as fast as `base64` does."""
    number = int.from_bytes(digest, "big") << 1
    return (
        f"{_PAIRS[number >> 55]}{_PAIRS[number >> 45 & 1023]}{_PAIRS[number >> 35 & 1023]}"
        f"{_PAIRS[number >> 25 & 1023]}{_PAIRS[number >> 15 & 1023]}{_PAIRS[number >> 5 & 1023]}"
        f"{_ALPHABET[number & 31]}"
    )
