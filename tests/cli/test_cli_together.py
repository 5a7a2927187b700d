"""`chatmill check --together`: what belongs together is printed side by side."""

import json

import pytest
from click.testing import CliRunner

from chatmill.cli.app import application
from chatmill.project import Project
from chatmill.stages.extract import extract
from talking import bring_in

ROOMS = (
    [("Ana", "How many sockets can the W5500 open?"), ("Mina Park", "It has 8.")],
    [("Bob", "Hi, how many sockets can the W5500 open??"), ("Mina Park", "It has 4.")],
    [("고은찬", "W6100은 IPv6를 지원하나요?"), ("Mina Park", "네, 지원합니다.")],
)


@pytest.mark.parametrize(("kind", "n_found"), [("duplicates", 1), ("conflicts", 1), ("leakage", 0)])
def test_what_belongs_together_is_printed(project: Project, kind: str, n_found: int) -> None:
    """Both sides of a cluster stand in the output, for people and for programs."""
    for number, room in enumerate(ROOMS):
        bring_in(project, room, key=f"room:{number}")
    extract(project)
    command = ["--project", str(project.folder), "check", "--together", kind]
    done = CliRunner().invoke(application, [*command, "--json"])
    assert done.exit_code == 0, done.output
    found = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
    assert len(found) == n_found
    shown = CliRunner().invoke(application, command).output
    assert all(each in shown for cluster in found for each in cluster["example_ids"])
