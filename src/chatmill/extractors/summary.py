"""Writes the system line: what an example is about and every product in it, from its own words."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from chatmill.text.products import find_products
from chatmill.text.tokens import Token, tokens

_MAX_TOPICS = 2
_MAX_TOPIC_WORDS = 3
_MAX_TOPIC_LETTERS = 28
_NAME = re.compile(
    r"[A-Z][A-Za-z0-9]*(?:_[A-Za-z0-9]+)+|[A-Z]{2,}[A-Z0-9]*s?|[A-Za-z0-9]+_\w+|[A-Za-z]+-[a-z]+"
    r"|[A-Z]+[a-z]+[A-Z]\w*|[A-Z]{2,}\w+|[A-Z][A-Z]?\d+[A-Z]*|IPv[46]"
)
_NO_NAMES = frozenset("OK IT NO YES DM PM FAQ ID FYI IMO BTW LOL ASAP THE NOT AND OR HI".split())
_ENGLISH_WORD = re.compile(r"[a-z]{3,}")
_LEADS = frozenset("the a an my your our no any which what of for in on at over with".split())
"""Words a noun follows."""
_COMMON_ENGLISH = frozenset(
    """about above accept accepts after again against ago all also although always and another answers
    any anybody anyone anything are around arrive arrives ask asking back because been before being
    below best better between both bring but call called calls came can cannot case change check clear
    clears close come comes compared connect could did different disable does doing done down draw draws
    drive drop drops each either else enable enough even ever every everything exactly failed fails far
    fast few find first fixed for free from get gets give gives giving goes going good got great guess
    had handle handles hang hangs happen happens hard has have having hello help here hint hold how idea
    ignore ignores include included inside into issue its just keep keeps kind know large largest last
    least left less let like little long look looking lot low made make makes makes many mate max maybe
    mean means might mine more most much must myself need needs never new next nice none not nothing now
    number numb off once one only open opens other others our out over own part place plain please
    possible problem question quick quite rather read reach reaches reading reads real really reason
    return returns right run runs same say says see seems seen sees send sends sent set sets should show
    shows side simple since slow some somebody someone something soon sorry start started starts still
    stop stopped stops strange such sure take taken takes talk tell than thank thanks that the their them
    then there these they thing things think this those though through time times together tried tries
    true try trying turn turns two under until use used uses using usual value verify very wait want
    wants was way well went were what when where which while who whole whose why will with within without
    won wondering work working works would write writes wrong yeah yes yet you your""".split()
)
_WRITTEN_WORD = re.compile(
    r"(?<!\w)(?=\w)(?P<name>[A-Za-z0-9_][A-Za-z0-9_./-]*)?(?P<rest>[가-힣]*)(?P<mark>[^\w\s]*)(?=\s|\Z)"
)
_COMMON_KOREAN = frozenset(
    """어떻 어떻게 무엇 무슨 어디 어느 언제 얼마 혹시 정말 그냥 지금 다시 이번 저번 이것 그것 저것 여기 거기
    우리 제가 저희 경우 방법 문제 질문 관련 때문 정도 다른 같은 모두 계속 항상 직접 먼저 다음 이후 이전 하나 둘
    안 못 뭐 뭘 왜 몇 좀 더 잘 꼭 또 이 그 저 수 것 거 게 때 데 등 및 제 내 네 예 아 이상 그럼 그러면 그리고
    그런데 근데 하지만 그래서 만약 아마 역시 최대 최소 보통 자꾸 가끔 이상하 무조건 진짜 매번 새로 따로 바로 함께
    오늘 어제 내일 모레 이거 그거 저거 무엇 누구 여러 일부 전부 거의 아직 이미 별도 원래 제대""".split()
)
_KOREAN_VERB_END = re.compile(
    r"(?:나요|까요|가요|어요|아요|에요|예요|세요|니다|니까|려면요|려면|하면|되면|으면|는데요|는데|은데요|습니다|지요|죠"
    r"|해서|하고|되고|받고|보고|쓰고|돼요|하게|면요|해도|써도|해야|써야|어야|아야|네요|던데|려고|하는|되는|있는|없는|나는"
    r"|않는|같은|싶은|않은|하려|들어가|인가|건가|을까|하지|다고|라고|라면|거나|는지|은지|나면|쓰면|치면|리면|오면|가면|지면"
    r"|없이|같이|하며|면서|다가|도록|아서|어서|했더니|더니|든지|자마자|주는|오는|가는|쓰는|보는|좋은|높은|낮은|많은|작은|큰)$"
)
_PARTICLE_END = re.compile(
    r"^(?P<noun>[가-힣]+?)(?:에서는|으로는|에서|으로|까지|부터|에는|은|는|이|가|을|를|의|에|로|도|와|과|하고)$"
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
    turn_texts: Sequence[str], around: Sequence[str], known: Sequence[str]
) -> tuple[str, ...]:
    """Return the products of the turns; where they name none, the first of what is around them.

    Args:
        turn_texts: Questions and answers in order.
        around: Texts of the thread, in order.
        known: Product names of the settings.
    """
    return find_products(turn_texts, known) or find_products(around, known)[:1]


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
    return tuple(chosen)[:_MAX_TOPICS]


def _english_phrases(text: str, products: Sequence[str]) -> list[_Phrase]:
    phrases: list[_Phrase] = []
    for run, before in _runs(text, products):
        words = run[-_MAX_TOPIC_WORDS:]
        n_names = sum(_is_name(each.text, products) for each in words)
        led = before.casefold() in _LEADS
        weight = 4 * n_names + 2 * min(len(words), 2) + led
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


def _korean_noun(
    written: re.Match[str], products: Sequence[str]
) -> tuple[Token | None, bool]:
    """Return the noun a written word begins with (None: it has none), and whether it ends a run."""
    name, rest = written.group("name") or "", written.group("rest")
    is_last = bool(written.group("mark"))
    start = written.start()
    if name:
        token = Token(name, start, start + len(name))
        return (token, is_last or bool(rest)) if _is_name(name, products) else (None, True)
    if not rest or rest in _COMMON_KOREAN or _KOREAN_VERB_END.search(rest):
        return None, True
    particle = _PARTICLE_END.match(rest)
    noun = particle.group("noun") if particle else rest
    if noun in _COMMON_KOREAN or (particle is None and _looks_like_modifier(rest)):
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
        and word.upper() not in _NO_NAMES
        and word.casefold() not in parts
        and not find_products(word)
    )


def _is_english_topic(word: str, products: Sequence[str]) -> bool:
    is_noun = bool(_ENGLISH_WORD.fullmatch(word)) and word not in _COMMON_ENGLISH
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
