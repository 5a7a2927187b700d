"""`chatmill review`: export and apply from the command line, and the page's link."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import httpx2

from chatmill.project import Project
from chatmill.store.examples import count_examples
from review_room import make_room


def review(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run `chatmill review` in a folder."""
    command = [sys.executable, "-m", "chatmill.cli.app", "review", *arguments]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


def test_export_edit_apply(tmp_path: Path) -> None:
    """The way round in an editor: what is said on the terminal is what happens."""
    folder = tmp_path / "room"
    make_room(folder, language="ko").close()
    assert review(folder, "--export", "pairs.txt").stderr.startswith("pairs.txt: 5 pending")
    path = folder / "pairs.txt"
    text = path.read_text(encoding="utf-8")
    assert "이 파일에 남아 있는 것은 유지됩니다" in text
    blocks = [each for each in text.split("\n\n") if not each.startswith("# e0000003 ")]
    path.write_text("\n\n".join(blocks), encoding="utf-8")
    dry = review(folder, "--apply", "pairs.txt", "--dry-run")
    assert "reject e0000003" in dry.stdout
    assert "Nothing was recorded" in dry.stderr
    done = review(folder, "--apply", "pairs.txt", "--reviewer", "김하늘", "--json")
    assert json.loads(done.stdout)["reject"] == ["e0000003"]
    with Project.open(folder) as project:
        assert count_examples(project.database) == {"kept": 4, "rejected": 1}
    path.write_text("엉뚱한 글", encoding="utf-8")
    refused = review(folder, "--apply", "pairs.txt")
    assert refused.returncode == 1
    assert refused.stderr.count("\n") == 1
    assert "line 1" in refused.stderr


def test_the_printed_link_opens_the_page(tmp_path: Path) -> None:
    """What the command prints is all somebody needs; it ends quietly when stopped."""
    folder = tmp_path / "room"
    make_room(folder).close()
    command = [sys.executable, "-m", "chatmill.cli.app", "review", "--no-open", "--port", "0"]
    environment = {**os.environ, "XDG_STATE_HOME": str(tmp_path / "state")}
    with subprocess.Popen(
        command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment
    ) as process:
        assert process.stdout is not None
        link = process.stdout.readline().decode().strip()
        assert re.fullmatch(r"http://127\.0\.0\.1:\d+/start/[\w-]{20,}", link)
        assert httpx2.get(link).status_code == 200
        process.terminate()
        _, said = process.communicate(timeout=30)
    assert b"Traceback" not in said
