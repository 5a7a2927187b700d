"""People who sign in see no personal data, decide on masked words, and looks are logged."""

from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import httpx2
import pytest

from chatmill.project import Project
from chatmill.stages import users
from chatmill.store.examples import get_example
from chatmill.store.users import read_audit
from chatmill.web.app import create_app
from chatmill.web.auth import Gate, Hosts
from chatmill.web.routes import STATIC, declared_routes
from review_room import make_room
from review_server import RunningReview, running_review

PASSWORD = "소켓 여덟 개와 말 한 마리"  # noqa: S105 - of nobody
PAIRS = (
    (
        "박서준입니다. 010-1234-5678로 전화 주시면 W5500 문의드릴게요.",
        "네, 박서준님. mina@wiznet.example 로도 보내 주십시오. W5500은 소켓이 8개입니다.",
    ),
    ("Is 010-9999-0000 your number?", "Yes, and also 010-1234-5678."),
)
PRIVATE = ("박서준", "010-1234-5678", "mina@wiznet.example", "010-9999-0000")
EXAMPLE = "e0000000"


@pytest.fixture
def team(tmp_path: Path) -> Iterator[RunningReview]:
    """A served room that names people, with an admin, a reviewer, and one who may unmask."""
    with make_room(tmp_path / "room", PAIRS) as project:
        users.create_user(project, "admin", PASSWORD, actor="test")
        users.create_user(project, "kim", PASSWORD, actor="test")
        users.create_user(project, "lee", PASSWORD, actor="test", may_unmask=True)
        with running_review(project) as running:
            yield running


def readable_paths(project: Project) -> list[str]:
    """List the address of everything the application shows, with an example that exists."""
    app = create_app(project, gate=Gate(project, reviewer=""), hosts=Hosts(names=frozenset()))
    found = [each.path for each in declared_routes(app) if "GET" in each.methods]
    filled = []
    for path in found:
        named = path.replace("{example_id}", EXAMPLE)
        while "{" in named:
            before, _, rest = named.partition("{")
            named = f"{before}nothing{rest.partition('}')[2]}"
        filled.append(named)
    assert f"/api/v1/examples/{EXAMPLE}" in filled
    queries = ["/api/v1/queue/next?limit=10", f"/api/v1/queue/previous?before={EXAMPLE}"]
    return [each for each in filled if each != STATIC] + queries


def beginning(client: httpx2.Client, path: str) -> str:
    """Return what an address answers; of a stream that goes on, what comes first."""
    with client.stream("GET", path) as reply:
        assert reply.status_code < 500
        if reply.headers.get("content-type", "").startswith("text/event-stream"):
            return next(reply.iter_text(), "")
        return reply.read().decode()


def test_no_answer_shows_personal_data(team: RunningReview) -> None:
    """Every address of the application, as an admin sees it: a new one that forgets fails here."""
    client = team.client_of("admin", PASSWORD)
    shown = 0
    for path in readable_paths(team.project):
        text = beginning(client, path)
        assert not [each for each in PRIVATE if each in text], path
        shown += "W5500" in text
    assert shown > 2  # the examples were shown, without what is private
    token = users.create_token(team.project, "lee", name="t", role="reader", days=1)
    program = httpx2.Client(base_url=team.address, headers={"authorization": f"Bearer {token}"})
    text = program.get("/api/v1/queue/next?limit=10").text
    assert "W5500" in text
    assert not [each for each in PRIVATE if each in text]


def test_an_edit_on_masked_words_keeps_what_stood_there(team: RunningReview) -> None:
    """The reviewer never sees the number, and the number is still in the example afterwards."""
    client = team.client_of("kim", PASSWORD)
    item = client.get(f"/api/v1/examples/{EXAMPLE}").json()["items"][0]
    assert item["is_masked"]
    turn = item["turns"][0]
    body = {
        "id": str(uuid4()),
        "example_id": EXAMPLE,
        "action": "edit",
        "turns": [
            {
                "question": turn["question"]["text"],
                "answer": turn["answer"]["text"] + " 감사합니다.",
            }
        ],
    }
    blind = client.post("/api/v1/decisions", json=body)
    assert blind.status_code == 422
    assert "seen" in blind.json()["error"]["message"]
    reply = client.post("/api/v1/decisions", json={**body, "seen": item["revision"]})
    assert reply.status_code == 200
    assert not [each for each in PRIVATE if each in reply.text]
    stored = get_example(team.project.database, EXAMPLE).turns[0]
    assert stored.question == PAIRS[0][0]
    assert stored.answer == f"{PAIRS[0][1]} 감사합니다."
    assert stored.answer_citations


def test_looking_at_personal_data_is_a_right_and_is_logged(team: RunningReview) -> None:
    """An admin without the right is refused too, and a refused look leaves no line."""
    path = f"/api/v1/examples/{EXAMPLE}/unmask"
    for name in ("kim", "admin"):
        assert team.client_of(name, PASSWORD).post(path).status_code == 403
    assert read_audit(team.project.database, actions=["unmask"]) == []
    reply = team.client_of("lee", PASSWORD).post(path)
    assert reply.json()["turns"][0]["question"]["text"] == PAIRS[0][0]
    (look,) = read_audit(team.project.database, actions=["unmask"])
    assert (look.actor, look.subject) == ("lee", EXAMPLE)
    token = users.create_token(team.project, "lee", name="t", role="admin", days=1)
    program = httpx2.Client(base_url=team.address, headers={"authorization": f"Bearer {token}"})
    assert program.post(path).status_code == 403
