"""Planted odd data: recall and precision of each kind in both languages: `odd.py [PAIRS.jsonl …]`.

Clean carriers are the sample chats' examples. Each planted text is written here, by hand and apart
from the checks' rules; traps are harmless texts that look like it. With gold pairs as arguments the
share of verbatim pairs with an error or a warning is printed too. Last line: one JSON object.
"""

import json
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from chatmill.checks import check_example
from chatmill.records import Citation, Conversation, Example, Finding, Message, Turn
from chatmill.settings import Settings
from gold import conversation_of, opened
from planted_odd import ANSWERS, TRAPS, damaged
from sample_examples import is_korean, sample_examples

Pair = tuple[str, str, str]


def example_of(question: str, answer: str) -> tuple[Example, Conversation]:
    """Make an example whose words stand in its messages letter for letter."""
    conversation = Conversation(
        id="c",
        source="planted",
        platform="jsonl",
        messages=(
            Message(id="q", speaker="a", role="customer", text=question),
            Message(id="a", speaker="b", role="agent", text=answer),
        ),
    )
    turn = Turn(
        question=question,
        answer=answer,
        question_citations=(Citation(message_id="q", start=0, end=len(question), at=0),),
        answer_citations=(Citation(message_id="a", start=0, end=len(answer), at=0),),
    )
    example = Example(
        id="e", conversation_id="c", system="About it.", turns=(turn,), extractor="planted"
    )
    return example, conversation


def odd_kinds(question: str, answer: str) -> set[str]:
    """Return the kinds of odd data found as an error or a warning."""
    found = check_example(*example_of(question, answer), Settings())
    return {
        each.check.removeprefix("odd.")
        for each in found
        if each.check.startswith("odd.") and each.severity != "info"
    }


def carriers() -> dict[str, list[tuple[str, str]]]:
    """Return clean pairs by language: those of the sample in which nothing odd stands."""
    by_language: dict[str, list[tuple[str, str]]] = {"en": [], "ko": []}
    for example, _ in sample_examples()[0]:
        turn = example.turns[0]
        language = "ko" if is_korean(turn.question) else "en"
        by_language[language].append((turn.question, turn.answer))
    return by_language


def planted(clean: dict[str, list[tuple[str, str]]]) -> Iterator[tuple[str, str, str, str]]:
    """Yield kind, language, question and answer of every planted pair."""
    for language, pairs in clean.items():
        for kind, texts in ANSWERS[language].items():
            for number, text in enumerate(texts):
                question, answer = pairs[number % len(pairs)]
                if kind == "log_only":
                    yield kind, language, text, answer
                elif "{}" in text:
                    yield kind, language, question, text.format(answer)
                else:
                    yield kind, language, question, text
        other = clean["en" if language == "ko" else "ko"]
        for number, (question, answer) in enumerate(pairs):
            yield from (
                (kind, language, question, text)
                for kind, text in damaged(answer, number, other[number % len(other)][1])
            )


def gold_alarms(path: Path) -> tuple[int, int, Counter[str]]:
    """Return verbatim pairs, flagged ones, and findings by kind, of one gold file."""
    n_pairs = n_flagged = 0
    kinds: Counter[str] = Counter()
    with opened(path) as lines:
        for line in lines:
            row = json.loads(line)
            texts = {m.id: m.text for m in conversation_of(row).messages}
            for each in row["gold"].get("qa") or []:
                question = "\n".join(texts[i] for i in each["question_ids"])
                answer = "\n".join(texts[i] for i in each["answer_ids"])
                if not question or not answer:
                    continue
                found = _alarms(check_example(*example_of(question, answer), Settings()))
                n_pairs += 1
                n_flagged += bool(found)
                kinds.update({finding.check for finding in found})
    return n_pairs, n_flagged, kinds


def _alarms(found: list[Finding]) -> list[Finding]:
    return [
        each
        for each in found
        if each.severity != "info" and each.check.partition(".")[0] in ("odd", "grounding")
    ]


def main(gold: list[Path]) -> None:
    """Print the table."""
    clean = carriers()
    hits: Counter[tuple[str, str]] = Counter()
    totals: Counter[tuple[str, str]] = Counter()
    wrong: Counter[tuple[str, str]] = Counter()
    for kind, language, question, answer in planted(clean):
        found = odd_kinds(question, answer)
        totals[kind, language] += 1
        hits[kind, language] += kind in found
    n_harmless = 0
    for language, texts in TRAPS.items():
        for number, text in enumerate(texts):
            question, _ = clean[language][number % len(clean[language])]
            for kind in odd_kinds(question, text) - {"language"}:
                wrong[kind, language] += 1
                sys.stdout.write(f"trap: {kind}: {text}\n")
            n_harmless += 1
    rows = {}
    for kind, language in sorted(totals):
        key = (kind, language)
        n_found = hits[key] + wrong[key]
        rows[f"{kind}.{language}"] = {
            "n": totals[key],
            "recall": round(hits[key] / totals[key], 3),
            "precision": round(hits[key] / n_found, 3) if n_found else None,
        }
        sys.stdout.write(f"{kind:20} {language} {rows[f'{kind}.{language}']}\n")
    alarms = {}
    for path in gold:
        n_pairs, n_flagged, kinds = gold_alarms(path)
        alarms[path.name] = {
            "n": n_pairs,
            "flagged": round(n_flagged / n_pairs, 3),
            "kinds": dict(kinds),
        }
    sys.stdout.write(json.dumps({"kinds": rows, "n_traps": n_harmless, "verbatim": alarms}) + "\n")


if __name__ == "__main__":
    main([Path(each) for each in sys.argv[1:]])
