"""Retirements: what the server says, then the dated list, said before money is spent."""

from collections.abc import Iterator
from datetime import date

import pytest

from chatmill.models.client import ModelClient
from chatmill.models.profiles import PROFILES, UNKNOWN, Profile
from chatmill.models.providers import Endpoint
from chatmill.models.requests import ChatMessage, ChatRequest
from chatmill.models.retirements import (
    listed_shutdown,
    near_shutdowns,
    retirement_list,
    tuning_notice,
)
from chatmill.models.spending import Spending
from chatmill.settings import ProviderSettings
from openai_account import Account
from openai_server import OpenAIServer

TODAY = date(2026, 11, 23)
TUNED = "ft:gpt-4o-mini-2024-07-18:acme:bot:1"


@pytest.fixture
def server() -> Iterator[OpenAIServer]:
    """A scripted server that echoes."""
    with OpenAIServer() as scripted:
        yield scripted


def endpoint_of(server: OpenAIServer, profile: Profile) -> Endpoint:
    """Make an endpoint of a profile at the scripted server."""
    return Endpoint(
        provider="scripted",
        base_url=server.base_url,
        api_key="none",
        identity=server.base_url,
        limits=ProviderSettings(base_url=server.base_url, trusted=True),
        profile=profile,
    )


@pytest.mark.parametrize(
    ("model", "day"),
    [
        ("gpt-4o", date(2027, 1, 14)),
        ("gpt-4.1-mini-2025-04-14", date(2027, 1, 14)),
        (TUNED, date(2027, 1, 14)),
        (f"{TUNED}:ckpt-step-90", date(2027, 1, 14)),
        ("gpt-3.5-turbo-0125", date(2026, 10, 23)),
        ("ft:gpt-4.1-nano-2025-04-14:acme::9", date(2026, 10, 23)),
        ("gpt-4o-transcribe", None),
        ("gpt-4", None),
        ("my-own-gpt-4o", None),
    ],
)
def test_list_knows_snapshots_and_tuned_models(model: str, day: date | None) -> None:
    """A snapshot and a tuned model end with their model; another model's name is not guessed at."""
    found = listed_shutdown(model)
    assert (found and found.on) == day


def test_list_says_when_it_was_checked() -> None:
    """The line a person reads names the date of the list."""
    found = listed_shutdown(TUNED)
    assert found is not None
    assert str(retirement_list().checked) in found.line(TODAY)
    assert "in 52 days" in found.line(TODAY)
    assert "may answer no more" in found.line(date(2027, 2, 1))


def test_date_of_the_server_wins(server: OpenAIServer) -> None:
    """`shutdown_date` of the model object is newer than any list."""
    Account.mounted(server).shutdown_dates[TUNED] = "2027-03-01"
    with ModelClient(endpoint_of(server, PROFILES["openai"])) as client:
        [found] = client.run(lambda each: near_shutdowns(each, [TUNED], TODAY))
    assert (found.on, found.source) == (date(2027, 3, 1), "the server")


def test_distant_ends_and_other_servers_are_not_spoken_of(server: OpenAIServer) -> None:
    """A year ahead nothing is said; a server without a calendar is not even asked."""
    Account.mounted(server).shutdown_dates["gpt-9"] = "2029-01-01"
    with ModelClient(endpoint_of(server, PROFILES["openai"])) as client:
        assert client.run(lambda each: near_shutdowns(each, ["gpt-9"], TODAY)) == []
    server.requests.clear()
    with ModelClient(endpoint_of(server, UNKNOWN)) as client:
        assert client.run(lambda each: near_shutdowns(each, ["gpt-4o"], TODAY)) == []
    assert not server.requests


def test_end_is_said_before_anything_is_sent(server: OpenAIServer) -> None:
    """The warning comes before the first call that costs."""
    said: list[str] = []

    def warn(line: str) -> None:
        assert not server.seen("/chat/completions")
        said.append(line)

    request = ChatRequest(
        model="gpt-4o", messages=(ChatMessage(role="user", content="q"),), max_tokens=5
    )
    with ModelClient(endpoint_of(server, PROFILES["openai"]), Spending(warn=warn)) as client:
        client.ask_many([request], stage="test", database=None)
    [line] = said
    assert "gpt-4o" in line
    assert "2027-01-14" in line


def test_last_day_of_tuning_is_said(server: OpenAIServer) -> None:
    """OpenAI takes no new jobs after 2027-01-06; other servers do."""
    openai = endpoint_of(server, PROFILES["openai"])
    assert "after 2027-01-06" in tuning_notice(openai, TODAY)
    assert "since 2027-01-06" in tuning_notice(openai, date(2027, 1, 7))
    assert tuning_notice(endpoint_of(server, PROFILES["nebius"]), TODAY) == ""
