"""Stored batches: a line is settled once, and its money is kept back whoever handed it over."""

from collections.abc import Iterator

import pytest

from chatmill.store.batches import (
    StoredBatch,
    find_batches,
    forget_batch,
    lines_of,
    note_sent,
    plan_batch,
    settle_lines,
)
from chatmill.store.calls import PaidReply, Settlement, read_calls, spent_usd
from chatmill.store.claims import claim_replies, new_owner, release_claims
from chatmill.store.database import Database
from chatmill.store.replies import StoredReply, read_replies

BATCH = StoredBatch(id="b1", server="s", stage="test", model="m", n_lines=2)


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """An empty project database."""
    opened = Database.open(database_url)
    yield opened
    opened.close()


def paid(key: str) -> PaidReply:
    """Make a reply of four dollars."""
    reply = StoredReply(
        key=key,
        stage="test",
        model="m",
        text="답",
        finish_reason="stop",
        prompt_tokens=1,
        completion_tokens=1,
        answered_at=1.0,
    )
    return PaidReply(reply=reply, cost_usd=4.0)


def left_usd(database: Database, owner: str, wanted: dict[str, float]) -> float:
    """Claim keys under a limit of ten dollars; return what is left."""
    claims = claim_replies(database, wanted, owner=owner, now=1.0, answered_since=0.0, max_usd=10.0)
    return claims.left_usd


def test_line_is_settled_once(database: Database) -> None:
    """Collected twice, as after a kill, a reply is stored and counted once."""
    plan_batch(database, BATCH, {"a": 0.0, "b": 0.0}, "me")
    both = Settlement(owner="me", paid=(paid("a"), paid("b")))
    assert settle_lines(database, "b1", both) == {"a", "b"}
    assert settle_lines(database, "b1", both) == set()
    assert spent_usd(database) == 8.0
    assert [each.n_answered for each in read_calls(database)] == [2]
    assert len(read_replies(database, ["a", "b"])) == 2
    assert lines_of(database, "b1") == []


def test_batch_keeps_its_money_back_after_its_run_died(database: Database) -> None:
    """The limit counts what a batch may still cost, until its lines are settled or dropped."""
    owner = new_owner()
    assert left_usd(database, owner, {"a": 3.0, "b": 3.0}) == 4.0
    plan_batch(database, BATCH, {"a": 3.0, "b": 3.0}, owner)
    assert left_usd(database, owner, {}) == 4.0
    release_claims(database, owner)
    assert left_usd(database, owner, {}) == 4.0
    settle_lines(database, "b1", Settlement(owner=owner, paid=(paid("a"),)))
    assert left_usd(database, owner, {}) == 3.0
    forget_batch(database, "b1")
    assert left_usd(database, owner, {}) == 6.0


def test_open_batches_are_found_by_their_lines(database: Database) -> None:
    """A restart finds what was handed over, with the server's name for it."""
    plan_batch(database, BATCH, {"a": 0.0, "b": 0.0}, "me")
    note_sent(database, "b1", "batch_9")
    found = find_batches(database, ["b", "c"])
    assert {key: each.remote_id for key, each in found.items()} == {"b": "batch_9"}
    forget_batch(database, "b1")
    assert find_batches(database, ["a", "b"]) == {}
