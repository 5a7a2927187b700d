"""`rescue` and `doctor --model` as commands: refusals, JSON, exit codes, no key printed."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from chatmill.project import Project
from openai_account import Account
from openai_server import OpenAIServer, refusal

TUNED = "ft:gpt-4o-mini-2024-07-18:acme:bot:1"
KEY = "scripted-key-nobody-prints"
TRAINING = (
    '{"messages": [{"role": "user", "content": "소켓은 몇 개인가요?"},'
    ' {"role": "assistant", "content": "8개입니다."}]}\n'
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """A project on disk and the account it may ask."""

    folder: Path
    server: OpenAIServer

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run a command in the project."""
        return subprocess.run(
            [sys.executable, "-m", "chatmill.cli.app", *arguments],
            cwd=self.folder,
            capture_output=True,
            text=True,
            encoding="utf-8",
            check=False,
            env={
                **os.environ,
                "PYTHONIOENCODING": "utf-8",
                "COLUMNS": "160",
                "OPENAI_API_KEY": KEY,
            },
        )


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Room]:
    """A project with a trusted provider and one tuned model in its account."""
    folder = tmp_path / "room"
    with OpenAIServer() as server, Project.create(folder):
        account = Account.mounted(server)
        account.add_file("file-t", TRAINING.encode(), name="t.jsonl", purpose="fine-tune")
        account.add_job("ftjob-1", fine_tuned_model=TUNED, training_file="file-t")
        (folder / "chatmill.toml").write_text(
            f"""
            [train]
            provider = "openai"
            [providers.openai]
            profile = "openai"
            base_url = "{server.base_url}"
            trusted = true
            """,
            encoding="utf-8",
        )
        yield Room(folder=folder, server=server)


def test_rescue_asks_before_money_and_tells_as_json(room: Room) -> None:
    """Refused in one line without --yes, done with it; the date is said; the key never is."""
    refused = room.run("rescue", "openai")
    assert refused.returncode == 1
    assert "chatmill: [spend] confirm_above_usd: 1 calls would cost" in refused.stderr
    assert "2027-01-14" in refused.stderr
    done = room.run("rescue", "openai", "--yes", "--json")
    assert done.returncode == 0, done.stderr
    printed = json.loads(done.stdout)
    assert printed["models"][0]["n_answered"] == 1
    assert (Path(printed["folder"]) / "manifest.json").is_file()
    files = [path for path in room.folder.rglob("*") if path.is_file()]
    assert not any(KEY.encode() in path.read_bytes() for path in files)
    assert KEY not in refused.stderr + done.stderr + done.stdout


def test_rescue_with_something_missing_exits_one(room: Room) -> None:
    """A file the server does not give is named, and the exit code says so."""
    room.server.script("/files/file-t/content", refusal(404), method="GET")
    result = room.run("rescue", "openai", "--save-only")
    assert result.returncode == 1
    assert "missing: file file-t" in result.stderr
    assert room.run("rescue", "openai", "--save-only").returncode == 0


def test_doctor_tries_a_model(room: Room) -> None:
    """A line for each thing that was tried; exit 1 only where the model does not answer."""
    result = room.run("doctor", "--model", TUNED)
    assert result.returncode == 0, result.stderr
    assert "fine-tuning" in result.stdout
    assert "2027-01-14" in result.stderr
    as_json = json.loads(room.run("doctor", "--model", TUNED, "--json").stdout)
    assert as_json["shutdown"]["on"] == "2027-01-14"
    room.server.script("/chat/completions", *[refusal(400)] * 3)
    assert room.run("doctor", "--model", "nobody").returncode == 1
