"""Conversations for round trips: Korean and English names, texts as people really write them."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta

from hypothesis import strategies as st

ODD_LINES = (
    "네",
    "네",
    "감사합니다!",
    "W5500 소켓은 몇 개인가요?",
    "Eight. They share 32 KB of memory.",
    'He said "no", then left; 그리고, 끝.',
    "a,b;c|d\te",
    "https://example.com/a?b=c&d=%20#e",
    "1 < 2 && 3 > 2 &amp; <b>굵게</b>",
    "if (x) { return \"}\"; } // 주석 'q'",
    "👩‍👩‍👧 이모지 한 개 🇰🇷",
    "e\u0301 é ﬁ ﾊﾝｶｸ ㅋㅋㅋ",
    "\u200b보이지 않는 것\u2060",
    "العربية mixed with 한국어",
    "\\n is no new line, \\ is no escape",
    "  two spaces in front and behind  ",
    "[오전 9:12] 김민수 : 붙여넣은 로그",
    "2024-03-11 09:12 Kim: a pasted log line",
    "[2024-03-11 09:12:00] <kim> pasted from IRC",
    "Q) 질문? A) 답",
    "-- \nregards",
    "=1+1",
)
"""Lines that look like something else; equal ones on purpose."""
NAMES = (
    "김민수",
    "박지현 [WIZnet]",
    "이서준, HW팀",
    "Dana Lee",
    "O'Brien-Smith",
    "kim_2",
    "채널봇",
    "María José",
)


@dataclass(frozen=True, slots=True)
class Said:
    """One generated message."""

    speaker: str
    sent_at: datetime
    """To the second, without zone, never before the message in front of it."""
    text: str
    """One or more lines between `\\n`; neither first nor last is blank."""


def texts(*, lines: int = 3, plain: bool = False) -> st.SearchStrategy[str]:
    """Draw what somebody writes.

    Args:
        lines: Most lines.
        plain: Whether no line looks like a line of some log.
    """
    words = st.text(
        st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Zl", "Zp")), max_size=40
    )
    usual = st.sampled_from([line for line in ODD_LINES if not plain or _is_plain(line)])
    line = usual | words.filter(lambda text: not plain or _is_plain(text))
    return (
        st.lists(line, min_size=1, max_size=lines)
        .map("\n".join)
        .filter(
            lambda text: all(part.strip() for part in (text.split("\n")[0], text.split("\n")[-1]))
        )
    )


def conversations(
    *,
    max_size: int = 8,
    names: tuple[str, ...] = NAMES,
    said: st.SearchStrategy[str] | None = None,
) -> st.SearchStrategy[list[Said]]:
    """Draw a conversation in order; several messages of a minute, equal ones among them.

    Args:
        max_size: Most messages.
        names: Who may speak.
        said: What they say; `texts()` when None.
    """
    steps = st.sampled_from([0, 0, 1, 20, 60, 3600, 40_000])
    message = st.tuples(st.sampled_from(names), steps, texts() if said is None else said)

    def timed(drawn: list[tuple[str, int, str]]) -> list[Said]:
        moment = datetime(2024, 3, 11, 9, 12, 5)  # noqa: DTZ001 - exports hold local times
        messages = []
        for speaker, seconds, text in drawn:
            moment += timedelta(seconds=seconds)
            messages.append(Said(speaker, moment, text))
        return messages

    return st.lists(message, min_size=1, max_size=max_size).map(timed)


def repeats(messages: list[Said]) -> Counter[tuple[str, str]]:
    """Count the messages of equal minute and text, whose ids must differ all the same."""
    return Counter((f"{each.sent_at:%Y-%m-%d %H:%M}", each.text) for each in messages)


def _is_plain(line: str) -> bool:
    return "\t" not in line and not line.startswith(("[", "2024", "-", "=", "Q)", "<", "*"))
