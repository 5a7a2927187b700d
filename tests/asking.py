"""Asks many questions in a process of its own, so that tests can kill it or run two at once."""

import json
import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import Any

from chatmill.models.accounts import Answers
from chatmill.models.client import ModelClient
from chatmill.models.providers import Endpoint
from chatmill.models.requests import ChatMessage, ChatRequest
from chatmill.models.spending import Spending
from chatmill.settings import ProviderSettings
from chatmill.store.database import Database, sqlite_url


def questions(n: int) -> list[ChatRequest]:
    """Make different questions, Korean ones."""
    return [
        ChatRequest(
            model="m",
            messages=(ChatMessage(role="user", content=f"소켓 {number}번은 어떻게 여나요?"),),
            max_tokens=50,
        )
        for number in range(n)
    ]


def open_client(base_url: str, spending: Spending | None = None, **limits: Any) -> ModelClient:
    """Open a client of a scripted server."""
    settings = ProviderSettings(**{"base_url": base_url, "trusted": True, **limits})
    endpoint = Endpoint(
        provider="scripted",
        base_url=base_url,
        api_key="none",
        identity=base_url,
        limits=settings,
    )
    return ModelClient(endpoint, spending)


def ask(base_url: str, path: Path, n: int, spending: Spending | None = None) -> Answers:
    """Ask n questions with 64 at once, each reply stored in the database at this path."""
    database = Database.open(sqlite_url(path))
    try:
        with open_client(base_url, spending, max_concurrency=64) as client:
            return client.ask_many(questions(n), stage="test", database=database)
    finally:
        database.close()


def start_asking(base_url: str, path: Path, n: int) -> "subprocess.Popen[str]":
    """Do the same in a process; its output is the account as JSON."""
    return subprocess.Popen(
        [sys.executable, __file__, base_url, str(path), str(n)],
        stdout=subprocess.PIPE,
        text=True,
    )


def stored_texts(path: Path) -> list[str]:
    """Read every stored reply's text, past all our own code."""
    with sqlite3.connect(path) as plain:
        rows = plain.execute("SELECT reply FROM replies").fetchall()
    return [json.loads(row[0])["text"] for row in rows]


if __name__ == "__main__":
    answers = ask(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]))
    account = answers.account
    texts = [reply.text if reply else None for reply in answers.replies]
    print(  # noqa: T201 - the caller reads it
        json.dumps(
            {
                "answered": account.n_answered,
                "stored": account.n_stored,
                "failed": account.n_failed + account.n_refused,
                "texts": texts,
            }
        )
    )
