"""The same question in other forms, made without a model: politeness, order, typos, spacing.

Each form is a rule with a seed, so that two runs ask the same words. A form that changes nothing
in a question gives none.
"""

import random
import re
import zlib
from collections.abc import Callable, Sequence
from dataclasses import replace

from chatmill.stages.evaluate.questions import AskedQuestion

_HANGUL = re.compile(r"[가-힣]")
_KOREAN_FORMAL = (
    (re.compile(r"(?:은|는)?\s?몇\s?개인가요\?$"), " 몇 개야?"),
    (re.compile(r"(?:할|될) 수 있나요\?$"), "할 수 있어?"),
    (re.compile(r"하나요\?$"), "해?"),
    (re.compile(r"되나요\?$"), "돼?"),
    (re.compile(r"인가요\?$"), "이야?"),
    (re.compile(r"있나요\?$"), "있어?"),
    (re.compile(r"없나요\?$"), "없어?"),
    (re.compile(r"([가-힣])나요\?$"), r"\1나?"),
    (re.compile(r"(?:습니까|ㅂ니까)\?$"), "나?"),
    (re.compile(r"주세요[.!]?$"), "줘"),
    (re.compile(r"([가-힣])(?:어|아)요\?$"), r"\1어?"),
)
_ENGLISH_OPENING = re.compile(
    r"^(?:(?:hi|hello|hey)[,!.]?\s+)?(?:(?:can|could|would) you (?:please )?(?:tell me|explain)"
    r"|please(?: tell me)?|may i ask)[,:]?\s+",
    re.IGNORECASE,
)
_KOREAN_OPENING = re.compile(r"^(?:안녕하세요[.,!]?\s*|혹시\s+|실례지만\s*,?\s*)")
_LEAST_LETTERS = 4
"""Of a word that a typo may hit."""
_PART = re.compile(r"\d|[A-Z].*[A-Z]|_")
"""Numbers and part names stay as they are: another digit is another question."""
_NUMBERED = re.compile(r"[A-Za-z_]*\d(?:[A-Za-z0-9_.]*[A-Za-z0-9_])?")
"""Numbers and part names, whatever particle or unit stands behind them."""


def phrasings_of(
    questions: Sequence[AskedQuestion], kinds: Sequence[str], seed: int
) -> list[AskedQuestion]:
    """Ask each question again in every form that changes it.

    Args:
        questions: As they stand in the dataset; held-out phrasings are left alone.
        kinds: Names of forms; those not made by rule are passed over.
        seed: Of typos and order.

    Returns:
        The reworded questions, each with its `phrasing`, in the order of the questions.
    """
    twins = _twins(questions) if "language" in kinds else {}
    made: list[AskedQuestion] = []
    for each in questions:
        if each.split == "paraphrase":
            continue
        generator = random.Random(zlib.crc32(f"{seed} {each.question}".encode()))  # noqa: S311 - repeatable, not secret
        for kind in kinds:
            if kind == "language":
                words = twins.get((each.example_id, each.reference), "")
            elif kind in FORMS:
                words = FORMS[kind](each.question, generator)
            else:
                continue
            if words and words != each.question:
                made.append(replace(each, question=words, phrasing=kind))
    return made


def change_politeness(question: str, _generator: random.Random) -> str:
    """Make a polite question plain, or a plain one polite, in English and Korean."""
    if _HANGUL.search(question):
        bare = _KOREAN_OPENING.sub("", question)
        for polite, plain in _KOREAN_FORMAL:
            if polite.search(bare):
                return polite.sub(plain, bare)
        return bare if bare != question else f"안녕하세요. {question}"
    bare = _ENGLISH_OPENING.sub("", question)
    if bare != question:
        return bare[:1].upper() + bare[1:]
    return f"Hello, could you please tell me: {question}"


def change_order(question: str, _generator: random.Random) -> str:
    """Put the last part of a question first: its last clause, else its last two words."""
    body = question.rstrip("?!. ")
    end = question[len(body) :].strip()
    head, comma, tail = body.rpartition(", ")
    if comma:
        return f"{tail}, {head}{end}"
    words = body.split()
    n_moved = 2
    if len(words) < n_moved + 2:
        return ""
    return f"{' '.join(words[-n_moved:])}, {' '.join(words[:-n_moved])}{end}"


def make_typos(question: str, generator: random.Random) -> str:
    """Slip once: swap two letters of an English word, or drop a Korean word's particle."""
    words = question.split(" ")
    places = [
        at
        for at, word in enumerate(words)
        if len(word) >= _LEAST_LETTERS and not _PART.search(word)
    ]
    if not places:
        return ""
    at = generator.choice(places)
    word = words[at]
    place = generator.randrange(1, len(word) - 2)
    words[at] = word[:place] + word[place + 1] + word[place] + word[place + 2 :]
    return " ".join(words)


def change_spacing(question: str, generator: random.Random) -> str:
    """Leave spaces out: all of them in Korean, as people do on phones; one in English."""
    if _HANGUL.search(question):
        return re.sub(r"(?<=[가-힣]) (?=[가-힣])", "", question)
    gaps = [found.start() for found in re.finditer(r"(?<=[a-z]) (?=[a-z])", question)]
    if not gaps:
        return ""
    gap = generator.choice(gaps)
    return question[:gap] + question[gap + 1 :]


FORMS: dict[str, Callable[[str, random.Random], str]] = {
    "polite": change_politeness,
    "order": change_order,
    "typos": make_typos,
    "spacing": change_spacing,
}
"""Forms made by rule; an empty text means that the form changes nothing."""


def _twins(questions: Sequence[AskedQuestion]) -> dict[tuple[str, str], str]:
    """The question of the same conversation and place in the other language, where there is one.

    Examples that exist in both languages come from one conversation, ask at the same place, and
    name the same numbers; nothing is translated.
    """
    places: dict[tuple[str, int, frozenset[str]], list[AskedQuestion]] = {}
    for each in questions:
        if values := frozenset(_NUMBERED.findall(each.reference)):
            places.setdefault((each.conversation_id, each.turn, values), []).append(each)
    found = {}
    for group in places.values():
        for each in group:
            others = [other for other in group if other.language != each.language]
            if len(others) == 1:
                found[each.example_id, each.reference] = others[0].question
    return found
