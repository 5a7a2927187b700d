"""A dataset with planted causes: what was trained on, and questions that failed for a known reason.

It knows nothing of the rules that look for causes. Facts are a product and an attribute, in
English or Korean; an attribute has four ways to be asked. What is planted decides how often, how
consistently and in how many ways a fact is trained.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from chatmill.records import Score, Split

Planted = Literal["conflict", "one phrasing", "no neighbour", "held out", "none"]
PRODUCTS = (
    "W5500", "W5100S", "W6100", "W6300", "W7500P", "WizFi360", "WIZ750SR", "W55RP20", "WIZ550io",
    "WIZ850io", "W5300", "W5200", "W3150A", "W7500", "WIZ145SR", "WIZ1000",
)  # fmt: skip
N_EACH = 20
N_NONE = 60
N_FOLLOWED_FACTS = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Attribute:
    """What is asked of a product: four ways to ask, how it is answered, and with what."""

    language: str
    asked: tuple[str, str, str, str]
    answer: str
    values: tuple[str, str, str]


ATTRIBUTES = (
    Attribute(language="en", asked=(
        "How many sockets does the {p} have?", "Number of simultaneous connections on {p}?",
        "What is the maximum of sockets I can open on the {p} at once?",
        "Could you tell me how many TCP connections a {p} can hold open?"),
        answer="The {p} offers {v} hardware sockets.", values=("4", "8", "16")),
    Attribute(language="en", asked=(
        "What supply voltage does the {p} need?", "Which VCC should I feed the {p}?",
        "{p} operating voltage?", "Is there a recommended power rail level for {p} boards?"),
        answer="Supply the {p} with {v} and keep the ripple low.",
        values=("3.3V", "5V", "2.97V")),
    Attribute(language="en", asked=(
        "What is the temperature range of the {p}?", "How hot may the {p} get in operation?",
        "{p} industrial temperature?", "Up to how many degrees is the {p} specified?"),
        answer="The {p} is specified from -40 to {v} degrees.", values=("85", "105", "70")),
    Attribute(language="en", asked=(
        "How long is the lead time of the {p}?", "When would 1,000 pieces of {p} ship?",
        "If I order {p} today, how many weeks until delivery?", "{p} delivery time please"),
        answer="The {p} currently ships within {v} weeks of the order.", values=("4", "10", "16")),
    Attribute(language="en", asked=(
        "What is the fastest SPI clock of the {p}?", "How many MHz may SCLK run at with {p}?",
        "{p} maximum SPI speed?", "Can I drive the serial bus of the {p} faster, and how fast?"),
        answer="Run SCLK of the {p} at {v} at most.", values=("33MHz", "80MHz", "50MHz")),
    Attribute(language="en", asked=(
        "Does the {p} support IPv6?", "Can {p} talk to hosts over IPv6?",
        "Is dual stack possible with the {p}?", "{p} IPv6 available?"),
        answer="{v}", values=(
            "Yes, the {p} has a dual stack and speaks both.",
            "No, the {p} is IPv4 only and cannot do that.",
            "It is not supported by the {p}; choose another chip.")),
    Attribute(language="en", asked=(
        "Where do I find the driver of the {p}?", "Link to {p} library?",
        "Which repository holds source code for the {p}?", "I need firmware examples for my {p}"),
        answer="{v}", values=(
            "Take ioLibrary from our GitHub page; the folder Ethernet holds the {p}.",
            "Write to the sales office, it is given out on a signed agreement only.",
            "It is built into the Arduino package, install that from the board manager.")),
    Attribute(language="en", asked=(
        "How long is the warranty of the {p}?", "For how many months is a {p} guaranteed?",
        "My {p} died, until when can I have it replaced for free?", "{p} warranty period"),
        answer="We replace a faulty {p} free of charge for {v} months.",
        values=("12", "24", "36")),
    Attribute(language="ko", asked=(
        "{p} 소켓은 몇 개인가요?", "{p}에서 동시에 연결할 수 있는 개수가 궁금합니다.",
        "{p}로 TCP 연결을 최대 몇 개까지 열 수 있죠?", "{p} 소켓 수 문의"),
        answer="{p}는 하드웨어 소켓을 {v}개 제공합니다.", values=("4", "8", "16")),
    Attribute(language="ko", asked=(
        "{p} 공급 전압은 얼마인가요?", "{p}에 몇 볼트를 넣어야 하나요?", "{p} 동작 전압",
        "{p} 보드 전원은 어떻게 설계하면 되나요?"),
        answer="{p}에는 {v}를 공급하고 리플을 낮게 유지해 주십시오.",
        values=("3.3V", "5V", "2.97V")),
    Attribute(language="ko", asked=(
        "{p} 사용 온도 범위를 알려주세요.", "{p}는 몇 도까지 쓸 수 있나요?",
        "더운 현장인데 {p} 괜찮을까요?", "{p} 산업용 온도"),
        answer="{p}는 -40도에서 {v}도까지 보증합니다.", values=("85", "105", "70")),
    Attribute(language="ko", asked=(
        "{p} 납기가 어떻게 되나요?", "{p} 천 개 주문하면 언제 받나요?",
        "오늘 {p} 발주하면 입고까지 얼마나 걸릴까요?", "{p} 리드타임"),
        answer="{p}는 주문 후 {v}주 안에 출하합니다.", values=("4", "10", "16")),
    Attribute(language="ko", asked=(
        "{p} SPI 클럭은 최대 얼마인가요?", "{p} SCLK를 몇 MHz까지 올려도 되나요?",
        "{p} SPI 속도 한계", "{p} 통신 버스를 더 빠르게 쓸 수 있을까요?"),
        answer="{p}의 SCLK는 최대 {v}로 사용하십시오.", values=("33MHz", "80MHz", "50MHz")),
    Attribute(language="ko", asked=(
        "{p}는 IPv6를 지원하나요?", "{p}로 IPv6 통신이 되나요?", "{p} 듀얼 스택 가능 여부",
        "혹시 {p}에서 IPv6 주소를 쓸 수 있을까요?"),
        answer="{v}", values=(
            "네, {p}는 듀얼 스택을 내장하여 모두 사용할 수 있습니다.",
            "아니요, {p}는 IPv4 전용이라 지원하지 않습니다.",
            "{p}에서는 사용할 수 없으니 다른 칩을 선택해 주세요.")),
    Attribute(language="ko", asked=(
        "{p} 드라이버는 어디서 받나요?", "{p} 라이브러리 링크 부탁드립니다.",
        "{p} 예제 소스가 필요합니다.", "{p} 소스 코드 저장소가 어디인가요?"),
        answer="{v}", values=(
            "깃허브 페이지의 ioLibrary를 받으시면 Ethernet 폴더에 {p}가 있습니다.",
            "계약서를 쓴 고객에게만 드리니 영업팀에 메일을 보내 주세요.",
            "아두이노 보드 매니저에서 패키지를 설치하면 함께 들어 있습니다.")),
    Attribute(language="ko", asked=(
        "{p} 보증 기간은 얼마나 되나요?", "{p}는 몇 개월 동안 무상 교환이 되나요?",
        "{p}가 고장 났는데 언제까지 무료로 바꿔 주나요?", "{p} 워런티"),
        answer="불량 {p}는 {v}개월 동안 무상으로 교환해 드립니다.", values=("12", "24", "36")),
)  # fmt: skip
ELSEWHERE = (
    ("en", "Can I visit your factory next month?", "Visits need two weeks' notice by mail."),
    ("en", "Do you pay for the return of a wrong parcel?", "Yes, we send you a return label."),
    ("en", "Which PoE splitter fits the W5500 module?", "Use an 802.3af splitter with 3.3V out."),
    ("en", "How do I store chips after the bag was opened?", "Bake them for a day, then solder."),
    ("en", "Is there a student discount?", "Universities get evaluation boards at half price."),
    ("en", "Which certificate proves RoHS of the W6100?", "The declaration is on the web page."),
    ("en", "How do I enable wake on LAN with W5100S?", "Set the WOL bit of MR and send a frame."),
    ("en", "What does the blinking yellow LED mean?", "It shows traffic on the wire."),
    ("en", "Can you route my board for me?", "We review layouts but do not draw them."),
    ("en", "How do I publish over MQTT with TLS certificates?", "Store the CA in the chip first."),
    ("ko", "세금계산서는 언제 발행되나요?", "출하한 날에 전자로 발행해 드립니다."),
    ("ko", "교육 세미나 일정이 있나요?", "분기마다 판교에서 하루 과정을 엽니다."),
    ("ko", "보드에 커넥터 핀 배열이 거꾸로 인쇄된 것 같아요.", "초도품 실크 오류입니다."),
    ("ko", "패킷이 가끔 두 번씩 도착하는데 왜 그럴까요?", "재전송 설정이 너무 짧습니다."),
    ("ko", "W5500을 PCB 뒷면에 배치해도 되나요?", "히트 패드를 접지하면 괜찮습니다."),
    ("ko", "크리스탈 부하 콘덴서 값을 추천해 주세요.", "18pF 두 개를 쓰시면 됩니다."),
    ("ko", "공유기 없이 두 대를 바로 연결하려면?", "고정 주소를 서로 다르게 주면 됩니다."),
    ("ko", "대리점 모집하시나요?", "지역 담당자가 연락드리겠습니다."),
    ("ko", "DHCP로 받은 주소를 저장하고 싶습니다.", "플래시에 적어 두고 부팅 때 읽으세요."),
    ("ko", "W6100 회로도를 검토해 주실 수 있나요?", "포럼에 올려 주시면 이틀 안에 봅니다."),
)
CHATTER = {
    "en": ("I am happy to help you with that.", "Let me check this with a colleague."),
    "ko": ("무엇이든 물어보세요, 도와드리겠습니다.", "담당자에게 확인해 보겠습니다."),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Trained:
    """One trained example of one turn."""

    example_id: str
    language: str
    question: str
    answer: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PlantedData:
    """What was trained, what was asked, and why each failure failed."""

    trained: tuple[Trained, ...]
    asked: tuple[Score, ...]
    """All questions asked, the followed ones too."""
    planted: dict[tuple[str, str], Planted]
    """(example id, question) of a failure → what was planted there."""


class _Garden:
    """Collects examples and questions while causes are planted."""

    def __init__(self, rng: random.Random) -> None:
        self.rng = rng
        self.trained: list[Trained] = []
        self.asked: list[Score] = []
        self.planted: dict[tuple[str, str], Planted] = {}

    def train(self, language: str, question: str, answer: str) -> Trained:
        """Add a trained example."""
        made = Trained(
            example_id=f"e{len(self.trained):04d}", language=language, question=question,
            answer=answer,
        )  # fmt: skip
        self.trained.append(made)
        return made

    def ask(self, own: Trained, question: str, split: Split, cause: Planted | None) -> None:
        """Ask a question; it fails where a cause (or none) is named, else it is followed."""
        if cause is not None:
            self.planted[own.example_id, question] = cause
        said = "" if cause is not None else own.answer
        self.asked.append(_score(own, question, split, said))

    def answers(self) -> None:
        """Let every failure say something: another example's answer, or chatter."""
        for at, each in enumerate(self.asked):
            if each.verdict == "followed" or each.answer:
                continue
            if self.rng.random() < 0.5:  # noqa: PLR2004 - a coin
                said = self.rng.choice(CHATTER[each.language])
            else:
                said = self.rng.choice([t.answer for t in self.trained])
            self.asked[at] = replace(each, answer=said)


def plant(seed: int = 7) -> PlantedData:
    """Make the dataset; the same seed makes the same words."""
    rng = random.Random(seed)  # noqa: S311 - repeatable, not secret
    half = len(ATTRIBUTES) // 2  # the first half in English, the same attributes in Korean behind
    facts = [
        (product, ATTRIBUTES[at + half * rng.randrange(2)])  # one language: no chance conflicts
        for product in PRODUCTS
        for at in range(half)
    ]
    rng.shuffle(facts)
    garden = _Garden(rng)
    taken = iter(facts)
    for _ in range(N_EACH):
        _conflict(garden, *next(taken))
    for _ in range(N_EACH):
        _one_phrasing(garden, *next(taken))
    for _ in range(N_NONE // 2):
        _several_phrasings(garden, *next(taken), cause="none")
    for _ in range(N_EACH):
        _held_out(garden, *next(taken))
    for _ in range(N_FOLLOWED_FACTS):
        _several_phrasings(garden, *next(taken), cause=None)
    for number, (language, question, answer) in enumerate(ELSEWHERE):
        own = Trained(
            example_id=f"x{number:04d}", language=language, question=question, answer=answer
        )
        garden.ask(own, question, "test", "no neighbour")
    garden.answers()
    return PlantedData(
        trained=tuple(garden.trained), asked=tuple(garden.asked), planted=garden.planted
    )


def _conflict(garden: _Garden, product: str, attribute: Attribute) -> None:
    asked = _shuffled(garden, product, attribute)
    first, second = garden.rng.sample(attribute.values, 2)
    own = garden.train(attribute.language, asked[0], _answer(product, attribute, first))
    garden.train(attribute.language, asked[1], _answer(product, attribute, second))
    garden.ask(own, own.question, "train", "conflict")


def _one_phrasing(garden: _Garden, product: str, attribute: Attribute) -> None:
    asked = _shuffled(garden, product, attribute)
    own = garden.train(
        attribute.language, asked[0], _answer(product, attribute, attribute.values[0])
    )
    garden.ask(own, own.question, "train", None)
    garden.ask(own, asked[1], "paraphrase", "one phrasing")
    garden.ask(own, asked[2], "paraphrase", None)


def _several_phrasings(
    garden: _Garden, product: str, attribute: Attribute, cause: Planted | None
) -> None:
    asked = _shuffled(garden, product, attribute)
    answer = _answer(product, attribute, garden.rng.choice(attribute.values))
    own, *_others = [garden.train(attribute.language, each, answer) for each in asked[:3]]
    garden.ask(own, own.question, "train", cause)
    garden.ask(own, asked[3], "paraphrase", cause)


def _held_out(garden: _Garden, product: str, attribute: Attribute) -> None:
    """Train a fact twice; ask it in a test conversation in a third way."""
    asked = _shuffled(garden, product, attribute)
    answer = _answer(product, attribute, garden.rng.choice(attribute.values))
    for each in asked[:2]:
        garden.train(attribute.language, each, answer)
    own = Trained(
        example_id=f"t{len(garden.asked):04d}", language=attribute.language, question=asked[2],
        answer=answer,
    )  # fmt: skip
    garden.ask(own, own.question, "test", "held out")


def _shuffled(garden: _Garden, product: str, attribute: Attribute) -> Sequence[str]:
    asked = [each.format(p=product) for each in attribute.asked]
    garden.rng.shuffle(asked)
    return asked


def _answer(product: str, attribute: Attribute, value: str) -> str:
    return attribute.answer.replace("{v}", value).replace("{p}", product)


def _score(own: Trained, question: str, split: Split, said: str) -> Score:
    is_followed = bool(said)
    return Score(
        example_id=own.example_id, conversation_id=f"room:{own.example_id}", turn=0, split=split,
        language=own.language, prompt="example", system="", question=question,
        reference=own.answer, answer=said, base_answer="", cosine=1.0 if is_followed else 0.1,
        base_cosine=0.1, nearest_cosine=None, shuffled_cosine=0.1,
        rouge_l=1.0 if is_followed else 0.1, facts=None, polarity=True, is_cut=False,
        verdict="followed" if is_followed else "not followed",
    )  # fmt: skip
