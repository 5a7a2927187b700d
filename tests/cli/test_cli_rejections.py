"""`chatmill rejections`: whatever was left out of whatever format, with file and line."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from chatmill.importers import importer_names
from chatmill.project import Project
from importers.test_importers import SAMPLES

SEPARATOR = "From minsu@example.com Mon Mar 11 09:12:05 2024\n"
TICKETS = {
    **dict.fromkeys(("zendesk", "github"), '"comments": ['),
    "intercom": '"conversation_parts": [',
    "discourse": '"posts": [',
}


def spoilt() -> dict[str, str]:
    """Write an export of every format with one line in it that says `BAD`, which none can use."""
    files = {name: SAMPLES[name].rstrip("\n") + '\n{"BAD": \n' for name in ("jsonl", "chat_jsonl")}
    for name, before in {
        **dict.fromkeys(("discord", "telegram", "instagram"), '"messages": ['),
        "slack": "[",
    }.items():
        files[name] = SAMPLES[name].replace(before, f'{before}\n"BAD",\n', 1)
    for name, before in TICKETS.items():  # one a line; its comments are told by the ticket's line
        ticket = json.dumps(json.loads(SAMPLES[name]), ensure_ascii=False)
        comma = "" if f"{before}]" in ticket else ", "
        files[name] = f"{ticket}\n" + ticket.replace(before, f'{before}"BAD"{comma}', 1)
    for name in ("gitter", "irc", "qa", "transcript"):
        files[name] = f"BAD\n{SAMPLES[name]}\n{SAMPLES[name]}"
    files["whatsapp"] = SAMPLES["whatsapp"] + "2024. 3. 11. 오전 9:14 - 김민수: BAD \udcff\n"
    files["kakaotalk"] = SAMPLES["kakaotalk"].replace("\r\n\r\n", "\r\n\r\nBAD\r\n", 1)
    files["mail"] = f"{SEPARATOR}{SAMPLES['mail']}\n{SEPARATOR}Message-ID: <BAD>\n\n\n"
    files["document"] = SAMPLES["document"] + "\n\n<!-- BAD -->\n"
    files["table"] = SAMPLES["table"] + "BAD,김민수\n"
    return files


def chatmill(*arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    """Run the command line in a folder."""
    return subprocess.run(
        [sys.executable, "-m", "chatmill.cli.app", *arguments],
        cwd=cwd,
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
        env={**os.environ, "COLUMNS": "200", "PYTHONUTF8": "1"},
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A project folder with a spoilt export of every format."""
    Project.create(tmp_path / "bot").close()
    (tmp_path / "bot" / "exports").mkdir()
    for name, text in spoilt().items():
        path = tmp_path / "bot" / "exports" / f"{name}.txt"
        path.write_bytes(f"{text}\n".encode("utf-8", "surrogateescape"))
    return tmp_path / "bot"


def test_every_format_has_a_spoilt_export() -> None:
    """A new importer comes with a line it rejects."""
    assert set(spoilt()) == set(importer_names())


def test_every_rejected_line_is_listed_with_file_and_line(folder: Path) -> None:
    """One bad line of each format is told by its file and number, and costs only itself."""
    imported = chatmill("import", "exports", "--json", cwd=folder)
    records = [json.loads(line) for line in imported.stdout.splitlines()]
    read = {Path(each["file"]).stem: each for each in records if "file" in each}
    expected = {}
    for name, text in spoilt().items():
        assert read[name]["format"] == name
        assert read[name]["messages"] > 0
        lines = text.splitlines()
        expected[name] = {number for number, line in enumerate(lines, 1) if "BAD" in line}
    listed = chatmill("rejections", "--stage", "import", "--json", cwd=folder)
    assert listed.returncode == 0, listed.stderr
    found: dict[str, set[int]] = {}
    for each in map(json.loads, listed.stdout.splitlines()):
        assert each["reason"]
        found.setdefault(Path(each["source"]).stem, set()).add(each["line"])
    assert found == expected


def test_rejections_are_readable(folder: Path) -> None:
    """A person sees file, line, reason and the first words, of one file where one is named."""
    chatmill("import", "exports", "--json", cwd=folder)
    shown = chatmill("rejections", "--source", "exports/table.txt", cwd=folder).stdout
    assert "exports/table.txt:5" in shown
    assert "2 columns in place of 4" in shown
    assert "BAD" in shown
    assert "zendesk" not in shown
