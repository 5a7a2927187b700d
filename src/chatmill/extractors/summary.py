"""Writes the system line: what an example is about and every product in it, from its own words."""

import re
from collections.abc import Sequence

from chatmill.text.products import find_products
from chatmill.text.tokens import stem, tokens

_MAX_TOPICS = 2
_MAX_TOPIC_LETTERS = 24
_NAME = re.compile(
    r"[A-Z][A-Za-z0-9]*(?:_[A-Za-z0-9]+)+|[A-Z]{2,}[A-Z0-9]*s?|[a-z]+_[a-z_]+|[A-Za-z]+-[a-z]+"
    r"|[A-Z][a-z]?[A-Z]+[A-Za-z]*|[A-Z]+[a-z]+[A-Z]\w*"
)
_COMMON_NAMES = frozenset(
    "OK IT NO YES DM PM FAQ ID PS FYI AFAIK IMO BTW LOL ASAP THE NOT AND OR HI TODO HELP WHY HOW".split()
)
_ENGLISH_WORD = re.compile(r"[a-z]{4,}")
_COMMON_ENGLISH = frozenset(
    """about above after again against also although always another anybody anyone anything around
    because been before being below best better between both called came cannot change check come
    comes could data did different does doing done down each either else enough even ever every
    everything exactly few find first fixed free from gets give gives goes going good great guess hang
    happens hard have having hello help here hint hold idea into issue just keep kind know largest last
    least less like line lines little long look looking made make many mate maybe mean means might mine
    more most much must myself need never next nice none nothing numb only open other others over own
    part place please possible problem question quite rather read reach real really reason right same
    says seems seen sees send sent should show since some somebody someone something soon sorry still
    such sure take taken takes tell than thank thanks that their them then there these they thing things
    think this those though through time times together tried tries true trying turn under until used
    uses using usual very wait want wants well went were what when where which while whole whose will
    with within without wondering work working works would write wrong yeah your yours plain always
    around back being case ones start started stop stopped strange exactly inside left once""".split()
)
_KOREAN_WORD = re.compile(r"[가-힣]{2,}")
_COMMON_KOREAN = frozenset(
    """어떻 어떻게 무엇 무슨 어디 어느 언제 얼마 혹시 정말 그냥 지금 다시 이번 저번 이것 그것 저것 여기 거기
    우리 제가 저희 사용 경우 방법 문제 질문 확인 가능 설정 값이 관련 때문 정도 다른 같은 모두 계속 항상 직접 먼저
    다음 이후 이전 원할 원하 하나 둘다 하면 하나요 되나 되나요 있나요 없나요 싶은데요 싶습니다 알려주세요 좀더 조금
    그럼 그러면 그리고 그런데 근데 하지만 그래서 만약 아마 역시 최대 최소 보통 기본 자꾸 가끔 이상하 무조건 진짜""".split()
)
_KOREAN_VERB_END = re.compile(
    r"(?:나요|까요|가요|어요|아요|에요|예요|세요|니다|니까|려면요|려면|하면|되면|으면|는데요|는데|은데요|습니다"
    r"|지요|죠|해서|하고|되고|돼요|안돼|하게|면요|해도|써도|해야|써야|어야|네요|던데|려고|하는|되는|있는|없는|나오|주는"
    r"|않으면|않고|않는|하려|됩니|들어가|몇|뭔|인가|건가|을까|하지|다고|라고|라면|거나|때는|때)$"
)
_PARTICLE_END = re.compile(
    r"^(?P<noun>[가-힣]{2,}?)(?:에서는|으로는|에서|으로|까지|부터|에는|은|는|이|가|을|를|의|에|로|도|와|과)$"
)


def system_line(
    questions: Sequence[str],
    answers: Sequence[str],
    *,
    products: Sequence[str],
    language: str,
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


def _english_line(products: tuple[str, ...], topics: tuple[str, ...]) -> str:
    topic = " and ".join(topics)
    if not products:
        return f"This is information about {topic}." if topic else "This is a support conversation."
    if len(products) == 1:
        owner = f"the {products[0]}"
        return f"This is information about {owner}{_possessive(owner, topic)}."
    listed = f"the {', '.join(products[:-1])} and {products[-1]}"
    return f"This is information about {listed}{': ' + topic if topic else ''}."


def _possessive(owner: str, topic: str) -> str:
    if not topic:
        return ""
    return f"' {topic}" if owner.endswith("s") else f"'s {topic}"


def _korean_line(products: tuple[str, ...], topics: tuple[str, ...]) -> str:
    """`의` and `에 관한` follow any sound, so no particle can come out wrong."""
    topic = ", ".join(topics)
    named = ", ".join(products)
    if named and topic:
        return f"{named}의 {topic}에 관한 정보입니다."
    if named or topic:
        return f"{named or topic}에 관한 정보입니다."
    return "고객 지원 대화입니다."


def _topics(
    questions: Sequence[str], answers: Sequence[str], products: Sequence[str], language: str
) -> tuple[str, ...]:
    """Choose names (SPI, Sn_KPALVTR) of the questions, then their nouns, then names of answers."""
    taken = {part.casefold() for product in products for part in (product, *product.split("-"))}
    chosen: dict[str, str] = {}
    nouns = _korean_nouns if language == "ko" else _english_nouns
    for texts, find in ((questions, _names), (questions, nouns), (answers, _names)):
        for text in texts:
            for word in find(text):
                key = stem(word)
                if len(chosen) < _MAX_TOPICS and key not in taken and word.casefold() not in taken:
                    chosen.setdefault(key, word)
    return tuple(chosen.values())


def _names(text: str) -> list[str]:
    return [
        token.text
        for token in tokens(text)
        if _NAME.fullmatch(token.text)
        and token.text.upper() not in _COMMON_NAMES
        and len(token.text) <= _MAX_TOPIC_LETTERS
        and not find_products(token.text)
    ]


def _english_nouns(text: str) -> list[str]:
    words = [token.text for token in tokens(text)]
    plain = [w for w in words if _ENGLISH_WORD.fullmatch(w) and w not in _COMMON_ENGLISH]
    return sorted(plain, key=lambda w: w.endswith(("ing", "ly", "ed")))


def _korean_nouns(text: str) -> list[str]:
    nouns: list[str] = []
    for token in tokens(text):
        word = token.text
        if not _KOREAN_WORD.fullmatch(word) or _KOREAN_VERB_END.search(word):
            continue
        with_particle = _PARTICLE_END.match(word)
        noun = with_particle.group("noun") if with_particle else word
        if noun not in _COMMON_KOREAN and word not in _COMMON_KOREAN:
            nouns.append(noun)
    return nouns


def products_of_example(
    turn_texts: Sequence[str], around: Sequence[str], known: Sequence[str]
) -> tuple[str, ...]:
    """Return the products of the turns; where they name none, the first of what is around them.

    Args:
        turn_texts: Questions and answers in order.
        around: Texts of the thread, then of the whole conversation.
        known: Product names of the settings.
    """
    return find_products(turn_texts, known) or find_products(around, known)[:1]
