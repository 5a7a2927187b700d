"""Sets a team up and lets all of it into a review server."""

from collections.abc import Sequence
from pathlib import Path

from chatmill.project import Project
from chatmill.stages.users import Role, create_token, create_user, list_users

PASSWORD = "열 글자가 넘는 비밀번호 10"  # noqa: S105 - of nobody


def team_headers(
    folder: Path, names: Sequence[str], *, role: Role = "reviewer"
) -> list[dict[str, str]]:
    """Return what lets each person in: a token of their own.

    Args:
        folder: Of the project.
        names: Who comes in; set up where they are not, beside an admin of their own.
        role: What they are.
    """
    with Project.open(folder) as project:
        known = {each.name for each in list_users(project)}
        for name in ("boss", *names):
            if name not in known:
                chosen: Role = "admin" if name == "boss" else role
                create_user(project, name, PASSWORD, actor="test", role=chosen)
        tokens = [create_token(project, each, name="test", role=role, days=1) for each in names]
    return [{"authorization": f"Bearer {token}"} for token in tokens]
