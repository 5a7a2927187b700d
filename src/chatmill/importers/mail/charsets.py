"""Decodes what mails hold, whatever their labels say."""

import re
from binascii import Error as Base64Error
from email.errors import HeaderParseError
from email.header import Header, decode_header

from chatmill.importers.decoding import HANGUL_SHARE, MARKING

ALIASES = {
    **dict.fromkeys(
        (
            "euc-kr",
            "euckr",
            "ks_c_5601-1987",
            "ks_c_5601_1987",
            "ks_c_5601",
            "ksc5601",
            "ks_c_5601-1989",
            "windows-949",
            "x-windows-949",
            "ms949",
            "uhc",
            "korean",
        ),
        "cp949",
    ),
    **dict.fromkeys(("gb2312", "gbk", "x-gbk", "gb_2312-80"), "gb18030"),
    **dict.fromkeys(("shift_jis", "shift-jis", "sjis", "x-sjis", "windows-31j"), "cp932"),
    **dict.fromkeys(("iso-8859-1", "latin1", "latin-1", "iso8859-1"), "cp1252"),
    **dict.fromkeys(("utf8", "utf-8-sig", "unicode-1-1-utf-8", "cp65001"), "utf-8"),
    "unicode-1-1-utf-7": "utf-7",
    "big5": "big5hkscs",
}
"""Labels of mails → Python codecs that read them and what is written under them."""
WEAK = frozenset({"", "us-ascii", "ascii", "cp1252", "default", "unknown-8bit", "x-unknown"})
"""Labels that fit any bytes, or say nothing."""
_HANGUL = re.compile(r"[\uac00-\ud7a3]")
_BEYOND_ASCII = re.compile(r"[^\x00-\x7f]")
_FOLD = re.compile(r"[\r\n]+[ \t]*")
_WORD = re.compile(r"=\?[^?\s]+\?[bBqQ]\?[^?]*\?=")


def decoded(data: bytes, label: str = "") -> str:
    """Decode bytes as they were meant.

    Args:
        data: Any bytes.
        label: Charset the mail names; believed last where the bytes speak against it.

    Returns:
        The text; bytes nobody can read come as lone surrogates (`decoding.is_damaged`).
    """
    name = label.strip().strip("\"'").lower()
    codec = ALIASES.get(name, name)
    if data.isascii():
        if codec.startswith(("iso-2022", "iso2022", "utf-7", "hz")):
            return _strictly(data, codec) or data.decode("ascii")
        return data.decode("ascii")
    for candidate in ("utf-8", "" if codec in WEAK else codec):
        text = _strictly(data, candidate) if candidate else None
        if text is not None:
            return text
    return _guessed(data, codec)


def words_of(value: str | Header | None) -> str:
    """Decode a header: encoded words, and bytes that stand there as they are."""
    if value is None:
        return ""
    text = _FOLD.sub(" ", _raw(value) if isinstance(value, Header) else str(value))
    if "=?" not in text or not _WORD.search(text):
        return " ".join(_bare(text).split())
    try:
        pieces = decode_header(text)
    except (HeaderParseError, Base64Error, ValueError):
        return " ".join(_bare(text).split())
    whole = ""
    for piece, label in pieces:
        whole += _bare(piece) if isinstance(piece, str) else decoded(piece, label or "")
    return " ".join(whole.split())


def _raw(value: Header) -> str:
    """Return a header with its bytes as the parser found them."""
    return "".join(
        piece if isinstance(piece, str) else piece.decode("ascii", "surrogateescape")
        for piece, _ in decode_header(value)
    )


def _bare(text: str) -> str:
    """Decode bytes the parser could only carry along."""
    if text.isascii():
        return text
    return decoded(text.encode("utf-8", "surrogateescape"))


def _strictly(data: bytes, codec: str) -> str | None:
    try:
        return data.decode(codec)
    except (UnicodeError, LookupError, ValueError):  # no text of it, no such codec
        return None


def _guessed(data: bytes, codec: str) -> str:
    text = _strictly(data, "cp949")
    if text is not None and len(_HANGUL.findall(text)) >= HANGUL_SHARE * len(
        _BEYOND_ASCII.findall(text)
    ):
        return text
    if codec in WEAK:
        text = _strictly(data, "cp1252")
        if text is not None:
            return text
    from charset_normalizer import from_bytes

    best = from_bytes(data).best()
    if best is not None:
        text = _strictly(data, best.encoding)
        if text is not None:
            return text
    try:
        return data.decode("cp1252" if codec in WEAK else codec, MARKING)
    except (LookupError, UnicodeError, ValueError):
        return data.decode("utf-8", MARKING)
