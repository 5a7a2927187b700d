"""Build: the same decisions give the same bytes, whole conversations stay on one side."""

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from chatmill.errors import DatasetError
from chatmill.project import Project
from chatmill.records import Decision, Example, ExampleState
from chatmill.stages.build import build, diff_datasets
from chatmill.store.datasets import get_dataset, read_rows
from chatmill.store.decisions import record_decisions
from chatmill.store.examples import save_conversation_examples
from chatmill.store.rejections import list_rejections
from making import cited_turn, example


def keep(project: Project, examples: Sequence[Example]) -> None:
    """Store examples and keep them."""
    for each in examples:
        save_conversation_examples(project.database, each.conversation_id, [each], [], "print")
        before = ExampleState(status="pending", system=each.system, turns=each.turns)
        decision = Decision(
            id=f"keep-{each.id}",
            example_id=each.id,
            reviewer="mina",
            action="keep",
            before=before,
            after=replace(before, status="kept"),
        )
        record_decisions(project.database, [decision])


def folder_bytes(folder: Path) -> dict[str, bytes]:
    """Read every file of a folder."""
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


def test_lines_are_the_chat_format_with_every_letter_as_it_was(project: Project) -> None:
    """The training file is what one would write by hand."""
    turn = cited_turn("W5500 소켓은 몇 개인가요?", "소켓은 8개이고\nSn_MR로 켭니다.", message="k")
    first = replace(example(1), turns=(turn,), system="W5500의 소켓에 관한 정보입니다.")
    keep(project, [first, *(example(n) for n in range(2, 40))])
    folder = project.folder / build(project).version.folder
    row = next(row for row in read_rows(folder) if row.example_id == first.id)
    line = next(
        line
        for line in (folder / f"{row.split}.jsonl").read_text(encoding="utf-8").split("\n")
        if "소켓은 몇" in line
    )
    assert json.loads(line) == {
        "messages": [
            {"role": "system", "content": "W5500의 소켓에 관한 정보입니다."},
            {"role": "user", "content": "W5500 소켓은 몇 개인가요?"},
            {"role": "assistant", "content": "소켓은 8개이고\nSn_MR로 켭니다."},
        ]
    }
    assert "소켓" in line, "Hangul stands readable in the file"


def test_building_twice_makes_one_version(project: Project) -> None:
    """Unchanged decisions do not pile up versions."""
    keep(project, [example(n) for n in range(30)])
    first, second = build(project), build(project)
    assert (first.is_new, second.is_new) == (True, False)
    assert first.version == second.version


def test_the_same_decisions_give_the_same_bytes(tmp_path: Path) -> None:
    """Two machines with the same decisions train on identical files."""
    made = []
    for place in ("a", "b"):
        with Project.create(tmp_path / place / "room") as project:
            keep(project, [example(n) for n in range(30)])
            made.append(folder_bytes(project.folder / build(project).version.folder))
    assert made[0] == made[1]


def test_a_leftover_of_a_killed_build_is_replaced(project: Project) -> None:
    """A folder that was published but never recorded does not block the next build."""
    leftover = project.datasets_folder / "v1"
    leftover.mkdir(parents=True)
    (leftover / "train.jsonl").write_text("half", encoding="utf-8")
    keep(project, [example(n) for n in range(30)])
    version = build(project).version
    assert version.name == "v1"
    assert len(read_rows(project.folder / version.folder)) == 30


def test_a_conversation_stays_on_one_side(project: Project) -> None:
    """Questions of one room are never both trained on and tested on."""
    many = [example(n, conversation_id=f"room:{n // 3}") for n in range(300)]
    for room in sorted({each.conversation_id for each in many}):
        of_room = [each for each in many if each.conversation_id == room]
        save_conversation_examples(project.database, room, of_room, [], "print")
    before = [ExampleState(status="pending", system=e.system, turns=e.turns) for e in many]
    record_decisions(
        project.database,
        [
            Decision(
                id=f"keep-{each.id}",
                example_id=each.id,
                reviewer="mina",
                action="keep",
                before=state,
                after=replace(state, status="kept"),
            )
            for each, state in zip(many, before, strict=True)
        ],
    )
    version = build(project).version
    sides: dict[str, set[str]] = {}
    for row in read_rows(project.folder / version.folder):
        sides.setdefault(row.conversation_id, set()).add(row.split)
    assert all(len(splits) == 1 for splits in sides.values())
    assert version.n_examples["test"] > 0
    assert version.n_examples["validation"] > 0


def test_too_few_examples_are_refused_with_the_count(project: Project) -> None:
    """Nobody trains on three lines by accident."""
    keep(project, [example(n) for n in range(3)])
    with pytest.raises(DatasetError, match="at least 10 are needed"):
        build(project)
    assert not project.datasets_folder.exists()


def test_phrasings_are_held_out_and_unmatched_ones_are_listed(tmp_path: Path) -> None:
    """A phrasing is asked, never trained on; one that fits no question is not lost silently."""
    folder = tmp_path / "room"
    Project.create(folder).close()
    with (folder / "chatmill.toml").open("a", encoding="utf-8") as file:
        file.write('\n[build]\nparaphrases = "held.jsonl"\n')
    asked = {"question": "Which value  has register 5?", "paraphrases": ["Register 5 value?"]}
    unknown = {"question": "Nobody asked this", "paraphrases": ["x"]}
    (folder / "held.jsonl").write_text(
        json.dumps(asked) + "\n\n" + json.dumps(unknown) + "\n", encoding="utf-8"
    )
    with Project.open(folder) as project:
        keep(project, [example(n) for n in range(30)])
        summary = build(project)
        rows = read_rows(project.folder / summary.version.folder)
        held = [row for row in rows if row.split == "paraphrase"]
        listed = list_rejections(project.database, stage="build")
    assert [row.turns[0].question for row in held] == ["Register 5 value?"]
    assert held[0].turns[0].answer == "Register 5 holds 0x0005."
    assert [(each.line, each.reason) for each in listed] == [(3, "no kept example asks this")]


def test_diff_names_what_changed(project: Project) -> None:
    """A reviewer sees what another round brought."""
    keep(project, [example(n) for n in range(30)])
    build(project)
    keep(project, [example(77)])
    build(project)
    diff = diff_datasets(project, "v1", "v2")
    assert [text.split("\n")[0] for text in diff.added] == ["Q) Which value has register 77?"]
    assert (diff.removed, diff.changed) == ((), ())


def test_an_unknown_version_names_the_known_ones(project: Project) -> None:
    """A mistyped version ends in one line that helps."""
    keep(project, [example(n) for n in range(30)])
    build(project)
    with pytest.raises(DatasetError, match="There are: v1"):
        get_dataset(project.database, "v9")
