"""Lets several people into a review server at once, in a project without users."""

from collections.abc import Sequence
from pathlib import Path

from starlette.datastructures import Headers

from chatmill.project import Project
from chatmill.stages.users import open_link_session
from chatmill.web.auth import Gate


def sign_in(folder: Path, names: Sequence[str]) -> list[dict[str, str]]:
    """Return the headers of each person's session.

    Args:
        folder: Of the project.
        names: Who comes in.
    """
    with Project.open(folder) as project:
        return [_headers(project, name) for name in names]


def _headers(project: Project, name: str) -> dict[str, str]:
    gate = Gate(project, reviewer=name)
    cookie = f"{gate.cookie_name}={open_link_session(project, name)}"
    session = gate.session(Headers({"cookie": cookie}))
    assert session is not None
    return {"cookie": cookie, "x-chatmill-csrf": session.csrf}
