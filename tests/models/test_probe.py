"""`doctor --model`: what a server says is tried, and what the trial costs is counted."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from asking import open_client
from chatmill.errors import ServerDownError, SpendError
from chatmill.models.client import ModelClient
from chatmill.models.probe import ProbeFinding, ProbeOptions, ProbeReport, probe_model
from chatmill.settings import PriceSettings
from chatmill.store.calls import read_calls
from chatmill.store.database import Database, sqlite_url
from openai_account import Account
from openai_server import Json, OpenAIServer, refusal

PRICES = {"m": PriceSettings(input_per_million=1_000_000.0, output_per_million=0.0)}


@pytest.fixture
def server() -> Iterator[OpenAIServer]:
    """A scripted server that keeps to a schema."""
    with OpenAIServer() as scripted:
        scripted.answer = lambda body: '{"sockets": 8}' if "response_format" in body else "8"
        yield scripted


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    """An empty project database."""
    opened = Database.open(sqlite_url(tmp_path / "chatmill.db"))
    yield opened
    opened.close()


def probe(client: ModelClient, database: Database, max_usd: float = 0.0) -> ProbeReport:
    """Try the model `m`."""
    options = ProbeOptions(model="m", database=database, prices=PRICES, max_usd=max_usd)
    return client.run(lambda connection: probe_model(connection, options))


def found(report: ProbeReport, part: str) -> ProbeFinding:
    """Return what was found of one part."""
    return next(each for each in report.findings if each.part == part)


def test_every_ability_is_tried(server: OpenAIServer, database: Database) -> None:
    """What answers is there, what is missing is said, and nothing of it stops the rest."""
    Account.mounted(server)
    with open_client(server.base_url) as client:
        report = probe(client, database)
    there = {each.part: each.is_there for each in report.findings}
    assert there == {
        "chat": True,
        "JSON schema": True,
        "logprobs": False,
        "embeddings": True,
        "files": True,
        "fine-tuning": True,
        "batches": True,
    }
    assert found(report, "logprobs").state == "accepted, but none came"
    assert report.can_chat


def test_server_that_only_chats(server: OpenAIServer, database: Database) -> None:
    """A schema that is not kept to and endpoints that are not there are findings."""
    server.answer = lambda _body: "Eight."

    def only_chat(request: object) -> tuple[int, Json]:
        del request
        return 404, {"error": {"message": "no such path"}}

    server.mount(only_chat)
    with open_client(server.base_url) as client:
        report = probe(client, database)
    assert found(report, "JSON schema").state == "accepted, but not kept to ('Eight.')"
    assert found(report, "batches").state == "not there (404)"
    assert [each.part for each in report.findings if each.is_there] == ["chat"]


def test_calls_are_tiny_counted_and_hold_no_chat(server: OpenAIServer, database: Database) -> None:
    """Three chats of few tokens, in the account of calls, at their price."""
    with open_client(server.base_url) as client:
        report = probe(client, database)
    bodies = [each.body for each in server.seen("/chat/completions")]
    assert len(bodies) == 3
    assert all(body["max_tokens"] <= 16 and len(json.dumps(body)) < 600 for body in bodies)
    [tally] = read_calls(database)
    assert (tally.stage, tally.prompt_tokens, tally.cost_usd) == ("doctor", 21, report.cost_usd)
    assert report.cost_usd == pytest.approx(21.0)


def test_limit_of_money_holds_for_a_trial_too(server: OpenAIServer, database: Database) -> None:
    """Where the project has spent what it may, nothing is sent."""
    with open_client(server.base_url) as client:
        probe(client, database)
        server.requests.clear()
        with pytest.raises(SpendError):
            probe(client, database, max_usd=20.0)
    assert not server.requests


def test_refusal_is_told_in_the_servers_words(server: OpenAIServer, database: Database) -> None:
    """A model nobody knows cannot chat, and the report says why."""
    server.script("/chat/completions", *[refusal(404)] * 3)
    with open_client(server.base_url) as client:
        report = probe(client, database)
    assert not report.can_chat
    assert "scripted 404" in found(report, "chat").state


def test_server_that_is_down_is_an_error(database: Database) -> None:
    """Nobody answers: one line, not seven findings."""
    with (
        open_client("http://127.0.0.1:9/v1", max_attempts=1) as client,
        pytest.raises(ServerDownError),
    ):
        probe(client, database)
