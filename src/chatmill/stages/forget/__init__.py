"""Forget: a person, a conversation or what is too old leaves the project, wherever it went."""

from chatmill.stages.forget.plan import ErasurePlan, plan_erasure
from chatmill.stages.forget.run import ErasureOutcome, finish_erasure, forget
from chatmill.stages.forget.who import Wish, expiry_date, lift_tombstones

__all__ = [
    "ErasureOutcome",
    "ErasurePlan",
    "Wish",
    "expiry_date",
    "finish_erasure",
    "forget",
    "lift_tombstones",
    "plan_erasure",
]
