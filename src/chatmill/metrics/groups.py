"""What the questions of a split tell: were they learnt, in other words too, or beyond them."""

from typing import Literal

from chatmill.records import Split

Group = Literal["trained", "held-out", "unseen"]

GROUPS: tuple[Group, ...] = ("trained", "held-out", "unseen")
"""In the order reports show them."""

_GROUP_OF: dict[Split, Group] = {
    "train": "trained",
    "paraphrase": "held-out",
    "validation": "unseen",
    "test": "unseen",
}


def group_of(split: Split) -> Group:
    """Name the group: trained, held-out (phrasings), or unseen (validation and test)."""
    return _GROUP_OF[split]
