"""Gives messages an id of their own where their platform has none."""

from base64 import b32encode
from hashlib import blake2b

ID_BYTES = 8
MINUTE_CHARACTERS = 16
"""Length of `2024-03-11 09:12`; some exporters write seconds, others do not."""


class MessageIds:
    """Names the messages of one conversation by minute, text and ordinal, never by speaker.

    The same message gets the same id in next week's longer export, and in another phone's export
    where the speaker goes by another name. Only the current minute is remembered, so memory does
    not grow with a conversation in time order; a message older than one before it is named by both
    minutes, which keeps ids unique.
    """

    def __init__(self) -> None:
        self._latest = ""
        self._counts: dict[bytes, int] = {}

    def next_id(self, sent_at: str, text: str) -> str:
        """Name the next message of the conversation.

        Args:
            sent_at: Its time as exported; empty where there is none.
            text: Its words, or what stands in their place.
        """
        minute = sent_at[:MINUTE_CHARACTERS]
        if minute > self._latest:
            self._latest = minute
            self._counts.clear()
        place = minute if minute == self._latest else f"{self._latest}\0{minute}"
        digest = _digest(f"{place}\0{text}".encode("utf-8", "surrogatepass"))
        ordinal = self._counts.get(digest, 0)
        self._counts[digest] = ordinal + 1
        if ordinal:
            digest = _digest(digest + ordinal.to_bytes(8, "big"))
        return b32encode(digest).decode("ascii").rstrip("=").lower()


def _digest(data: bytes) -> bytes:
    return blake2b(data, digest_size=ID_BYTES).digest()
