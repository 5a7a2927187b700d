"""Calls in batches: split, handed over once, matched by id, found again after a kill."""

import os
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from asking import open_client, questions, stored_texts
from chatmill.errors import ModelCallError, SpendError
from chatmill.models.accounts import Answers
from chatmill.models.client import ModelClient
from chatmill.models.profiles import PROFILES
from chatmill.models.providers import Endpoint
from chatmill.models.requests import ChatRequest
from chatmill.models.spending import Spending
from chatmill.settings import PriceSettings, ProviderSettings
from chatmill.store.calls import list_failed_calls, read_calls, spent_usd
from chatmill.store.database import Database, sqlite_url
from openai_account import Account, LineFault
from openai_server import LOST_ANSWER, Json, OpenAIServer, malformed, refusal

PRICES = {"m": PriceSettings(input_per_million=1_000_000.0, output_per_million=0.0)}
"""The scripted server counts 7 prompt tokens a call: $7, half of it in a batch."""
KILL_MOMENTS = ("/files", "/batches", "poll", "content")


@pytest.fixture
def server() -> Iterator[OpenAIServer]:
    """A scripted server that echoes."""
    with OpenAIServer() as scripted:
        yield scripted


@pytest.fixture
def account(server: OpenAIServer) -> Account:
    """An account that carries batches out."""
    return Account.mounted(server)


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    """An empty project database."""
    opened = Database.open(sqlite_url(tmp_path / "chatmill.db"))
    yield opened
    opened.close()


def ask_in_batches(
    base_url: str, database: Database, requests: list[ChatRequest], **limits: Any
) -> Answers:
    """Ask through batches, looking at them every hundredth of a second."""
    spending = Spending(is_batch=True)
    with open_client(base_url, spending, batch_poll_seconds=0.01, **limits) as client:
        return client.ask_many(requests, stage="test", database=database)


def echoes(requests: list[ChatRequest]) -> list[str]:
    """Say what the scripted server answers."""
    return [f"echo: {request.messages[-1].content}" for request in requests]


def texts_of(answers: Answers) -> list[str]:
    """Read the answers, all of which must be there."""
    return [reply.text for reply in answers.require_all()]


def test_batches_keep_the_limits_and_every_answer_finds_its_question(
    server: OpenAIServer, account: Account, database: Database
) -> None:
    """At most so many lines and bytes a file, one model each; outputs come in another order."""
    asked = [
        *questions(25),
        ChatRequest(model="n", messages=questions(1)[0].messages, max_tokens=9),
    ]
    answers = ask_in_batches(server.base_url, database, asked, batch_requests=10, batch_bytes=2_000)
    assert texts_of(answers) == echoes(asked)
    assert not server.seen("/chat/completions")
    for batch_id, batch in account.batches.items():
        lines = account.lines_of(batch_id)
        assert len(lines) <= 10
        assert len({line["body"]["model"] for line in lines}) == 1
        assert len(account.contents[batch["input_file_id"]]) <= 2_000
    assert answers.account.n_answered == answers.account.n_tries == 26


def test_replies_are_in_the_same_store_as_single_calls(
    server: OpenAIServer, account: Account, database: Database
) -> None:
    """What a batch answered is never asked again, with or without batches."""
    ask_in_batches(server.base_url, database, questions(5))
    again = ask_in_batches(server.base_url, database, questions(5))
    with open_client(server.base_url) as client:
        single = client.ask_many(questions(5), stage="test", database=database)
    assert again.account.n_stored == single.account.n_stored == 5
    assert len(account.batches) == 1
    assert not server.seen("/chat/completions")


def test_failed_lines_are_tried_in_another_batch(
    server: OpenAIServer, account: Account, database: Database
) -> None:
    """Errors, gaps, expiry, garbage and lines given twice: all answered, each once."""
    faults = (
        LineFault(status=500),
        LineFault(status=429),
        LineFault(is_missing=True),
        LineFault(is_expired=True),
        LineFault(text='{"custom_id": '),
    )

    def fault_of(line: Json, batch: int) -> LineFault | None:
        number = int("".join(filter(str.isdigit, line["body"]["messages"][-1]["content"])))
        return faults[number] if batch == 1 and number < len(faults) else None

    account.line_fault = fault_of
    account.is_doubled = True
    answers = ask_in_batches(server.base_url, database, questions(12))
    assert texts_of(answers) == echoes(questions(12))
    assert [len(account.lines_of(each)) for each in account.batches] == [12, 5]
    assert sum(each.n_answered for each in read_calls(database)) == 12


def test_refused_lines_are_listed_and_the_others_kept(
    server: OpenAIServer, account: Account, database: Database
) -> None:
    """A line refused for what it is is not sent again; one that always fails, three times."""

    def fault_of(line: Json, batch: int) -> LineFault | None:
        del batch
        text = line["body"]["messages"][-1]["content"]
        return (
            LineFault(status=400 if " 1번" in text else 500)
            if " 1번" in text or " 2번" in text
            else None
        )

    account.line_fault = fault_of
    answers = ask_in_batches(server.base_url, database, questions(4))
    assert (answers.account.n_answered, answers.account.n_refused, answers.account.n_failed) == (
        2,
        1,
        1,
    )
    assert answers.account.n_sent == 4
    assert len(account.batches) == 3
    assert [each.is_refused for each in list_failed_calls(database)] == [True, False]
    account.line_fault = lambda _line, _batch: None
    assert texts_of(ask_in_batches(server.base_url, database, questions(4))) == echoes(questions(4))


def test_batches_shrink_until_the_server_has_room(
    server: OpenAIServer, account: Account, database: Database
) -> None:
    """A batch refused because too much is waiting is cut in halves, and nothing is given up."""
    account.most_lines = 3
    assert texts_of(ask_in_batches(server.base_url, database, questions(16))) == echoes(
        questions(16)
    )


def test_lost_answers_and_faults_create_no_second_batch(
    server: OpenAIServer, account: Account, database: Database
) -> None:
    """The answer to a creation may get lost: the batch is found by our own id."""
    server.script("/batches", LOST_ANSWER, refusal(500))
    server.script("/files", refusal(429, retry_after="0"), malformed())
    server.script("/batches/batch_1", refusal(503), malformed(), method="GET")
    server.script("/files/file-output-batch_1/content", refusal(500), method="GET")
    assert texts_of(ask_in_batches(server.base_url, database, questions(3))) == echoes(questions(3))
    assert len(account.batches) == 1


def start_in_batches(base_url: str, path: Path, n: int) -> "subprocess.Popen[str]":
    """Ask through batches in a process of its own; it prints how many it has in the end."""
    return subprocess.Popen(
        [sys.executable, __file__, base_url, str(path), str(n)],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parent.parent)},
    )


@pytest.mark.parametrize("moment", KILL_MOMENTS)
def test_sigkill_at_every_step_pays_once(
    server: OpenAIServer, account: Account, tmp_path: Path, moment: str
) -> None:
    """Killed at the upload, the creation, the wait or the download: the next run goes on."""
    path = tmp_path / "chatmill.db"
    account.polls_until_done = 3
    reached = threading.Event()
    go_on = threading.Event()

    def hold(received: Any) -> None:
        here = {
            "/files": received.method == "POST" and received.path == "/files",
            "/batches": received.method == "POST" and received.path == "/batches",
            "poll": received.path == "/batches/batch_1",
            "content": received.path.endswith("/content"),
        }[moment]
        if here and not reached.is_set():
            reached.set()
            go_on.wait(20)

    server.before_answer = hold
    process = start_in_batches(server.base_url, path, 7)
    assert reached.wait(30)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    go_on.set()
    printed, _ = start_in_batches(server.base_url, path, 7).communicate(timeout=60)
    assert printed.split() == ["7"]
    assert sorted(stored_texts(path)) == sorted(echoes(questions(7)))
    assert len(account.batches) == 1
    with sqlite3.connect(path) as plain:
        [[n_answered]] = plain.execute("SELECT sum(n_answered) FROM calls").fetchall()
    assert n_answered == 7


def test_two_processes_hand_over_one_batch(
    server: OpenAIServer, account: Account, tmp_path: Path
) -> None:
    """The second waits for the first, and both have every answer."""
    account.polls_until_done = 20
    path = tmp_path / "chatmill.db"
    Database.open(sqlite_url(path)).close()
    both = [start_in_batches(server.base_url, path, 9) for _ in range(2)]
    assert [each.communicate(timeout=60)[0].split() for each in both] == [["9"], ["9"]]
    assert sum(len(account.lines_of(each)) for each in account.batches) == 9


def test_calls_in_a_batch_are_not_asked_one_by_one(
    server: OpenAIServer, account: Account, tmp_path: Path, database: Database
) -> None:
    """After a kill, a run without --batch says where its calls are in place of paying twice."""
    account.polls_until_done = 1_000_000
    process = start_in_batches(server.base_url, tmp_path / "chatmill.db", 3)
    until = time.monotonic() + 30
    while not account.polls and time.monotonic() < until:
        threading.Event().wait(0.01)
    process.kill()
    process.communicate()
    with open_client(server.base_url) as client, pytest.raises(ModelCallError, match="3 of these"):
        client.ask_many(questions(4), stage="test", database=database)
    assert not server.seen("/chat/completions")
    account.polls_until_done = 1
    assert texts_of(ask_in_batches(server.base_url, database, questions(4))) == echoes(questions(4))
    assert sum(len(account.lines_of(each)) for each in account.batches) == 4


def test_money_is_counted_at_the_price_of_batches(
    server: OpenAIServer, account: Account, database: Database
) -> None:
    """Half price at OpenAI; the limit stops before a batch that would pass it."""
    spending = Spending(is_batch=True, prices=PRICES, confirm_above_usd=1e9, max_usd=9_999.0)
    limits = ProviderSettings(base_url=server.base_url, trusted=True, batch_poll_seconds=0.01)
    endpoint = Endpoint(
        provider="scripted",
        base_url=server.base_url,
        api_key="none",
        identity=server.base_url,
        limits=limits,
        profile=PROFILES["openai"],
    )
    with ModelClient(endpoint, spending) as client:
        client.ask_many(questions(3), stage="test", database=database)
    assert spent_usd(database) == pytest.approx(3 * 3.5)
    tight = Spending(is_batch=True, prices=PRICES, confirm_above_usd=1e9, max_usd=11.0)
    with ModelClient(endpoint, tight) as client:
        answers = client.ask_many(questions(5), stage="test", database=database)
    assert isinstance(answers.stopped_by, SpendError)
    assert answers.account.n_stored == 3
    assert len(account.batches) == 1


def test_server_without_batches_is_refused(server: OpenAIServer, database: Database) -> None:
    """Said in one line before anything is sent."""
    limits = ProviderSettings(profile="ollama", base_url=server.base_url, trusted=True)
    endpoint = Endpoint(
        provider="mine",
        base_url=server.base_url,
        api_key="none",
        identity=server.base_url,
        limits=limits,
        profile=PROFILES["ollama"],
    )
    with (
        ModelClient(endpoint, Spending(is_batch=True)) as client,
        pytest.raises(ModelCallError, match="Ollama has no batch API"),
    ):
        client.ask_many(questions(1), stage="test", database=database)
    assert not server.requests


if __name__ == "__main__":
    opened = Database.open(sqlite_url(Path(sys.argv[2])))
    found = ask_in_batches(sys.argv[1], opened, questions(int(sys.argv[3])))
    print(len(found.require_all()))  # noqa: T201 - the caller reads it
    opened.close()
