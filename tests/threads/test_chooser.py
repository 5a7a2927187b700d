"""The learnt chooser of small rooms: which talk each message goes on with."""

import re
from dataclasses import replace

from chatmill.records import Conversation
from chatmill.threads.chooser import links_by_talks, shipped_weights
from chatmill.threads.components import thread_ids
from chatmill.threads.roles import message_roles
from talking import settings, talk


def threads(room: Conversation, **known: tuple[str, ...]) -> list[list[str]]:
    """Return the threads as lists of message ids."""
    links = links_by_talks(room, message_roles(room, settings(**known)), settings(**known))
    found: dict[str, list[str]] = {}
    for message, thread in thread_ids(room, links).items():
        found.setdefault(thread, []).append(message)
    return list(found.values())


def test_a_reply_to_a_clarifying_question_is_answered_by_who_asked() -> None:
    """Two talks of a Korean room stay apart though their messages alternate."""
    room = talk(
        "보리@0| 게이트웨이에는 붙는데 데이터가 안 올라와요",
        "나무@1| 배터리가 한 달도 못 가는데 왜 그런가요?",
        "이나@2| 나무님 전송 주기를 몇 분으로 두셨나요?",
        "준호@3| 보리님 게이트웨이 로그 보여주시겠어요?",
        "나무@4| 1분요",
        "이나@5| 전송 주기를 15분으로 늘리시면 배터리가 1년 넘게 갑니다",
    )
    assert ["m1", "m2", "m4", "m5"] in threads(room)


def test_thanks_stay_in_the_talk_of_who_thanks() -> None:
    """Thanks after somebody else's question do not start a thread of their own."""
    room = talk(
        "Priya@0| Does the W5500 need level shifters on a 5 V board?",
        "Marta@2| No, its inputs are 5 V tolerant.",
        "Owen@4| My two units knock each other off the LAN, any idea?",
        "Priya@5| Thanks Marta!",
    )
    assert ["m0", "m1", "m3"] in threads(room)


def test_an_announcement_starts_something() -> None:
    """A notice by somebody who just helped does not go on with that talk."""
    room = talk(
        "Priya@0| How do I reset the counter?",
        "Marta@1| Hold OK for five seconds.",
        "Marta@2| [Notice] The server is down for maintenance on Saturday from 8 to 10.",
    )
    assert ["m2"] in threads(room)


def test_reply_to_wins() -> None:
    """What the platform says is not guessed again."""
    room = talk(
        "Ana| How is the frame built?",
        "Bob| Where is the MAC stored?",
        "1>Mina Park| In SHAR, 6 bytes.",
        "0>Mina Park| Address, control, data.",
    )
    links = links_by_talks(room, message_roles(room, settings()), settings())
    told = {link.later: link.earlier for link in links}
    assert (told["m2"], told["m3"]) == ("m1", "m0")


def test_a_full_thread_takes_no_more_questions() -> None:
    """`max_messages` bounds threads here as it does elsewhere."""
    lines = [
        f"{who}@{n}| {what}"
        for n, (who, what) in enumerate(
            [("Ana", "And how do I reset it?"), ("Bob", "Hold OK for five seconds.")] * 10
        )
    ]
    room = talk(*lines)
    narrow = settings()
    narrow = replace(narrow, threads=replace(narrow.threads, max_messages=4))
    found = thread_ids(room, links_by_talks(room, message_roles(room, narrow), narrow))
    sizes = [list(found.values()).count(thread) for thread in set(found.values())]
    assert max(sizes) <= 5


def test_a_room_without_messages_has_no_links() -> None:
    """Nothing to look at is no error."""
    empty = Conversation(id="c", source="s", platform="p", messages=())
    assert links_by_talks(empty, {}, settings()) == ()


def test_the_shipped_weights_hold_no_words_of_a_language() -> None:
    """Features are names of ours, so that no chat text is in the file."""
    assert len(shipped_weights()) > 100
    assert all(re.fullmatch(r"[\w |:<_]+", name, re.ASCII) for name in shipped_weights())
