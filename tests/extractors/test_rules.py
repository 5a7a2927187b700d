"""The rules extractor: which turns it makes, what it leaves out, and that every word is cited."""

import gzip
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from chatmill.extractors.base import Extraction
from chatmill.extractors.rules import RulesExtractor
from chatmill.records import Conversation, Message
from chatmill.settings import ExtractSettings, Settings
from chatmill.text.alignment import broken_citations, uncited
from chatmill.threads import thread_conversation
from talking import settings, talk


def extracted(room: Conversation, known: Settings | None = None) -> Extraction:
    """Thread and extract one conversation."""
    known = known or settings()
    return RulesExtractor().extract(thread_conversation(room, known), known)


def pairs(room: Conversation, known: Settings | None = None) -> list[list[tuple[str, str]]]:
    """Return the turns of every example as plain text."""
    return [[(t.question, t.answer) for t in e.turns] for e in extracted(room, known).examples]


def reasons(room: Conversation) -> list[str]:
    """Return why things were left out."""
    return [each.reason for each in extracted(room).rejections]


def assert_cited(room: Conversation, found: Extraction) -> None:
    """Every letter of every turn is reproduced by a citation, in order."""
    for example in found.examples:
        for turn in example.turns:
            for text, citations in (
                (turn.question, turn.question_citations),
                (turn.answer, turn.answer_citations),
            ):
                assert text
                assert not broken_citations(text, citations, room.messages)
                assert not uncited(text, citations)
                assert [c.at for c in citations] == sorted(c.at for c in citations)


def test_a_follow_up_becomes_a_second_turn() -> None:
    """One customer's questions in a row are one multi-turn example; thanks are no answer."""
    room = talk(
        "고은찬| 안녕하세요. W5500에서 LISTEN 전에 뭘 확인해야 하나요?",
        "이도현 [WIZnet]| 안녕하세요, Sn_SR이 SOCK_INIT(0x13)인지 먼저 보세요.",
        "고은찬| 네 감사합니다. TTL 기본값은 얼마로 되어 있나요?",
        "이도현 [WIZnet]| @고은찬 Sn_TTL은 0x80, 십진수로 128입니다.",
        "고은찬| 감사합니다 ㅎㅎ",
    )
    assert pairs(room) == [
        [
            (
                "W5500에서 LISTEN 전에 뭘 확인해야 하나요?",
                "Sn_SR이 SOCK_INIT(0x13)인지 먼저 보세요.",
            ),
            ("TTL 기본값은 얼마로 되어 있나요?", "Sn_TTL은 0x80, 십진수로 128입니다."),
        ]
    ]
    assert reasons(room) == []


def test_several_messages_are_joined_by_line_ends() -> None:
    """A question and an answer sent in pieces come out as written, piece under piece."""
    room = talk(
        "Ana| Hi",
        "Ana| My W5500 does not answer.",
        "Ana| What should I check?",
        "Mina Park| Let me check.",
        "Mina Park| Check MISO and chip select.",
        "Mina Park| 0x0039 must return 0x04.",
    )
    assert pairs(room) == [
        [
            (
                "My W5500 does not answer.\nWhat should I check?",
                "Check MISO and chip select.\n0x0039 must return 0x04.",
            )
        ]
    ]


def test_a_telling_reply_to_a_clarifying_question_is_folded_in() -> None:
    """`No, nothing.` adds nothing to a question, a version and a clock do."""
    short = talk(
        "Ana| INTn of the W5500 never goes low. Why?",
        "Mina Park| Did you write anything to SIMR?",
        "Ana| No, nothing.",
        "Mina Park| SIMR is 0x00 after reset; set the bit of your socket there.",
    )
    telling = talk(
        "Ana| My W5500 reads garbage. Why?",
        "Mina Park| Which SPI clock do you use?",
        "Ana| It runs at 80 MHz over 20 cm wires.",
        "Mina Park| Go down to 33.3 MHz.",
    )
    assert pairs(short)[0][0][0] == "INTn of the W5500 never goes low. Why?"
    assert pairs(telling)[0][0] == (
        "My W5500 reads garbage. Why?\nIt runs at 80 MHz over 20 cm wires.",
        "Go down to 33.3 MHz.",
    )


def test_a_customer_who_found_the_solution_answers() -> None:
    """The person who asked may be the one who knows in the end."""
    room = talk(
        "Ana| The W5500 does not get an IP. Any idea?",
        "Ana| Figured it out: DHCP_time_handler was never called.",
    )
    assert pairs(room) == [
        [
            (
                "The W5500 does not get an IP. Any idea?",
                "Figured it out: DHCP_time_handler was never called.",
            )
        ]
    ]


@pytest.mark.parametrize(
    ("lines", "reason"),
    [
        (["Ana| Is there a gigabit chip?", "Ana| anybody here?"], "nobody answered"),
        (["Ana| Can you review it?", "Mina Park| See DM."], "answered in another place"),
        (
            ["오지민| 회로 검토 되나요?", "이도현 [WIZnet]| DM 드렸습니다."],
            "answered in another place",
        ),
        (["오지민| 왜 안 될까요?", "이도현 [WIZnet]| 확인해 보겠습니다."], "only a promise"),
        (["Ana| Why does it fail?", "Mina Park| Which board is it?"], "asked back"),
        (["Ana| Why does it fail?", "Mina Park| Sorry, I don't know."], "nobody knew"),
        (["Ana| Where is my order?", "Mina Park| 8.", "Ana| oh, wrong room"], "wrong place"),
        (["Ana| good weekend everybody", "Mina Park| you too"], "nothing was asked"),
    ],
)
def test_what_is_left_out_says_why(lines: list[str], reason: str) -> None:
    """Nothing disappears: a question without a pair is listed with its reason."""
    room = talk(*lines)
    assert pairs(room) == []
    assert len(reasons(room)) == 1
    assert reason in reasons(room)[0]


def test_interleaved_customers_give_separate_examples() -> None:
    """An answer must never end up under somebody else's question."""
    room = talk(
        "Ingrid| Hi! Where do I read the link status on the W5500?",
        "Yusuf| I have one too: How do I clear an interrupt on the W5100S?",
        "Mina Park| @Yusuf Write 1 to the bit of Sn_IR.",
        "Mina Park| @Ingrid Bit 0 of PHYCFGR.",
    )
    assert pairs(room) == [
        [("Where do I read the link status on the W5500?", "Bit 0 of PHYCFGR.")],
        [("How do I clear an interrupt on the W5100S?", "Write 1 to the bit of Sn_IR.")],
    ]
    assert ["W5500" in e.system for e in extracted(room).examples] == [True, False]


def test_agents_talking_to_each_other_answer_nobody() -> None:
    """`@colleague can you take this?` is no part of the answer."""
    room = talk(
        "Ana| How many sockets has the W5500?",
        "Mina Park| @이도현 이거 봐 주세요.",
        "이도현 [WIZnet]| @Ana It has 8.",
        "Ana| How many sockets has the W5500?",
    )
    assert pairs(room) == [[("How many sockets has the W5500?", "It has 8.")]]


def test_code_and_links_stay_whole() -> None:
    """A code block is an answer as it stands, line ends and all."""
    code = "Use this:\n```c\nsetSn_CR(sn, 0x40);  // RECV\n\nreturn;\n```\nsee https://a.b/c.d?e=1"
    room = talk("Ana| How do I receive on the W5500?")
    room = Conversation(
        id=room.id,
        source="test",
        platform="test",
        messages=(*room.messages, Message(id="m1", speaker="Mina Park", text=code)),
    )
    assert pairs(room)[0][0][1] == code


def test_trimming_can_be_switched_off() -> None:
    """`[extract] trim = []` keeps every word."""
    known = settings()
    bare = Settings(roles=known.roles, project=known.project, extract=ExtractSettings(trim=()))
    room = talk("Ana| Hello, on a W5500 how many sockets?", "Mina Park| Hi Ana. It has 8.")
    assert pairs(room, bare) == [[("Hello, on a W5500 how many sockets?", "Hi Ana. It has 8.")]]


def test_long_threads_are_cut_into_several_examples() -> None:
    """`max_turns` bounds an example, the rest becomes the next one."""
    known = settings()
    two = Settings(roles=known.roles, project=known.project, extract=ExtractSettings(max_turns=2))
    lines = [
        line
        for number in range(5)
        for line in (
            f"Ana| What does 0x000{number} hold?",
            f"Mina Park| It holds 0x0{number} after reset.",
        )
    ]
    assert [len(turns) for turns in pairs(talk(*lines), two)] == [2, 2, 1]


def test_the_same_chat_gives_the_same_ids_and_a_grown_one_another() -> None:
    """The id is that of the conversation and the cited messages, so decisions find it again."""
    lines = ["Ana| How many sockets has the W5500?", "Mina Park| 8 sockets."]
    first, again = (extracted(talk(*lines)).examples[0].id for _ in range(2))
    grown = extracted(talk(*lines, "Mina Park| All at the same time.")).examples[0].id
    assert first == again != grown


def test_context_shows_the_neighbours() -> None:
    """A reviewer sees what was said around a pair."""
    room = talk(
        "Bob| lunch?", "Ana| How many sockets has the W5500?", "Mina Park| It has 8 of them."
    )
    assert extracted(room).examples[0].context == ("m0", "m1", "m2")


SAID = st.sampled_from(
    [
        "Hi. Where is 0x0039?",
        "안녕하세요, W5500 소켓은 몇 개인가요?",
        "8 sockets.\nAll at once.",
        "@Ana see SHAR",
        "감사합니다 ㅎㅎ",
        "확인해 보겠습니다.",
        "네, 0x04입니다.\n-- \nMina",
        "> old\nUse 33.3 MHz :)",
        "Which board?",
        "It fails with -13 over 80 MHz",
        "```\na = 1\n```",
        "",
        "Thanks. Why?",
        "ㅋㅋ",
        "Figured it out: SPI mode 3",
        "안 돼요",
        "👍🏽 works",
        "e\u0301 \u200d x?",
    ]
)
LINES = st.lists(
    st.tuples(st.sampled_from(["Ana", "고은찬", "Mina Park", "이도현 [WIZnet]"]), SAID), max_size=14
)


@hypothesis_settings(max_examples=200, deadline=None)
@given(LINES, st.booleans())
def test_every_word_of_any_chat_is_cited(lines: list[tuple[str, str]], is_told: bool) -> None:  # noqa: FBT001 - hypothesis hands it over
    """Whatever is said, by whomever: an example holds the source's own words and nothing else."""
    room = talk(*(f"{speaker}| {text}" for speaker, text in lines))
    assert_cited(room, extracted(room, settings() if is_told else settings(agents=())))


def rows(path: Path, limit: int) -> list[dict[str, Any]]:
    """Read some lines of development data."""
    opened = gzip.open if path.suffix == ".gz" else open
    with opened(path, "rt", encoding="utf-8") as lines:
        return [json.loads(line) for _, line in zip(range(limit), lines, strict=False)]


@pytest.mark.parametrize(
    "name",
    [
        "pairs/livechat_qa.dev.jsonl",
        "pairs/songys_ko.dev.jsonl",
        "pairs/abcd_sample.jsonl",
        "pairs/molweni.dev.jsonl",
        "threads/livechat_threads.dev.jsonl",
    ],
)
def test_every_word_of_real_chats_is_cited(shared: Path, name: str) -> None:
    """Real chats hold what nobody thinks of; their citations are exact too."""
    n_examples = 0
    for row in rows(shared / "data" / name, 300):
        if "messages" not in row:
            continue
        room = Conversation(
            id=str(row["id"]),
            source=name,
            platform="test",
            messages=tuple(
                Message(
                    id=str(each["id"]),
                    speaker=each["speaker"],
                    role=each.get("role") or "unknown",
                    sent_at=each.get("time") or "",
                    text=each["text"],
                )
                for each in row["messages"]
            ),
        )
        found = extracted(room, settings(agents=(), products=()))
        assert_cited(room, found)
        n_examples += len(found.examples)
    assert n_examples


def test_every_word_of_the_opened_rooms_is_cited() -> None:
    """Rooms in which several ask at once, threads as found, are cited letter for letter too."""
    opened = Path(__file__).parents[2] / "benchmarks" / "rooms" / "opened.jsonl"
    n_examples = 0
    for row in rows(opened, 100):
        conversation = Conversation(
            id=str(row["id"]),
            source="rooms",
            platform="test",
            messages=tuple(
                Message(
                    id=str(each["id"]),
                    speaker=each["speaker"],
                    role=each.get("role") or "unknown",
                    sent_at=each["time"],
                    text=each["text"],
                )
                for each in row["messages"]
            ),
        )
        found = extracted(conversation, settings(agents=(), products=()))
        assert_cited(conversation, found)
        n_examples += len(found.examples)
    assert n_examples
