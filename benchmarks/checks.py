"""Speed of checks and masking on one core: `checks.py [N]`, no copy of a text like another.

Grounding and odd data over N English and N Korean examples (the sample's, renumbered), masking over
as many messages; figures are examples and messages a second of processor time (what one free core
gives, whatever else runs). Last line: one JSON object.
"""

import json
import sys
import time
from collections.abc import Sequence

from chatmill.checks.base import Check, Checked
from chatmill.checks.table import load_checks
from chatmill.records import Conversation, Example
from chatmill.settings import Settings
from chatmill.text.masking import Masker
from measuring import machine
from sample_examples import is_korean, renumbered, sample_examples

EXAMPLES = 2_000
WARM_UP = 100


def checked_per_second(
    pairs: Sequence[tuple[Example, Conversation]], checks: Sequence[Check], settings: Settings
) -> float:
    """Run some checks over examples and return examples a second."""
    began = time.process_time()
    for example, conversation in pairs:
        checked = Checked(example=example, conversation=conversation, settings=settings)
        for check in checks:
            list(check.check(checked))
    return len(pairs) / (time.process_time() - began)


def masked_per_second(pairs: Sequence[tuple[Example, Conversation]], settings: Settings) -> float:
    """Mask every message of the rooms and return messages a second."""
    rooms = [conversation for _, conversation in pairs]
    n_messages = sum(len(room.messages) for room in rooms)
    began = time.process_time()
    for room in rooms:
        masker = Masker(settings.privacy, room)
        for message in room.messages:
            masker.mask(message.text)
    return n_messages / (time.process_time() - began)


def main(n_examples: int) -> None:
    """Print the figures."""
    sample, settings = sample_examples()
    figures: dict[str, float] = {}
    for language in ("en", "ko"):
        mine = [e for e in sample if is_korean(e[0].turns[0].question) == (language == "ko")]
        copies = [
            renumbered(*mine[number % len(mine)], number) for number in range(n_examples + WARM_UP)
        ]
        warm, rest = copies[:WARM_UP], copies[WARM_UP:]
        by_name = {each.name: each for each in load_checks()}
        wanted = [by_name["grounding"], by_name["odd"]]
        checked_per_second(warm, list(load_checks()), settings)
        for name, checks in (
            ("grounding", wanted[:1]),
            ("odd", wanted[1:]),
            ("grounding and odd", wanted),
        ):
            figures[f"{name} {language}"] = checked_per_second(rest, checks, settings)
        figures[f"masking {language}"] = masked_per_second(rest[: n_examples // 4], settings)
    for name, figure in figures.items():
        sys.stdout.write(f"{name:24} {figure:8.0f}/s\n")
    rounded = {name: round(figure) for name, figure in figures.items()}
    sys.stdout.write(json.dumps({"per_second": rounded, "machine": machine()}) + "\n")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else EXAMPLES)
