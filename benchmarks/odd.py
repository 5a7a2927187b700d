"""Planted odd data: recall and precision of each kind in both languages: `odd.py [PAIRS.jsonl …]`.

Clean carriers are the sample chats' examples. Each planted text is written here, by hand and apart
from the checks' rules; traps are harmless texts that look like it. With gold pairs as arguments it
prints, for the sample and each file, the pairs with an error or a warning of any check, and of
those the false alarms: findings read by hand that a careful reviewer would not want
(`verbatim_false.json`, one author's reading; whatever is not in it counts as wanted, so a finding
nobody has read must be read first). Last line: one JSON object.
"""

import json
import sys
from collections import Counter
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

from chatmill.checks import check_example
from chatmill.records import Citation, Conversation, Example, Finding, Message, Turn
from chatmill.settings import Settings
from gold import conversation_of, opened
from planted_odd import ANSWERS, TRAPS, damaged
from sample_examples import is_korean, sample_examples

READ_AS_FALSE = Path(__file__).parent / "verbatim_false.json"
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


def verbatim_alarms(
    pairs: Iterator[tuple[str, str, list[Finding]]], read_as_false: set[str]
) -> dict[str, object]:
    """Return the shares of flagged and of wrongly flagged pairs, and pairs flagged by check.

    Args:
        pairs: Question, answer and findings of verbatim pairs.
        read_as_false: Keys of findings a person read and would not want.
    """
    n_pairs = n_flagged = n_false = 0
    flagged: Counter[str] = Counter()
    wrong: Counter[str] = Counter()
    for question, answer, found in pairs:
        names = {each.check for each in found if each.severity != "info"}
        false = {each for each in names if key_of(question, answer, each) in read_as_false}
        n_pairs += 1
        n_flagged += bool(names)
        n_false += bool(names) and names == false
        flagged.update(names)
        wrong.update(false)
    return {
        "n": n_pairs,
        "flagged": round(n_flagged / n_pairs, 4),
        "false": round(n_false / n_pairs, 4),
        "checks": {name: {"flagged": flagged[name], "false": wrong[name]} for name in flagged},
    }


def key_of(question: str, answer: str, check: str) -> str:
    """Name a finding without its words."""
    return sha256(f"{check}\0{question}\0{answer}".encode()).hexdigest()[:16]


def gold_pairs(path: Path) -> Iterator[tuple[str, str, list[Finding]]]:
    """Yield the verbatim pairs of one gold file with what every check says of them."""
    with opened(path) as lines:
        for line in lines:
            row = json.loads(line)
            texts = {m.id: m.text for m in conversation_of(row).messages}
            for each in (row.get("gold") or {}).get("qa") or []:
                question = "\n".join(texts[i] for i in each["question_ids"])
                answer = "\n".join(texts[i] for i in each["answer_ids"])
                if question and answer:
                    found = check_example(*example_of(question, answer), Settings())
                    yield question, answer, found


def sample_pairs() -> Iterator[tuple[str, str, list[Finding]]]:
    """Yield the sample's examples with what every check says of them."""
    examples, settings = sample_examples()
    for example, conversation in examples:
        turn = example.turns[0]
        yield turn.question, turn.answer, check_example(example, conversation, settings)


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
    read_as_false = set(json.loads(READ_AS_FALSE.read_text(encoding="utf-8")))
    alarms = {"sample": verbatim_alarms(sample_pairs(), read_as_false)}
    for path in gold:
        alarms[path.name] = verbatim_alarms(gold_pairs(path), read_as_false)
    for name, figures in alarms.items():
        sys.stdout.write(f"{name}: {figures}\n")
    sys.stdout.write(json.dumps({"kinds": rows, "n_traps": n_harmless, "verbatim": alarms}) + "\n")


if __name__ == "__main__":
    main([Path(each) for each in sys.argv[1:]])
