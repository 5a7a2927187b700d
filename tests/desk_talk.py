"""Conversations of a help desk as Hypothesis makes them, for the formats that hold tickets."""

from dataclasses import dataclass

from hypothesis import strategies as st

from chatmill.records import Message


@dataclass(frozen=True, slots=True)
class Said:
    """One message of a made-up ticket."""

    speaker: int
    """Who says it, 0 is who asks, 1 who answers."""
    text: str
    minute: int


WORDS = st.text(
    st.characters(codec="utf-8", categories=["L", "N", "So"]), min_size=1, max_size=12
).filter(lambda word: word.strip() == word)
LINES = st.lists(WORDS, min_size=1, max_size=5).map(" ".join)
TEXTS = st.lists(LINES, min_size=1, max_size=3).map("\n\n".join)
"""Paragraphs of words; the marks of mail programs and Markdown are tested apart."""
TALKS = st.lists(
    st.builds(Said, st.integers(0, 1), TEXTS, st.integers(0, 59)), min_size=1, max_size=6
)
NAMES = ("김민수", "Jihyun Park")


def paragraphs(text: str) -> str:
    """Write a text as HTML."""
    escaped = text.replace("&", "&amp;").replace("<", "&lt;")
    return "".join(f"<p>{each}</p>" for each in escaped.split("\n\n"))


def sent_at(said: Said) -> str:
    """Write its time as the platforms do."""
    return f"2024-03-11T09:{said.minute:02}:05Z"


def as_told(messages: tuple[Message, ...]) -> list[tuple[str, str, str]]:
    """Speaker, time and text of what was read."""
    return [(each.speaker, each.sent_at, each.text) for each in messages]


def as_written(talk: list[Said], names: tuple[str, str] = NAMES) -> list[tuple[str, str, str]]:
    """Speaker, time and text as they should be read."""
    return [
        (names[said.speaker], f"2024-03-11 09:{said.minute:02}:05+00:00", said.text)
        for said in talk
    ]
