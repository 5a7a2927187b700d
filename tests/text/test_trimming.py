"""Cuts at the edges of messages, in both languages; the rest stays letter for letter."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatmill.text.trimming import TRIM_KINDS, Side, kept_spans, kept_text

PEOPLE = ("Daniel", "Mina Park", "고은찬", "이서준, HW팀", "이도현 [WIZnet]", "lisbetho")


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("Hello team. How many sockets?", "How many sockets?"),
        ("Hi,I have an input", "I have an input"),
        ("Good morning! Could you tell", "Could you tell"),
        ("Dear support. How is it built?", "How is it built?"),
        ("Thanks. It is set now. Why?", "It is set now. Why?"),
        ("I have one too: How do I clear it?", "How do I clear it?"),
        ("And one from me. Where is it?", "Where is it?"),
        ("Nice. How many are left?", "How many are left?"),
        ("Where is it? Thanks in advance!", "Where is it?"),
        ("It fails :)", "It fails"),
        ("history of W5500", "history of W5500"),
        ("Got it, thanks Mina", ""),
        ("안녕하세요! W5500 PMODE 핀은요?", "W5500 PMODE 핀은요?"),
        ("안녕하세요 W5500 IP 주소는", "W5500 IP 주소는"),
        ("수고 많으십니다. W5500 서버요", "W5500 서버요"),
        ("네 감사합니다. TTL 기본값은요?", "TTL 기본값은요?"),
        ("저도 하나 여쭐게요. 소켓 상태는요?", "소켓 상태는요?"),
        ("저는 다른 건데요, AT 명령은요?", "AT 명령은요?"),
        ("질문 있습니다. 속도는요?", "속도는요?"),
        ("넉넉하네요. USB도 되나요?", "USB도 되나요?"),
        ("왜 안 될까요 ㅠㅠ", "왜 안 될까요"),
        ("감사합니다 ㅎㅎ", ""),
        ("안 되네요. 왜죠?", "안 되네요. 왜죠?"),
    ],
)
def test_questions_lose_greetings_thanks_and_filler(text: str, kept: str) -> None:
    """A chatbot should learn the question, not the politeness around it."""
    assert kept_text(text, TRIM_KINDS, PEOPLE) == kept


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("Hi Daniel. The W5500 has 8", "The W5500 has 8"),
        ("@고은찬 Sn_TTL은 0x80", "Sn_TTL은 0x80"),
        ("@이서준 W5500은 8개", "W5500은 8개"),
        ("@이서준, HW팀 W5500은 8개", "W5500은 8개"),
        ("@고은찬님 네, 됩니다", "네, 됩니다"),
        ("lisbetho: use a lobby", "use a lobby"),
        ("Yes. It works", "Yes. It works"),
        ("네, 가변 길이 모드로", "네, 가변 길이 모드로"),
        ("> how many?\n8 sockets.", "8 sockets."),
        ("Use 8.\n-- \nMina\nWIZnet", "Use 8."),
        ("8개입니다.\n--\n이도현 / 010-0000-0000", "8개입니다."),
        ("Use 8.\n\nBest regards,\nMina", "Use 8."),
        ("W5500은 8개입니다. 도움이 되셨길 바랍니다.", "W5500은 8개입니다."),
        ("```\nhi = 1\nthanks()\n```", "```\nhi = 1\nthanks()\n```"),
        ("see hw@example.com", "see hw@example.com"),
    ],
)
def test_answers_lose_names_quotes_and_signatures_but_keep_yes_and_no(text: str, kept: str) -> None:
    """`Yes.` is half of an answer; a signature is none of it; code is never touched."""
    assert kept_text(text, TRIM_KINDS, PEOPLE, "answer") == kept


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("greetings", "Hello, on a W5500 it fails"),
        ("thanks", "Thanks. Next: why?"),
        ("mentions", "@Daniel use 8"),
        ("signatures", "Use 8.\n-- \nMina"),
        ("quotes", "> why?\nUse 8."),
        ("filler", "됩니다 ㅎㅎ"),
    ],
)
def test_each_kind_can_be_switched_off(kind: str, text: str) -> None:
    """Some people keep the greeting; then it stays as it came."""
    others = [each for each in TRIM_KINDS if each != kind]
    assert kept_text(text, TRIM_KINDS, PEOPLE, "answer") != text
    assert kept_text(text, others, PEOPLE, "answer") == text


PARTS = st.sampled_from(
    [
        "Hi ",
        "안녕하세요, ",
        "@고은찬 ",
        "Thanks. ",
        "감사합니다 ",
        "W5500 ",
        "왜요? ",
        "ㅎㅎ ",
        "\n-- \n",
        "> q\n",
        "```",
        ":) ",
        "Daniel: ",
        "네. ",
        "0x04. ",
    ]
)


@given(st.lists(PARTS, max_size=9), st.sampled_from(["question", "answer"]))
def test_trimming_only_ever_cuts(parts: list[str], side: Side) -> None:
    """Kept spans lie inside the message, in order, and carry no white space at their edges."""
    text = "".join(parts)
    spans = kept_spans(text, TRIM_KINDS, PEOPLE, side)
    assert all(a.end <= b.start for a, b in pairwise(spans))
    assert all(
        0 <= s.start < s.end <= len(text) and s.of(text) == s.of(text).strip() for s in spans
    )
