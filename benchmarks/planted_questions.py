"""Makes support questions with known near-duplicates, in Korean and English, from a fixed seed.

Questions are put together from a situation, a trouble and a question, each from a pool of patterns
and words, so that two of them are hardly alike by accident. A near-duplicate is another row with one
to three edits as people make them: typos, spacing, politeness, punctuation, particles, filler, word
order, capitals. A counterfeit is a row in which one thing that matters is another: a number, a part
name, a negation, an opposite. Nothing here is shared with the checks: the words and edits are
written down a second time on purpose.
"""

# ruff: noqa: E501 - lists of words, broken where a person would

import random
import re
from collections.abc import Callable
from dataclasses import dataclass

from planted_words import EN, EN_FORMS, KO, KO_FORMS

PLANTED_FRACTION = 0.2
COUNTERFEIT_KINDS = ("number", "part", "negation", "opposite")
MAKERS = ("W", "STM32F", "ESP", "LAN", "KSZ", "DP", "RTL", "ENC", "AX", "CH", "MCP", "SN", "TPS")
UNITS = ("ms", "KB", "MHz", "V", "mA", "s")


@dataclass(frozen=True, slots=True, kw_only=True)
class Planted:
    """Rows, who copies whom, and who only looks alike."""

    texts: list[str]
    family: list[int]
    """Row → row it was made from, itself for an original and for a counterfeit."""
    copies: list[tuple[int, int]]
    """(original, near-duplicate), each with the original's family."""
    counterfeits: list[tuple[int, int, str]]
    """(original, look-alike that means something else, kind)."""


def plant(n_rows: int, n_counterfeits: int, seed: int = 20) -> Planted:
    """Make rows of which a fifth are near-duplicates of others.

    Args:
        n_rows: Questions in all, counterfeits not counted.
        n_counterfeits: Look-alikes added beside them, in equal parts of each kind.
        seed: The same gives the same rows.
    """
    rng = random.Random(seed)  # noqa: S311 - no secret
    n_copies = int(n_rows * PLANTED_FRACTION)
    originals = [question(rng) for _ in range(n_rows - n_copies)]
    copied = rng.sample(range(len(originals)), n_copies)
    rows = [(text, at, "") for at, text in enumerate(originals)]
    rows += [(disguised(originals[at], rng), at, "copy") for at in copied]
    for number in range(n_counterfeits):
        kind = COUNTERFEIT_KINDS[number % len(COUNTERFEIT_KINDS)]
        at = rng.randrange(len(originals))
        rows.append((counterfeit(originals[at], kind, rng), at, kind))
    order = list(range(len(rows)))
    rng.shuffle(order)
    place = {old: new for new, old in enumerate(order)}
    made = [rows[old] for old in order]
    return Planted(
        texts=[text for text, _, _ in made],
        family=[
            place[at] if kind in {"", "copy"} else new for new, (_, at, kind) in enumerate(made)
        ],
        copies=[(place[at], new) for new, (_, at, kind) in enumerate(made) if kind == "copy"],
        counterfeits=[
            (place[at], new, kind)
            for new, (_, at, kind) in enumerate(made)
            if kind in COUNTERFEIT_KINDS
        ],
    )


def is_korean(text: str) -> bool:
    """Tell Korean rows from English ones."""
    return any("가" <= letter <= "힣" for letter in text)


def question(rng: random.Random) -> str:
    """Put one question together, Korean or English."""
    korean = rng.random() < 0.5  # noqa: PLR2004 - half and half
    words = KO if korean else EN
    values = {name: rng.choice(each.split("|")) for name, each in words.items()}
    values["part"] = f"{rng.choice(MAKERS)}{rng.randint(100, 9999)}"
    values["number"] = str(rng.randint(2, 4000))
    values["unit"] = rng.choice(UNITS)
    situation, trouble, asked = (
        rng.choice(forms).format(**values) for forms in (KO_FORMS if korean else EN_FORMS)
    )
    parts = rng.choice(((situation, trouble, asked), (situation, asked), (situation, trouble)))
    return " ".join(part[0].upper() + part[1:] for part in parts)


def counterfeit(text: str, kind: str, rng: random.Random) -> str:
    """Change the one thing that matters."""
    unit = r"(?= ?(?:ms|KB|MHz|V|mA|s)(?:\b|[가-힣]))"
    if kind == "number" and re.search(rf"\d+{unit}", text):
        return re.sub(rf"\d+{unit}", lambda found: _other_number(found.group(), rng), text, count=1)
    if kind in {"number", "part"}:
        name = re.search(rf"\b(?:{'|'.join(MAKERS)})\d+", text)
        assert name is not None  # noqa: S101 - every question names a part
        digits = re.sub(r"^\D+|^STM32F", "", name.group())
        return text.replace(name.group(), name.group()[: -len(digits)] + _other_number(digits, rng))
    swaps = _NEGATIONS if kind == "negation" else _OPPOSITES
    found = [(old, new) for old, new in swaps if old in text]
    if not found:
        return counterfeit(text, rng.choice(("number", "part")), rng)
    old, new = rng.choice(found)
    return text.replace(old, new, 1)


def _other_number(digits: str, rng: random.Random) -> str:
    """Change one digit, as a slip of a finger would."""
    at = rng.randrange(len(digits))
    other = rng.choice([each for each in "123456789" if each != digits[at]])
    return digits[:at] + other + digits[at + 1 :]


_NEGATIONS = (
    ("가능한가요", "불가능한가요"), ("되나요", "안 되나요"), ("알려주세요", "알려주지 마세요"),
    ("맞습니까", "맞지 않습니까"), ("Can I change", "Can't I change"),
    ("Is it possible", "Is it impossible"), ("is that right", "is that not right"),
    ("Could you send", "Could you not send"), ("사용하고 있습니다", "사용하고 있지 않습니다"),
)  # fmt: skip
_OPPOSITES = (
    ("늘려도", "줄여도"), ("켜고", "끄고"), ("송신 완료", "수신 완료"), ("수신 대기열", "송신 대기열"),
    ("최대 길이", "최소 길이"), ("늦어집니다", "빨라집니다"), ("raise", "lower"), ("up to", "down to"),
    ("transmit queue", "receive queue"), ("receive queue", "transmit queue"), ("maximum", "minimum"),
    ("is active", "is inactive"), ("slowly", "quickly"), ("바꾸는", "바꾸지 않는"), ("after", "before"),
    ("밤에만", "낮에만"), ("only at night", "only at noon"),
)  # fmt: skip


def disguised(text: str, rng: random.Random) -> str:
    """Write a question as somebody else would: one to three edits, each of which shows."""
    korean = is_korean(text)
    edits = KOREAN_EDITS if korean else ENGLISH_EDITS
    changed = text
    for edit in rng.sample(edits, rng.choice((1, 2, 2, 3))):
        changed = edit(changed, rng)
    while changed == text:
        changed = rng.choice(edits)(changed, rng)
    return changed


def _plain_words(words: list[str]) -> list[int]:
    """Find words that hold neither digit nor capital: what a typo may hit without harm."""
    return [
        at
        for at, word in enumerate(words)
        if len(word) > 3 and not re.search(r"[0-9A-Z]", word) or re.fullmatch("[가-힣]{3,}", word)  # noqa: PLR2004, RUF021
    ]


def _ko_typo(text: str, rng: random.Random) -> str:
    """Hit a neighbouring key inside a syllable: another vowel, or the last consonant lost."""
    words = text.split(" ")
    places = _plain_words(words)
    if not places:
        return text
    at = rng.choice(places)
    letters = list(words[at])
    hangul = [i for i, letter in enumerate(letters[:-1]) if "가" <= letter <= "힣"]
    if not hangul:
        return text
    i = rng.choice(hangul)
    lead, rest = divmod(ord(letters[i]) - 0xAC00, 588)
    vowel, tail = divmod(rest, 28)
    if tail and rng.random() < 0.4:  # noqa: PLR2004 - of typos
        tail = 0
    else:
        vowel = {0: 4, 1: 5, 4: 0, 5: 1, 8: 13, 13: 8, 18: 13, 20: 18, 6: 4, 12: 8}.get(vowel, 0)
    letters[i] = chr(0xAC00 + lead * 588 + vowel * 28 + tail)
    words[at] = "".join(letters)
    return " ".join(words)


def _en_typo(text: str, rng: random.Random) -> str:
    """Drop, double, swap or miss one letter inside a word."""
    words = text.split(" ")
    places = [at for at in _plain_words(words) if len(words[at]) > 4]  # noqa: PLR2004 - letters
    if not places:
        return text
    at = rng.choice(places)
    word = words[at]
    i = rng.randrange(1, len(word) - 2)
    words[at] = rng.choice(
        (
            word[:i] + word[i + 1 :],
            word[:i] + word[i] + word[i:],
            word[:i] + word[i + 1] + word[i] + word[i + 2 :],
            word[:i] + rng.choice("abcdeghiklmnoprstuy") + word[i + 1 :],
        )
    )
    return " ".join(words)


def _spacing(text: str, rng: random.Random) -> str:
    """Leave a space out, or put one inside a word."""
    spaces = [found.start() for found in re.finditer(r"(?<=[가-힣]) (?=[가-힣])", text)]
    joints = [found.end() for found in re.finditer(r"[가-힣]{2}(?=[가-힣]{2})", text)]
    if spaces and rng.random() < 0.7:  # noqa: PLR2004 - of edits
        for at in sorted(rng.sample(spaces, min(len(spaces), rng.randint(1, 3))), reverse=True):
            text = text[:at] + text[at + 1 :]
        return text
    if joints:
        at = rng.choice(joints)
        text = f"{text[:at]} {text[at:]}"
    return text


def _swapped(pairs: tuple[tuple[str, str], ...]) -> Callable[[str, random.Random], str]:
    def edit(text: str, rng: random.Random) -> str:
        fitting = [(old, new) for old, new in pairs if re.search(old, text)]
        if not fitting:
            return text
        old, new = rng.choice(fitting)
        return re.sub(old, new, text, count=1)

    return edit


def _around(before: tuple[str, ...], after: tuple[str, ...]) -> Callable[[str, random.Random], str]:
    def edit(text: str, rng: random.Random) -> str:
        if rng.random() < 0.5:  # noqa: PLR2004 - half and half
            return f"{rng.choice(before)} {text}"
        return f"{text} {rng.choice(after)}"

    return edit


def _punctuation(text: str, rng: random.Random) -> str:
    """Change what stands at the ends of sentences."""
    return rng.choice(
        (
            text.replace("?", "??"),
            text.rstrip("?."),
            text.replace(". ", " "),
            text.replace(". ", ".. "),
            text.replace(". ", "\n"),
            text.replace("?", "? ^^"),
            text.replace(".", "~"),
        )
    )


def _sentences_turned(text: str, rng: random.Random) -> str:
    """Say the second sentence first, or swap two neighbouring words without numbers."""
    parts = re.split(r"(?<=[.?]) ", text)
    if len(parts) > 2 and rng.random() < 0.5:  # noqa: PLR2004 - of three sentences, half
        parts[0], parts[1] = parts[1], parts[0]
        return " ".join(parts)
    words = text.split(" ")
    places = [
        at
        for at in range(len(words) - 1)
        if all(re.fullmatch(r"[가-힣]{2,}", word) for word in words[at : at + 2])
    ]
    if not places:
        return text
    at = rng.choice(places)
    words[at], words[at + 1] = words[at + 1], words[at]
    return " ".join(words)


def _lower(text: str, rng: random.Random) -> str:
    del rng
    return text.lower()


KOREAN_EDITS: tuple[Callable[[str, random.Random], str], ...] = (
    _ko_typo,
    _ko_typo,
    _spacing,
    _spacing,
    _swapped(
        (
            ("알려주세요", "알려 주시면 감사하겠습니다"), ("알려주세요", "알려주실 수 있을까요"),
            ("가능한가요", "가능할까요"), ("가능한가요", "가능합니까"), ("되나요", "됩니까"),
            ("되나요", "될까요"), ("맞습니까", "맞나요"), ("맞습니까", "맞는지요"),
            ("있습니다", "있어요"), ("중입니다", "중이에요"), ("상황입니다", "상황이에요"),
            ("그렇습니다", "그래요"),
        )
    ),
    _swapped(
        (
            ("를 ", " "), ("을 ", " "), ("에서 ", "에서는 "), ("로 ", "로는 "), ("부분이", "부분은"),
            ("제품은", "제품이"), ("와 ", "하고 "), ("것이", "게"), ("쪽에서", "쪽에"), ("값을", "값은"),
        )
    ),
    _around(
        ("안녕하세요.", "안녕하세요 문의드립니다.", "혹시", "수고하십니다,", "저기요", "안녕하세요, 담당자님."),
        ("감사합니다.", "부탁드립니다.", "빠른 답변 부탁드립니다.", "수고하세요~", "ㅠㅠ"),
    ),
    _punctuation,
    _sentences_turned,
)  # fmt: skip
ENGLISH_EDITS: tuple[Callable[[str, random.Random], str], ...] = (
    _en_typo,
    _en_typo,
    _swapped(
        (
            ("Can I", "Could I"), ("Can I", "May I"), ("Could you send", "Can you please send"),
            ("Could you send", "Would you kindly send"), ("Is it possible", "Would it be possible"),
            ("is that right", "is this right"), ("I am", "I'm"), ("We use", "We are using"),
            ("It seems the", "Seems the"),
        )
    ),
    _swapped(
        (
            (" the ", " "), (" a ", " "), (" on a ", " on our "), ("Our ", "The "), ("our ", "the "),
            (" for a ", " for the "), (" of ", " "), ("with ", "using "),
        )
    ),
    _around(
        ("Hi,", "Hello team,", "Hi there.", "Good morning,", "Quick question:", "Sorry to bother you."),
        ("Thanks!", "Thanks in advance.", "Thank you very much.", "Best regards.", "Any help is welcome."),
    ),
    _punctuation,
    _sentences_turned,
    _lower,
)  # fmt: skip
