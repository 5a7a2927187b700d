"""Discord, as DiscordChatExporter writes it: JSON, CSV and plain text."""

from collections.abc import Iterator

from chatmill.importers.base import ExportFile, Item
from chatmill.importers.discord.document import is_document, read_document
from chatmill.importers.discord.plain import is_plain_text, read_plain_text
from chatmill.importers.discord.sheet import is_sheet, read_sheet

__all__ = ["DiscordImporter"]


class DiscordImporter:
    """Reads one channel, thread or direct conversation."""

    name = "discord"

    def score(self, file: ExportFile) -> float:
        """Look for the exporter's own heading, columns or keys."""
        head = file.head
        return 0.99 if is_document(head) or is_sheet(head) or is_plain_text(head) else 0.0

    def read(self, file: ExportFile) -> Iterator[Item]:
        """Stream the channel and its messages."""
        if is_sheet(file.head):
            return read_sheet(file)
        if is_plain_text(file.head):
            return read_plain_text(file)
        return read_document(file)
