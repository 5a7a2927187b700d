"""Select: a subset stands for what it was chosen from, and leaves contradictions out."""

from dataclasses import replace

import numpy as np
import pytest

from chatmill.errors import UsageError
from chatmill.project import Project
from chatmill.records import Cluster
from chatmill.stages.build import build, training_examples
from chatmill.stages.selecting import Pairs, facility_order, proxy, select_examples
from chatmill.store.clusters import save_corpus
from chatmill.store.datasets import read_rows
from evaluating import keep_and_build

TOPICS = (
    "소켓 수",
    "납기",
    "warranty of",
    "SPI clock of",
    "온도",
    "price of",
    "driver for",
    "핀 배열",
)
FORMS = ("{} {}?", "{} {}?!", "About {} {}?", "{} {}, please?", "혹시 {} {}?")


def test_the_order_is_that_of_plain_greedy() -> None:
    """Being lazy saves work and changes nothing: each choice adds the most, worth included."""
    rng = np.random.default_rng(2)
    rows = np.abs(rng.standard_normal((40, 6))).astype(np.float32)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    worth = rng.uniform(0.5, 1, 40)
    covered = np.zeros(40, dtype=np.float32)
    expected: list[int] = []
    while len(expected) < 12:
        gains = np.maximum(rows @ rows.T - covered[:, None], 0).sum(axis=0) * worth
        gains[expected] = -1
        expected.append(int(gains.argmax()))
        covered = np.maximum(covered, rows @ rows[expected[-1]])
    assert facility_order(rows, worth, range(40))[:12] == expected
    assert sorted(facility_order(rows, worth, [3, 5, 7])) == [3, 5, 7]


def test_near_paraphrases_are_what_is_left_out(project: Project) -> None:
    """Forty questions, five ways each of eight: auto needs at most 60 %, and random needs more."""
    keep_and_build(project)
    (one, *_others) = training_examples(project)
    turn = one.turns[0]
    examples = [
        replace(
            one,
            id=f"s{topic}-{form}",
            turns=(
                replace(
                    turn,
                    question=words.format(TOPICS[topic], "W5500"),
                    answer=f"{TOPICS[topic]} W5500: {topic * 7 + 3}",
                ),
            ),
        )
        for topic in range(len(TOPICS))
        for form, words in enumerate(FORMS)
    ]
    found = select_examples(project, examples)
    assert len(found.example_ids) <= 0.6 * len(examples)
    assert {each.partition("-")[0] for each in found.example_ids} == {f"s{at}" for at in range(8)}
    nearest = min(found.curve, key=lambda each: abs(each.n - len(found.example_ids)))
    assert nearest.proxy > nearest.proxy_random
    assert found.curve[-1].proxy == pytest.approx(1.0, abs=1e-5)


def test_contradictions_stay_out_and_other_splits_stay(project: Project) -> None:
    """Both sides of a conflict are left out; held-out phrasings stay, so versions compare."""
    keep_and_build(project)
    examples = training_examples(project)
    pair = (examples[0].id, examples[1].id)
    save_corpus(
        project.database, [Cluster(kind="conflict", name="8, 4", example_ids=pair)], [], [], "m"
    )
    size = len(examples) - 2
    found = select_examples(project, examples, size)
    assert not set(pair) & set(found.example_ids)
    assert found.n_conflicting == 2
    with pytest.raises(UsageError, match="without conflicts"):
        select_examples(project, examples, size + 1)
    before = read_rows(project.folder / build(project).version.folder)
    after = read_rows(project.folder / build(project, only=found.example_ids).version.folder)
    assert {e.example_id for e in after if e.split == "train"} == set(found.example_ids)
    assert [e for e in after if e.split != "train"] == [e for e in before if e.split != "train"]


def test_the_proxy_of_all_is_one() -> None:
    """Every example stands for itself, also where two ask the same."""
    rows = np.eye(3, dtype=np.float32)
    asked = np.stack([rows[0], rows[0], rows[1]])
    pairs = Pairs(asked=asked, answered=rows[[0, 0, 1]], facts=np.array([0, 1, 2]))
    assert proxy(pairs, [0, 1, 2]) == pytest.approx(1.0)
    assert proxy(pairs, [0]) == pytest.approx(1 / 3), "the second has another number"
