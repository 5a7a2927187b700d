"""The API and its guard: idempotent decisions, and nobody in without the link."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from uuid import uuid4

import httpx2
import pytest
from starlette.datastructures import Headers

from chatmill.project import Project
from chatmill.store.decisions import list_decisions
from chatmill.web.auth import Gate
from chatmill.web.roles import Session
from review_room import make_room
from review_server import REVIEWER, RunningReview, running_review

CHANGING = ("/api/v1/decisions", "/api/v1/undo", "/api/v1/redo")


@pytest.fixture
def running(tmp_path: Path) -> Iterator[RunningReview]:
    """A served room."""
    with make_room(tmp_path / "room") as project, running_review(project) as made:
        yield made


def keep(example_id: str, **more: object) -> dict[str, object]:
    """Make the body of a decision to keep."""
    return {"id": str(uuid4()), "example_id": example_id, "action": "keep", **more}


def test_a_review_by_the_api(running: RunningReview) -> None:
    """Everything the page does can be done by API: next, decide, undo, redo, progress."""
    client = running.client()
    first = client.get("/api/v1/queue/next", params={"limit": 2}).json()
    assert [each["id"] for each in first["items"]] == ["e0000000", "e0000001"]
    body = keep("e0000000", seen="")
    decided = client.post("/api/v1/decisions", json=body).json()
    assert decided["item"]["status"] == "kept"
    assert decided["item"]["revision"] == body["id"]
    assert decided["decision"]["reviewer"] == REVIEWER
    assert decided["progress"] == {
        "n_total": 5,
        "n_decided": 1,
        "n_kept": 1,
        "n_rejected": 0,
        "n_pending": 4,
        "n_flagged": decided["progress"]["n_flagged"],
    }
    undone = client.post("/api/v1/undo", json={"id": str(uuid4())}).json()
    assert (undone["item"]["id"], undone["item"]["status"]) == ("e0000000", "pending")
    redone = client.post("/api/v1/redo", json={"id": str(uuid4())}).json()
    assert redone["item"]["status"] == "kept"
    nothing = client.post("/api/v1/redo", json={"id": str(uuid4())}).json()
    assert nothing["decision"] is None
    assert client.get("/api/v1/progress").json()["n_kept"] == 1
    before = client.get("/api/v1/queue/previous", params={"before": "e0000001"}).json()
    assert [each["id"] for each in before["items"]] == ["e0000000"]


def test_the_same_request_twice_is_one_decision(running: RunningReview) -> None:
    """A page that lost the answer sends again."""
    client = running.client()
    body = keep("e0000002")
    replies = [client.post("/api/v1/decisions", json=body).json() for _ in range(3)]
    assert replies[0]["decision"] == replies[2]["decision"]
    assert len(list_decisions(running.project.database)) == 1


def test_a_conflict_and_bad_requests_are_said_in_one_line(running: RunningReview) -> None:
    """What will never work is told from what may be tried again (5xx)."""
    client = running.client()
    client.post("/api/v1/decisions", json=keep("e0000000", seen=""))
    conflict = client.post("/api/v1/decisions", json=keep("e0000000", seen=""))
    assert conflict.status_code == 409
    assert REVIEWER in conflict.json()["error"]["message"]
    bodies: tuple[object, ...] = (
        keep("nothing"),
        keep("e0000000", action="delete"),
        {"id": "x"},
        [],
    )
    for body in bodies:
        reply = client.post("/api/v1/decisions", json=body)
        assert reply.status_code == 422
        assert "\n" not in reply.json()["error"]["message"]
    assert client.get("/api/v1/examples/nothing").status_code == 422
    assert client.get("/api/v1/nothing").json()["error"]["code"] == "not_found"


def test_nobody_comes_in_without_the_link(running: RunningReview) -> None:
    """Another program or user of the machine sees nothing and changes nothing."""
    stranger = httpx2.Client(base_url=running.address)
    assert stranger.get("/").status_code == 401
    assert "room" not in stranger.get("/").text
    assert stranger.get("/start/wrong", follow_redirects=True).status_code == 401
    for path in ("queue/next", "examples/e0000000", "progress", "openapi.json"):
        assert stranger.get(f"/api/v1/{path}").status_code == 401
    for path in CHANGING:
        assert stranger.post(path, json=keep("e0000000")).status_code == 401
    (own,) = running.client().cookies.jar
    stranger.cookies.set(own.name, "1.b.c.d")
    assert stranger.get("/api/v1/progress").status_code == 401
    assert list_decisions(running.project.database) == []


def test_the_link_works_once(running: RunningReview) -> None:
    """A link left in a log or a shell's history opens nothing."""
    assert running.client().get("/api/v1/progress").status_code == 200
    second = httpx2.Client(base_url=running.address)
    second.get(running.link, follow_redirects=True)
    assert second.get("/api/v1/progress").status_code == 401


def test_a_session_outlives_the_server(running: RunningReview) -> None:
    """Who was in stays in after a restart, so that waiting decisions can be sent."""
    client = running.client()
    running.stop()
    running.start()
    assert client.post("/api/v1/decisions", json=keep("e0000000")).status_code == 200


def test_a_forged_request_changes_nothing(running: RunningReview) -> None:
    """Another site open in the same browser must not decide, even with our cookie."""
    client = running.client()
    for path in CHANGING:
        for headers in (
            {"x-chatmill-csrf": "0" * 64},
            {"x-chatmill-csrf": ""},
            {"origin": "https://evil.example"},
            {"sec-fetch-site": "cross-site"},
        ):
            reply = client.post(path, json=keep("e0000000"), headers=headers)
            assert reply.status_code == 403
    assert list_decisions(running.project.database) == []


def test_another_name_for_our_address_is_refused(running: RunningReview) -> None:
    """A site whose name was pointed at 127.0.0.1 must not read the chats."""
    client = running.client()
    for host in ("evil.example", "127.0.0.1", "localhost:1"):
        assert client.get("/", headers={"host": host}).status_code == 421


def test_a_body_that_is_too_large_is_refused(running: RunningReview) -> None:
    """The page never sends so much; nothing is read into memory."""
    client = running.client()
    reply = client.post("/api/v1/decisions", json=keep("e0000000", reason="x" * 1_100_000))
    assert reply.status_code == 413


def test_a_character_no_database_keeps_is_refused(running: RunningReview) -> None:
    """U+0000 in an address or a body is the sender's mistake, on PostgreSQL too."""
    client = running.client()
    for path in ("examples/%00", "queue/next?after=a%00"):
        assert client.get(f"/api/v1/{path}").status_code == 400
    turns = [{"question": "a\x00", "answer": "b"}]
    for more in ({"reason": "a\x00"}, {"action": "edit", "turns": turns, "seen": ""}):
        reply = client.post("/api/v1/decisions", json=keep("e0000000", **more))
        assert reply.status_code == 422


def test_every_answer_carries_the_policy(running: RunningReview) -> None:
    """No inline script, no framing, no sniffing, no referrer, on pages, files and errors alike."""
    client = running.client()
    for path in ("/", "/static/js/main.js", "/api/v1/progress", "/nothing", "/start/wrong"):
        headers = client.get(path).headers
        policy = headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "no-referrer"
    cookie = httpx2.get(running.address + "/start/x").headers.get("set-cookie")
    assert cookie is None


def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites(tmp_path: Path) -> None:
    """HttpOnly and SameSite=Strict, as browsers understand them."""
    with make_room(tmp_path / "room") as project, running_review(project) as made:
        cookie = httpx2.get(made.link).headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=strict" in cookie


def test_a_session_is_for_one_project_and_ends(tmp_path: Path) -> None:
    """A cookie of another project, a changed one and an old one open nothing."""

    def gate_of(project: Project) -> Gate:
        return Gate(project, reviewer="kim")

    def session(gate: Gate, secret: str) -> Session | None:
        return gate.session(Headers({"cookie": f"{gate.cookie_name}={secret}"}))

    with make_room(tmp_path / "a") as here, make_room(tmp_path / "b") as there:
        gate = gate_of(here)
        token = gate.link_path().removeprefix("/start/")
        secret = gate.open_link(token)
        assert secret is not None
        assert gate.open_link(token) is None
        found = session(gate_of(here), secret)
        assert found is not None
        assert found.user == "kim"
        assert session(gate_of(there), secret) is None
        for broken in ("", ".", "a.b", secret[:-1], f"{secret}x", secret.swapcase()):
            assert session(gate, broken) is None
        assert gate.session(Headers({"authorization": f"Bearer {secret}"})) is None
    with make_room(tmp_path / "c") as project:
        over = replace(project.settings.review, session_days=0.0)
        project.settings = replace(project.settings, review=over)
        gate = gate_of(project)
        opened = gate.open_link(gate.link_path().removeprefix("/start/"))
        assert opened is not None
        assert session(gate, opened) is None
