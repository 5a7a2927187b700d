"""Many files at once: one by one here, in parallel here, and on Ray, with the same result."""

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from chatmill.project import Project
from chatmill.records import Rejection
from chatmill.store.rejections import list_rejections
from reading import write_export

N_FILES = 6
LATE = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """What an import left behind."""

    parts: dict[str, bytes]
    rejections: tuple[Rejection, ...]
    said: tuple[str, ...]
    exit_code: int


def write_exports(folder: Path) -> None:
    """Rooms of different length, a copy, a broken file, a picture, and a key that comes late."""
    folder.mkdir()
    for number in range(N_FILES):
        lines = (
            f"Kim: question {at} of {number}\nPark: 답 {at}\n" for at in range(40 * number + 2)
        )
        write_export(folder, f"room{number}.txt", "".join(lines))
    write_export(folder, "copy.txt", (folder / "room3.txt").read_text(encoding="utf-8"))
    (folder / "picture.png").write_bytes(b"\x89PNG\r\n\x1a\n\0\0")
    messages = [
        {"id": str(at), "text": f"글 {at}", **({"reply_to": "0"} if at == LATE else {})}
        for at in range(LATE + 1)
    ]
    whole = [json.dumps({"id": f"c{each['id']}", "messages": [each]}) for each in messages]
    write_export(folder, "late.jsonl", "\n".join([*whole, "nonsense", whole[0][:30]]))


def chatmill(
    place: Path, *arguments: str, cwd: Path, **settings: str
) -> subprocess.CompletedProcess[str]:
    """Run a command on a project, as a person does."""
    done = subprocess.run(
        [sys.executable, "-m", "chatmill.cli.app", "--project", str(place), *arguments],
        cwd=cwd,
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
        timeout=240,
        env={**os.environ, "RAY_AUTH_MODE": "disabled", **settings},
    )
    assert "Traceback" not in done.stderr, done.stderr[-3000:]
    return done


def imported(folder: Path, place: Path, **settings: str) -> Imported:
    """Import a folder into a new project."""
    Project.create(place).close()
    done = chatmill(place, "import", folder.name, "--json", cwd=folder.parent, **settings)
    with Project.open(place) as project:
        return Imported(
            parts={
                path.name: path.read_bytes()
                for path in Path(project.conversations.address).iterdir()
            },
            rejections=tuple(list_rejections(project.database)),
            said=tuple(done.stdout.splitlines()),
            exit_code=done.returncode,
        )


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of exports."""
    made = tmp_path_factory.mktemp("bulk") / "in"
    write_exports(made)
    return made


@pytest.fixture(scope="module")
def one_by_one(folder: Path) -> Imported:
    """What importing it file by file gives."""
    return imported(folder, folder.parent / "one")


def test_nothing_is_lost_one_by_one(one_by_one: Imported) -> None:
    """What the runners are compared with is right: late keys, copies, rejections."""
    reports = {json.loads(line)["file"]: json.loads(line) for line in one_by_one.said}
    assert reports["in/copy.txt"]["new"] == 244
    assert reports["in/room3.txt"]["unchanged"]
    assert "ends in the middle of line 33" in reports["in/late.jsonl"]["error"]
    assert [(each.source, each.line) for each in one_by_one.rejections] == [
        ("in/late.jsonl", 32),
        ("in/late.jsonl", 33),
        ("in/picture.png", None),
    ]
    assert one_by_one.exit_code == 1


def test_late_keys_are_kept(folder: Path, one_by_one: Imported) -> None:
    """A key that stands in one line of many is not lost to a guessed schema."""
    assert one_by_one.parts
    with Project.open(folder.parent / "one") as project:
        assert project.conversations.get(f"c{LATE}").messages[0].reply_to == "0"


def test_parallel_processes_give_the_same(folder: Path, one_by_one: Imported) -> None:
    """Reading ahead in other processes changes no byte of what is stored."""
    assert (
        imported(folder, folder.parent / "many", CHATMILL_ENGINE_PARALLEL_BYTES="0") == one_by_one
    )


@pytest.mark.soak
@pytest.mark.timeout(300)
def test_ray_gives_the_same(folder: Path, one_by_one: Imported) -> None:
    """A cluster changes no byte either; it is started by the import and ends with it."""
    pytest.importorskip("ray")
    assert imported(folder, folder.parent / "ray", CHATMILL_ENGINE_RUNNER="ray") == one_by_one


@pytest.mark.timeout(300)
def test_ray_gives_the_same_examples(sample: Path, tmp_path: Path) -> None:
    """Where conversations are scanned has no say in what is lifted out of them."""
    pytest.importorskip("ray")
    here, there = tmp_path / "here", tmp_path / "there"
    Project.create(here).close()
    chatmill(here, "import", str(sample / "chats"), cwd=tmp_path)
    shutil.copytree(here, there)
    chatmill(here, "extract", cwd=tmp_path)
    chatmill(there, "extract", cwd=tmp_path, CHATMILL_ENGINE_RUNNER="ray")
    examples = [chatmill(each, "examples", "--json", cwd=tmp_path).stdout for each in (here, there)]
    assert examples[0].count("\n") >= 80
    assert examples[1] == examples[0]
