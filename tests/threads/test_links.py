"""Who answers whom, by what the platform says, names, and rules."""

from chatmill.records import Conversation
from chatmill.threads import thread_conversation
from talking import settings, talk


def groups(conversation: Conversation, **known: tuple[str, ...]) -> list[list[str]]:
    """Return the threads as lists of message ids."""
    threaded = thread_conversation(conversation, settings(**known))
    by_thread: dict[str, list[str]] = {}
    for message in conversation.messages:
        by_thread.setdefault(threaded.thread_ids[message.id], []).append(message.id)
    return list(by_thread.values())


def test_reply_to_beats_every_rule() -> None:
    """What the platform says is not guessed again."""
    room = talk(
        "Ana| How is the frame built?",
        "Bob| Where is the MAC stored?",
        "1>Mina Park| In SHAR, 6 bytes.",
        "0>Mina Park| Address, control, data.",
    )
    assert groups(room) == [["m0", "m3"], ["m1", "m2"]]


def test_mentions_separate_interleaved_customers() -> None:
    """Two customers at once, answered by name, stay apart; Korean names carry companies."""
    room = talk(
        "고은찬| W5500 TTL 기본값은 얼마인가요?",
        "이서준, HW팀| 저도 질문 있습니다. W5500 소켓은 몇 개인가요?",
        "이도현 [WIZnet]| @이서준 8개입니다.",
        "이도현 [WIZnet]| @고은찬 128입니다.",
        "이서준, HW팀| 감사합니다",
        "고은찬| 네 감사합니다",
    )
    assert groups(room) == [["m0", "m3", "m5"], ["m1", "m2", "m4"]]


def test_unmentioned_answers_go_to_open_questions_in_turn() -> None:
    """Without names, the oldest open question is answered first, one after the other."""
    room = talk(
        "류하은@5| W5500 INTn 핀은 어느 쪽이 활성인가요?",
        "조은결@6| MAC 주소 앞자리는 뭔가요?",
        "이도현 [WIZnet]@12| 이벤트가 생기면 Low로 내려갑니다.",
        "이도현 [WIZnet]@14| 위즈네트가 할당받은 OUI입니다.",
    )
    assert groups(room) == [["m0", "m2"], ["m1", "m3"]]


def test_an_answer_follows_the_language_and_the_words_of_its_question() -> None:
    """In a mixed room the Korean answer belongs to the Korean question."""
    room = talk(
        "백시우| 지연 ACK를 끄는 방법이 있나요?",
        "Lucas| What package does the W5500 come in?",
        "Mina Park| 48-pin LQFP, 7 x 7 mm body.",
        "이도현 [WIZnet]| SF_TCP_NODELAY 플래그를 넘기세요.",
    )
    assert groups(room) == [["m0", "m3"], ["m1", "m2"]]


def test_a_burst_of_one_agent_stays_together() -> None:
    """Two messages within a minute are one answer, even while somebody else waits."""
    room = talk(
        "Ana@0| Why does reset fail?",
        "Bob@1| Where is the MAC?",
        "Mina Park@5| @Ana Hold RSTn low for 500 us.",
        "Mina Park@5| Then wait 1 ms for the PLL.",
    )
    assert groups(room) == [["m0", "m2", "m3"], ["m1"]]


def test_a_long_silence_starts_a_new_thread() -> None:
    """A customer who comes back after a day asks something new."""
    room = talk("Ana@0| Why?", "Mina Park@1| Because.", "Ana@1500| How many sockets?")
    assert groups(room) == [["m0", "m1"], ["m2"]]


def test_links_name_messages_in_order() -> None:
    """Each message is linked once, to an earlier one or to itself."""
    room = talk("Ana| Why does it fail?", "Mina Park| Pull it low.", "Bob| anyone?")
    threaded = thread_conversation(room, settings())
    assert [(link.later, link.earlier) for link in threaded.links] == [
        ("m0", "m0"),
        ("m1", "m0"),
        ("m2", "m2"),
    ]
