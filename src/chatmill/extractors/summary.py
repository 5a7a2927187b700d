"""Writes the system line: what an example is about and every product in it, from its own words."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from chatmill.extractors.words import (
    COMMON_ENGLISH,
    COMMON_KOREAN,
    HUNG_ON,
    LEADS,
    NO_NAMES,
)
from chatmill.text.products import find_products
from chatmill.text.tokens import Token, tokens

_MAX_TOPICS = 2
_MAX_TOPIC_WORDS = 3
_MAX_TOPIC_LETTERS = 28
_NAME = re.compile(
    r"[A-Z][A-Za-z0-9]*(?:_[A-Za-z0-9]+)+|[A-Z]{2,}[A-Z0-9]*s?|[A-Za-z0-9]+_\w+|[A-Za-z]+-[a-z]+"
    r"|[A-Z]+[a-z]+[A-Z]\w*|[A-Z]{2,}\w+|[A-Z][A-Z]?\d+[A-Z]*|IPv[46]"
)
_ENGLISH_WORD = re.compile(r"[a-z]{3,}")
_WRITTEN_WORD = re.compile(
    r"(?<!\w)(?=\w)(?P<name>[A-Za-z0-9_][A-Za-z0-9_./-]*)?(?P<rest>[가-힣]*)(?P<mark>[^\w\s]*)(?=\s|\Z)"
)
_KOREAN_VERB_END = re.compile(
    r"(?:나요|까요|가요|어요|아요|에요|예요|세요|니다|니까|려면요|려면|하면|되면|으면|는데요|는데|은데요|습니다|지요|죠"
    r"|해서|하고|되고|받고|보고|쓰고|돼요|하게|면요|해도|써도|해야|써야|어야|아야|네요|던데|려고|하는|되는|있는|없는|나는"
    r"|않는|같은|싶은|않은|하려|들어가|인가|건가|을까|하지|다고|라고|라면|거나|는지|은지|나면|쓰면|치면|리면|오면|가면|지면"
    r"|없이|같이|마다|(?<![필중개주])요|하며|면서|다가|도록|아서|어서|했더니|더니|든지|자마자|주는|오는|가는|쓰는|보는|좋은|높은|낮은|많은|작은|큰)$"
)
_PARTICLE_END = re.compile(
    r"^(?P<noun>[가-힣]+?)(?:에서는|으로는|에서|으로|까지|부터|에는|은|는|을|를|하고"
    r"|(?<=[가-힣][가-힣])(?:이|가|의|에|로|도|와|과)|(?<=값|핀|칩|선|폭|수|키)(?:이|의|에))$"
)
_MIN_SYLLABLES = 2
_FINALS_OF_MODIFIERS = (4, 8)  # ㄴ, ㄹ: 보낸, 원할
_FIRST_SYLLABLE, _FINALS = 0xAC00, 28


@dataclass(frozen=True, slots=True)
class _Phrase:
    """A run of words that may name what a question is about."""

    text: str
    weight: int


def system_line(
    questions: Sequence[str], answers: Sequence[str], *, products: Sequence[str], language: str
) -> str:
    """Return one short line in the example's language that names every product.

    Topic words are taken from the texts letter for letter; nothing is added that they do not say.

    Args:
        questions: Of every turn.
        answers: Of every turn.
        products: Every product of the example, in order of first mention.
        language: `ko` gives a Korean line, anything else an English one.
    """
    topics = _topics(questions, answers, products, language)
    return (_korean_line if language == "ko" else _english_line)(tuple(products), topics)


def products_of_example(
    turn_texts: Sequence[str], around: Iterable[str], known: Sequence[str]
) -> tuple[str, ...]:
    """Return the products of the turns; where they name none, the first of what is around them.

    Args:
        turn_texts: Questions and answers in order.
        around: Texts of the thread, then of the room; read up to the first product.
        known: Product names of the settings.
    """
    in_turns = find_products(turn_texts, known)
    if in_turns:
        return in_turns
    return next((found[:1] for text in around if (found := find_products(text, known))), ())


def _english_line(products: tuple[str, ...], topics: tuple[str, ...]) -> str:
    topic = " and ".join(topics)
    if not products:
        return f"This is information about {topic}." if topic else "This is a support conversation."
    if len(products) > 1:
        listed = f"the {', '.join(products[:-1])} and {products[-1]}"
        return f"This is information about {listed}{': ' + topic if topic else ''}."
    mark = "'" if products[0].endswith("s") else "'s"
    return f"This is information about the {products[0]}{mark + ' ' + topic if topic else ''}."


def _korean_line(products: tuple[str, ...], topics: tuple[str, ...]) -> str:
    """`의` and `에 관한` follow any sound, so no particle can come out wrong."""
    topic, named = ", ".join(topics), ", ".join(products)
    if named and topic:
        return f"{named}의 {topic}에 관한 정보입니다."
    if named or topic:
        return f"{named or topic}에 관한 정보입니다."
    return "고객 지원 대화입니다."


def _topics(
    questions: Sequence[str], answers: Sequence[str], products: Sequence[str], language: str
) -> tuple[str, ...]:
    """Choose the weightiest phrase of each question, else a name of an answer."""
    find = _korean_phrases if language == "ko" else _english_phrases
    chosen: dict[str, None] = {}
    for question in questions:
        phrases = find(question, products)
        if phrases:
            chosen.setdefault(max(phrases, key=lambda each: each.weight).text)
    if not chosen:
        names = [t.text for text in answers for t in tokens(text) if _is_name(t.text, products)]
        chosen.update(dict.fromkeys(names[:1]))
    return tuple(each for each in chosen if not _is_said(each, chosen))[:_MAX_TOPICS]


def _is_said(topic: str, topics: Iterable[str]) -> bool:
    """Tell whether a longer topic says it already: keep-alive, where TCP keep-alive stands."""
    words = f" {topic.casefold()} "
    return any(each != topic and words in f" {each.casefold()} " for each in topics)


def _english_phrases(text: str, products: Sequence[str]) -> list[_Phrase]:
    phrases: list[_Phrase] = []
    for run, before in _runs(text, products):
        kept = run[:-1] if len(run) > 1 and run[-1].text in HUNG_ON else run
        words = kept[-_MAX_TOPIC_WORDS:]
        n_names = sum(_is_name(each.text, products) for each in words)
        led = before.casefold() in LEADS
        weight = 4 * n_names + 2 * min(len(words), 2) + (led and not n_names)
        phrases.append(_phrase(text, words, weight))
    return [each for each in phrases if len(each.text) <= _MAX_TOPIC_LETTERS]


def _korean_phrases(text: str, products: Sequence[str]) -> list[_Phrase]:
    """Take runs of bare words up to one with a particle: `링크 속도가` gives `링크 속도`."""
    phrases: list[_Phrase] = []
    held: list[Token] = []
    for written in _WRITTEN_WORD.finditer(text):
        noun, is_last = _korean_noun(written, products)
        if noun is None:
            held = []
            continue
        held.append(noun)
        if is_last:
            phrases += _korean_phrase(text, held, products)
            held = []
    phrases += _korean_phrase(text, held, products)
    return [each for each in phrases if len(each.text) <= _MAX_TOPIC_LETTERS]


def _korean_noun(written: re.Match[str], products: Sequence[str]) -> tuple[Token | None, bool]:
    """Return the noun a written word begins with (None: it has none), and whether it ends a run."""
    name, rest = written.group("name") or "", written.group("rest")
    is_last = bool(written.group("mark"))
    start = written.start()
    if name:
        token = Token(name, start, start + len(name))
        return (token, is_last or bool(rest)) if _is_name(name, products) else (None, True)
    if not rest or rest in COMMON_KOREAN or _KOREAN_VERB_END.search(rest):
        return None, True
    particle = _PARTICLE_END.match(rest)
    noun = particle.group("noun") if particle else rest
    if noun in COMMON_KOREAN or (particle is None and _looks_like_modifier(rest)):
        return None, True
    return Token(noun, start, start + len(noun)), is_last or particle is not None


def _korean_phrase(text: str, held: Sequence[Token], products: Sequence[str]) -> list[_Phrase]:
    words = held[-_MAX_TOPIC_WORDS:]
    n_names = sum(_is_name(each.text, products) for each in words)
    n_letters = sum(len(each.text) for each in words)
    if not words or (not n_names and n_letters < _MIN_SYLLABLES):
        return []
    return [_phrase(text, words, 4 * n_names + 2 * min(len(words), 2))]


def _looks_like_modifier(word: str) -> bool:
    """Tell whether a word ends in ㄴ or ㄹ as `보낸` and `원할` do; some nouns are lost so."""
    final = (ord(word[-1]) - _FIRST_SYLLABLE) % _FINALS
    return len(word) >= _MIN_SYLLABLES and final in _FINALS_OF_MODIFIERS


def _is_name(word: str, products: Sequence[str]) -> bool:
    """Tell whether a word is a register, an abbreviation or the like, and no product."""
    parts = {part for product in products for part in product.casefold().split("-")}
    parts |= {product.casefold() for product in products}
    return (
        bool(_NAME.fullmatch(word))
        and word.upper() not in NO_NAMES
        and word.casefold() not in parts
        and not find_products(word)
    )


def _is_english_topic(word: str, products: Sequence[str]) -> bool:
    is_noun = bool(_ENGLISH_WORD.fullmatch(word)) and word not in COMMON_ENGLISH
    return is_noun or _is_name(word, products)


def _runs(text: str, products: Sequence[str]) -> list[tuple[list[Token], str]]:
    """Group English topic words that only a blank separates, each run with the word before it."""
    runs: list[tuple[list[Token], str]] = []
    last: Token | None = None
    is_open = False
    for token in tokens(text):
        if not _is_english_topic(token.text, products):
            is_open = False
        elif is_open and last is not None and text[last.end : token.start] == " ":
            runs[-1][0].append(token)
        else:
            runs.append(([token], last.text if last is not None else ""))
            is_open = True
        last = token
    return runs


def _phrase(text: str, words: Sequence[Token], weight: int) -> _Phrase:
    return _Phrase(text[words[0].start : words[-1].end], weight)
