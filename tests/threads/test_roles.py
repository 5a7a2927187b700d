"""Who is customer and who is agent."""

from dataclasses import replace

import pytest

from chatmill.records import Role
from chatmill.settings import RolesSettings, Settings
from chatmill.threads.roles import SpeakerRole, explain_roles, message_roles, speaker_roles
from talking import settings, talk


def test_settings_name_agents_with_or_without_their_company() -> None:
    """`이도현 [WIZnet]` is found as exported and by the bare name; a namesake is not."""
    room = talk("이도현 [WIZnet]| 네", "이도현희| 왜요?", "Mina Park| yes")
    found = speaker_roles(room, settings(agents=("이도현", "Mina Park")))
    assert found == {"이도현 [WIZnet]": "agent", "이도현희": "customer", "Mina Park": "agent"}


def test_what_the_export_says_stands() -> None:
    """Roles of the export are kept where the settings say nothing."""
    room = talk("Ana| Why?", "Joe| Because.")
    told = replace(
        room,
        messages=(room.messages[0], replace(room.messages[1], role="agent")),
    )
    assert speaker_roles(told, settings(agents=())) == {"Ana": "customer", "Joe": "agent"}


def test_roles_are_inferred_over_the_room() -> None:
    """Who answers other people's questions is an agent, whoever speaks how often."""
    room = talk(
        "Minsu| VERSIONR always reads 0x00. What should I check?",
        "Seo-jun| How many sockets can it have open?",
        "Jihyun| @Minsu Hold RSTn low for at least 500 us.",
        "Doyun| 8 hardware sockets.",
        "Minsu| RSTn was floating. Solved, thanks!",
    )
    assert speaker_roles(room, settings(agents=())) == {
        "Minsu": "customer",
        "Seo-jun": "customer",
        "Jihyun": "agent",
        "Doyun": "agent",
    }


def test_telling_names_are_believed() -> None:
    """Transcripts often say Customer and Agent, 고객 and 상담사."""
    room = talk("상담사| 안녕하세요 무엇을 도와드릴까요?", "고객| 소켓은 몇 개인가요?")
    assert speaker_roles(room, settings(agents=())) == {"상담사": "agent", "고객": "customer"}


@pytest.mark.parametrize(
    ("speaker", "role"),
    [
        ("Lukas (FAE)", "agent"),
        ("유나(CS)", "agent"),
        ("고객센터", "agent"),
        ("기술지원팀 김민수", "agent"),
        ("A/S센터", "agent"),
        ("Customer Support", "agent"),
        ("AcmeSupport", "agent"),
        ("운영봇", "bot"),
        ("ModBot", "bot"),
        ("알림 봇 (자동)", "bot"),
        ("고객 12", "customer"),
        ("Guest8043", "customer"),
        ("Q", "customer"),
        ("A", "agent"),
    ],
)
def test_names_say_what_people_are(speaker: str, role: Role) -> None:
    """Departments, titles and bots in both languages; 고객센터 answers though 고객 asks."""
    room = talk(f"{speaker}| 네", "고은찬| 소켓은 몇 개인가요?")
    assert explain_roles(room, settings(agents=()))[speaker] == SpeakerRole(role, "name")


@pytest.mark.parametrize("speaker", ["Ana A.", "Talbot", "Marcus", "cs_kim", "봇들마을", "Macs"])
def test_names_that_only_look_like_it_say_nothing(speaker: str) -> None:
    """A first letter or part of a name is no title."""
    room = talk(f"{speaker}| 소켓은 몇 개인가요?", "고은찬| 8개입니다.")
    assert explain_roles(room, settings(agents=()))[speaker] == SpeakerRole("customer", "acts")


def test_names_of_customers_alone_leave_the_others_open() -> None:
    """Guests in the room do not make everybody a customer."""
    room = talk("Guest8043| How many sockets has it?", "Jihyun| 8 hardware sockets.")
    assert speaker_roles(room, settings(agents=())) == {"Guest8043": "customer", "Jihyun": "agent"}


@pytest.mark.parametrize(
    "said",
    [
        (
            "민수| 안녕하세요",
            "지현| 네 무엇을 도와드릴까요?",
            "민수| 링크가 안 됩니다",
            "지현| 전원은요?",
        ),
        ("민수| Hello", "지현| Hi, how can I help?", "민수| No link", "지현| Is it powered?"),
        (
            "지현| 안녕하세요 무엇을 도와드릴까요?",
            "민수| 링크가 안 됩니다",
            "지현| 몇 번 핀인가요?",
        ),
    ],
)
def test_of_two_the_one_who_opens_asks(said: tuple[str, ...]) -> None:
    """Asking back and offering help make nobody a customer."""
    found = speaker_roles(talk(*said), settings(agents=()))
    assert found == {"민수": "customer", "지현": "agent"}


def test_settings_name_customers_and_bots_too() -> None:
    """`[roles]` wins over what the export says, and an agent's name over the other lists."""
    room = talk("Ana| Why?", "Joe| Because.", "Helper| Ticket 7 opened", "Kim| Restart it.")
    told = replace(room, messages=(*room.messages[:3], replace(room.messages[3], role="customer")))
    chosen = Settings(
        roles=RolesSettings(agents=("kim",), customers=("Joe", "Kim"), bots=("Helper",))
    )
    assert explain_roles(told, chosen) == {
        "Ana": SpeakerRole("customer", "acts"),
        "Joe": SpeakerRole("customer", "settings"),
        "Helper": SpeakerRole("bot", "settings"),
        "Kim": SpeakerRole("agent", "settings"),
    }
    assert message_roles(told, chosen)["m3"] == "agent"


def test_agents_of_another_room_do_not_silence_this_one() -> None:
    """Where nobody of the room is named, people are told by what they do."""
    room = talk("Minsu| How many sockets can it have open?", "Jihyun| @Minsu 8 sockets.")
    found = speaker_roles(room, settings(agents=("Mina Park",)))
    assert found == {"Minsu": "customer", "Jihyun": "agent"}


def test_system_lines_and_bots_of_the_export_keep_their_roles() -> None:
    """A line nobody said is no speaker's, and a bot does not become an agent by answering."""
    room = talk(
        "가| 소켓은 몇 개인가요?",
        "오픈채팅봇| 8개입니다.",
        "| 나님이 들어왔습니다.",
        "나| 8개예요.",
    )
    messages = list(room.messages)
    messages[1] = replace(messages[1], role="bot")
    messages[2] = replace(messages[2], role="system", kind="system")
    told = replace(room, messages=tuple(messages))
    assert list(message_roles(told, settings(agents=())).values()) == [
        "customer",
        "bot",
        "system",
        "agent",
    ]
