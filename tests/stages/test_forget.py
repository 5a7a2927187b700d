"""Forget: the words are gone from every file, nothing else is, and a kill only delays it."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from chatmill.errors import UsageError
from chatmill.project import Project
from chatmill.server.home import HOME_VARIABLE, find_home
from chatmill.stages.build import build
from chatmill.stages.extract import extract
from chatmill.stages.forget import (
    Wish,
    expiry_date,
    finish_erasure,
    forget,
    lift_tombstones,
    plan_erasure,
)
from chatmill.stages.import_ import import_files
from chatmill.stages.status import project_status
from chatmill.store.datasets import get_dataset, read_rows
from chatmill.store.erasures import unfinished_erasure
from chatmill.store.examples import list_examples
from forgotten_room import (
    DOHYEON,
    JOB_ID,
    KEPT,
    MINSU,
    ONLY_HIS,
    PRIVATE,
    fill,
    places_of,
    room_lines,
    rows_of,
    write_room,
)

KILLED_AFTER = """
import os, signal, sys
from chatmill.project import Project
from chatmill.stages.forget import Wish, forget, plan_erasure
seen = 0
def count(what, done, total):
    global seen
    seen += 1
    if seen == int(sys.argv[2]):
        os.kill(os.getpid(), signal.SIGKILL)
with Project.open(sys.argv[1]) as project:
    forget(project, plan_erasure(project, Wish(who="김민수")), progress=count)
print(seen)
"""


@pytest.fixture
def export(tmp_path: Path) -> Path:
    """The export, outside the project."""
    return write_room(tmp_path / "export.jsonl")


@pytest.fixture
def filled(
    project: Project, export: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Project:
    """A project where Minsu's words are everywhere, and a server's home of its own."""
    monkeypatch.setenv(HOME_VARIABLE, str(tmp_path / "server"))
    fill(project, export)
    return project


def forget_minsu(project: Project) -> None:
    """Forget Minsu."""
    forget(project, plan_erasure(project, Wish(who=MINSU)))


def everywhere(project: Project) -> tuple[Path, Path]:
    """Where the words could be."""
    return project.folder, find_home().root


def test_the_words_are_in_many_places_before(filled: Project) -> None:
    """The search below finds words where they are, in the database, parts, datasets and uploads."""
    places = set(places_of(ONLY_HIS, *everywhere(filled)))
    assert {"train.jsonl", "scores.parquet", "file-1"} <= places
    assert any(each.startswith("chatmill.db") for each in places)
    assert any(each.startswith("000001-") for each in places)
    assert "chatmill.toml" in places_of(MINSU, *everywhere(filled))


def test_no_byte_of_a_forgotten_person_is_left(filled: Project) -> None:
    """Words, name and the room that bears it are in no file any more, deleted rows included."""
    forget_minsu(filled)
    for word in (ONLY_HIS, MINSU, PRIVATE, "민수씨"):
        assert places_of(word, *everywhere(filled)) == []
    assert places_of(KEPT, *everywhere(filled))
    assert [each.id for each in filled.conversations] == ["기술지원"]
    assert len(filled.conversations.get("기술지원").messages) == 5


def test_names_in_others_messages_are_covered_and_citations_stay_true(filled: Project) -> None:
    """A covered text keeps its length, so examples of others cite it letter for letter."""
    forget_minsu(filled)
    conversation = filled.conversations.get("기술지원")
    texts = {each.id: each.text for each in conversation.messages}
    assert texts["m1"].startswith("@○○○ W5500은")
    assert texts["m4"].startswith("○○씨 덕분에")
    kept = list_examples(filled.database)
    assert kept
    for turn in (turn for each in kept for turn in each.turns):
        for cited in turn.answer_citations:
            length = cited.end - cited.start
            quoted = texts[cited.message_id][cited.start : cited.end]
            assert turn.answer[cited.at : cited.at + length] == quoted


def test_datasets_lose_the_lines_and_say_so(filled: Project) -> None:
    """A version is read as before, has fewer lines, another fingerprint and a mark."""
    before = get_dataset(filled.database)
    n_before = len(read_rows(filled.folder / before.folder))
    forget_minsu(filled)
    after = get_dataset(filled.database, "v1")
    rows = read_rows(filled.folder / after.folder)
    manifest = json.loads((filled.folder / after.folder / "manifest.json").read_text("utf-8"))
    assert 0 < len(rows) < n_before
    assert after.n_examples["train"] == len(rows)
    assert after.fingerprint not in (before.fingerprint, "")
    assert manifest["fingerprint"] == after.fingerprint
    assert not (filled.folder / "masked").exists()
    assert manifest["erased"] == {"lines": n_before - len(rows)}
    card = (filled.folder / after.folder / "README.md").read_text("utf-8")
    assert f"| train | {len(rows)} |" in card
    assert "erased" in card
    assert build(filled).is_new


def test_models_to_retrain_are_named(filled: Project) -> None:
    """The plan, the outcome and the model's card say that it learnt what is forgotten."""
    plan = plan_erasure(filled, Wish(who=MINSU))
    assert [each.job_id for each in plan.models] == [JOB_ID]
    outcome = forget(filled, plan)
    assert [each.model for each in outcome.models] == ["ft:tiny:room::1"]
    assert "train a new one" in (filled.models_folder / JOB_ID / "README.md").read_text("utf-8")


def test_a_plan_changes_nothing(filled: Project) -> None:
    """Looking first is safe, and says everything: messages, mentions, files of one's own."""
    (filled.folder / "메모.txt").write_text("김민수 고객 확인", encoding="cp949")
    before = rows_of(filled)
    plan = plan_erasure(filled, Wish(who=MINSU))
    assert rows_of(filled) == before
    assert (plan.n_messages, plan.n_mentions) == (3, 3)
    assert plan.conversation_ids == ("dm:김민수",)
    assert plan.example_ids
    assert plan.counts["replies"] == 1
    assert plan.files_elsewhere == ("메모.txt",)
    assert plan.mentions[0].startswith("박서연: @김민수")


def test_importing_again_does_not_bring_anybody_back(filled: Project, tmp_path: Path) -> None:
    """Neither the same export nor a grown one, nor one in which the person goes by another name."""
    forget_minsu(filled)
    rooms = room_lines()
    messages: list[dict[str, str]] = rooms[0]["messages"]  # type: ignore[assignment] # made above
    messages[0] = {**messages[0], "speaker": "KMS"}
    new = {"id": "m9", "speaker": DOHYEON, "role": "customer", "time": "2024-03-12T09:00"}
    messages.append({**new, "text": "고맙습니다. 잘 되네요."})
    grown = write_room(tmp_path / "grown.jsonl", rooms)
    (report,) = import_files(filled, [grown]).files
    assert (report.n_new, report.n_forgotten) == (1, 3)
    assert places_of(ONLY_HIS, *everywhere(filled)) == []
    assert import_files(filled, [tmp_path / "export.jsonl"]).n_new == 0


def test_a_lifted_tombstone_lets_the_person_in_again(filled: Project, tmp_path: Path) -> None:
    """What was forgotten by mistake can be imported again, but not brought back."""
    only = Wish(who="기술지원")
    forget(filled, plan_erasure(filled, only))
    assert places_of(KEPT, *everywhere(filled)) == []
    again = write_room(tmp_path / "again.jsonl", room_lines()[:1])
    assert import_files(filled, [again]).n_new == 0
    lift_tombstones(filled, "기술지원")
    assert import_files(filled, [again]).n_new == 6
    with pytest.raises(UsageError, match="no tombstone"):
        lift_tombstones(filled, "기술지원")


def test_extracting_afterwards_finds_only_the_rest(filled: Project) -> None:
    """The stages go on as if the person had never written."""
    forget_minsu(filled)
    extract(filled)
    for each in list_examples(filled.database):
        assert MINSU not in each.turns[0].question + each.turns[0].answer


def test_forgetting_twice_is_forgetting_once(filled: Project) -> None:
    """The second time there is nothing left to find, and it is no error."""
    forget_minsu(filled)
    plan = plan_erasure(filled, Wish(who=MINSU))
    assert plan.is_empty
    assert plan.is_buried


def test_an_unknown_name_is_refused_with_a_hint(filled: Project) -> None:
    """A slip of the finger erases nobody."""
    with pytest.raises(UsageError, match="김민수"):
        plan_erasure(filled, Wish(who="김민쑤"))


def test_what_is_too_old_goes_and_is_reminded_of(filled: Project) -> None:
    """Status counts expired messages; forgetting them leaves none, and imports bring none."""
    filled.remember("privacy", "names", [])
    path = filled.folder / "chatmill.toml"
    path.write_text(path.read_text("utf-8").replace("names = []", "retention_days = 30"), "utf-8")
    with Project.open(filled.folder) as project:
        assert "8 messages are older than 30 days" in project_status(project).notes[0]
        forget(project, plan_erasure(project, Wish(before=expiry_date(30))))
        assert not project.conversations.has_parts()
        assert project_status(project).notes == ()
        assert places_of(ONLY_HIS, *everywhere(project)) == []


SOAKED = (2, 4, 5, 6, 8)
STEPS = [
    pytest.param(step, marks=[pytest.mark.soak] if step in SOAKED else []) for step in range(1, 10)
]


@pytest.mark.parametrize("step", STEPS)
def test_killed_at_any_step_the_next_call_finishes(filled: Project, step: int) -> None:
    """The plan is kept until all is gone; whoever calls forget next goes on from there."""
    command = [sys.executable, "-c", KILLED_AFTER, str(filled.folder), str(step)]
    filled.database.close()
    done = subprocess.run(command, check=False, capture_output=True, text=True, env=os.environ)
    assert done.returncode == -signal.SIGKILL, done.stderr + done.stdout
    with Project.open(filled.folder) as project:
        assert unfinished_erasure(project.database) is not None
        assert "interrupted" in project_status(project).notes[0]
        assert finish_erasure(project) is not None
        assert unfinished_erasure(project.database) is None
        for word in (ONLY_HIS, MINSU, PRIVATE):
            assert places_of(word, *everywhere(project)) == []
        assert places_of(KEPT, *everywhere(project))
        assert read_rows(project.folder / get_dataset(project.database).folder)
