"""The personal check: a finding at the exact words for every kind of masking."""

from dataclasses import replace

from chatmill.checks.base import Checked
from chatmill.checks.personal import WORDS, PersonalCheck
from chatmill.records import Conversation, Message, Turn
from chatmill.settings import PRIVATE_KINDS, PrivacySettings, Settings
from making import example

QUESTION = "김철수입니다. 제 메일은 cs@abc.co.kr이고 W5500 주소는 192.168.0.2입니다."


def checked(settings: Settings) -> Checked:
    """Make an example whose question says who asks."""
    room = Conversation(
        id="room",
        source="t",
        platform="t",
        messages=(Message(id="1", speaker="김철수", role="customer", text=QUESTION),),
    )
    turn = Turn(question=QUESTION, answer="8개입니다.")
    return Checked(example=replace(example(1), turns=(turn,)), conversation=room, settings=settings)


def test_findings_stand_at_the_exact_words() -> None:
    """A reviewer sees what will be masked, and chip talk is not marked."""
    found = list(PersonalCheck().check(checked(Settings())))
    assert [(each.check, each.severity, each.evidence) for each in found] == [
        ("personal.name", "info", "김철수"),
        ("personal.email", "warning", "cs@abc.co.kr"),
    ]
    for each in found:
        assert QUESTION[each.start : each.end] == each.evidence


def test_every_kind_has_its_words_and_can_be_switched_off() -> None:
    """A new kind cannot be masked without being shown."""
    assert set(WORDS) == set(PRIVATE_KINDS)
    none = replace(Settings(), privacy=PrivacySettings(kinds=()))
    assert list(PersonalCheck().check(checked(none))) == []
