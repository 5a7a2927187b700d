"""Causes: what is said about a failure rests on the examples near it."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from chatmill.causes import (
    CauseFound,
    CauseHints,
    CauseVectors,
    TrainedTurn,
    find_causes,
    nearest_rows,
    without_names,
)
from chatmill.records import Score, Split
from chatmill.server.embed import Embedder

HINTS = CauseHints(max_answer_tokens=192, ungrounded={})
SOCKETS = "How many sockets does the W5500 have?"


@pytest.fixture(scope="module")
def embedder() -> Embedder:
    """The real encoder."""
    return Embedder()


def trained(*pairs: tuple[str, str]) -> list[TrainedTurn]:
    """Make trained turns, one an example."""
    return [
        TrainedTurn(example_id=f"e{at}", turn=0, question=question, answer=answer)
        for at, (question, answer) in enumerate(pairs)
    ]


def failure(
    question: str, reference: str, said: str = "Happy to help.", *, split: Split = "train"
) -> Score:
    """Make a question that did not follow; its example is the first one trained."""
    return Score(
        example_id="e0" if split in {"train", "paraphrase"} else "t0",
        conversation_id="room:e0",
        turn=0,
        split=split,
        language="en",
        prompt="example",
        system="",
        question=question,
        reference=reference,
        answer=said,
        base_answer="",
        cosine=0.1,
        base_cosine=None,
        nearest_cosine=None,
        shuffled_cosine=None,
        rouge_l=0.0,
        facts=None,
        polarity=True,
        is_cut=False,
        verdict="not followed",
    )


def cause_of(
    score: Score, turns: Sequence[TrainedTurn], embedder: Embedder, hints: CauseHints = HINTS
) -> CauseFound:
    """Find the cause of one failure with real vectors."""
    vectors = CauseVectors(
        asked=embedder.embed([without_names(score.question)]),
        references=embedder.embed([score.reference]),
        said=embedder.embed([score.answer]),
        questions=embedder.embed([without_names(each.question) for each in turns]),
        answers=embedder.embed([each.answer for each in turns]),
    )
    (found,) = find_causes([score], turns, vectors, hints)
    return found


def test_an_example_that_says_otherwise_is_named(embedder: Embedder) -> None:
    """Eight against four sockets of one chip: the reviewer gets both examples and the numbers."""
    turns = trained(
        (SOCKETS, "The W5500 has 8 hardware sockets."),
        ("Number of sockets on the W5500?", "The W5500 has 4 hardware sockets."),
    )
    found = cause_of(failure(SOCKETS, turns[0].answer), turns, embedder)
    assert found.cause == "conflicting answers"
    assert found.example_ids == ("e0", "e1")
    assert "8 against 4" in found.evidence


def test_korean_answers_that_deny_each_other_conflict(embedder: Embedder) -> None:
    """지원합니다 and 지원하지 않습니다 are neighbours to an embedding and a conflict to us."""
    turns = trained(
        ("W5500은 IPv6를 지원하나요?", "네, W5500은 IPv6를 지원합니다."),
        ("W5500에서 IPv6를 지원하는지 궁금합니다.", "아니요, W5500은 IPv6를 지원하지 않습니다."),
    )
    found = cause_of(failure(turns[0].question, turns[0].answer), turns, embedder)
    assert found.cause == "conflicting answers"
    assert "negated" in found.evidence


def test_another_product_is_no_conflict_but_can_be_mixed_up(embedder: Embedder) -> None:
    """Two chips may have two numbers; only where the other's number was said is it the cause."""
    turns = trained(
        (SOCKETS, "The W5500 has 8 hardware sockets."),
        ("How many sockets does the W5100S have?", "The W5100S has 4 hardware sockets."),
    )
    quiet = cause_of(failure(SOCKETS, turns[0].answer), turns, embedder)
    assert quiet.cause == "not known"
    mixed = cause_of(failure(SOCKETS, turns[0].answer, turns[1].answer), turns, embedder)
    assert mixed.cause == "other facts nearby"
    assert mixed.example_ids == ("e0", "e1")


def test_other_words_for_what_was_trained_once(embedder: Embedder) -> None:
    """A held-out phrasing fails for one phrasing only where there is one."""
    once = trained((SOCKETS, "The W5500 has 8 hardware sockets."))
    twice = [*once, replace(once[0], example_id="e1", question="W5500 sockets, how many?")]
    asked = failure("What is the socket count of a W5500?", once[0].answer, split="paraphrase")
    assert cause_of(asked, once, embedder).cause == "one phrasing"
    found = cause_of(asked, twice, embedder)
    assert (found.cause, found.n_phrasings) == ("not known", 2)


def test_what_nobody_was_trained_on(embedder: Embedder) -> None:
    """A test question far from all training lacks an example; a near one is held out by design."""
    turns = trained((SOCKETS, "The W5500 has 8 hardware sockets."))
    far = failure("세금계산서는 언제 발행되나요?", "출하한 날에 발행합니다.", split="test")
    near = failure("W5500: how many sockets?", "It has 8 sockets.", split="test")
    assert cause_of(far, turns, embedder).cause == "no neighbour"
    assert cause_of(near, turns, embedder).cause == "held out"


def test_long_cut_and_ungrounded_answers(embedder: Embedder) -> None:
    """Length and grounding need no neighbour, and the first stands before the second."""
    turns = trained((SOCKETS, "The W5500 has 8 hardware sockets. " * 60))
    hints = CauseHints(max_answer_tokens=192, ungrounded={"e0": "grounding: 8 stands nowhere"})
    found = cause_of(failure(SOCKETS, turns[0].answer), turns, embedder, hints)
    assert (found.cause, found.also) == ("answer too long", ("low grounding",))
    short = failure(SOCKETS, "It has 8.")
    assert cause_of(replace(short, is_cut=True), turns, embedder).cause == "answer too long"
    assert cause_of(short, turns, embedder, hints).evidence == "grounding: 8 stands nowhere"


def test_a_part_hardly_anybody_asks_about(embedder: Embedder) -> None:
    """A name of one example among many is rare; in a handful of examples every name would be."""
    many = [(f"How do I set register {at} of the W6100?", f"Write {at} to it.") for at in range(30)]
    turns = trained((SOCKETS, "The W5500 has 8 hardware sockets."), *many)
    asked = failure(SOCKETS, turns[0].answer)
    found = cause_of(asked, turns, embedder)
    assert found.cause == "rare part name"
    assert "W5500" in found.evidence
    assert cause_of(asked, turns[:3], embedder).cause == "not known"


def test_nearest_rows_are_those_of_a_full_search() -> None:
    """Blocks and partial sorting change nothing; fewer rows than asked for are all returned."""
    rng = np.random.default_rng(3)
    asked, known = (rng.standard_normal((n, 8)).astype(np.float32) for n in (1_100, 300))
    places, products = nearest_rows(asked, known, 5)
    full = asked @ known.T
    assert np.allclose(products, -np.sort(-full, axis=1)[:, :5], atol=1e-5)
    assert np.allclose(np.take_along_axis(full, places, axis=1), products, atol=1e-5)
    assert nearest_rows(asked[:2], known[:3], 5)[0].shape == (2, 3)
    assert nearest_rows(asked[:2], known[:0], 5)[0].shape == (2, 0)
