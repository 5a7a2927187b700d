"""Masking: personal data out, chip talk untouched, the same person the same words, and back."""

from importlib.util import find_spec

import pytest

from chatmill.errors import MissingExtraError
from chatmill.records import Conversation, Message, Role
from chatmill.settings import PrivacySettings
from chatmill.text.masking import MaskedText, Masker
from chatmill.text.masking.particles import fitted, particle_at

SETTINGS = PrivacySettings()


def room(*said: tuple[str, Role, str]) -> Conversation:
    """Make a conversation of (speaker, role, text)."""
    messages = tuple(
        Message(id=str(n), speaker=speaker, role=role, text=text)
        for n, (speaker, role, text) in enumerate(said)
    )
    return Conversation(id="room", source="test", platform="test", messages=messages)


KOREAN = room(
    (
        "김철수",
        "customer",
        "안녕하세요 김철수입니다. 제 번호는 010-1234-5678이고 메일은 cs@abc.co.kr로 주세요.",
    ),
    ("이도현 [WIZnet]", "agent", "김철수님, 박영희 과장님이 W5500 자료를 보내 드립니다."),
    ("김철수", "customer", "이도현님 감사합니다. 박영희가 02-123-4567로 전화했어요."),
)
ENGLISH = room(
    ("Robert Mills", "customer", "Hi Mina, this is Robert Mills. Call 864-901-1064."),
    ("Mina Park", "agent", "Robert, thanks. Regards,\nMina"),
)


@pytest.mark.parametrize(
    ("text", "kind", "words"),
    [
        ("메일은 hong@wiznet.io로", "email", "hong@wiznet.io"),
        ("010-2345-6789로 전화 주세요", "phone", "010-2345-6789"),
        ("call (864) 901-1064 x12", "phone", "(864) 901-1064 x12"),
        ("주민번호 900101-1234568입니다", "resident", "900101-1234568"),
        ("외국인 900101-5234568", "resident", "900101-5234568"),
        ("my SSN is 536-22-8145.", "resident", "536-22-8145"),
        ("사업자번호는 123-45-67891", "business", "123-45-67891"),
        ("card 4242-4242-4242-4242 ok", "card", "4242-4242-4242-4242"),
        ("to GB82 WEST 1234 5698 7654 32 today", "iban", "GB82 WEST 1234 5698 7654 32"),
        ("국민은행 123456-04-567890", "account", "123456-04-567890"),
        ("110-123-456789 (신한은행)", "account", "110-123-456789"),
        ("account number 12345678901", "account", "12345678901"),
        (
            "서울특별시 강남구 테헤란로 152 (역삼동), 3층",
            "address",
            "서울특별시 강남구 테헤란로 152 (역삼동), 3층",
        ),
        ("경기도 성남시 분당구 삼평동 629", "address", "경기도 성남시 분당구 삼평동 629"),
        ("at 12 High Street, Oxford, OX1 4AA", "address", "12 High Street, Oxford, OX1 4AA"),
        (
            "to 55591 Krause Neck\nDurham, GU 10746",
            "address",
            "55591 Krause Neck\nDurham, GU 10746",
        ),
        ("use sk-abcdefghijklmnop1234567890", "key", "sk-abcdefghijklmnop1234567890"),
        ("토큰은 Zx91kdLs02mmQp77입니다", "key", "Zx91kdLs02mmQp77"),
        ("비밀번호는 hunter2!입니다", "password", "hunter2!"),
        ("password: S3cret", "password", "S3cret"),
        ("MAC 00:08:DC:7F:3A:91", "mac", "00:08:DC:7F:3A:91"),
        ("S/N: WZ20931877", "serial", "WZ20931877"),
        ("key A1B2C-D3E4F-G5H6J-K7L8M-N9P0Q", "licence", "A1B2C-D3E4F-G5H6J-K7L8M-N9P0Q"),
        ("server 131.228.57.39 down", "ip", "131.228.57.39"),
        ("홍길동 과장님께 여쭤보세요", "name", "홍길동 과장님"),
        ("저는 홍길동입니다", "name", "홍길동"),
        ("ask Dr. Sarah Perkins", "name", "Dr. Sarah Perkins"),
    ],
)
def test_every_kind_is_found_at_its_words_and_can_be_switched_off(
    text: str, kind: str, words: str
) -> None:
    """A kind that is not found leaks; one that cannot be switched off hides the subject."""
    found = Masker(SETTINGS).find(text)
    assert [(each.kind, text[each.start : each.end]) for each in found] == [(kind, words)]
    others = tuple(each for each in SETTINGS.kinds if each != kind)
    assert kind not in {each.kind for each in Masker(PrivacySettings(kinds=others)).find(text)}


@pytest.mark.parametrize(
    "text",
    [
        "Write 0x0080 to W5500 at 192.168.0.2, gateway 192.168.0.1, 255.255.255.0, DNS 8.8.8.8.",
        "STM32F407VGT6 firmware 1.2.45.6, library v2.10.33.4, kernel 5.15.0-91-generic.",
        "The prefix 00:08:DC; examples 00:08:DC:12:34:56, 192.0.2.1, 203.0.113.7, 10.0.0.5.",
        "Error 0xDEADBEEF, Sn_SR 0x17, ports 5000-5007, 1460 bytes, 2024-03-11 09:12:33.",
        "Commit 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b, part 296-1234-1-ND, git@github.com:a/b",
        "Hi all, thanks in advance. Dear Support, the password is required.",
        "고객님, 담당자님과 사장님께 말씀드렸고 이 과정으로 152번 시도했습니다.",
        "W5500의 0x001B 레지스터와 소켓 8개, 3.3V, 33.3MHz, 비밀번호는 변경할 수 없습니다.",
    ],
)
def test_technical_talk_is_left_alone(text: str) -> None:
    """A masked register or example address would make the answer worthless."""
    assert str(Masker(SETTINGS).mask(text).text) == text


def test_korean_particles_fit_the_placeholder() -> None:
    """`김철수가` becomes `고객님이`: a chatbot must not learn broken Korean."""
    masker = Masker(SETTINGS, KOREAN)
    said = [str(masker.mask(each.text).text) for each in KOREAN.messages]
    assert said == [
        "안녕하세요 고객님입니다. 제 번호는 전화번호이고 메일은 이메일 주소로 주세요.",
        "고객님, 담당자가 W5500 자료를 보내 드립니다.",
        "상담원 감사합니다. 담당자가 전화번호 2로 전화했어요.",
    ]
    assert str(masker.mask("김철수가 W5500을 샀고 김철수는 만족").text) == (
        "고객님이 W5500을 샀고 고객님은 만족"
    )


def test_particles_follow_the_last_sound() -> None:
    """Batchim, ㄹ before 로, and digits as they are read."""
    assert fitted("가", "고객님") == "이"
    assert fitted("으로", "메일") == "로"
    assert fitted("은", "주소") == "는"
    assert fitted("를", "전화번호 3") == "을"
    assert fitted("이", "전화번호 2") == "가"
    assert particle_at("김철수가 왔다", 3) == "가"
    assert particle_at("김철수가격", 3) == ""


def test_the_same_person_is_the_same_words_in_english() -> None:
    """First name, full name and signature are one person; a greeting takes no article."""
    masker = Masker(SETTINGS, ENGLISH)
    said = [str(masker.mask(each.text).text) for each in ENGLISH.messages]
    assert said == [
        "Hi support agent, this is the customer. Call the phone number.",
        "The customer, thanks. Regards,\nThe support agent",
    ]


@pytest.mark.parametrize("conversation", [KOREAN, ENGLISH])
def test_masking_can_be_undone(conversation: Conversation) -> None:
    """A model's reply and an edited export come back with the original words."""
    masker = Masker(SETTINGS, conversation, is_reversible=True)
    for message in conversation.messages:
        masked = masker.mask(message.text)
        assert masked.restored() == message.text
        assert masker.unmask(str(masked.text)) == message.text
    assert masker.unmask("W5500 has 8 sockets") == "W5500 has 8 sockets"


def test_a_reversible_placeholder_is_none_of_the_rooms_own_words() -> None:
    """Where people say `고객님` themselves, their word must not come back as a name."""
    talk = room(
        ("김철수", "customer", "김철수입니다."),
        ("상담", "agent", "고객님, 김철수님 주문을 확인했습니다."),
    )
    masker = Masker(SETTINGS, talk, is_reversible=True)
    masked = str(masker.mask(talk.messages[1].text).text)
    assert masked == "고객님, 고객님 2 주문을 확인했습니다."
    assert masker.unmask(masked) == talk.messages[1].text


def test_only_a_masker_makes_masked_text() -> None:
    """The type is the proof: it cannot be forged, and pieces of it are plain text."""
    with pytest.raises(TypeError, match="only a Masker"):
        MaskedText("Robert Mills", seal=None)
    masked = Masker(SETTINGS).mask("W5500").text
    assert isinstance(masked, MaskedText)
    assert not isinstance(masked + " Robert", MaskedText)


def test_words_to_keep_and_names_to_mask_come_from_settings() -> None:
    """A public support address stays; a name no rule can know is masked."""
    settings = PrivacySettings(names=("Quorl",), keep=("support@wiznet.io",))
    masked = Masker(settings).mask("Quorl wrote to support@wiznet.io").text
    assert str(masked) == "The contact person wrote to support@wiznet.io"


@pytest.mark.skipif(find_spec("presidio_analyzer") is not None, reason="Presidio is installed")
def test_presidio_that_is_not_installed_is_said() -> None:
    """Asking for a second finder and getting none must not pass in silence."""
    with pytest.raises(MissingExtraError, match="pip install presidio-analyzer"):
        Masker(PrivacySettings(presidio=True)).mask("call me")


@pytest.mark.parametrize("unit", ["1-", "eyJ.", "강남구 ", "5 Aa Bb, ", "A1B2C-"])
def test_hostile_lines_take_linear_time(unit: str) -> None:
    """A megabyte of anything is masked in seconds, not hours."""
    text = unit * (1_000_000 // len(unit))
    assert len(Masker(SETTINGS).mask(text).text) >= len(text) // 2
