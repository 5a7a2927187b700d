"""Errors planted in identifiers: dates, versions, URLs, hex, pins, code: `planted_identifiers.py`.

Each answer is its message word for word, but for one letter of one identifier. Sentences and
identifiers are made here, apart from the checks' rules. Options --each N, --seed S, --misses.
A planted error is found when an error or warning of the grounding check stands at its identifier;
the same texts without an error count as false alarms. Last line: one JSON object.
"""

import argparse
import json
import random
import sys
from collections.abc import Callable
from dataclasses import replace

from chatmill.checks.base import Checked
from chatmill.checks.grounding import GroundingCheck
from chatmill.records import Citation, Conversation, Example, Finding, Message, Turn
from chatmill.settings import Settings
from chatmill.text.alignment import cite

FRAMES = {
    "en": (
        "Please use {} here, then start the board again.",
        "The manual says {} and nothing else.",
        "It was {} on our side, so try that first.",
        "You find it under {} in the second chapter.",
        "Change it to {} before you call the function.",
    ),
    "ko": (
        "여기서는 {} 쓰시고 보드를 다시 켜 주세요.",
        "설명서에는 {} 라고 적혀 있습니다.",
        "저희 쪽에서는 {} 기준으로 확인했습니다.",
        "두 번째 장의 {} 부분을 보시면 됩니다.",
        "함수를 부르기 전에 {} 값으로 바꾸세요.",
    ),
}
MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September",
    "October", "November", "December",
)  # fmt: skip
ANOTHER_MONTH = 0.5
"""Share of written-out dates in which the month is exchanged; a misspelt one is the same date."""
QUESTION = {"en": "What do I need for this board?", "ko": "이 보드에는 무엇이 필요한가요?"}


def a_date(rng: random.Random) -> str:
    """Make a date in one of the ways people write it."""
    year, month, day = rng.randint(2015, 2029), rng.randint(1, 12), rng.randint(1, 28)
    return rng.choice([
        f"{year}-{month:02d}-{day:02d}", f"{year}.{month:02d}.{day:02d}", f"{month}/{day}/{year}",
        f"{day} {MONTHS[month - 1]} {year}", f"{year}년 {month}월 {day}일",
    ])  # fmt: skip


def a_version(rng: random.Random) -> str:
    """Make a version."""
    a, b, c = (rng.randint(1, 19) for _ in range(3))
    return rng.choice(
        [f"v{a}.{b}.{c}", f"{a}.{b}.{c}", f"V{a}.{b}", f"v{a}.{b}.{c}-rc{rng.randint(1, 9)}"]
    )


def a_url(rng: random.Random) -> str:
    """Make an address."""
    host, path = rng.choice(["wiki", "docs", "files"]), rng.choice(["pinout", "errata", "driver"])
    return f"https://{host}.example.com/{path}/{rng.randint(100, 999)}"


def a_hex(rng: random.Random) -> str:
    """Make a hexadecimal number."""
    return rng.choice(["0x{:04X}", "0x{:02x}", "0x{:08X}"]).format(rng.randint(16, 250))


def a_pin(rng: random.Random) -> str:
    """Make a pin name."""
    return rng.choice([
        f"GPIO{rng.randint(2, 48)}", f"P{rng.choice('ABCDE')}{rng.randint(0, 15)}",
        f"GP{rng.randint(2, 28)}", f"RST{rng.choice('nN')}", "SCSn", "INTn", "MOSI", "MISO", "SCLK",
    ])  # fmt: skip


def a_call(rng: random.Random) -> str:
    """Make a line of code."""
    name = rng.choice(["setSn_CR", "wizchip_init", "ctlwizchip", "getVERSIONR", "socket_open"])
    value = rng.randint(10, 99)
    return rng.choice([f"{name}({value}, NULL)", f"`{name}(sn, {value})`", f"{name} = {value};"])


KINDS: dict[str, Callable[[random.Random], str]] = {
    "date": a_date, "version": a_version, "url": a_url, "hex": a_hex, "pin": a_pin, "code": a_call,
}  # fmt: skip


def spoilt(words: str, rng: random.Random) -> str:
    """Exchange one letter or digit for another of its kind, a month's name for another's."""
    month = next((each for each in MONTHS if each in words), "")
    if month and rng.random() < ANOTHER_MONTH:
        return words.replace(month, rng.choice([each for each in MONTHS if each != month]))
    first = 2 if words.startswith("0x") else 8 if words.startswith("http") else 0
    free = [n for n, each in enumerate(words) if n >= first and each.isascii() and each.isalnum()]
    places = [n for n in free if words[n].isdigit()] if month else free
    at = rng.choice(places)
    kinds = ["123456789", "ABCDEF", "abcdef"] if first == len("0x") else [
        "123456789", "ABCDEFGHIKLMNOPRSTUVW", "abcdefghiklmnoprstuvw"]  # fmt: skip
    own = kinds[0] if words[at].isdigit() else kinds[1] if words[at].isupper() else kinds[2]
    new = rng.choice([each for each in own if each != words[at]])
    return words[:at] + new + words[at + 1 :]


def alarms(question: str, said: str, answer: str) -> list[Finding]:
    """Check an answer that was edited beside what its message says."""
    messages = (
        Message(id="q", speaker="a", role="customer", text=question),
        Message(id="a", speaker="b", role="agent", text=said),
    )
    conversation = Conversation(id="c", source="made", platform="made", messages=messages)
    made = cite(answer, messages)
    asked = (Citation(message_id="q", start=0, end=len(question), at=0),)
    turn = Turn(question=question, answer=said, question_citations=asked)
    turn = replace(turn, answer=answer, answer_citations=made.citations, answer_typed=made.typed)
    example = Example(
        id="e", conversation_id="c", system="About it.", turns=(turn,), extractor="made"
    )
    checked = Checked(example=example, conversation=conversation, settings=Settings())
    return [each for each in GroundingCheck().check(checked) if each.severity != "info"]


def main() -> None:
    """Plant, check, count."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--each", type=int, default=200)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--misses", action="store_true", help="print what was not found")
    chosen = parser.parse_args()
    figures: dict[str, object] = {"seed": chosen.seed}
    for language, frames in FRAMES.items():
        for kind, make in KINDS.items():
            rng = random.Random(f"{chosen.seed} {language} {kind}")  # noqa: S311 - a fixed seed
            n_found = n_false = 0
            for _ in range(chosen.each):
                words = make(rng)
                wrong = spoilt(words, rng)
                before, after = rng.choice(frames).split("{}")
                question, said = QUESTION[language], before + words + after
                n_false += bool(alarms(question, said, said))
                hit = any(
                    each.field.endswith("answer")
                    and each.start < len(before) + len(wrong)
                    and each.end > len(before)
                    for each in alarms(question, said, before + wrong + after)
                )
                n_found += hit
                if chosen.misses and not hit:
                    sys.stdout.write(f"MISS {kind}: {words} -> {wrong}\n")
            figures[f"{language} {kind}"] = {
                "n": chosen.each,
                "recall": round(n_found / chosen.each, 4),
                "false": n_false,
            }
            sys.stdout.write(f"{language} {kind:8} {figures[f'{language} {kind}']}\n")
    sys.stdout.write(json.dumps(figures) + "\n")


if __name__ == "__main__":
    main()
