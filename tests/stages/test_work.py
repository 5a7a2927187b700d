"""Work: what runs is told truly, and only known stages with known options are ever started."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from chatmill.errors import DatasetError, ProjectBusyError, UsageError
from chatmill.project import Project
from chatmill.stages.work import (
    Announcer,
    StageRunner,
    StageWish,
    arguments_of,
    read_notices,
)
from evaluating import keep_and_build, record_tuned_model, store_evaluation

WAIT_SECONDS = 30.0


def until(is_so: Callable[[], bool]) -> None:
    """Wait for something another process does."""
    ending = time.monotonic() + WAIT_SECONDS
    ticking = threading.Event()
    while not is_so():
        assert time.monotonic() < ending
        ticking.wait(0.05)


@pytest.fixture
def silent_port() -> Iterator[int]:
    """A port that takes connections and never answers."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(8)
        yield listener.getsockname()[1]


def test_a_notice_is_there_while_its_command_runs(tmp_path: Path) -> None:
    """The page shows what a command line does, in Korean too, and nothing once it has ended."""
    with Announcer(tmp_path, "extract") as announce:
        announce("대화 읽기", 3, 10)
        (notice,) = read_notices(tmp_path)
        assert (notice.stage, notice.what, notice.done, notice.total) == (
            "extract",
            "대화 읽기",
            3,
            10,
        )
    assert read_notices(tmp_path) == []
    assert list(tmp_path.iterdir()) == []


def test_what_a_killed_command_left_is_cleared_away(tmp_path: Path) -> None:
    """A notice whose process died (nobody holds its lock) is never shown as running."""
    folder = tmp_path / ".chatmill.running"
    folder.mkdir()
    (folder / "dead.json").write_text('{"stage": "train", "pid": 1, "started_at": 0}')
    (folder / "dead.lock").write_text("")
    (folder / "older.json").write_text("{")
    assert read_notices(tmp_path) == []
    assert list(folder.iterdir()) == []


def test_a_folder_nobody_may_write_stops_no_command(tmp_path: Path) -> None:
    """Telling is a courtesy: where it fails, the command goes on."""
    (tmp_path / ".chatmill.running").write_text("a file, not a folder")
    with Announcer(tmp_path, "check") as announce:
        announce("checking", 1, 2)
    assert read_notices(tmp_path) == []


def test_arguments_are_known_words_only(project: Project) -> None:
    """Nothing of a request becomes an argument unless it is something the project knows."""
    keep_and_build(project)
    store_evaluation(project, "v1-aaaa", [])
    assert arguments_of(project, StageWish(stage="check")) == ["check", "--json"]
    assert arguments_of(project, StageWish(stage="train", dataset="v1", epochs=3)) == [
        "train",
        "--json",
        "--epochs=3",
        "v1",
    ]
    assert arguments_of(project, StageWish(stage="improve", evaluation="v1-aaaa", limit=5)) == [
        "improve",
        "--json",
        "--limit=5",
        "v1-aaaa",
    ]
    assert arguments_of(project, StageWish(stage="extract", extractor="llm", may_spend=True)) == [
        "extract",
        "--json",
        "--extractor=llm",
        "--yes",
    ]


@pytest.mark.parametrize(
    "wish",
    [
        StageWish(stage="forget"),  # type: ignore[arg-type] # what a broken client might send
        StageWish(stage="build", dataset="v1"),
        StageWish(stage="train", dataset="--help"),
        StageWish(stage="train", dataset="v1; rm -rf ."),
        StageWish(stage="train", epochs=0),
        StageWish(stage="extract", extractor="; ls"),  # type: ignore[arg-type] # as above
        StageWish(stage="improve", evaluation="--limit=1"),
        StageWish(stage="improve", limit=-1),
    ],
)
def test_anything_else_is_refused(project: Project, wish: StageWish) -> None:
    """A stage, option or value that is none we know starts no process."""
    with pytest.raises(UsageError):
        StageRunner(project).start(wish, started_by="mina")
    assert StageRunner(project).list_runs() == []


def test_a_version_that_is_not_there_is_refused(project: Project) -> None:
    """A well-formed name is not enough."""
    with pytest.raises(DatasetError):
        StageRunner(project).start(StageWish(stage="train", dataset="v9"), started_by="mina")


def test_a_run_leaves_its_words_and_its_end(project: Project) -> None:
    """What a stage said and how it ended can be read later, by another server too."""
    runner = StageRunner(project)
    run = runner.start(StageWish(stage="build"), started_by="김하늘")
    assert run.state == "running"
    with pytest.raises(ProjectBusyError):
        runner.start(StageWish(stage="check"), started_by="mina")
    until(lambda: not runner.get(run.id).is_running)
    ended = StageRunner(project).get(run.id)
    assert (ended.state, ended.exit_code, ended.started_by) == ("failed", 1, "김하늘")
    part = runner.log(run.id)
    assert "at least" in part.text  # nothing is kept yet, so build refuses, in one line
    assert runner.log(run.id, part.next_offset).text == ""
    for unknown in ("", "../x", "000009-build", f"{run.id}/.."):
        with pytest.raises(UsageError):
            runner.get(unknown)


def test_a_stage_of_the_command_line_keeps_others_out(project: Project) -> None:
    """One at a time, whoever started the first."""
    with Announcer(project.folder, "import"), pytest.raises(ProjectBusyError):
        StageRunner(project).start(StageWish(stage="check"), started_by="mina")


def test_a_cancelled_run_ends(project: Project, silent_port: int) -> None:
    """A stage that waits for a server that never answers ends when somebody cancels it."""
    keep_and_build(project)
    record_tuned_model(project)
    toml = project.folder / "chatmill.toml"
    address = f"http://127.0.0.1:{silent_port}/v1"
    toml.write_text(
        f'{toml.read_text()}\n[providers.scripted]\nbase_url = "{address}"\ntrusted = true\n'
    )
    runner = StageRunner(project)
    run = runner.start(StageWish(stage="evaluate", dataset="v1", may_spend=True), started_by="mina")

    until(lambda: bool(read_notices(project.folder)))
    assert read_notices(project.folder)[0].run_id == run.id
    runner.cancel(run.id, cancelled_by="하늘")
    until(lambda: not runner.get(run.id).is_running)
    ended = runner.get(run.id)
    assert (ended.state, ended.cancelled_by) == ("cancelled", "하늘")
    assert read_notices(project.folder) == []
    assert runner.cancel(run.id, cancelled_by="mina") == ended
