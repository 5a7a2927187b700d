"""How well sentences are found in chat lines: `sentences.py [--kiwi] [--misses]`.

`sentences.txt` marks where a reader ends a sentence. Prints precision, recall and F1 of the
boundaries inside lines, of our rules and, with `--kiwi`, of Kiwi (extra `korean`) alone and of Kiwi
on what the rules leave long and Korean. The last line is one JSON object.
"""

import json
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from chatmill.text.language import detect_language
from chatmill.text.sentences import sentences
from chatmill.text.spans import Span

LINES = Path(__file__).parent / "sentences.txt"
MARK = " | "
LONG_LETTERS = 20
Splitter = Callable[[str], Sequence[Span]]


def marked() -> Iterator[tuple[str, set[int]]]:
    """Yield each line without its marks, and where its sentences end, the last left out."""
    for line in LINES.read_text(encoding="utf-8").splitlines():
        if not line.startswith("#"):
            parts = line.split(MARK)
            ends = {len(" ".join(parts[:n])) for n in range(1, len(parts))}
            yield " ".join(parts), ends


def measured(split: Splitter, *, is_shown: bool) -> dict[str, float]:
    """Return precision, recall and F1 of a splitter's boundaries, and its cost."""
    right = wrong = missed = 0
    began = time.process_time()
    for text, ends in marked():
        found = {span.end for span in split(text)} - {len(text)}
        right, wrong = right + len(found & ends), wrong + len(found - ends)
        missed += len(ends - found)
        if is_shown and found != ends:
            print([span.of(text) for span in split(text)])
    return {
        "precision": round(right / (right + wrong), 3),
        "recall": round(right / (right + missed), 3),
        "f1": round(2 * right / (2 * right + wrong + missed), 3),
        "cpu_seconds": round(time.process_time() - began, 4),
    }


def kiwi_splitters() -> dict[str, Splitter]:
    """Return Kiwi alone, and Kiwi where the rules leave a long Korean sentence."""
    from kiwipiepy import Kiwi

    kiwi = Kiwi(num_workers=1)

    def alone(text: str) -> list[Span]:
        return [Span(each.start, each.end) for each in kiwi.split_into_sents(text)]

    def after_rules(text: str) -> list[Span]:
        return [
            Span(span.start + part.start, span.start + part.end)
            for span in sentences(text)
            for part in (
                alone(span.of(text))
                if span.end - span.start > LONG_LETTERS and detect_language(span.of(text)) == "ko"
                else [Span(0, span.end - span.start)]
            )
        ]

    return {"kiwi": alone, "rules, then kiwi": after_rules}


def main() -> None:
    """Measure and print."""
    splitters: dict[str, Splitter] = {"rules": sentences}
    if "--kiwi" in sys.argv:
        splitters |= kiwi_splitters()
    figures = {
        name: measured(split, is_shown="--misses" in sys.argv) for name, split in splitters.items()
    }
    print(json.dumps({"lines": sum(1 for _ in marked()), **figures}))


if __name__ == "__main__":
    main()
