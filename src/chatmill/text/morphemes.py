"""Cuts text into units of meaning for comparing: Korean by morpheme, without its endings.

With the extra `korean` words are analysed by Kiwi; without it particles and common endings are
cut off by rules. Each Korean word is analysed by itself, so the same word always gives the same
units and is analysed once.
"""

import re
from dataclasses import dataclass
from functools import lru_cache
from importlib.util import find_spec
from typing import TYPE_CHECKING, Literal

from chatmill.text.tokens import stem

if TYPE_CHECKING:
    from kiwipiepy import Kiwi

Role = Literal["", "subject", "object", "to", "from", "of"]
"""What a Korean particle makes of the word before it."""

_PIECE = re.compile(
    r"""
      (?P<url>    https?://[^\s<>"'）)]+ | \bwww\.[^\s<>"'）)]+ )
    | (?P<mail>   [A-Za-z0-9._+-]{1,64}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63})+ )
    | (?P<amount> (?<![A-Za-z0-9_.]) (?:(?<![\w)\]])[-+−])?
                  \d{1,18}+(?:,\d{3})*+(?:\.\d{1,18}+)?+
                  (?= (?:[A-Za-zµμΩ°%℃]{1,6}+)?+ (?! [.:/]?[A-Za-z0-9_] | -\d | \( ) ) )
    | (?P<name>   [A-Za-z0-9_]++ (?:[.:'’/-][A-Za-z0-9_]++)*+ )
    | (?P<hangul> [가-힣]++ )
    | (?P<sign>   [<>=!]=|[<>≤≥≠%℃Ω°µμ]++ )
    | (?P<other>  [^\W\d_]++ )
    """,
    re.VERBOSE,
)
_CONTRACTION = re.compile(r"([a-z]+n)['’]t", re.IGNORECASE)
_CLITIC = re.compile(r"['’](?:s|re|ve|ll|d|m)$", re.IGNORECASE)
_HARD = re.compile(r"\d|_|[a-z][A-Z]|[A-Z]{2}")
_LETTERS_ASKED_ABOUT = 24
"""Longer runs of Hangul are no word; they are cut by rules."""
_MAKES_NEGATION = frozenset({"않", "못하", "말", "없", "아니", "안", "못"})
_LIGHT = frozenset({"하", "되", "시키", "이"})
"""Verbs that only make a verb of the noun before them."""
_OTHER_TAGS = frozenset({"XR", "XPN", "XSN", "IC", "UN"})
"""Kiwi's tags of roots, prefixes, suffixes of nouns, exclamations and unknown words."""
_ROLES: dict[str, Role] = {
    "은": "subject", "는": "subject", "이": "subject", "가": "subject", "께서": "subject",
    "을": "object", "를": "object", "의": "of",
    "에게": "to", "에": "to", "로": "to", "으로": "to", "한테": "to", "께": "to",
    "에서": "from", "부터": "from", "에게서": "from", "한테서": "from",
}  # fmt: skip
_ENDINGS = re.compile(
    r"(?:하(?:고|며|면|지|여|는|기|려면|세요|십시오|시면|게)|합니다|합니까|해야|해서|했습니다|해요"
    r"|했어요|한다|하다|됩니다|되나요|되어|돼요|되는|되면|되지|된다|되고|입니다|입니까|이에요"
    r"|예요|인가요|이고|이며|이면|인데|습니다|습니까|세요|십시오|시면|나요|네요|어요|아요|지요"
    r"|죠|는데|지만|으면|면|고|며)$"
)


@dataclass(frozen=True, slots=True)
class Unit:
    """One word, morpheme, number, name or sign, made comparable."""

    key: str
    """What is compared: no case, no particle, no ending."""
    start: int
    """First code point in the text."""
    end: int
    """One past the last code point in the text."""
    is_hard: bool
    """Whether it is wrong as soon as one letter differs: a number, name, address or sign."""
    role: Role = ""
    """Of a Korean word, what its particle makes of it."""


@dataclass(frozen=True, slots=True)
class _Part:
    """One unit inside a run of Hangul, offsets from its start."""

    key: str
    start: int
    end: int
    role: Role = ""


def has_morphemes() -> bool:
    """Tell whether the extra `korean` is installed."""
    return find_spec("kiwipiepy") is not None


def units(text: str) -> tuple[Unit, ...]:
    """Return everything that carries meaning, in order.

    Args:
        text: Any text; cost is linear in its length, a Korean word is analysed once.
    """
    found: list[Unit] = []
    for match in _PIECE.finditer(text):
        kind, word, start = match.lastgroup, match.group(), match.start()
        if kind == "hangul":
            found += _hangul(text, word, start, found)
        elif kind == "name":
            found += _name(word, start)
        elif kind in ("url", "mail"):
            word = word.rstrip(".,;:!?")
            found.append(Unit(word.casefold(), start, start + len(word), is_hard=True))
        elif kind == "amount":
            key = word.replace(",", "").replace("−", "-").lstrip("+")
            found.append(Unit(key, start, match.end(), is_hard=True))
        else:
            found.append(Unit(word.casefold(), start, match.end(), is_hard=kind == "sign"))
    return tuple(found)


def _name(word: str, start: int) -> list[Unit]:
    contraction = _CONTRACTION.fullmatch(word)
    if contraction:
        verb = contraction.group(1).casefold()
        middle = start + len(verb)
        verb = {"won": "will", "can": "can"}.get(verb, verb[:-1])
        return [
            Unit(stem(verb), start, middle, is_hard=False),
            Unit("not", middle, start + len(word), is_hard=False),
        ]
    if word.casefold() == "cannot":
        return [
            Unit("can", start, start + 3, is_hard=False),
            Unit("not", start + 3, start + 6, is_hard=False),
        ]
    bare = _CLITIC.sub("", word)
    if _HARD.search(bare):
        return [Unit(bare.casefold(), start, start + len(bare), is_hard=True)]
    parts: list[Unit] = []
    position = start
    for part in re.split(r"[.:'’/-]", bare):
        if part:
            parts.append(Unit(_stem(part), position, position + len(part), is_hard=False))
        position += len(part) + 1
    return parts


@lru_cache(maxsize=65536)
def _stem(word: str) -> str:
    """Fold plural and verb endings of an English word; equal words stay equal."""
    folded = stem(word)
    if not folded.isascii():
        return folded
    for ending, least in (("ing", 6), ("ed", 5), ("ies", 5), ("es", 5), ("e", 4)):
        if folded.endswith(ending) and len(folded) >= least:
            folded = folded[: -len(ending)]
            break
    if len(folded) > len("set") and folded[-1] == folded[-2]:
        folded = folded[:-1]
    return folded


def _hangul(text: str, word: str, start: int, before: list[Unit]) -> list[Unit]:
    led_by = text[start - 1] if start else ""
    lead = "" if not (led_by.isascii() and led_by.isalnum()) else "8" if led_by.isdigit() else "W"
    parts, role = _analysed(word, lead)
    if role and lead and before and not before[-1].role:
        last = before[-1]
        before[-1] = Unit(last.key, last.start, last.end, last.is_hard, role)
    return [
        Unit(part.key, start + part.start, start + part.end, is_hard=False, role=part.role)
        for part in parts
    ]


@lru_cache(maxsize=65536)
def _analysed(word: str, lead: str) -> tuple[tuple[_Part, ...], Role]:
    """Return the units of a run of Hangul, and the role it gives what it hangs on."""
    if len(word) > _LETTERS_ASKED_ABOUT or not has_morphemes():
        return _by_rules(word, lead)
    parts: list[_Part] = []
    leading: Role = ""
    for token in _kiwi().tokenize(lead + word):
        start = token.start - len(lead)
        if start < 0:
            continue
        if token.tag.startswith("J"):
            role = _ROLES.get(token.form, "")
            if parts:
                last = parts[-1]
                parts[-1] = _Part(last.key, last.start, last.end, last.role or role)
            else:
                leading = leading or role
            continue
        if _carries_meaning(token.form, token.tag):
            end = min(len(word), start + max(token.len, 1))
            parts.append(_Part(_folded(token.form), start, max(end, start + 1)))
    return tuple(parts), leading


def _carries_meaning(form: str, tag: str) -> bool:
    if tag.startswith("VX"):
        return form in _MAKES_NEGATION
    if form in _LIGHT:
        return False
    return (tag[0] in "NVM" and tag != "VCP") or tag in _OTHER_TAGS


def _folded(form: str) -> str:
    return {"아니하": "않", "안되": "안", "못되": "못"}.get(form, form)


def _by_rules(word: str, lead: str) -> tuple[tuple[_Part, ...], Role]:
    if lead and word in _ROLES:
        return (), _ROLES[word]
    cut = _ENDINGS.sub("", word) if len(word) > 1 else word
    key = stem(cut or word)
    role: Role = _ROLES.get(word[len(key) :], "") if word.startswith(key) else ""
    return (_Part(key, 0, len(word), role),), ""


@lru_cache(maxsize=1)
def _kiwi() -> "Kiwi":
    from kiwipiepy import Kiwi

    return Kiwi(num_workers=1, model_type="cong")
