"""Finds what people call somebody in a text and covers it, letter by letter.

A covered text is as long as it was, so every offset into it stays true.
"""

import re
import unicodedata
from collections.abc import Iterable
from typing import Any

from chatmill.text.names import short_names

COVER = "○"
_HONORIFIC = (
    r"(?:님|씨|군|양|선생|고객|과장|대리|부장|차장|팀장|책임|선임|매니저|이사|사원|주임"
    r"|연구원|대표|실장|소장)"
)
_PARTICLE = r"(?:이가|에게|한테|이랑|께|가|이|은|는|을|를|의|도|와|과|랑)?(?![가-힣])"
_GREETING = r"(?:hi|hello|hey|dear|thanks|thank\s+you|안녕하세요)[,\s]+"
_HANGUL_NAME = re.compile(r"[가-힣]{2,}")
_LEAST_LETTERS = 2
_LEAST_LATIN = 3
_FULL_KOREAN = 3
_IDS = frozenset({"message_id", "origin"})


class NameCover:
    """What somebody is called.

    Args:
        names: Of one person, as exported.
    """

    def __init__(self, names: Iterable[str]) -> None:
        forms = {form for name in names for form in _forms(name)}
        patterns = sorted(
            {p for form in forms for p in _patterns(form)}, key=lambda p: (-len(p), p)
        )
        self._pattern = re.compile("|".join(patterns), re.IGNORECASE) if patterns else None

    def count(self, text: str) -> int:
        """Say how often a text names the person."""
        return 0 if self._pattern is None else sum(1 for _ in self._pattern.finditer(text))

    def text(self, text: str) -> str:
        """Cover every name in a text; white space stays."""
        if self._pattern is None or not text:
            return text
        return self._pattern.sub(_covered, text)

    def value(self, value: Any) -> Any:  # noqa: ANN401 - any JSON value
        """Cover every name in the texts of a JSON value; ids stay."""
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, list):
            return [self.value(each) for each in value]
        if isinstance(value, dict):
            return {k: v if k in _IDS else self.value(v) for k, v in value.items()}
        return value


def _covered(match: re.Match[str]) -> str:
    """Cover the name, not the sign or greeting before it."""
    start = next((match.start(n) for n in range(1, match.re.groups + 1) if match[n]), match.start())
    name = match.string[start : match.end()]
    hidden = "".join(each if each.isspace() else COVER for each in name)
    return match.string[match.start() : start] + hidden


def _forms(name: str) -> set[str]:
    """Return the spellings of a name: in full and up to a bracket, composed and decomposed."""
    plain = name.strip()
    written = {plain, re.split(r"[,\[(/|]", plain, maxsplit=1)[0].strip()} - {""}
    return {unicodedata.normalize(form, each) for each in written for form in ("NFC", "NFD")}


def _patterns(name: str) -> Iterable[str]:
    n_letters = sum(each.isalnum() for each in name)
    whole = r"\s+".join(re.escape(word) for word in name.split())
    if n_letters < _LEAST_LETTERS:
        return
    if _HANGUL_NAME.fullmatch(name):
        if len(name) >= _FULL_KOREAN:
            yield whole
        else:
            yield rf"(?<![가-힣]){whole}(?=\s?{_HONORIFIC}|{_PARTICLE})"
        if len(name) == _FULL_KOREAN:
            yield rf"(?<![가-힣]){name[1:]}(?=\s?{_HONORIFIC})"
        return
    if n_letters >= _LEAST_LATIN:
        yield rf"(?<![A-Za-z0-9_]){whole}(?![A-Za-z0-9_])"
    for short in short_names(name):
        yield rf"@({re.escape(short)})(?![A-Za-z0-9_])"
        if len(short) >= _LEAST_LATIN and short.isascii():
            yield rf"(?:\A|\n|{_GREETING})({re.escape(short)})(?=[,:!.]|\s*\Z|\s*\n)"
