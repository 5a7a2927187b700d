"""Claims, accounts and the step from the first release's tables."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.config import Config

from chatmill.store.calls import PaidReply, Settlement, read_calls, settle
from chatmill.store.claims import Claims, claim_replies, new_owner, release_claims, renew_claims
from chatmill.store.database import MIGRATIONS, Database, sqlite_url
from chatmill.store.replies import StoredReply, read_replies

REPLY = StoredReply(
    key="k0",
    stage="extract",
    provider="openai",
    model="m",
    text="소켓은 8개입니다.",
    finish_reason="stop",
    prompt_tokens=12,
    completion_tokens=9,
    answered_at=1_800_000_000.0,
)


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """An empty project database."""
    opened = Database.open(database_url)
    yield opened
    opened.close()


def claim(
    database: Database, owner: str, keys: list[str], *, max_usd: float = 0.0, now: float = 0.0
) -> Claims:
    """Claim keys that cost a dollar each."""
    return claim_replies(
        database,
        dict.fromkeys(keys, 1.0),
        owner=owner,
        now=now,
        answered_since=0.0,
        max_usd=max_usd,
    )


def test_a_key_is_claimed_once_and_found_when_answered(database: Database) -> None:
    """The second run waits for the first one's reply, and then has it."""
    first, second = new_owner(), new_owner()
    assert claim(database, first, ["k0", "k1"]).mine == ["k0", "k1"]
    assert claim(database, second, ["k0", "k2"]).held == ["k0"]
    settle(database, Settlement(owner=first, paid=[PaidReply(reply=REPLY, cost_usd=0.5)]))
    assert claim(database, second, ["k0"]).found == {"k0": REPLY}
    release_claims(database, first)
    assert claim(database, second, ["k1"]).mine == ["k1"]


def test_claims_reserve_money_across_runs(database: Database) -> None:
    """Two runs together never claim more than the limit; a reply frees what it did not cost."""
    first, second = new_owner(), new_owner()
    assert len(claim(database, first, ["a", "b"], max_usd=3.0).mine) == 2
    claims = claim(database, second, ["c", "d"], max_usd=3.0)
    assert (claims.mine, claims.unaffordable) == (["c"], ["d"])
    paid = PaidReply(reply=replace(REPLY, key="a"), cost_usd=0.0)
    settle(database, Settlement(owner=first, paid=[paid], is_limited=True))
    assert claim(database, second, ["d"], max_usd=3.0).mine == ["d"]


def test_a_renewed_claim_lives_on(database: Database) -> None:
    """A run that takes long keeps what it is asking as long as it says so."""
    elsewhere = "another-machine:1:process:1"
    claim(database, elsewhere, ["k"])
    renew_claims(database, elsewhere, 25.0)
    assert claim(database, new_owner(), ["k"], now=50.0).mine == []
    assert claim(database, new_owner(), ["k"], now=56.0).mine == ["k"]


def test_the_account_adds_up_by_day_stage_and_model(database: Database) -> None:
    """Replies of two days are two lines; a reply without a price is counted as such."""
    next_day = replace(REPLY, key="k1", answered_at=REPLY.answered_at + 86_400)
    for reply, cost in ((REPLY, 0.25), (replace(REPLY, key="k2"), None), (next_day, 0.5)):
        settle(database, Settlement(owner="o", paid=[PaidReply(reply=reply, cost_usd=cost)]))
    first, second = read_calls(database)
    assert (first.n_answered, first.n_unpriced, first.cost_usd) == (2, 1, 0.25)
    assert (first.prompt_tokens, first.completion_tokens) == (24, 18)
    assert (second.day > first.day, second.cost_usd) == (True, 0.5)


def test_replies_of_the_first_release_are_still_read(tmp_path: Path) -> None:
    """What was paid for before the update is not paid for again."""
    url = sqlite_url(tmp_path / "old.db")
    engine = sa.create_engine(url)
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS / "project"))
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
        connection.execute(
            sa.text(
                "INSERT INTO replies (key, stage, model, reply, prompt_tokens, completion_tokens)"
                """ VALUES ('k', 'evaluate', 'm', '{"text": "예", "finish_reason": ""}', 1, 2)"""
            )
        )
    engine.dispose()
    database = Database.open(url)
    assert read_replies(database, ["k"])["k"].text == "예"
    database.close()
