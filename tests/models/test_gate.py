"""The gate: budgets of settings and headers, slots, and what servers with limits see of it."""

import time
from collections.abc import Iterator

import pytest

from asking import open_client, questions
from busy_server import Behaviour, busy_server
from openai_server import OpenAIServer, refusal

CHAT = "/chat/completions"


@pytest.fixture
def server() -> Iterator[OpenAIServer]:
    """A scripted server that echoes."""
    with OpenAIServer() as scripted:
        yield scripted


def test_requests_per_minute_of_settings_are_kept(server: OpenAIServer) -> None:
    """600 a minute are ten a second, however fast the server answers."""
    with open_client(server.base_url, requests_per_minute=600) as client:
        began = time.monotonic()
        client.chat_many(questions(15), stage="s", database=None)
    assert time.monotonic() - began >= 1.35


def test_tokens_per_minute_of_settings_are_kept(server: OpenAIServer) -> None:
    """Long answers take their share of a budget of tokens before they are sent."""
    with open_client(server.base_url, tokens_per_minute=60 * 500) as client:
        began = time.monotonic()
        client.chat_many(questions(12), stage="s", database=None)
    assert time.monotonic() - began >= 0.1


@pytest.mark.alone
def test_a_told_limit_is_kept_without_a_refusal() -> None:
    """A server that tells its limit in headers refuses next to nothing."""
    behaviour = Behaviour(seconds=0.02, per_second=100, burst=20, is_limit_told=True)
    with (
        busy_server(behaviour) as busy,
        open_client(busy.base_url, max_concurrency=8) as client,
    ):
        began = time.monotonic()
        client.chat_many(questions(200), stage="s", database=None)
        seconds = time.monotonic() - began
        statuses = busy.stats()["statuses"]
    assert statuses["ok"] == 200
    assert statuses.get("429", 0) <= 4
    assert seconds >= (200 - 20) / 100 - 0.1


def test_a_server_with_few_places_gets_few_calls() -> None:
    """503 above eight at once: we come down, and every question is answered."""
    with (
        busy_server(Behaviour(seconds=0.02, most_at_once=8)) as busy,
        open_client(busy.base_url, max_concurrency=32) as client,
    ):
        replies = client.chat_many(questions(150), stage="s", database=None)
        stats = busy.stats()
    assert len(replies) == 150
    assert stats["most_in_flight"] <= 8
    assert stats["statuses"].get("503", 0) < 75


def test_a_date_to_come_back_at_is_honoured(server: OpenAIServer) -> None:
    """`Retry-After` as an HTTP date in the past lets the call go at once."""
    server.script(CHAT, refusal(429, retry_after="Mon, 23 Nov 2020 12:00:00 GMT"))
    with open_client(server.base_url) as client:
        began = time.monotonic()
        client.chat_many(questions(1), stage="s", database=None)
    assert time.monotonic() - began < 0.4
    assert len(server.requests) == 2


def test_being_told_to_come_back_is_no_failed_try(server: OpenAIServer) -> None:
    """A server that is only busy is asked more often than `max_attempts`."""
    server.script(CHAT, *[refusal(429, retry_after_ms="1")] * 5)
    with open_client(server.base_url, max_attempts=3) as client:
        [reply] = client.chat_many(questions(1), stage="s", database=None)
    assert reply.text.startswith("echo")


def test_connections_are_used_again(server: OpenAIServer) -> None:
    """Forty questions go over no more connections than were open at once."""
    with open_client(server.base_url, max_concurrency=4) as client:
        client.chat_many(questions(40), stage="s", database=None)
    assert len({request.connection for request in server.requests}) <= 4
