"""Plants one error in a text, or cleans it lightly, without looking at how chatmill checks.

Nothing of the checks is imported and no word list is shared with them: what is planted here was
written down before, and apart from, what they look for.
"""

import random
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

_OFTEN, _SOMETIMES = 0.5, 0.3
"""How often a planter takes its other way."""
_HANGUL_SYLLABLES, _FINALS, _FINAL_B = 11172, 28, 17
KINDS = ("number", "unit", "part", "register", "negation", "party", "foreign")
_UNITS = {
    "us": ["ms", "ns"], "ms": ["us", "s"], "s": ["ms", "min"], "sec": ["min", "ms"],
    "seconds": ["minutes", "ms"], "minutes": ["seconds", "hours"],
    "hours": ["minutes", "days"], "days": ["hours", "weeks"], "MHz": ["kHz", "GHz"],
    "kHz": ["MHz", "Hz"], "GHz": ["MHz"], "Hz": ["kHz"], "KB": ["MB", "bytes"],
    "MB": ["KB", "GB"], "GB": ["MB", "TB"], "kB": ["MB"], "bytes": ["bits", "KB"],
    "byte": ["bit"], "bits": ["bytes"], "bit": ["byte"], "V": ["mV", "A"], "mA": ["uA", "A"],
    "A": ["mA"], "Mbps": ["Gbps", "kbps"], "px": ["em", "%"], "%": ["px", "ppm"],
    "mm": ["cm", "um"], "kΩ": ["Ω"], "Ω": ["kΩ"], "uF": ["nF", "pF"], "nF": ["uF"],
    "pF": ["nF"], "pins": ["sockets"], "years": ["months"], "초": ["분", "밀리초"],
    "분": ["초", "시간"], "시간": ["분", "일"], "바이트": ["비트", "킬로바이트"],
    "비트": ["바이트"], "개": ["쌍"], "일": ["주", "개월"], "번": ["회선"], "도": ["퍼센트"],
    "볼트": ["암페어"], "채널": ["핀"], "핀": ["채널"], "개월": ["일"], "년": ["개월"],
    "°C": ["°F"], "W": ["mW"], "회": ["초"],
}  # fmt: skip
_PARTIES_EN = (
    "client server", "buyer seller", "master slave", "input output", "before after",
    "higher lower", "high low", "send receive", "enable disable", "enabled disabled",
    "read write", "upload download", "source destination", "first last", "min max",
    "minimum maximum", "open close", "start stop", "tx rx", "up down", "left right",
    "increase decrease", "static dynamic", "frontend backend", "parent child",
    "internal external", "local remote", "public private", "true false", "inside outside",
    "more less", "always never", "allow block", "add remove", "connect disconnect", "old new",
    "top bottom", "same different", "user admin", "sender receiver", "above below",
    "faster slower", "larger smaller", "import export", "push pull", "with without",
)  # fmt: skip
_PARTIES_KO = (
    "클라이언트 서버", "판매자 구매자", "송신 수신", "마스터 슬레이브", "입력 출력",
    "전에 후에", "높 낮", "활성화 비활성화", "읽기 쓰기", "이상 이하", "최대 최소",
    "처음 마지막", "내부 외부", "왼쪽 오른쪽", "위 아래", "많 적", "크 작", "빠르 느리",
    "시작 종료", "켜 끄", "증가 감소", "포함 제외", "유선 무선", "필수 선택", "보내 받",
    "이전 이후", "먼저 나중에", "정적 동적", "설치 제거", "성공 실패", "열 닫", "올라 내려",
)  # fmt: skip
_DENY_EN = (
    (r"\b(is|are|was|were|can|should|must|will|would)\b(?! not|n't)", r"\1 not"),
    (r"\b(does|did|has|could|may)\b(?! not|n't)", r"\1 not"),
    (r"\b(is|are|was|were|can|should|must|will|would|do|does|did|could|has) not\b", r"\1"),
    (r"\bcan't\b|\bcannot\b", "can"), (r"\bdon't\b", "do"), (r"\bdoesn't\b", "does"),
    (r"\bisn't\b", "is"), (r"\bwon't\b", "will"), (r"\bdidn't\b", "did"),
    (r"\baren't\b", "are"), (r"\bnever\b", "always"),
    (r"\b(supports|works|needs|returns|uses|gets|means)\b", r"never \1"),
    (r"\b(allows|keeps|holds|starts|reads|gives)\b", r"never \1"),
    (r"^(Use|Set|Write|Read|Check|Connect|Keep|Try|Add|Call|Send|Wait)\b", r"Do not \1"),
    (r"\bno\b", "a"), (r"\bwithout\b", "with"),
    (r"\b(have|need|want|use) (a|the|to)\b", r"don't \1 \2"), (r"\bunable to\b", "able to"),
)  # fmt: skip
_DENY_KO = (
    ("있습니다", "없습니다"), ("없습니다", "있습니다"), ("있어요", "없어요"),
    ("없어요", "있어요"), ("불가능", "가능"), ("(?<!불)가능", "불가능"),
    ("지 않습니다", "ㅂ니다"), ("(?<![가-힣])안 (?=[가-힣])", ""),
    ("(?<=[가-힣])됩니다", "되지 않습니다"), ("(?<=[가-힣])합니다", "하지 않습니다"),
    ("하세요", "하지 마세요"), ("주세요", "주지 마세요"), ("(?<![가-힣])됩니다", "안 됩니다"),
    ("입니다", "이 아닙니다"), ("해요", "하지 않아요"), ("(?<=[가-힣])돼요", "되지 않아요"),
    ("(?<= )못 ", ""), ("예요|이에요", "가 아니에요"), ("하면", "하지 않으면"),
    ("필요", "불필요"), ("맞습니다", "맞지 않습니다"), ("세요", "지 마세요"),
)  # fmt: skip
_NUMBER = re.compile(
    r"(?<![A-Za-z0-9_.:/#-])\d+(?:[.,]\d+)*(?![A-Za-z0-9_]*[_/:]|[A-Za-z]{3,}\d|[.,]\d)"
)
_WITH_UNIT = re.compile(
    r"(?<![A-Za-z0-9_.])\d+(?:[.,]\d+)*\s?(?P<unit>"
    + "|".join(sorted(_UNITS, key=len, reverse=True))
    + r")(?![A-Za-z0-9])"
)  # fmt: skip
_PART = re.compile(
    r"(?<![A-Za-z0-9_./@#-])(?=[A-Za-z-]*\d)[A-Za-z][A-Za-z0-9-]{2,}(?![A-Za-z0-9_/]|\.\w)"
)
_REGISTER = re.compile(
    r"(?<![A-Za-z0-9_./])(?:[A-Za-z]+_[A-Za-z0-9_]+|0x[0-9A-Fa-f]+|[A-Z]{3,}\d*|[a-z]+[A-Z]\w+)(?![A-Za-z0-9_/])"
)


@dataclass(frozen=True, slots=True)
class Edit:
    """A text with one error, and where it stands."""

    text: str
    start: int
    end: int
    was: str


def plant(kind: str, text: str, others: Sequence[str], rng: random.Random) -> Edit | None:
    """Plant one error of a kind; None where the text has no place for it.

    Args:
        kind: One of `KINDS`.
        text: A question or an answer.
        others: Sentences of other pairs, the same room's first, for foreign ones.
        rng: Chooses place and replacement.
    """
    made = _PLANTERS[kind](text, others, rng)
    return made if made is not None and made.text != text else None


def _replaced(text: str, start: int, end: int, new: str) -> Edit:
    return Edit(text[:start] + new + text[end:], start, start + len(new), text[start:end])


def _number(text: str, _: Sequence[str], rng: random.Random) -> Edit | None:
    places = list(_NUMBER.finditer(text))
    if not places:
        return None
    match = rng.choice(places)
    digits = [n for n, letter in enumerate(match.group()) if letter.isdigit()]
    at = rng.choice(digits)
    old = match.group()[at]
    choices = (
        [d for d in "123456789" if d != old] if at == 0 else [d for d in "0123456789" if d != old]
    )
    new = match.group()[:at] + rng.choice(choices) + match.group()[at + 1 :]
    return _replaced(text, match.start(), match.end(), new)


def _unit(text: str, _: Sequence[str], rng: random.Random) -> Edit | None:
    places = list(_WITH_UNIT.finditer(text))
    if not places:
        return None
    match = rng.choice(places)
    new = rng.choice(_UNITS[match.group("unit")])
    return _replaced(text, match.start("unit"), match.end("unit"), new)


def _named(pattern: re.Pattern[str]) -> Callable[[str, Sequence[str], random.Random], Edit | None]:
    def edit(text: str, others: Sequence[str], rng: random.Random) -> Edit | None:
        places = list(pattern.finditer(text))
        if not places:
            return None
        match = rng.choice(places)
        found = {
            m.group()
            for other in rng.sample(list(others), min(60, len(others)))
            for m in pattern.finditer(other)
        }
        known = sorted(name for name in found if name.casefold() != match.group().casefold())
        new = rng.choice(known) if known and rng.random() < _OFTEN else _mutated(match.group(), rng)
        return _replaced(text, match.start(), match.end(), new)

    return edit


def _mutated(name: str, rng: random.Random) -> str:
    while True:
        at = rng.randrange(1 if not name.startswith("0x") else 2, len(name))
        letter = name[at]
        if letter.isdigit():
            new = rng.choice([d for d in "0123456789" if d != letter])
        elif letter.isupper():
            new = rng.choice([d for d in "ABCDEFGHIKLMNOPRSTUVW" if d != letter])
        elif letter.islower():
            new = rng.choice([d for d in "abcdefghiklmnoprstuvw" if d != letter])
        else:
            continue
        if name.startswith("0x") and not new.isdigit():
            new = rng.choice([d for d in "ABCDEF" if d != letter.upper()])
        return name[:at] + new + name[at + 1 :]


def _negation(text: str, _: Sequence[str], rng: random.Random) -> Edit | None:
    rules = _DENY_KO if re.search(r"[가-힣]", text) else _DENY_EN
    places = [(m, new) for pattern, new in rules for m in re.finditer(pattern, text)]
    if not places:
        return None
    match, new = rng.choice(places)
    if new == "ㅂ니다":
        before = text[match.start() - 1]
        code = ord(before) - 0xAC00
        if not 0 <= code < _HANGUL_SYLLABLES or code % _FINALS:
            new = "습니다"
        else:
            return _replaced(
                text, match.start() - 1, match.end(), chr(ord(before) + _FINAL_B) + "니다"
            )
    return _replaced(text, match.start(), match.end(), match.expand(new))


def _party(text: str, _: Sequence[str], rng: random.Random) -> Edit | None:
    is_korean = bool(re.search(r"[가-힣]", text))
    found: list[Edit] = []
    for pair in _PARTIES_KO if is_korean else _PARTIES_EN:
        one, other = pair.split()
        for old, new in ((one, other), (other, one)):
            pattern = rf"(?<![가-힣]){old}(?!즈|스|업|림|음)" if is_korean else rf"\b{old}\b"
            for match in re.finditer(pattern, text, re.IGNORECASE):
                word = new.capitalize() if match.group()[0].isupper() else new
                found.append(_replaced(text, match.start(), match.end(), word))
    swapped = _exchanged(text, rng)
    if swapped is not None and (not found or rng.random() < _SOMETIMES):
        return swapped
    return rng.choice(found) if found else None


def _exchanged(text: str, rng: random.Random) -> Edit | None:
    """Exchange two names of the same kind."""
    for pattern in rng.sample([_PART, _REGISTER, _NUMBER], 3):
        places = list(pattern.finditer(text))
        if (
            len({m.group() for m in places}) <= 1
            or "\n" in text[places[0].start() : places[-1].end()]
        ):
            continue
        first, second = sorted(rng.sample(places, 2), key=lambda m: m.start())
        if first.group() == second.group():
            continue
        middle = text[first.end() : second.start()]
        new = second.group() + middle + first.group()
        return _replaced(text, first.start(), second.end(), new)
    return None


def _foreign(text: str, others: Sequence[str], rng: random.Random) -> Edit | None:
    if not others:
        return None
    new = rng.choice(others[:40] if rng.random() < _OFTEN else others)
    if new in text:
        return None
    ends = [m.end() for m in re.finditer(r"[.!?](?=\s|$)|\n", text)]
    at = rng.choice([0, len(text), *ends])
    before, after = text[:at].rstrip(" "), text[at:].lstrip(" ")
    lead = before + (
        "" if not before or before.endswith("\n") else "\n" if before[-1] not in ".!?" else " "
    )
    tail = ("\n" + after.lstrip("\n")) if after.strip() else ""
    return Edit(lead + new + tail, len(lead), len(lead) + len(new), "")


_PLANTERS: dict[str, Callable[[str, Sequence[str], random.Random], Edit | None]] = {
    "number": _number,
    "unit": _unit,
    "part": _named(_PART),
    "register": _named(_REGISTER),
    "negation": _negation,
    "party": _party,
    "foreign": _foreign,
}
_CLEANINGS: tuple[tuple[str, str], ...] = (
    (r"^(?:Hi|Hello|Hey)[,.!]*\s+(?=\w)", ""), (r"\bdo not\b", "don't"),
    (r"\bdon't\b", "do not"), (r"\bIt's\b", "It is"), (r"\bit's\b", "it is"),
    (r"\bit is\b", "it's"), (r"\bcan't\b", "cannot"), (r"\bI'm\b", "I am"),
    (r"\bI am\b", "I'm"), (r" ?:\)|[ㅋㅎㅠㅜ]{2,}|(?<=[가-힣])~+", ""), ("!+", "."),
    (r"\bteh\b", "the"), (r"\bu\b", "you"), (r"\bi\b", "I"),
    (r"(?<=\d)(?=(?:us|ms|MHz|KB|V)\b)", " "), (r"(?<=\d) (?=(?:us|ms|MHz|KB|V)\b)", ""),
    (r",(?= \w)", ""), (r"\.$", ""), ("(?<=[A-Za-z0-9가-힣])$", "."),
    ("(?<=[가-힣])합니다", "해요"), ("(?<=[가-힣])됩니다", "돼요"),
    ("(?<=[가-힣])은(?= )", "이"), ("(?<=[가-힣])를(?= )", ""), ("(?<=[가-힣])을(?= )", ""),
    ("하시면", "하면"), ("해 ?주세요", "하세요"), ("(?<=[가-힣])에서는", "에서"),
    ("(?<=[가-힣]{2}) (?=하[고면지세])", ""), ("습니다", "어요"), ("인가요", "입니까"),
    ("^안녕하세요[.!~ ]*", ""), ("  +", " "), (r"\bwanna\b", "want to"),
    (r"\bgonna\b", "going to"), (r"\bthe (?=\w)", ""), (r"\bplease\b ?", ""), (r"\?+", "?"),
)  # fmt: skip


def clean(text: str, rng: random.Random) -> str:
    """Clean a text lightly: one to three of the small things a person mends, nothing it says."""
    places = [(p, new) for p, new in _CLEANINGS if re.search(p, text, re.MULTILINE)]
    for pattern, new in rng.sample(places, min(len(places), rng.randint(1, 3))):
        text = re.sub(pattern, new, text, count=1, flags=re.MULTILINE)
    if rng.random() < _SOMETIMES:
        text = _mistyped(text, rng)
    return text.strip()


def _mistyped(text: str, rng: random.Random) -> str:
    words = list(re.finditer(r"(?<![A-Za-z0-9_./-])[a-z]{6,}(?![A-Za-z0-9_./-])", text))
    if not words:
        return text
    match = rng.choice(words)
    at = rng.randrange(1, len(match.group()) - 2)
    word = match.group()
    word = word[:at] + word[at + 1] + word[at] + word[at + 2 :]
    return text[: match.start()] + word + text[match.end() :]
