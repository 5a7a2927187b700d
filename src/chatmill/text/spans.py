"""A stretch of a text by its code points, and the little arithmetic on such stretches."""

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """Half-open range of code points of some text."""

    start: int
    """First code point."""
    end: int
    """One past the last code point."""

    def of(self, text: str) -> str:
        """Return the words the span stands for."""
        return text[self.start : self.end]


def trimmed(text: str, span: Span) -> Span:
    """Draw a span in until neither edge is white space; empty where it is nothing else."""
    start, end = span.start, span.end
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    return Span(start, end)


def uncovered(text: str, covered: Iterable[Span]) -> tuple[Span, ...]:
    """List the stretches of a text, white space at their edges left out, that no span covers."""
    gaps: list[Span] = []
    position = 0
    for span in sorted(covered):
        if span.start > position:
            gaps.append(Span(position, span.start))
        position = max(position, span.end)
    gaps.append(Span(position, len(text)))
    drawn_in = (trimmed(text, gap) for gap in gaps if gap.start < gap.end)
    return tuple(gap for gap in drawn_in if gap.start < gap.end)


def without(spans: Sequence[Span], cuts: Iterable[Span]) -> tuple[Span, ...]:
    """Cut stretches out of spans; what is cut in its middle becomes two."""
    kept = list(spans)
    for cut in cuts:
        kept = [
            part
            for span in kept
            for part in (
                Span(span.start, min(span.end, cut.start)),
                Span(max(span.start, cut.end), span.end),
            )
            if part.start < part.end
        ]
    return tuple(dict.fromkeys(kept))


class Cover:
    """Stretches of a text taken together, for asking which places they touch.

    Args:
        spans: In any order; they may overlap, and empty ones touch nothing.
    """

    def __init__(self, spans: Iterable[Span]) -> None:
        self._starts: list[int] = []
        self._ends: list[int] = []
        for span in sorted(spans):
            if span.start >= span.end:
                continue
            if self._ends and span.start <= self._ends[-1]:
                self._ends[-1] = max(self._ends[-1], span.end)
            else:
                self._starts.append(span.start)
                self._ends.append(span.end)

    def __bool__(self) -> bool:
        """Tell whether anything is covered."""
        return bool(self._starts)

    def touches(self, start: int, end: int) -> bool:
        """Tell whether some covered code point lies in the half-open range."""
        before = bisect_left(self._starts, end)
        return before > 0 and self._ends[before - 1] > start
