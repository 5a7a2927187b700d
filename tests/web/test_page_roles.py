"""Every route of the application, with every role: nobody does what their role does not allow."""

from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest
from fastapi import APIRouter

from chatmill.project import Project
from chatmill.stages import users
from chatmill.web.app import create_app
from chatmill.web.auth import Gate, Hosts
from chatmill.web.roles import ROLES, Role
from chatmill.web.routes import DeclaredRoute, declared_routes
from review_room import make_room
from review_server import PATIENCE_SECONDS, RunningReview, running_review

PASSWORD = "소켓 여덟 개와 말 한 마리"  # noqa: S105 - of nobody
CHANGING = frozenset({"POST", "PUT", "PATCH", "DELETE"})


@pytest.fixture
def team(tmp_path: Path) -> Iterator[RunningReview]:
    """A served room with one user of each role, named after it."""
    with make_room(tmp_path / "room") as project:
        for role in ROLES:
            users.create_user(project, role, PASSWORD, actor="test", role=role)
        with running_review(project) as running:
            yield running


def routes_of(project: Project) -> tuple[DeclaredRoute, ...]:
    """List the routes of the application itself."""
    app = create_app(project, gate=Gate(project, reviewer=""), hosts=Hosts(names=frozenset()))
    return declared_routes(app)


def answer_of(client: httpx2.Client, method: str, route: DeclaredRoute) -> int:
    """Ask for a route, its parameters filled in with nothing that exists; the status."""
    path = route.path
    while "{" in path:
        before, _, rest = path.partition("{")
        path = f"{before}nothing{rest.partition('}')[2]}"
    body: dict[str, object] | None = {} if method in CHANGING else None
    with client.stream(method, path, json=body) as reply:
        return reply.status_code


def is_let_in(status: int) -> bool:
    """Tell whether a status is the route's own, whatever it thinks of the request."""
    assert status < 500 or status == 503
    return status not in {401, 403}


def test_every_route_with_every_role(team: RunningReview) -> None:
    """Strangers reach only what says so, and each role what it and those below it may."""
    routes = routes_of(team.project)
    assert len(routes) > 20
    stranger = httpx2.Client(base_url=team.address, timeout=PATIENCE_SECONDS)
    for route in routes:
        for method in sorted(route.methods):
            if route.role is not None:
                assert answer_of(stranger, method, route) == 401, f"{method} {route.path}"
    ends = {"/api/v1/session/end", "/api/v1/me/password"}  # they end what asks, or slow it down
    for role in ROLES:
        client = team.client_of(role, PASSWORD)
        for route in routes:
            if route.role is None or route.path in ends:
                continue
            may = ROLES.index(role) >= ROLES.index(route.role)
            for method in sorted(route.methods):
                status = answer_of(client, method, route)
                if route.path.endswith("/unmask"):  # a right of its own, which nobody here has
                    assert status == 403
                else:
                    assert is_let_in(status) == may, f"{role} {method} {route.path}: {status}"


def test_a_route_without_a_role_stops_the_application(tmp_path: Path) -> None:
    """Whoever adds a route and forgets its role cannot even start the server."""
    with make_room(tmp_path / "room") as project:
        app = create_app(project, gate=Gate(project, reviewer=""), hosts=Hosts(names=frozenset()))
        forgotten = APIRouter()

        @forgotten.get("/api/v1/everything")
        def everything() -> str:
            return "all of it"

        app.include_router(forgotten)
        with pytest.raises(TypeError, match="/api/v1/everything declares no roles"):
            declared_routes(app)


@pytest.mark.parametrize("role", ["reader", "reviewer"])
def test_nobody_makes_themselves_an_admin(team: RunningReview, role: Role) -> None:
    """By no field, no token and no invitation; the attempt changes nothing."""
    client = team.client_of(role, PASSWORD)
    tries: tuple[tuple[str, dict[str, object]], ...] = (
        ("users/change", {"name": role, "role": "admin"}),
        ("users/change", {"name": role, "may_unmask": True}),
        ("users/invite", {"name": "mallory", "role": "admin"}),
        ("users/sign-out", {"name": "admin"}),
    )
    for path, body in tries:
        assert client.post(f"/api/v1/{path}", json=body).status_code == 403
    made = client.post("/api/v1/me/tokens", json={"name": "x", "role": "admin"}).json()
    program = httpx2.Client(
        base_url=team.address, headers={"authorization": f"Bearer {made['token']}"}
    )
    assert program.get("/api/v1/me").json()["role"] == role
    assert program.get("/api/v1/users").status_code == 403
    assert program.post("/api/v1/me/tokens", json={"name": "y"}).status_code == 403
    body = {"old": PASSWORD, "new": PASSWORD * 2, "role": "admin"}
    assert client.post("/api/v1/me/password", json=body).status_code == 422
    assert {each.name: each.role for each in users.list_users(team.project)} == {
        each: each for each in ROLES
    }


def test_a_role_taken_away_is_gone_at_once(team: RunningReview) -> None:
    """An open page of somebody who is no admin any more can do nothing an admin may."""
    client = team.client_of("admin", PASSWORD)
    users.change_user(team.project, "reviewer", actor="test", role="admin")
    assert client.get("/api/v1/users").status_code == 200
    users.change_user(team.project, "admin", actor="test", role="reader")
    assert client.get("/api/v1/users").status_code == 403
    users.change_user(team.project, "admin", actor="test", is_disabled=True)
    assert client.get("/api/v1/me").status_code == 401
