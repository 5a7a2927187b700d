"""Masking: planted personal data found, chip talk left alone, messages a second.

    python benchmarks/masking.py ../shared/data

Values come from Faker (ko_KR, en_US, en_GB) and from the shapes their issuers publish; the words
around them are written here, and both are put into messages of the development chats. Nothing here
imports the masker's rules. Rivals run where they are installed: `presidio-analyzer`,
`rust-pii-transformer`. The last line is one JSON object.
"""

import json
import random
import string
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from faker import Faker

from chatmill.records import Conversation, Message
from chatmill.settings import PrivacySettings
from chatmill.text.masking import Masker
from gold import conversation_of, opened
from measuring import machine

SEED = 20_261_123
PER_KIND = 120
"""Values of each kind, half Korean, half English."""
CARRIERS = {"ko": "pairs/songys_ko.dev.jsonl", "en": "threads/livechat_threads.dev.jsonl"}
Made = Callable[[Faker, random.Random], str]
Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Planted:
    """One message with one value in it."""

    kind: str
    language: str
    conversation: Conversation
    value: Span


def _letters(rng: random.Random, alphabet: str, n_letters: int) -> str:
    return "".join(rng.choice(alphabet) for _ in range(n_letters))


def _digits(rng: random.Random, form: str) -> str:
    return "".join(str(rng.randrange(10)) if each == "#" else each for each in form)


UPPER, BASE62 = string.ascii_uppercase + string.digits, string.ascii_letters + string.digits


def _key(_fake: Faker, rng: random.Random) -> str:
    urlsafe = BASE62 + "-_"
    return rng.choice(
        (
            lambda: "sk-" + _letters(rng, BASE62, 48),
            lambda: "sk-proj-" + _letters(rng, urlsafe, 64),
            lambda: "ghp_" + _letters(rng, BASE62, 36),
            lambda: "AKIA" + _letters(rng, UPPER, 16),
            lambda: f"xoxb-{_digits(rng, '############-############')}-{_letters(rng, BASE62, 24)}",
            lambda: "AIza" + _letters(rng, urlsafe, 35),
            lambda: (
                f"eyJ{_letters(rng, BASE62, 33)}.eyJ{_letters(rng, BASE62, 70)}."
                + _letters(rng, urlsafe, 43)
            ),
            lambda: "hf_" + _letters(rng, string.ascii_letters, 34),
        )
    )()


def _korean_account(_fake: Faker, rng: random.Random) -> str:
    form = rng.choice(
        (
            "###-######-##-###",
            "######-##-######",
            "###-###-######",
            "####-###-######",
            "###-##-######",
        )
    )
    return _digits(rng, form)


def _business_number(_fake: Faker, rng: random.Random) -> str:
    head = [rng.randrange(1, 10), *(rng.randrange(10) for _ in range(8))]
    weights = (1, 3, 7, 1, 3, 7, 1, 3, 5)
    total = sum(d * w for d, w in zip(head, weights, strict=True)) + head[8] * 5 // 10
    number = "".join(map(str, [*head, (10 - total % 10) % 10]))
    return f"{number[:3]}-{number[3:5]}-{number[5:]}"


def _mac(fake: Faker, rng: random.Random) -> str:
    mac = fake.mac_address()
    return rng.choice((mac, mac.upper(), mac.replace(":", "-").upper()))


def _licence(_fake: Faker, rng: random.Random) -> str:
    size, n_groups = rng.choice(((5, 5), (4, 4), (5, 4)))
    return "-".join(_letters(rng, UPPER, size) for _ in range(n_groups))


def _serial(_fake: Faker, rng: random.Random) -> str:
    return rng.choice(
        (
            lambda: _letters(rng, UPPER, 2) + _digits(rng, "########"),
            lambda: _digits(rng, "##########"),
            lambda: f"{_letters(rng, string.ascii_uppercase, 3)}-{_digits(rng, '######')}",
        )
    )()


def _korean_address(fake: Faker, rng: random.Random) -> str:
    return fake.land_address() if rng.random() < 0.3 else fake.road_address()  # noqa: PLR2004 - most are road names


TITLES = (
    "님",
    " 씨",
    " 대리",
    " 과장님",
    " 팀장님",
    " 부장님",
    " 매니저님",
    " 차장",
    " 사원",
    " 선생님",
)
MAKERS: dict[str, dict[str, tuple[Made, tuple[str, ...]]]] = {
    "name": {
        "ko": (
            lambda fake, rng: fake.name() + rng.choice(TITLES),
            (
                "{}께 여쭤보세요.",
                "{}이 확인해 주셨어요.",
                "{}, 안녕하세요.",
                "어제 {}한테 들었습니다.",
            ),
        ),
        "en": (
            lambda fake, _rng: f"{fake.first_name()} {fake.last_name()}",
            (
                "My name is {}.",
                "Please ask Mr. {} about it.",
                "Hi {}, any news?",
                "Best regards,\n{}",
            ),
        ),
    },
    "speaker": {
        "ko": (
            lambda fake, _rng: fake.name(),
            ("{}님 말씀이 맞아요.", "그건 {}가 알아요.", "{}, 봐 주세요."),
        ),
        "en": (
            lambda fake, _rng: f"{fake.first_name()} {fake.last_name()}",
            ("I think {} had the same.", "@{} can you look?", "{}: did it work?"),
        ),
    },
    "email": {
        "ko": (lambda fake, _rng: fake.email(), ("{}로 보내 주세요.", "메일은 {}입니다.")),
        "en": (lambda fake, _rng: fake.company_email(), ("Send it to {}.", "my mail: {}")),
    },
    "phone": {
        "ko": (
            lambda fake, _rng: fake.phone_number(),
            ("{}로 전화 주세요.", "제 번호는 {}입니다."),
        ),
        "en": (
            lambda fake, _rng: fake.phone_number(),
            ("Call me at {}.", "my number is {} thanks"),
        ),
    },
    "resident": {
        "ko": (lambda fake, _rng: fake.ssn(), ("주민번호는 {}입니다.", "{} 이걸로 조회해 주세요.")),
        "en": (lambda fake, _rng: fake.ssn(), ("My SSN is {}.", "social security {} ok?")),
    },
    "business": {
        "ko": (_business_number, ("사업자번호 {}로 발행해 주세요.", "{} 세금계산서 부탁드려요.")),
        "en": (lambda fake, _rng: fake.ein(), ("Our EIN is {}.", "tax id {} on the invoice")),
    },
    "card": {
        "ko": (
            lambda fake, _rng: fake.credit_card_number(),
            ("카드번호 {}입니다.", "카드는 {} 이거예요."),
        ),
        "en": (
            lambda fake, _rng: fake.credit_card_number(),
            ("My card is {}.", "charge card {} please"),
        ),
    },
    "iban": {
        "ko": (lambda fake, _rng: fake.iban(), ("해외 계좌 {}로 보내 주세요.",)),
        "en": (lambda fake, _rng: fake.iban(), ("IBAN {} please.", "pay to {}")),
    },
    "account": {
        "ko": (
            _korean_account,
            ("국민은행 {} 입니다.", "계좌번호는 {}이에요.", "{} (신한은행)으로 입금했습니다."),
        ),
        "en": (
            lambda fake, rng: rng.choice((fake.bban(), _digits(rng, "##########"))),
            ("my account number is {}.", "Wells Fargo account {}", "Chase {} checking"),
        ),
    },
    "address": {
        "ko": (_korean_address, ("주소는 {}입니다.", "{}로 보내 주세요.")),
        "en": (lambda fake, _rng: fake.address(), ("Ship it to {} please.", "I live at {}.")),
    },
    "key": {
        "ko": (_key, ("토큰은 {}입니다.", "{} 이 키로 안 돼요.")),
        "en": (_key, ("here is my key {} ", "Authorization: Bearer {}")),
    },
    "password": {
        "ko": (lambda fake, _rng: fake.password(), ("비밀번호는 {} 입니다.", "비번: {}")),
        "en": (lambda fake, _rng: fake.password(), ("my password is {}", "password: {}")),
    },
    "mac": {
        "ko": (_mac, ("MAC 주소는 {}입니다.", "{} 장비가 안 붙어요.")),
        "en": (_mac, ("The MAC is {}.", "device {} keeps dropping")),
    },
    "serial": {
        "ko": (_serial, ("시리얼 번호는 {}입니다.", "S/N: {}")),
        "en": (_serial, ("serial number {}", "S/N {} is dead")),
    },
    "licence": {
        "ko": (_licence, ("라이선스 키 {} 등록이 안 됩니다.",)),
        "en": (_licence, ("product key {} does not work", "My licence is {}.")),
    },
    "ip": {
        "ko": (
            lambda fake, _rng: fake.ipv4_public(),
            ("서버는 {}에 있습니다.", "{}에서 접속이 안 돼요."),
        ),
        "en": (
            lambda fake, _rng: fake.ipv4_public(),
            ("the server is at {}.", "I ping {} and get nothing"),
        ),
    },
}
CHIPS = (
    "W5500",
    "W5100S",
    "W6100",
    "STM32F407VGT6",
    "ESP32-S3-WROOM-1",
    "LAN8720A",
    "KSZ8081RNA",
    "AT24C02-PU",
)
NOISE = {
    "en": (
        "Write 0x{hex4} to {chip} at 0x{hex2} and read it back.",
        "The {chip} runs at 3.3V, 80MHz, draws 132 mA and has 32 KB of buffer.",
        "Gateway 192.168.0.1, subnet 255.255.255.0, address 192.168.0.2, DNS 8.8.8.8.",
        "Use 10.0.{n}.{n} or 172.16.{n}.{n}; the docs show 192.0.2.{n} and 203.0.113.{n}.",
        "Firmware 1.{n}.{n} of the {chip}, library v2.{n}.{n}.{n}, kernel 5.15.0-{n}-generic.",
        "The vendor prefix 00:08:DC stands first, the example is 00:08:DC:12:34:56.",
        "Error 0x{hex8}, code -{n}, line {n}{n}: Sn_SR = 0x17, Sn_IR = 0x04.",
        "The part number is {chip}-{n}-TR, lot 23{n}, order code 296-{n}{n}-1-ND.",
        "Dump: 00 08 DC 1E 2F 3A 4B 5C 6D 7E at 0x{hex8}; CRC 0x{hex4}.",
        "Sockets 0-7, ports 5000, 8080, 49152-65535, MTU 1500, MSS 1460, 1472 bytes.",
        "It failed at 2024-03-{d} 11:{d}:42 after 1479200123 ms, build 20240311.",
        "Commit 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b fixes it, see issue #{n}{n}.",
        "SPI mode 0 and 3, CPOL 0, CPHA 0; SCLK up to 33.3 MHz, tCSS 5 ns, 4.7k pull-up.",
        "Hi all, Dear Support, thanks in advance. I am Using the {chip}.",
        "The password prompt stays empty; password is required; the token is invalid.",
    ),
    "ko": (
        "{chip}의 0x{hex4} 레지스터에 0x{hex2}를 쓰시면 됩니다.",
        "{chip}는 3.3V, 80MHz에서 132mA를 쓰고 버퍼는 32KB입니다.",
        "게이트웨이 192.168.0.1, 서브넷 255.255.255.0, IP는 192.168.0.2로 설정하세요.",
        "펌웨어 1.{n}.{n} 버전, 라이브러리 v2.{n}.{n}.{n}에서 확인했습니다.",
        "MAC 앞자리는 00:08:DC이고 예제 값은 00:08:DC:12:34:56입니다.",
        "오류 코드 0x{hex8}, Sn_SR 0x17, Sn_IR 0x04가 나옵니다.",
        "고객님, 담당자님께 전달드렸고 선생님 문의는 관리자님이 확인합니다.",
        "소켓 0-7번, 포트 5000, 8080, MTU 1500, MSS 1460바이트입니다.",
        "2024-03-{d} 11:{d}:42에 멈췄고 빌드는 20240311입니다.",
        "부품 번호는 {chip}-{n}-TR, 로트 23{n}입니다.",
        "비밀번호는 변경할 수 없습니다. 비밀번호를 잊으셨나요?",
        "이 과정으로 152번 시도했고 다음으로 3번 더 했습니다.",
        "사장님이 이 제품 주문자님 주소를 확인하라고 했습니다.",
    ),
}


def carriers(data: Path) -> dict[str, list[Conversation]]:
    """Read short messages of the development chats."""
    found: dict[str, list[Conversation]] = {}
    for language, name in CARRIERS.items():
        with opened(data / name) as lines:
            read = [conversation_of(json.loads(line)) for line in lines]
        found[language] = [each for each in read if each.messages]
    return found


def planted(chats: dict[str, list[Conversation]], rng: random.Random) -> Iterator[Planted]:
    """Put each value with its words behind a message of some chat."""
    fakers = {"ko": [Faker("ko_KR")], "en": [Faker("en_US"), Faker("en_GB")]}
    for kind, by_language in MAKERS.items():
        for language, (make, forms) in by_language.items():
            for number in range(PER_KIND // 2):
                own = fakers[language]
                fake = own[number % len(own)] if kind == "address" else own[0]
                value, form = make(fake, rng), forms[number % len(forms)]
                carrier = rng.choice(chats[language])
                yield _put(kind, language, carrier, value, form)


def _put(kind: str, language: str, carrier: Conversation, value: str, form: str) -> Planted:
    message = next((m for m in carrier.messages if 0 < len(m.text) < 200), carrier.messages[0])  # noqa: PLR2004 - one that a screen holds
    before = f"{message.text}\n"
    text = before + form.format(value)
    start = len(before) + form.index("{}")
    said = Message(id="planted", speaker=message.speaker, role=message.role, text=text)
    others = [Message(id="of", speaker=value, role="agent", text="ok")] if kind == "speaker" else []
    return Planted(
        kind,
        language,
        Conversation(id="c", source="s", platform="p", language=language, messages=(*others, said)),
        (start, start + len(value)),
    )


def noise(rng: random.Random) -> Iterator[tuple[str, str]]:
    """Write technical talk without anybody's data."""
    for language, forms in NOISE.items():
        for number in range(800):
            values = {
                "chip": rng.choice(CHIPS),
                "hex2": _letters(rng, "0123456789ABCDEF", 2),
                "hex4": _letters(rng, "0123456789ABCDEF", 4),
                "hex8": _letters(rng, "0123456789ABCDEF", 8),
                "n": rng.randrange(1, 30),
                "d": rng.randrange(10, 28),
            }
            yield language, forms[number % len(forms)].format(**values)


Finder = Callable[[Conversation, str], list[tuple[int, int, str]]]


def ours() -> Finder:
    """Find with chatmill."""
    settings = PrivacySettings()

    def find(conversation: Conversation, text: str) -> list[tuple[int, int, str]]:
        masker = Masker(settings, conversation)
        return [(each.start, each.end, each.kind) for each in masker.find(text)]

    return find


def presidio() -> Finder:
    """Find with Presidio without a language model."""
    from presidio_analyzer import (  # type: ignore[import-not-found]  # a rival, not a dependency
        AnalyzerEngine,
        RecognizerRegistry,
    )
    from presidio_analyzer.nlp_engine import (  # type: ignore[import-not-found]  # as above
        NoOpNlpEngine,
    )
    from presidio_analyzer.predefined_recognizers import (  # type: ignore[import-not-found]  # as above
        CreditCardRecognizer,
        IbanRecognizer,
        IpRecognizer,
        KrBrnRecognizer,
        KrRrnRecognizer,
        PhoneRecognizer,
        UsSsnRecognizer,
    )

    registry = RecognizerRegistry(supported_languages=["en"])
    for make in (CreditCardRecognizer, IbanRecognizer, IpRecognizer, UsSsnRecognizer):
        registry.add_recognizer(make(supported_language="en"))
    for make in (KrBrnRecognizer, KrRrnRecognizer):
        registry.add_recognizer(make(supported_language="en"))
    registry.add_recognizer(
        PhoneRecognizer(supported_language="en", supported_regions=("KR", "US"))
    )
    engine = AnalyzerEngine(
        registry=registry,
        nlp_engine=NoOpNlpEngine(models=[{"lang_code": "en", "model_name": "no_op"}]),
        supported_languages=["en"],
    )

    def find(_conversation: Conversation, text: str) -> list[tuple[int, int, str]]:
        return [(e.start, e.end, e.entity_type) for e in engine.analyze(text, language="en")]

    return find


def rust_pii() -> Finder:
    """Find with rust-pii-transformer, which is for Korean text only."""
    import rust_pii_transformer  # type: ignore[import-not-found]  # a rival, not a dependency

    def find(_conversation: Conversation, text: str) -> list[tuple[int, int, str]]:
        found = rust_pii_transformer.detect(text).findings
        return [(e.source.char_start, e.source.char_end, str(e.entity)) for e in found]

    return find


def measured(
    find: Finder, rows: list[Planted], clean: list[tuple[str, str]], *, verbose: bool
) -> dict[str, object]:
    """Count what is found whole, and what is found that nobody planted.

    A value counts as found where every letter of it is masked; anything masked that does not touch
    the value counts against the kind it was taken for. What a carrier itself holds counts too.
    """
    n_of: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    n_wrong: dict[str, int] = defaultdict(int)
    for row in rows:
        text = row.conversation.messages[-1].text
        start, end = row.value
        found = find(row.conversation, text)
        touching = sorted(each for each in found if each[0] < end and start < each[1])
        at = start
        for first, last, _kind in touching:
            at = max(at, last) if first <= at else at
        tally = n_of[f"{row.kind}.{row.language}"]
        tally[0] += at >= end
        tally[1] += 1
        if verbose and at < end:
            print("missed", row.kind, repr(text[max(0, start - 30) : end + 15]), touching)
        for each in found:
            if each not in touching:
                n_wrong[each[2]] += 1
                if verbose:
                    print("beside", each[2], repr(text[max(0, each[0] - 20) : each[1] + 10]))
    n_noise: dict[str, int] = defaultdict(int)
    for language, text in clean:
        conversation = Conversation(id="n", source="s", platform="p", language=language)
        for first, last, kind in find(conversation, text):
            n_noise[kind] += 1
            if verbose:
                print("noise", kind, repr(text[first:last]), text)
    return _summary(n_of, n_wrong, n_noise)


def _summary(
    n_of: dict[str, list[int]], n_wrong: dict[str, int], n_noise: dict[str, int]
) -> dict[str, object]:
    kinds: dict[str, dict[str, float | int]] = {}
    for kind in MAKERS:
        sides = {key: each for key, each in n_of.items() if key.split(".")[0] == kind}
        n_found, n_all = (sum(each[at] for each in sides.values()) for at in (0, 1))
        counted = "name" if kind == "speaker" else kind
        wrong = 0 if kind == "speaker" else n_wrong.get(counted, 0) + n_noise.get(counted, 0)
        kinds[kind] = {
            "recall": round(n_found / n_all, 3),
            **{f"recall_{key.split('.')[1]}": round(a / b, 3) for key, (a, b) in sides.items()},
            "precision": round(n_found / max(1, n_found + wrong), 3),
            "n": n_all,
        }
    found = sum(each[0] for each in n_of.values())
    n_planted = sum(each[1] for each in n_of.values())
    wrong = sum(n_wrong.values()) + sum(n_noise.values())
    return {
        "recall": round(found / n_planted, 4),
        "precision": round(found / max(1, found + wrong), 4),
        "false_in_chats": sum(n_wrong.values()),
        "false_in_chip_talk": sum(n_noise.values()),
        "kinds": kinds,
    }


def speed(chats: dict[str, list[Conversation]]) -> dict[str, float]:
    """Mask every message of the development chats, a masker a conversation."""
    settings = PrivacySettings()
    rates: dict[str, float] = {}
    for language, read in chats.items():
        n_messages = 0
        began = time.process_time()
        for conversation in read:
            masker = Masker(settings, conversation)
            for message in conversation.messages:
                masker.mask(message.text)
                n_messages += 1
        rates[language] = round(n_messages / (time.process_time() - began))
    return rates


def main() -> None:
    """Print what was found, as one JSON object."""
    data = Path(sys.argv[1])
    verbose = "--verbose" in sys.argv
    rng = random.Random(SEED)  # noqa: S311 - repeatable, no secret
    Faker.seed(SEED)
    chats = carriers(data)
    rows, clean = list(planted(chats, rng)), list(noise(rng))
    result: dict[str, object] = {
        "chatmill": measured(ours(), rows, clean, verbose=verbose),
        "messages_per_second": speed(chats),
        **machine(),
    }
    for name, rival in (("presidio", presidio), ("rust_pii_transformer", rust_pii)):
        try:
            result[name] = measured(rival(), rows, clean, verbose=False)
        except ImportError:
            result[name] = None
    print(json.dumps(result, ensure_ascii=False))


if __name__ == "__main__":
    main()
