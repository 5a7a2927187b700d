"""Names messages whose rooms and times come in any order."""

from hashlib import blake2b

from chatmill.importers.identity import ID_BYTES, MINUTE_CHARACTERS

REMEMBERED = 250_000
"""Messages whose likes are counted: the last so many, up to twice that."""


class ScatteredIds:
    """Names messages by minute, text and ordinal, never by speaker or place in the file.

    Memory is bounded: of messages that are equal and stand farther apart than is remembered, the
    later ones get the id of the first.
    """

    def __init__(self) -> None:
        self._recent: dict[int, int] = {}
        self._older: dict[int, int] = {}

    def next_id(self, room: str, sent_at: str, text: str) -> str:
        """Name the next message.

        Args:
            room: Key of its conversation.
            sent_at: Its time as exported; empty where there is none.
            text: Its words, or what stands in their place.
        """
        named = f"{sent_at[:MINUTE_CHARACTERS]}\0{text}".encode("utf-8", "surrogatepass")
        digest = blake2b(named, digest_size=ID_BYTES)
        ordinal = self._count(hash((room, digest.digest())))
        if ordinal:
            digest.update(b"\0" + ordinal.to_bytes(8, "big"))
        return digest.hexdigest()

    def is_first(self, room: str, name: str) -> bool:
        """Say whether the table's own id comes for the first time in a conversation."""
        return not self._count(hash((room, name)))

    def _count(self, key: int) -> int:
        """Count a key; return how often it came before."""
        before = self._recent.get(key)
        if before is None:
            before = self._older.get(key, 0)
        self._recent[key] = before + 1
        if len(self._recent) >= REMEMBERED:
            self._older, self._recent = self._recent, {}
        return before
