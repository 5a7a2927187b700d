"""KakaoTalk exports: Android and iOS (Korean and English), Windows text, Mac CSV."""

from collections.abc import Iterator, Sequence

from chatmill.importers.base import ExportFile, ExportTree, Item
from chatmill.importers.beside_media import claim_with_media, read_texts
from chatmill.importers.kakaotalk.grammar import HEADINGS, choose_grammar
from chatmill.importers.kakaotalk.mac import is_mac_csv, read_mac_csv
from chatmill.importers.kakaotalk.reader import TextReader

__all__ = ["KakaoTalkImporter"]

_CERTAIN = 0.8
HEADING_LINES = 3
"""The room's title stands in the first of these."""


class KakaoTalkImporter:
    """Reads any KakaoTalk text export and the Mac's CSV."""

    name = "kakaotalk"

    def score(self, file: ExportFile) -> float:
        """Look for the heading of an export, and for lines that only KakaoTalk writes."""
        if is_mac_csv(file.head):
            return 1.0
        lines = file.head.splitlines()
        has_heading = any(HEADINGS.match(line) for line in lines[:HEADING_LINES])
        chosen = choose_grammar(lines)
        if chosen is None:
            return 0.5 if has_heading else 0.0
        if has_heading:
            return 1.0
        is_certain = chosen.grammar.is_unmistakable or chosen.n_days > 0
        return 0.85 if is_certain and chosen.n_records > 1 else 0.3

    def read(self, file: ExportFile) -> Iterator[Item]:
        """Stream the room and its messages."""
        if is_mac_csv(file.head):
            return read_mac_csv(file)
        return TextReader(file).read()

    def claim(self, tree: ExportTree) -> Sequence[str]:
        """Name chats that have their media beside them, and the media."""
        return claim_with_media(tree, lambda file: self.score(file) >= _CERTAIN)

    def read_tree(self, tree: ExportTree, names: Sequence[str]) -> Iterator[Item]:
        """Stream the chats; their media are named by the messages."""
        return read_texts(tree, names, self.read)
