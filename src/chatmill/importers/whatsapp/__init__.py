"""WhatsApp chat exports of iPhones and Android phones, in any language's date format."""

import re
from collections.abc import Iterator, Sequence

from chatmill.importers.base import ExportFile, ExportTree, Item
from chatmill.importers.beside_media import claim_with_media, read_texts
from chatmill.importers.whatsapp.reader import ChatReader, record_of

__all__ = ["WhatsAppImporter"]

_CERTAIN = 0.8
_MARK = "\u200e"
_ISO_WITHOUT_COMMA = re.compile(r"\[?\d{4}-\d{1,2}-\d{1,2} ")
"""What many other logs write too."""


class WhatsAppImporter:
    """Reads `_chat.txt` of iPhones and `WhatsApp Chat with ….txt` of Android phones."""

    name = "whatsapp"

    def score(self, file: ExportFile) -> float:
        """Look for records, which stand from the first line on."""
        lines = [line for line in file.head.splitlines() if line.strip()]
        first = record_of(lines[0]) if lines else None
        if first is None:
            return 0.0
        n_records = sum(1 for line in lines if record_of(line))
        has_marks = _MARK in file.head or "WhatsApp" in file.head
        if _ISO_WITHOUT_COMMA.match(lines[0]) and not has_marks:
            return 0.35 if " - " in lines[0][:24] else 0.0
        return 0.97 if n_records > 1 or has_marks else 0.8

    def read(self, file: ExportFile) -> Iterator[Item]:
        """Stream the room and its messages."""
        return ChatReader(file).read()

    def claim(self, tree: ExportTree) -> Sequence[str]:
        """Name chats that have their media beside them, and the media."""
        return claim_with_media(tree, lambda file: self.score(file) >= _CERTAIN)

    def read_tree(self, tree: ExportTree, names: Sequence[str]) -> Iterator[Item]:
        """Stream the chats; their media are named by the messages."""
        return read_texts(tree, names, self.read)
