"""Who answers whom, by what the platform says, names, rules and the ranker."""

import gzip
import json
from itertools import islice
from pathlib import Path

import pytest

from chatmill.records import Conversation, Message
from chatmill.threads import thread_conversation
from chatmill.threads.links import speakers_at_once
from talking import settings, talk

GOLD = Path(__file__).parents[3] / "shared" / "data" / "threads" / "irc.dev.jsonl.gz"
"""Development data beside the repository; four rooms of it are read."""


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


def test_busy_rooms_are_left_to_the_ranker() -> None:
    """Six people at once are a busy room; few people, or many over the years, are not."""
    few = talk(*(f"P{n % 5}| message {n}" for n in range(200)))
    busy = talk(*(f"P{n % 6}| message {n}" for n in range(200)))
    over_years = talk(*(f"P{n // 40 * 2 + n % 2}| message {n}" for n in range(400)))
    assert speakers_at_once(few.messages, 50) == 5
    assert speakers_at_once(busy.messages, 50) == 6
    assert speakers_at_once(over_years.messages, 50) < 6
    assert speakers_at_once((), 50) == 0


def test_an_entangled_korean_room_without_known_roles() -> None:
    """Six people, three topics, nobody named as agent: names, words and turns separate them."""
    room = talk(
        "고은찬@0| W5500에서 TTL 기본값은 얼마인가요?",
        "이서준, HW팀@0| RSTn 핀 질문입니다. 리셋이 자꾸 실패하는데 왜 그럴까요?",
        "노아린@1| SPI 클럭은 최대 몇 MHz인가요?",
        "박미나@2| 은찬님 128입니다.",
        "이도현 [WIZnet]@2| @이서준 RSTn을 500us 이상 Low로 잡아 주세요.",
        "고은찬@3| 미나님 감사합니다",
        "이서준, HW팀@4| 도현님 해 보니 리셋이 됩니다. 고맙습니다",
        "백시우@4| 노아린님 33.3 MHz까지 보장합니다",
        "노아린@5| 시우님 고맙습니다",
    )
    assert groups(room, agents=()) == [["m0", "m3", "m5"], ["m1", "m4", "m6"], ["m2", "m7", "m8"]]


def test_reply_to_wins_in_a_busy_room() -> None:
    """The ranker never overrules what the platform says."""
    room = talk(*(f"{max(n - 7, 0)}>P{n % 8}| P{(n + 1) % 8}: message {n}" for n in range(1, 90)))
    ids = {message.id for message in room.messages}
    told = {m.id: m.reply_to for m in room.messages if m.reply_to in ids and m.reply_to != m.id}
    found = {link.later: link.earlier for link in thread_conversation(room, settings()).links}
    assert {later: found[later] for later in told} == told


def test_gold_rooms_are_disentangled() -> None:
    """Reply links of the development part stay as good as they were measured."""
    if not GOLD.exists():
        pytest.skip("no development data beside the repository")
    with gzip.open(GOLD, "rt", encoding="utf-8") as lines:
        rows = [json.loads(line) for line in islice(lines, 4)]
    hits = n_found = n_gold = 0
    for row in rows:
        people = [each for each in row["messages"] if each["speaker"]]
        messages = tuple(
            Message(id=m["id"], speaker=m["speaker"], text=m["text"], sent_at=m["time"])
            for m in people
        )
        room = Conversation(id=row["id"], source="gold", platform="gold", messages=messages)
        labelled = set(row["gold"]["threads"]) & {m.id for m in messages}
        links = thread_conversation(room, settings(agents=())).links
        found = {(link.later, link.earlier) for link in links if link.later in labelled}
        gold = {(later, earlier) for later, earlier in row["gold"]["links"] if later in labelled}
        gold |= {(start, start) for start in row["gold"]["starts"] if start in labelled}
        hits, n_found, n_gold = hits + len(found & gold), n_found + len(found), n_gold + len(gold)
    assert 2 * hits / (n_found + n_gold) > 0.68
