"""Segments: what the page shows is the text, cut at every edge."""

from hypothesis import given
from hypothesis import strategies as st

from chatmill.records import Citation, Finding
from chatmill.web.segments import (
    Mark,
    citation_marks,
    cut,
    finding_marks,
    source_marks,
)

marks = st.lists(
    st.builds(
        lambda start, length, finding: Mark(start=start, end=start + length, finding=finding),
        st.integers(0, 30),
        st.integers(0, 20),
        st.integers(0, 3),
    ),
    max_size=6,
)


@given(text=st.text(max_size=30), marks=marks)
def test_the_segments_together_are_the_text(text: str, marks: list[Mark]) -> None:
    """No letter may be lost, doubled or marked wrongly, whatever overlaps or overhangs."""
    segments = cut(text, marks)
    assert "".join(each.text for each in segments) == text
    at = 0
    for segment in segments:
        for place in range(at, at + len(segment.text)):
            on = {mark.finding for mark in marks if mark.start <= place < mark.end}
            assert set(segment.findings) == on
        at += len(segment.text)


def test_letters_beyond_the_basic_plane_count_as_one() -> None:
    """Offsets are code points: an emoji before a word must not shift its mark."""
    segments = cut("😀😀 0x2F", [Mark(start=3, end=7, finding=0)])
    assert [(each.text, each.findings) for each in segments] == [("😀😀 ", ()), ("0x2F", (0,))]


def test_the_same_key_stands_on_both_sides() -> None:
    """Pointing at a sentence finds its source, and the other way round."""
    citations = [
        Citation(message_id="m1", start=4, end=9, at=0),
        Citation(message_id="m2", start=0, end=3, at=6),
    ]
    assert [mark.span for mark in citation_marks(1, "a", citations)] == ["1a0", "1a1"]
    found = source_marks("m2", 1, "a", citations)
    assert [(mark.start, mark.end, mark.span) for mark in found] == [(0, 3, "1a1")]


def test_a_finding_about_a_whole_field_marks_no_words() -> None:
    """Such a finding is shown as a note only."""
    found = [
        Finding(
            example_id="e",
            check="c",
            severity="error",
            field="system",
            start=start,
            end=end,
            message="m",
        )
        for start, end in ((0, 0), (2, 4))
    ]
    assert [mark.finding for mark in finding_marks("system", found)] == [1]
