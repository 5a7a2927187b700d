"""Who is customer and who is agent."""

from dataclasses import replace

from chatmill.threads.roles import speaker_roles
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
