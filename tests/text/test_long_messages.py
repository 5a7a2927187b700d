"""A message nobody would write must not keep the machine busy: cost is linear in length."""

import time

import pytest

from chatmill.text.cues import act_of, is_problem, is_self_answer
from chatmill.text.facts import facts
from chatmill.text.names import find_mentions
from chatmill.text.polarity import is_negated
from chatmill.text.products import find_products
from chatmill.text.sentences import sentences
from chatmill.text.trimming import TRIM_KINDS, kept_spans

N_REPEATS = 20_000
LIMIT_SECONDS = 10.0
"""Far above what it takes; something quadratic would take minutes."""


@pytest.mark.parametrize(
    "piece",
    [
        *(
            ".",
            " ",
            "\n",
            "a",
            "가",
            "thanks ",
            "네 ",
            "@Ana ",
            "ㅎ",
            "0x",
            "a-",
            "a_",
            "a.",
            "hi ",
        ),
        *("? ", "> a\n", "\nbr", "1.1.", "```", "감사합니다 ", "저도 ", "- ", "!", "가~", "a@"),
    ],
)
def test_repeated_pieces_stay_cheap(piece: str) -> None:
    """Patterns that backtrack would let one message stop an import of a million."""
    text = f"x{piece * N_REPEATS}x"
    started = time.monotonic()
    kept_spans(text, TRIM_KINDS, ("Ana", "Mina Park"))
    for look in (act_of, is_problem, is_self_answer, sentences, facts, find_products, is_negated):
        look(text)
    find_mentions(text, ("Ana",))
    assert time.monotonic() - started < LIMIT_SECONDS
