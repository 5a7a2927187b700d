"""Trying one file: the pairs of a project that is never made."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from chatmill.cli.app import application
from chatmill.errors import InputError, UnreadableFileError
from chatmill.project import Project
from chatmill.stages.extract import extract
from chatmill.stages.import_ import import_files
from chatmill.stages.try_ import settings_for, try_file
from chatmill.store.examples import list_examples


@pytest.mark.parametrize("name", ["kakaotalk/android_arp.txt", "faq-ko.txt", "tickets-en.jsonl"])
def test_a_trial_shows_what_a_project_would_find(project: Project, sample: Path, name: str) -> None:
    """The same pairs, words and citations, without a project."""
    path = sample / "chats" / name
    agents = ("Mina Park", "이도현 [WIZnet]")
    project.settings = settings_for(agents, ("W5500", "W5100S"))
    import_files(project, [path])
    extract(project)
    trial = try_file(path, settings_for(agents, ("W5500", "W5100S")))
    assert trial.examples
    assert [each.turns for each in trial.examples] == [
        each.turns for each in list_examples(project.database)
    ]


def test_a_file_that_cannot_be_read_says_so(tmp_path: Path) -> None:
    """One line each for a missing file and an archive."""
    with pytest.raises(UnreadableFileError):
        try_file(tmp_path / "nothing.txt", settings_for((), ()))
    archive = tmp_path / "chats.zip"
    archive.write_bytes(b"PK\x05\x06" + b"\0" * 18)
    with pytest.raises(InputError):
        try_file(archive, settings_for((), ()))


def test_the_command_prints_pairs_and_writes_nothing(sample: Path, tmp_path: Path) -> None:
    """Pairs go to standard output, as text or one JSON object a line; no folder is touched."""
    path = str(sample / "chats" / "kakaotalk" / "android_arp.txt")
    runner = CliRunner()
    with runner.isolated_filesystem(tmp_path) as folder:
        shown = runner.invoke(application, ["try", path])
        lines = runner.invoke(application, ["try", path, "--json"])
        assert list(Path(folder).iterdir()) == []
    assert "Q) W5500이 보낼 때마다 ARP를 새로 하게 하려면요?" in shown.stdout
    assert "answering: 이도현 [WIZnet]" in shown.stderr
    records = [json.loads(line) for line in lines.stdout.splitlines()]
    assert records[0]["turns"][0]["answer_citations"]
