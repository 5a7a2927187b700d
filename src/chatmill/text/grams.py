"""Short pieces of words that find a text again: pairs of CJK letters, three letters of the rest.

Korean glues particles to words and writes many words in two syllables, so what finds `소켓을` by
`소켓` is pairs of letters. Three Latin letters say more than two, and a search for fewer finds the
beginnings of words.
"""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from zlib import crc32

PAIR = 2
TRIPLE = 3
WORDS_IN_MEMORY = 50_000
_CJK = (
    "\u1100-\u11ff\u3040-\u30ff\u3130-\u318f\u3400-\u9fff\ua960-\ua97f\uac00-\ud7ff\uf900-\ufaff"
    "\U00020000-\U000323af"
)
_RUN = re.compile(rf"[{_CJK}]+|[^\W_{_CJK}]+")
_IS_CJK = re.compile(rf"[{_CJK}]")
_PART = re.compile(r'"([^"]*)"?|([^\s"]+)')


@dataclass(frozen=True, slots=True)
class SearchWords:
    """What somebody searches for: every term must occur."""

    terms: tuple[str, ...]
    """Folded; of `SPI clock` two, of `"SPI clock"` one."""
    keys: frozenset[int]
    """Keys of the pieces every matching text has."""
    has_short: bool
    """Whether a term is so short that it only finds beginnings of words."""

    def found_in(self, texts: Iterable[str]) -> bool:
        """Say whether the terms all stand in some texts, each in one of them."""
        folded_texts = [folded(each) for each in texts]
        if not all(any(term in text for text in folded_texts) for term in self.terms):
            return False
        if not self.has_short:
            return True
        return self.keys <= {key for text in folded_texts for key in _keys(text)}


def folded(text: str) -> str:
    """Return a text as it is compared: without case, width, form of Hangul or kind of space."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def text_keys(texts: Iterable[str]) -> set[int]:
    """Return the keys of all pieces of some texts, each a signed 32-bit number."""
    return {key for text in texts for key in _keys(folded(text))}


def read_search(query: str) -> SearchWords | None:
    """Read what somebody typed: words that must all occur, `"…"` for words in a row.

    Returns:
        None where it holds no letter and no digit.
    """
    terms = [folded(quoted or plain) for quoted, plain in _PART.findall(query)]
    terms = [term for term in dict.fromkeys(terms) if _RUN.search(term)]
    pieces = {
        piece
        for term in terms
        for run in _RUN.findall(term)
        for piece in (_pieces(run) - ({_head(run)} if len(run) >= _n(run) else set()))
    }
    if not pieces:
        return None
    is_short = any(len(run) < _n(run) for term in terms for run in _RUN.findall(term))
    return SearchWords(tuple(terms), frozenset(map(_key, pieces)), is_short)


def _keys(text: str) -> set[int]:
    return {key for run in _RUN.findall(text) for key in _run_keys(run)}


@lru_cache(maxsize=WORDS_IN_MEMORY)
def _run_keys(run: str) -> frozenset[int]:
    return frozenset(_key(piece) for piece in _pieces(run))


def _pieces(run: str) -> set[str]:
    """Return a run's pieces of full length, and its beginning, one letter shorter."""
    n = _n(run)
    return {run[at : at + n] for at in range(len(run) - n + 1)} | {_head(run)}


def _head(run: str) -> str:
    return run[: _n(run) - 1]


def _n(run: str) -> int:
    return PAIR if _IS_CJK.match(run) else TRIPLE


def _key(piece: str) -> int:
    return crc32(piece.encode()) - (1 << 31)
