"""Which split each example goes to: conversations and examples that ask the same stay together."""

import hashlib
from collections import Counter
from collections.abc import Sequence

import numpy as np

from chatmill.checks.duplicates.near import clusters_of
from chatmill.records import Example, Split
from chatmill.settings import BuildSettings

MOST_TIED = 0.5
"""Share of all examples above which shared questions no longer tie whole conversations."""


def split_examples(
    examples: Sequence[Example], pairs: np.ndarray, options: BuildSettings
) -> dict[str, Split]:
    """Draw a split for each example; the same examples and pairs give the same splits.

    What belongs together goes where the conversation of its first example is drawn by a hash, so
    an example that joins later moves nothing that is there. Where busy rooms would be tied into
    one heap by what everybody asks, only the examples that ask the same follow the first of them.

    Args:
        examples: In the order they were extracted.
        pairs: int64, shape (n_pairs, 2): places of examples that ask the same.
        options: Seed and fractions.
    """
    rooms: dict[str, int] = {}
    ties = [(rooms.setdefault(e.conversation_id, at), at) for at, e in enumerate(examples)]
    whole = np.array(ties, dtype=np.int64).reshape(-1, 2)
    asked = pairs.reshape(-1, 2)
    together = _firsts(len(examples), np.concatenate([whole, asked]))
    alike = _firsts(len(examples), asked)
    largest_room = max(Counter(each.conversation_id for each in examples).values(), default=0)
    most = max(largest_room, MOST_TIED * len(examples))
    sizes = Counter(together)
    first_of = [
        joined if sizes[joined] <= most else alike[at] for at, joined in enumerate(together)
    ]
    return {
        example.id: _drawn(examples[first].conversation_id, options)
        for example, first in zip(examples, first_of, strict=True)
    }


def _firsts(n_examples: int, pairs: np.ndarray) -> list[int]:
    """Return, for each example, the first of those it is tied to."""
    first_of = list(range(n_examples))
    for group in clusters_of(n_examples, pairs):
        for at in group:
            first_of[at] = group[0]
    return first_of


def _drawn(conversation_id: str, options: BuildSettings) -> Split:
    key = f"{options.seed}\0{conversation_id}".encode()
    drawn = int.from_bytes(hashlib.sha256(key).digest()[:8]) / 2**64
    if drawn < options.test_fraction:
        return "test"
    if drawn < options.test_fraction + options.validation_fraction:
        return "validation"
    return "train"
