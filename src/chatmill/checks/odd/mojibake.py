"""Letters read with the wrong encoding: Ã©, ì•ˆë…•, ¾È³ç, 占쏙옙, �."""

import re
from collections.abc import Iterator

from chatmill.checks.odd.places import Odd

_LOST = re.compile(
    "\ufffd+|(?:占쏙옙|占쏙|쏙옙|占싼|占시|占쌍)+|뷁+|(?:锟斤拷|锟斤|斤拷)+|(?:烫烫|屯屯)+"
)
_WESTERN = re.compile(
    "[\u0080-\u00ff\u0152\u0153\u0160\u0161\u0178\u017d\u017e\u0192\u02c6\u02dc\u2013\u2014\u2018-\u201e"
    "\u2020-\u2022\u2026\u2030\u2039\u203a\u20ac\u2122]{2,}"
)
_RARE = re.compile(r"(?:\??[가-힣]\??){2,}")
_CP1252 = {bytes([byte]).decode("cp1252", "replace"): byte for byte in range(0x80, 0xA0)}
_MIN_RARE = 2


def odd_letters(text: str) -> Iterator[Odd]:
    """Yield each run of damaged letters, with what they may have been."""
    if text.isascii():
        return
    for match in _LOST.finditer(text):
        yield Odd("mojibake", match.start(), match.end(), "holds letters that were lost")
    for match in _WESTERN.finditer(text):
        meant = _meant(match.group()) or _standing_alone(text, match)
        if meant:
            yield Odd(
                "mojibake",
                match.start(),
                match.end(),
                f"was read with the wrong encoding, perhaps {meant}",
            )
    for match in _RARE.finditer(text):
        n_rare = sum(not _is_common(letter) for letter in match.group() if letter != "?")
        if n_rare >= _MIN_RARE and ("?" in match.group() or n_rare > len(match.group()) // 3):
            yield Odd("mojibake", match.start(), match.end(), "was read with the wrong encoding")


def _meant(run: str) -> str:
    """Return what a run says as UTF-8 or as two Korean letters or more; empty where nothing."""
    raw = b"".join(_byte(letter) for letter in run)
    decoded = raw.decode("utf-8", "ignore")
    if decoded and len(raw) - len(decoded.encode()) <= 2 and _is_text(decoded):  # noqa: PLR2004 - the edges of a run may be cut
        return decoded
    korean = _korean(raw)
    return korean if len(korean) > 1 else ""


def _standing_alone(text: str, match: re.Match[str]) -> str:
    """Return the one Korean letter a run of two may be, where it is a word of its own."""
    around = text[max(0, match.start() - 1) : match.start()] + text[match.end() : match.end() + 1]
    if len(match.group()) != 2 or any(letter.isalnum() for letter in around):  # noqa: PLR2004 - bytes of a Korean letter
        return ""
    return _korean(b"".join(_byte(letter) for letter in match.group()))


def _korean(raw: bytes) -> str:
    try:
        decoded = raw.decode("euc_kr")
    except UnicodeDecodeError:
        return ""
    return decoded if all("가" <= letter <= "힣" for letter in decoded) else ""


def _is_text(decoded: str) -> bool:
    return all(not "\u0080" <= letter <= "\u009f" for letter in decoded)


def _byte(letter: str) -> bytes:
    byte = _CP1252.get(letter, ord(letter))
    return bytes([byte]) if byte <= 0xFF else b""  # noqa: PLR2004 - one byte


def _is_common(letter: str) -> bool:
    """Tell whether a syllable is one of the 2,350 that Korean is written with."""
    try:
        letter.encode("euc_kr")
    except UnicodeEncodeError:
        return False
    return True
