"""Rejections of one file: in order, counted by reason, not in memory."""

import tracemalloc

import pytest

from chatmill.importers.assembly import CUT_OFF
from chatmill.records import Rejection
from chatmill.stages.import_.spool import MEMORY_BYTES, SHOWN, RejectionSpool


def rejection(line: int, reason: str) -> Rejection:
    """Something left out."""
    return Rejection(stage="import", source="방.txt", line=line, reason=reason, raw="\ufffd말")


def test_rejections_come_back_as_they_were() -> None:
    """What was put aside is what the project lists, letter for letter."""
    made = [rejection(at, f"a second message 'm{at}'") for at in range(SHOWN + 5)]
    made.append(rejection(99, CUT_OFF))
    with RejectionSpool() as spool:
        spool.extend(made)
        assert list(spool) == made
        assert list(spool) == made
        assert spool.first == made[:SHOWN]
        assert spool.broken_off == made[-1]
        assert dict(spool.reasons) == {"a second message …": SHOWN + 5, CUT_OFF: 1}


def test_a_reason_that_stays_the_same_is_said_whole() -> None:
    """Numbers that belong to the reason are no noise; only what differs is left out."""
    with RejectionSpool() as spool:
        spool.extend(rejection(at, "bytes that are not utf-8") for at in range(3))
        spool.extend(rejection(at, f"{at} columns in place of 4") for at in (3, 5))
        assert dict(spool.reasons) == {
            "bytes that are not utf-8": 3,
            "… columns in place of …": 2,
        }


@pytest.mark.soak
def test_a_million_rejections_are_not_in_memory() -> None:
    """A broken file of a gigabyte does not take a gigabyte to be refused."""
    tracemalloc.start()
    with RejectionSpool() as spool:
        spool.extend(rejection(at, f"not a message: {at}") for at in range(100_000))
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert spool.n_rejections == 100_000
        assert peak < 3 * MEMORY_BYTES
