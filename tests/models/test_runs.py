"""Runs of many calls: every question answered once, accounted for, and never paid twice."""

import json
import signal
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from asking import ask, open_client, questions, start_asking, stored_texts
from busy_server import Behaviour, busy_server
from chatmill.errors import ModelCallError, SpendError
from chatmill.models.accounts import CallsFailedError
from chatmill.models.client import ModelClient
from chatmill.models.requests import ChatRequest
from chatmill.models.spending import RunEstimate, Spending
from chatmill.settings import PriceSettings
from chatmill.store.calls import list_failed_calls, read_calls, spent_usd
from chatmill.store.claims import LEASE_SECONDS, claim_replies, new_owner
from chatmill.store.database import Database, sqlite_url
from openai_server import OpenAIServer, refusal

CHAT = "/chat/completions"
PRICES = {"m": PriceSettings(input_per_million=1_000_000.0, output_per_million=0.0)}
"""The scripted server counts 7 prompt tokens a call: $7."""


@pytest.fixture
def server() -> Iterator[OpenAIServer]:
    """A scripted server that echoes."""
    with OpenAIServer() as scripted:
        yield scripted


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where the project's database lies."""
    return tmp_path / "chatmill.db"


@pytest.fixture
def database(path: Path) -> Iterator[Database]:
    """An empty project database."""
    opened = Database.open(sqlite_url(path))
    yield opened
    opened.close()


@pytest.fixture
def client(server: OpenAIServer) -> Iterator[ModelClient]:
    """A client of the scripted server, without limits of money."""
    with open_client(server.base_url) as opened:
        yield opened


def echoes(requests: list[ChatRequest]) -> list[str]:
    """Say what the scripted servers answer."""
    return [f"echo: {request.messages[-1].content}" for request in requests]


def spending(**chosen: Any) -> Spending:
    """Make rules about money, everything confirmed."""
    return Spending(**{"prices": PRICES, "confirm_above_usd": 1e9, **chosen})


@pytest.mark.alone
def test_faults_of_every_kind_lose_nothing_and_repeat_nothing(path: Path) -> None:
    """429, 500, truncated bodies and resets: all answered, each answer in its own place, once."""
    behaviour = Behaviour(
        seconds=0.01,
        spread=0.5,
        share_429=0.10,
        share_500=0.02,
        share_malformed=0.01,
        share_reset=0.01,
        retry_after="0.05",
        seed=5,
    )
    with busy_server(behaviour) as busy:
        answers = ask(busy.base_url, path, 2_000)
        stats = busy.stats()
    assert [reply.text for reply in answers.require_all()] == echoes(questions(2_000))
    assert set(stats["answered"].values()) == {1}
    assert answers.account.n_tries == sum(stats["statuses"].values())
    assert sorted(stored_texts(path)) == sorted(echoes(questions(2_000)))


def test_account_adds_up_and_the_next_run_asks_what_failed(
    server: OpenAIServer, client: ModelClient, database: Database
) -> None:
    """Every request is answered, refused or failed; the failed ones are listed and asked again."""
    server.script(CHAT, refusal(400), refusal(500))
    asked = questions(3)
    with open_client(server.base_url, max_attempts=1) as hasty:
        answers = hasty.ask_many(asked, stage="extract", database=database, concurrency=1)
    account = answers.account
    assert (account.n_sent, account.n_answered, account.n_refused, account.n_failed) == (3, 1, 1, 1)
    assert account.n_sent == account.n_answered + account.n_refused + account.n_failed
    listed = list_failed_calls(database)
    assert [each.question for each in listed] == [
        asked[0].messages[0].content,
        asked[1].messages[0].content,
    ]
    assert "scripted 400" in listed[0].reason
    with pytest.raises(CallsFailedError, match="2 of 3 calls failed") as caught:
        answers.require_all()
    assert caught.value.account.failures[0].positions == (0,)
    again = client.ask_many(asked, stage="extract", database=database)
    assert (again.account.n_stored, again.account.n_answered) == (1, 2)
    assert list_failed_calls(database) == []
    [tally] = read_calls(database)
    assert (tally.n_answered, tally.n_refused, tally.n_failed) == (3, 1, 1)


def test_answers_that_cannot_be_used_are_counted_not_kept(
    server: OpenAIServer, client: ModelClient, database: Database
) -> None:
    """An answer of the wrong schema is asked again; what it cost is in the account."""
    texts = iter(['{"wrong": 1}', '{"right": 1}'])
    server.answer = lambda _body: next(texts)

    def accept(text: str) -> str:
        return "" if "right" in json.loads(text) else "no field right"

    asked = [replace(questions(1)[0], schema='{"type": "object"}')]
    answers = client.ask_many(asked, stage="extract", database=database, accept=accept)
    assert [reply.text for reply in answers.require_all()] == ['{"right": 1}']
    sent = server.requests[0].body["response_format"]["json_schema"]
    assert (sent["schema"], sent["strict"]) == ({"type": "object"}, True)
    [tally] = read_calls(database)
    assert (tally.n_answered, tally.prompt_tokens) == (1, 14)


def test_a_wrong_answer_for_good_is_a_failure_with_its_reason(server: OpenAIServer) -> None:
    """A model that never keeps to the schema fails by name, after its tries."""
    with open_client(server.base_url, max_attempts=2) as client:
        answers = client.ask_many(
            questions(1), stage="extract", database=None, accept=lambda _text: "not JSON"
        )
    assert answers.replies == [None]
    assert "not JSON" in answers.account.failures[0].reason
    assert len(server.requests) == 2


def test_two_processes_pay_once(path: Path) -> None:
    """The same work started twice at once is shared, not done twice."""
    Database.open(sqlite_url(path)).close()
    with busy_server(Behaviour(seconds=0.05)) as busy:
        both = [start_asking(busy.base_url, path, 300) for _ in range(2)]
        printed = [json.loads(process.communicate(timeout=60)[0]) for process in both]
        stats = busy.stats()
    assert set(stats["seen"].values()) == {1}
    assert sum(each["answered"] for each in printed) == 300
    assert all(each["texts"] == echoes(questions(300)) for each in printed)


def test_killed_at_any_moment_a_run_goes_on_and_pays_only_for_calls_in_flight(
    path: Path,
) -> None:
    """Three kills: each item once in the results, and no more asked twice than were in flight."""
    Database.open(sqlite_url(path)).close()
    with busy_server(Behaviour(seconds=0.1)) as busy:
        for _ in range(3):
            process = start_asking(busy.base_url, path, 100)
            n_before = len(busy.stats()["seen"])
            while process.poll() is None and len(busy.stats()["seen"]) < min(100, n_before + 20):
                time.sleep(0.005)  # the server says when a kill is due
            process.send_signal(signal.SIGKILL)
            process.communicate(timeout=30)
        last = start_asking(busy.base_url, path, 100)
        printed = json.loads(last.communicate(timeout=60)[0])
        stats = busy.stats()
    assert printed["texts"] == echoes(questions(100))
    assert sorted(stored_texts(path)) == sorted(echoes(questions(100)))
    n_repeated = sum(stats["seen"].values()) - 100
    assert n_repeated <= 3 * 64


def test_a_claim_of_a_dead_run_is_free_again(database: Database) -> None:
    """Nobody waits for a process that is gone; a living one is waited for until its lease ends."""

    def claim(owner: str, now: float) -> list[str]:
        claims = claim_replies(
            database, {"k": 0.0}, owner=owner, now=now, answered_since=0.0, max_usd=0.0
        )
        return list(claims.mine)

    here = new_owner()
    host = here.split(":", maxsplit=1)[0]
    gone = f"{host}:999999999:nobody:1"  # above every system's largest process id
    elsewhere = "another-machine:1:process:1"
    assert claim(gone, 0.0) == ["k"]
    assert claim(elsewhere, 0.0) == ["k"]
    assert claim(here, LEASE_SECONDS - 1) == []
    assert claim(here, LEASE_SECONDS + 1) == ["k"]


def test_budget_stops_in_the_middle_and_goes_on_when_raised(
    server: OpenAIServer, path: Path, database: Database
) -> None:
    """The limit is never passed, what was bought is kept, and a raised limit buys the rest."""
    asked = questions(10)
    with open_client(server.base_url, spending(max_usd=50.0)) as client:
        answers = client.ask_many(asked, stage="s", database=database)
    assert 1 <= answers.account.n_answered < 10
    assert spent_usd(database) == 7.0 * answers.account.n_answered <= 50.0
    assert answers.account.n_unsent == 10 - answers.account.n_answered
    with pytest.raises(SpendError, match=r"the limit of \$50 is reached.*Raise it and run again"):
        answers.require_all()
    with open_client(server.base_url, spending(max_usd=1000.0)) as client:
        again = client.ask_many(asked, stage="s", database=database)
    assert [reply.text for reply in again.require_all()] == echoes(asked)
    assert len(server.requests) == len(stored_texts(path)) == 10


def test_a_limit_of_money_needs_a_price(server: OpenAIServer, database: Database) -> None:
    """A limit that nobody could keep is refused before anything is sent."""
    with (
        open_client(server.base_url, Spending(max_usd=1.0)) as client,
        pytest.raises(SpendError, match=r'm has no price.*\[prices."m"\]'),
    ):
        client.ask_many(questions(1), stage="s", database=database)
    assert server.requests == []


def test_an_estimate_is_shown_and_confirmed(server: OpenAIServer, database: Database) -> None:
    """Nothing is sent above the threshold unless somebody says yes."""
    shown: list[RunEstimate] = []
    rules = spending(confirm_above_usd=5.0)
    with (
        open_client(server.base_url, rules) as client,
        pytest.raises(SpendError, match=r"more than \$5; nothing was sent.*--yes"),
    ):
        client.ask_many(questions(2), stage="s", database=database)
    no = rules.with_faces(show=shown.append, confirm=lambda _estimate: False)
    with (
        open_client(server.base_url, no) as client,
        pytest.raises(SpendError, match="not confirmed"),
    ):
        client.ask_many(questions(2), stage="s", database=database)
    assert server.requests == []
    yes = rules.with_faces(show=shown.append, confirm=lambda _estimate: True)
    with open_client(server.base_url, yes) as client:
        client.ask_many(questions(2), stage="s", database=database)
    assert len(server.requests) == 2
    assert shown[-1].n_to_send == 2
    assert "2 calls to scripted (m)" in shown[-1].line()


def test_estimates_learn_from_earlier_calls(server: OpenAIServer, database: Database) -> None:
    """Answer length and time of the next run come from the last one, not from a guess."""
    shown: list[RunEstimate] = []
    rules = spending().with_faces(show=shown.append)
    with open_client(server.base_url, rules) as client:
        client.ask_many(questions(5), stage="s", database=database)
        client.ask_many(questions(10), stage="s", database=database)
    first, second = shown
    assert (first.is_measured, first.seconds, first.answer_tokens) == (False, None, 250)
    assert (second.is_measured, second.n_stored, second.n_to_send) == (True, 5, 5)
    assert second.answer_tokens < 250
    assert second.seconds is not None
    assert second.spent_usd == 35.0


def test_stored_replies_can_be_left_aside_and_grow_old(
    server: OpenAIServer, database: Database
) -> None:
    """`--no-cache` and `reply_days` ask anew, and the newer answer is the one that stays."""
    with open_client(server.base_url) as client:
        client.ask_many(questions(1), stage="s", database=database)
        server.answer = lambda _body: "new"
        [kept] = client.chat_many(questions(1), stage="s", database=database)
    with open_client(server.base_url, Spending(is_store_read=False)) as client:
        [anew] = client.chat_many(questions(1), stage="s", database=database)
    with open_client(server.base_url, Spending(reply_days=1.0)) as client:
        [young] = client.chat_many(questions(1), stage="s", database=database)
    with open_client(server.base_url, Spending(reply_days=1e-9)) as client:
        client.chat_many(questions(1), stage="s", database=database)
    assert (kept.text, anew.text, young.text) == ("echo: 소켓 0번은 어떻게 여나요?", "new", "new")
    assert (young.is_cached, len(server.requests)) == (True, 3)


def test_one_slow_answer_does_not_hold_the_others(server: OpenAIServer) -> None:
    """While one question takes long, all others are asked and answered."""
    order: list[str] = []

    def answer(body: dict[str, Any]) -> str:
        question = str(body["messages"][-1]["content"])
        if question == questions(1)[0].messages[0].content:
            deadline = time.monotonic() + 10
            while len(order) < 19 and time.monotonic() < deadline:
                time.sleep(0.005)  # until the others are through
        order.append(question)
        return question

    server.answer = answer
    with open_client(server.base_url, max_concurrency=4) as client:
        client.ask_many(questions(20), stage="s", database=None)
    assert order[-1] == questions(1)[0].messages[0].content


def test_no_credit_stops_the_run_at_once(server: OpenAIServer, client: ModelClient) -> None:
    """An account without credit answers 429 for ever; it is said once, not tried for hours."""
    said = {"error": {"message": "You exceeded your current quota", "code": "insufficient_quota"}}
    fault = replace(refusal(429, retry_after="60"), text=json.dumps(said))
    server.script(CHAT, *[fault] * 50)
    with pytest.raises(ModelCallError, match=r"exceeded your current quota.*Add credit"):
        client.chat_many(questions(50), stage="s", database=None, concurrency=1)
    assert len(server.requests) <= 2
