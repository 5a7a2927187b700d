"""Tells Korean from English and a few other scripts by the letters alone."""

import re

_HANGUL = re.compile(r"[\u1100-\u11ff\u3130-\u318f\uac00-\ud7a3]")
_KANA = re.compile(r"[\u3040-\u30ff]")
_HAN = re.compile(r"[\u4e00-\u9fff]")
_LATIN = re.compile(r"[A-Za-z\u00c0-\u024f]")

HANGUL_SHARE = 0.15
"""From this share of Hangul on a text is Korean: part names and code are Latin everywhere."""


def detect_language(text: str) -> str:
    """Name the language most of a text is written in.

    Latin letters count as English: the tag picks a tokenizer and a row of the report, no more.

    Returns:
        BCP 47 tag `ko`, `ja`, `zh` or `en`; empty where the text has no letters of these.
    """
    hangul, kana, han, latin = (
        len(letters.findall(text)) for letters in (_HANGUL, _KANA, _HAN, _LATIN)
    )
    n_letters = hangul + kana + han + latin
    if n_letters == 0:
        return ""
    if hangul >= HANGUL_SHARE * n_letters:
        return "ko"
    if kana >= HANGUL_SHARE * n_letters:
        return "ja"
    if han >= HANGUL_SHARE * n_letters:
        return "zh"
    return "en"
