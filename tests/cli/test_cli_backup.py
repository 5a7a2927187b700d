"""`chatmill backup`: copy, verify and restore from a terminal or a script."""

import json
from pathlib import Path

from click.testing import CliRunner, Result

from chatmill.cli.app import application
from chatmill.errors import UnreadableFileError, UsageError
from chatmill.project import Project


def backup(project: Project, *arguments: str, passphrase: str = "") -> Result:
    """Run the command in the project, with nobody at the keyboard."""
    return CliRunner().invoke(
        application,
        ["--project", str(project.folder), "backup", *arguments],
        env={"CHATMILL_BACKUP_PASSPHRASE": passphrase},
    )


def test_a_sealed_copy_goes_there_and_back(project: Project, tmp_path: Path) -> None:
    """The passphrase comes from the environment; without it, or with another, it is refused."""
    file, words = str(tmp_path / "b"), "열두 마리 수리부엉이"
    assert project.database
    refused = backup(project, file, "--encrypt")
    assert isinstance(refused.exception, UsageError)
    assert "CHATMILL_BACKUP_PASSPHRASE" in str(refused.exception)
    made = backup(project, file, "--encrypt", "--json", passphrase=words)
    assert json.loads(made.stdout.splitlines()[-1])["is_sealed"]
    wrong = backup(project, file, "--restore", str(tmp_path / "back"), passphrase="nonsense")  # noqa: S106 - wrong on purpose
    assert isinstance(wrong.exception, UnreadableFileError)
    back = backup(project, file, "--restore", str(tmp_path / "back"), passphrase=words)
    assert back.exit_code == 0, back.output
    assert (tmp_path / "back" / "chatmill.toml").is_file()
    assert backup(project, file, "--restore").exit_code == 2
