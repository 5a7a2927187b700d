"""Errors planted in verified pairs: what share the grounding check finds, and false alarms.

Run: python benchmarks/planted_errors.py [--gold PAIRS.jsonl] [--each N] [--seed S] [--misses].
Every planted text is cited again against the messages of its example, like an edit in review; a
planted error counts as found when an error or warning of the grounding check stands at its words
(or, of a foreign sentence, inside it). The last line is one JSON object.
"""

import argparse
import json
import random
import sys
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from chatmill.checks.base import Checked, cited_messages
from chatmill.checks.grounding import GroundingCheck
from chatmill.records import Finding
from chatmill.settings import Settings
from chatmill.text.alignment import cite
from chatmill.text.sentences import sentences
from measuring import machine
from planted_edits import KINDS, Edit, clean, plant
from planted_pairs import Verified, verified_pairs

TRIES = 60
LEAST_WORDS = 3
"""Of a sentence that may be planted elsewhere."""
CLEANED_FIRST = 0.4
"""Share of errors planted in a text that was lightly cleaned before."""
NEAR = 12
"""Letters beside a planted error in which a finding still points at it: what was taken out has no
words of its own."""


def with_text(pair: Verified, number: int, side: str, text: str) -> Verified:
    """Return the pair with another question or answer, cited again like an edit in review."""
    ids = cited_messages(pair.example)
    messages = [each for each in pair.conversation.messages if each.id in ids]
    made = cite(text, messages)
    turns = list(pair.example.turns)
    changed = {side: text, f"{side}_citations": made.citations, f"{side}_typed": made.typed}
    turns[number] = replace(turns[number], **changed)  # type: ignore[arg-type]  # names of fields
    return replace(pair, example=replace(pair.example, turns=tuple(turns)))


def alarms(pair: Verified) -> list[Finding]:
    """Return the errors and warnings of the grounding check."""
    checked = Checked(example=pair.example, conversation=pair.conversation, settings=Settings())
    return [each for each in GroundingCheck().check(checked) if each.severity != "info"]


def is_found(edit: Edit, field: str, found: Sequence[Finding]) -> bool:
    """Tell whether some finding points at a planted error."""
    return any(
        each.field == field and each.start < edit.end + NEAR and each.end > edit.start - NEAR
        for each in found
    )


def planted(
    kind: str, pairs: Sequence[Verified], n: int, rng: random.Random
) -> list[tuple[Verified, str, Edit]]:
    """Return pairs with one error each, the pair's field, and the error."""
    sentences_of = {
        id(pair): [
            span.of(text)
            for turn in pair.example.turns
            for text in (turn.question, turn.answer)
            for span in sentences(text)
            if len(span.of(text).split()) >= LEAST_WORDS
        ]
        for pair in pairs
    }
    made: list[tuple[Verified, str, Edit]] = []
    seen: set[tuple[str, str]] = set()
    for _ in range(n * TRIES):
        if len(made) == n:
            break
        pair = rng.choice(pairs)
        number = rng.randrange(len(pair.example.turns))
        side = rng.choice(["question", "answer", "answer"])
        text = getattr(pair.example.turns[number], side)
        if rng.random() < CLEANED_FIRST:
            text = clean(text, rng)
        others = [
            each
            for other in sorted(pairs, key=lambda p: p.conversation.id != pair.conversation.id)
            if other is not pair
            for each in sentences_of[id(other)]
            if not any(each in own for own in sentences_of[id(pair)])
        ] if kind in ("foreign", "part", "register") else []  # fmt: skip
        edit = plant(kind, text, others, rng)
        if edit is None or (pair.example.id, edit.text) in seen:
            continue
        seen.add((pair.example.id, edit.text))
        made.append((with_text(pair, number, side, edit.text), f"turns[{number}].{side}", edit))
    return made


def false_alarms(pairs: Sequence[Verified], rng: random.Random, n_rounds: int) -> dict[str, float]:
    """Return the shares of verbatim and of lightly cleaned pairs that are accused."""
    verbatim = [bool(alarms(pair)) for pair in pairs]
    accused = []
    for _ in range(n_rounds):
        for pair in pairs:
            cleaned = pair
            for number, turn in enumerate(pair.example.turns):
                for side in ("question", "answer"):
                    cleaned = with_text(cleaned, number, side, clean(getattr(turn, side), rng))
            found = alarms(cleaned)
            accused.append(bool(found))
            if found and SHOW:
                print("FALSE", [(f.message, f.evidence) for f in found],
                      [(t.question, t.answer) for t in cleaned.example.turns],
                      "WAS", [(t.question, t.answer) for t in pair.example.turns])  # fmt: skip
    return {
        "verbatim": round(sum(verbatim) / len(verbatim), 4),
        "cleaned": round(sum(accused) / len(accused), 4),
        "n": len(accused),
    }


SHOW = "--misses" in sys.argv


def main() -> None:
    """Plant, check, count."""
    parser = argparse.ArgumentParser(description=__doc__)
    shared = Path(__file__).parents[2] / "shared" / "data" / "pairs" / "livechat_qa.dev.jsonl"
    parser.add_argument("--gold", type=Path, default=shared)
    parser.add_argument("--each", type=int, default=200)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--misses", action="store_true", help="print what was not found")
    chosen = parser.parse_args()
    pairs = list(verified_pairs(chosen.gold))
    figures: dict[str, object] = {"seed": chosen.seed, "machine": machine()}
    began = time.process_time()
    for language in ("en", "ko"):
        own = [pair for pair in pairs if pair.language == language]
        print(f"{language}: {len(own)} verified pairs")
        for kind in KINDS:
            rng = random.Random(f"{chosen.seed} {language} {kind}")  # noqa: S311 - a fixed seed
            made = planted(kind, own, chosen.each, rng)
            hits: Counter[bool] = Counter()
            flagged = 0
            for pair, field, edit in made:
                found = alarms(pair)
                hit = is_found(edit, field, found)
                hits[hit] += 1
                flagged += bool(found)
                if not hit and chosen.misses:
                    words = edit.text[edit.start : edit.end]
                    print("MISS", kind, repr(edit.was), "->", repr(words), "|", edit.text)
            figures[f"{language} {kind}"] = {
                "n": len(made),
                "recall": round(hits[True] / max(1, len(made)), 4),
                "flagged": round(flagged / max(1, len(made)), 4),
            }
            print(f"  {kind:9s} {figures[f'{language} {kind}']}")
        rng = random.Random(f"{chosen.seed} {language} clean")  # noqa: S311 - a fixed seed
        figures[f"{language} false alarms"] = quiet = false_alarms(own, rng, 5)
        print(f"  false alarms {quiet}")
    figures["cpu_seconds"] = round(time.process_time() - began, 1)
    print(json.dumps(figures, ensure_ascii=False))


if __name__ == "__main__":
    main()
