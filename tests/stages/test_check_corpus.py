"""All examples together: duplicates, conflicts, leaks and topics, in both languages."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from chatmill.project import Project
from chatmill.records import Example
from chatmill.settings import CheckSettings
from chatmill.stages.check.corpus import check_corpus
from chatmill.store.clusters import list_clusters
from chatmill.store.examples import list_examples, list_findings, save_conversation_examples
from making import example

ASKED = (
    ("How many sockets does the W5500 have?", "It has 8 sockets."),
    ("Hi, how many socket does the W5500 have??", "The chip has 8 sockets, each with its buffer."),
    ("How many sockets does the W5100 have?", "It has 4 sockets."),
    ("W5500에서 재전송 시간을 바꾸려면 어떻게 하나요?", "RTR 레지스터에 2000을 쓰세요."),
    ("안녕하세요. W5500에서 재전송시간을 바꾸려면 어떻게 합니까?", "RTR 레지스터에 4000을 쓰세요."),
    ("W5500에서 재전송 시간을 못 바꾸나요?", "바꿀 수 있습니다."),
    ("Where can I buy the evaluation board?", "In the web shop."),
    ("Where can I buy the evaluation board?", "In the web shop, or from a distributor."),
    ("\u0000\u202e \u200d", "?"),
    ("🙂🙂🙂🙂🙂", "👍"),
)


def store(project: Project, asked: Sequence[tuple[str, str]] = ASKED) -> list[Example]:
    """Store examples, one a conversation."""
    for number, (question, answer) in enumerate(asked):
        made = example(number, question=question, answer=answer)
        save_conversation_examples(project.database, made.conversation_id, [made], [], "print")
    return list_examples(project.database)


def test_duplicates_come_as_clusters_with_a_keeper(project: Project) -> None:
    """Slips and politeness make no other question; a part name and a denial do."""
    check_corpus(project, store(project))
    near = list_clusters(project.database, "near")
    assert [each.example_ids for each in near] == [("e0000", "e0001"), ("e0003", "e0004")]
    assert near[0].keeper == "e0001"
    (exact,) = list_clusters(project.database, "exact")
    assert (exact.example_ids, exact.keeper) == (("e0006", "e0007"), "e0007")
    found = list_findings(project.database)
    (said,) = (each for each in found["e0000"] if each.check == "duplicates")
    assert "e0001" in said.message
    assert said.evidence == ASKED[1][0]
    assert "e0002" not in {each for c in near for each in c.example_ids}


def test_a_conflict_is_said_on_both_sides(project: Project) -> None:
    """Each names the other and shows its answer, so that they can be read side by side."""
    check_corpus(project, store(project))
    found = list_findings(project.database)
    for here, there, words in (("e0003", "e0004", "4000"), ("e0004", "e0003", "2000")):
        (said,) = (each for each in found[here] if each.check == "conflicts")
        assert there in said.message
        assert words in said.evidence
    assert [each.example_ids for each in list_clusters(project.database, "conflict")] == [
        ("e0003", "e0004")
    ]


def test_nothing_is_done_twice_and_settings_count(project: Project) -> None:
    """A second run is free; a check that is off finds nothing, another severity is kept."""
    examples = store(project)
    assert check_corpus(project, examples).is_new
    again = check_corpus(project, examples)
    assert not again.is_new
    severity = {"duplicates": "off", "conflicts": "error"}
    project.settings = replace(project.settings, check=CheckSettings(severity=severity))
    assert check_corpus(project, examples).is_new
    found = [each for several in list_findings(project.database).values() for each in several]
    assert {(each.check, each.severity) for each in found} == {("conflicts", "error")}


def test_topics_are_named_by_their_words(project: Project) -> None:
    """What a set is about can be read, and thin topics are said."""
    asked = [
        *((f"How do I wire the reset pin of board {n}?", "Pull it up.") for n in range(6)),
        *((f"결제 영수증은 {n}월에 어디서 받나요?", "메일로 보냅니다.") for n in range(6)),
    ]
    summary = check_corpus(project, store(project, asked))
    topics = [each for each in summary.clusters if each.kind == "topic"]
    assert sum(len(each.example_ids) for each in topics) == len(asked)
    names = " ".join(each.name for each in topics)
    assert "reset" in names
    assert "영수증" in names


def test_above_the_limit_meaning_is_left_out_and_said(project: Project) -> None:
    """Near-duplicates are still found; what was not looked for is no secret."""
    project.settings = replace(project.settings, check=CheckSettings(max_same_meaning=3))
    summary = check_corpus(project, store(project))
    assert "max_same_meaning" in summary.notes[0]
    assert {each.kind for each in summary.clusters} == {"exact", "near", "conflict"}


@pytest.mark.parametrize("word", ["a" * 1_000_000, "가" * 300_000, "<script>" * 50_000])
def test_a_hostile_line_harms_nothing(project: Project, word: str) -> None:
    """A line of a megabyte is compared for equality and is short in findings."""
    summary = check_corpus(project, store(project, [(word, "a"), (word, "b"), (f"{word} 2", "c")]))
    assert [each.example_ids for each in summary.clusters if each.kind == "exact"] == [
        ("e0000", "e0001")
    ]
    found = list_findings(project.database)
    assert max(len(each.evidence) for several in found.values() for each in several) < 1_000


def test_an_empty_project_has_nothing(project: Project) -> None:
    """No example, no cluster, no error."""
    assert check_corpus(project, []).clusters == ()
