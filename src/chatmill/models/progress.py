"""How a long call says how far it is; the command line draws it, everything else ignores it."""

from typing import Protocol


class Progress(Protocol):
    """`report("asking", 12, 80)`; a total of 0 means unknown."""

    def __call__(self, what: str, done: int, total: int) -> None:
        """Say that `done` of `total` are finished."""
        ...


def no_progress(what: str, done: int, total: int) -> None:
    """Say nothing."""
    del what, done, total
