"""Splits: what asks the same stays on one side, shares stay near those asked for."""

import json
from collections import Counter
from dataclasses import replace

from chatmill.checks.duplicates.near import near_duplicates
from chatmill.checks.duplicates.splits import split_examples
from chatmill.frames import Engine
from chatmill.project import Project
from chatmill.records import Decision, Example, ExampleState
from chatmill.settings import BuildSettings
from chatmill.stages.build import build
from chatmill.stages.check.corpus import check_corpus
from chatmill.store.datasets import read_rows
from chatmill.store.decisions import record_decisions
from chatmill.store.examples import (
    list_examples,
    list_findings,
    save_conversation_examples,
)
from making import example
from planted_questions import plant

OPTIONS = BuildSettings(validation_fraction=0.1, test_fraction=0.1)


def made(texts: list[str], per_room: int = 1) -> list[Example]:
    """Make an example of each text, so many a conversation."""
    return [
        example(at, question=text, conversation_id=f"room:{at // per_room}")
        for at, text in enumerate(texts)
    ]


def keep(project: Project, examples: list[Example]) -> None:
    """Store examples and keep them."""
    decisions = []
    for each in examples:
        save_conversation_examples(project.database, each.conversation_id, [each], [], "print")
        before = ExampleState(status="pending", system=each.system, turns=each.turns)
        decisions.append(
            Decision(
                id=f"keep-{each.id}",
                example_id=each.id,
                reviewer="mina",
                action="keep",
                before=before,
                after=replace(before, status="kept"),
            )
        )
    record_decisions(project.database, decisions)


def test_copies_never_stand_on_both_sides() -> None:
    """A fifth of the questions are asked twice; shares and repeatability hold all the same."""
    planted = plant(3_000, 0)
    examples = made(planted.texts)
    pairs = near_duplicates(Engine(), planted.texts)
    splits = split_examples(examples, pairs, OPTIONS)
    assert all(splits[examples[a].id] == splits[examples[b].id] for a, b in pairs.tolist())
    shares = Counter(splits.values())
    assert 0.07 < shares["test"] / len(examples) < 0.13
    assert 0.07 < shares["validation"] / len(examples) < 0.13
    assert split_examples(examples, pairs, OPTIONS) == splits


def test_rooms_tied_by_what_everybody_asks_are_no_heap() -> None:
    """Busy rooms that share questions still leave something to test on."""
    planted = plant(2_000, 0)
    examples = made(planted.texts, per_room=50)
    pairs = near_duplicates(Engine(), planted.texts)
    splits = split_examples(examples, pairs, OPTIONS)
    assert all(splits[examples[a].id] == splits[examples[b].id] for a, b in pairs.tolist())
    assert 0.02 < Counter(splits.values())["test"] / len(examples) < 0.3


def test_a_later_copy_moves_nothing() -> None:
    """A conversation that asks again what an earlier one asked goes where that one is."""
    texts = plant(200, 0).texts
    before = split_examples(made(texts), near_duplicates(Engine(), texts), OPTIONS)
    grown = [*texts, *(f"Hello, {text}" for text in texts)]
    after = split_examples(made(grown), near_duplicates(Engine(), grown), OPTIONS)
    assert {key: after[key] for key in before} == before


def test_build_and_the_check_agree(project: Project) -> None:
    """A dataset built here has no leak; one whose split was moved by hand is said to have one."""
    texts = plant(150, 0).texts
    keep(project, made(texts))
    version = build(project).version
    folder = project.folder / version.folder
    side = {row.example_id: row.split for row in read_rows(folder)}
    examples = list_examples(project.database)
    for a, b in near_duplicates(Engine(), texts).tolist():
        assert side[f"e{a:04d}"] == side[f"e{b:04d}"]
    check_corpus(project, examples)
    found = [each for several in list_findings(project.database).values() for each in several]
    assert not [each for each in found if each.check == "leakage"]


def test_a_leak_of_another_split_is_said() -> None:
    """Where a version was split otherwise, the held-out example names the trained one."""
    from chatmill.checks.corpus import Corpus
    from chatmill.checks.leakage import LeakageCheck
    from chatmill.settings import Settings

    examples = made(
        ["How is the reset pin of W5500 wired?", "Hi, how is the reset pin of W5500 wired"]
    )
    corpus = Corpus(
        examples=examples,
        settings=Settings(),
        splits={"e0000": "train", "e0001": "test"},
        dataset="v1",
    )
    report = LeakageCheck().check(corpus)
    assert [each.example_id for each in report.findings] == ["e0001"]
    assert "test of v1" in report.findings[0].message
    assert json.dumps(report.clusters[0].example_ids) == '["e0001", "e0000"]'
