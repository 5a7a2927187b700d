"""Limits of keys and of the queue, without waiting for a minute."""

from pathlib import Path

from fastapi.testclient import TestClient

from chatmill.server.app import create_app
from chatmill.server.home import find_home
from chatmill.server.limits import KeyLimits, reset_text
from chatmill.store.server_keys import ApiKey
from tiny_model import as_jsonl, chat_lines


class Clock:
    """Time that passes when told to."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        """Return the time."""
        return self.now


def key(requests: int = 0, tokens: int = 0) -> ApiKey:
    """Make a key with these limits."""
    return ApiKey(name="k", created_at=0, requests_per_minute=requests, tokens_per_minute=tokens)


def test_requests_come_back_evenly() -> None:
    """Six a minute are one every ten seconds once they are used up."""
    clock = Clock()
    limits = KeyLimits(clock)
    assert [limits.admit(key(requests=6)) for _ in range(6)] == [None] * 6
    refusal = limits.admit(key(requests=6))
    assert refusal is not None
    assert (refusal.kind, refusal.limit, refusal.seconds) == ("requests", 6, 10.0)
    clock.now += 10
    assert limits.admit(key(requests=6)) is None
    assert limits.admit(key(requests=6)) is not None


def test_overdrawn_tokens_are_waited_for() -> None:
    """An answer longer than what was left is paid back before the next request."""
    clock = Clock()
    limits = KeyLimits(clock)
    assert limits.admit(key(tokens=60)) is None
    limits.spend(key(tokens=60), 90)
    refusal = limits.admit(key(tokens=60))
    assert refusal is not None
    assert (refusal.kind, refusal.seconds) == ("tokens", 31.0)
    assert limits.headers(key(tokens=60)) == {
        "x-ratelimit-limit-tokens": "60",
        "x-ratelimit-remaining-tokens": "0",
        "x-ratelimit-reset-tokens": "1m30s",
    }
    clock.now += 31
    assert limits.admit(key(tokens=60)) is None


def test_a_key_without_limits_has_none() -> None:
    """Nothing is counted and nothing is said."""
    limits = KeyLimits(Clock())
    assert limits.admit(key()) is None
    assert limits.headers(key()) == {}


def test_times_are_written_as_openai_writes_them() -> None:
    """Clients parse these texts."""
    assert [reset_text(each) for each in (0, 0.0121, 1.5, 20, 360)] == [
        "0ms",
        "13ms",
        "1.5s",
        "20s",
        "6m0s",
    ]


def test_the_queue_is_bounded(tmp_path: Path, tiny_base: Path) -> None:
    """One job more than `max_jobs` is a 429 that says how many wait; nothing is recorded."""
    app = create_app(find_home(tmp_path / "home"), api_key="k", max_jobs=1)
    client = TestClient(app, headers={"Authorization": "Bearer k"})
    upload = client.post(
        "/v1/files",
        files={"file": ("train.jsonl", as_jsonl(chat_lines(12)))},
        data={"purpose": "fine-tune"},
    )
    body = {"model": str(tiny_base), "training_file": upload.json()["id"]}
    assert client.post("/v1/fine_tuning/jobs", json=body).status_code == 200
    refused = client.post("/v1/fine_tuning/jobs", json=body)
    assert refused.status_code == 429
    assert refused.json()["error"]["code"] == "rate_limit_exceeded"
    assert "0 running, 1 pending" in refused.json()["error"]["message"]
    assert len(client.get("/v1/fine_tuning/jobs").json()["data"]) == 1
    app.state.server.database.close()
