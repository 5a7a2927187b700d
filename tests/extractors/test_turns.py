"""How a thread is cut into turns, and why some are left out."""

from itertools import pairwise

import pytest

from chatmill.extractors.rules import RulesExtractor
from chatmill.extractors.scorer import shipped_scorer, steps_for
from chatmill.extractors.turns import OpenTurn
from chatmill.records import Conversation, ReplyLink, ThreadedConversation
from chatmill.settings import Settings
from talking import settings, talk


def one_thread(room: Conversation, agents: tuple[str, ...] = ()) -> ThreadedConversation:
    """Put a whole room in one thread, each message after the one before."""
    ids = [message.id for message in room.messages]
    return ThreadedConversation(
        conversation=room,
        roles={m.id: "agent" if m.speaker in agents else "customer" for m in room.messages},
        links=tuple(ReplyLink(later=b, earlier=a) for a, b in pairwise(ids)),
        thread_ids=dict.fromkeys(ids, ids[0]),
    )


def pairs(*lines: str, agents: tuple[str, ...] = ("Mina Park",)) -> list[tuple[str, str]]:
    """Return question and answer of every turn."""
    known = settings(agents=agents)
    found = RulesExtractor().extract(one_thread(talk(*lines), agents), known)
    return [(turn.question, turn.answer) for each in found.examples for turn in each.turns]


def test_a_correction_replaces_what_it_corrects() -> None:
    """Nobody wants to train on what was taken back a minute later."""
    assert pairs(
        "Ivo| What does error F031 of the W5500-EVB-Pico stand for?",
        "Mina Park| Encoder loss. Check the plug X7.",
        "Mina Park| Sorry, correction: F031 is a low battery. Replace the CR2450.",
        "Ivo| Replaced, gone, thanks",
    ) == [
        (
            "What does error F031 of the W5500-EVB-Pico stand for?",
            "Sorry, correction: F031 is a low battery. Replace the CR2450.",
        )
    ]


def test_who_takes_an_answer_back_is_not_cited() -> None:
    """`제가 착각했습니다` leaves the other agent's answer alone."""
    found = pairs(
        "제이| W6100에서 SIPR을 쓰고 다시 읽으면 0.0.0.0이에요. 왜 그런가요?",
        "하준| SPI 클럭을 10MHz 이하로 낮춰 보세요.",
        "민트| 네트워크 레지스터가 잠겨 있어서 NETLCKR에 0x3A를 먼저 쓰셔야 합니다.",
        "하준| 아 제가 착각했습니다 민트님 말씀이 맞아요",
        "제이| 됩니다 감사합니다",
        agents=("하준", "민트"),
    )
    assert [answer for _, answer in found] == [
        "네트워크 레지스터가 잠겨 있어서 NETLCKR에 0x3A를 먼저 쓰셔야 합니다."
    ]


def test_another_customer_may_answer() -> None:
    """In a community room whoever knows answers, role or not."""
    found = pairs(
        "디자인숲| 직원한테 급여는 못 보게 하려면 어떻게 설정하나요?",
        "하리| 설정 > 사용자 > 역할에서 급여 체크를 빼고 쓰시면 됩니다",
        "디자인숲| 오 됩니다 감사합니다",
        agents=(),
    )
    assert [answer for _, answer in found] == [
        "설정 > 사용자 > 역할에서 급여 체크를 빼고 쓰시면 됩니다"
    ]


def test_a_repeated_question_opens_nothing() -> None:
    """Impatience is no second question."""
    found = pairs(
        "Ana| How many sockets has the W5500?",
        "Mina Park| It has 8 sockets, all at the same time.",
        "Ana| How many sockets has the W5500?",
        "Ana| ah, got it",
    )
    assert len(found) == 1


@pytest.mark.parametrize(
    ("lines", "reason"),
    [
        (
            ["Ana| What does the W5500 cost?", "Mina Park| Please write to sales@chip.example."],
            "sent to another place",
        ),
        (["Ana| lunch anyone?", "Bob| pizza :D"], "too little to learn from"),
        (
            ["한지우| W5500 단가가 얼마인가요?", "Mina Park| 견적 문의로 남겨주시면 연락드립니다."],
            "sent to another place",
        ),
    ],
)
def test_left_out_with_a_reason(lines: list[str], reason: str) -> None:
    """What teaches nothing is listed, in words a person can act on."""
    found = RulesExtractor().extract(one_thread(talk(*lines), ("Mina Park",)), Settings())
    assert not found.examples
    assert [reason in each.reason for each in found.rejections] == [True]


def test_the_weights_are_whole_and_readable() -> None:
    """A lost class or an unknown one would change every room silently."""
    scorer = shipped_scorer()
    assert set(scorer.asker) == {"skip", "new", "more", "answer"}
    assert set(scorer.other) == {"skip", "answer", "new"}
    assert 0 < scorer.keep_from < 1
    assert scorer.keep["answer points"] < 0 < scorer.keep["question asks"]


def test_promises_are_never_answers_whatever_the_weights_say() -> None:
    """`Let me check` and DMs are out by rule."""
    threaded = one_thread(talk("Ana| Why?", "Mina Park| Let me check."), ("Mina Park",))
    from chatmill.extractors.reading import read_message, room_of

    room = room_of(threaded, Settings())
    asked, promised = (read_message(each, room) for each in threaded.conversation.messages)
    turn = OpenTurn(asker="Ana", question=[asked], heard=[asked])
    assert steps_for(promised, turn) == ("skip",)
