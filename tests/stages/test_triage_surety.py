"""What triage's claim rests on: exact bounds, calibration, and groups that are held out whole."""

import numpy as np
import pytest

from chatmill.records import Turn
from chatmill.stages.review.triage.calibration import fit_calibrator
from chatmill.stages.review.triage.features import pack, texts_of, unpack
from chatmill.stages.review.triage.learning import groups_of
from chatmill.stages.review.triage.logistic import fit_logistic, sigmoid
from chatmill.stages.review.triage.model import spread
from chatmill.stages.review.triage.surety import find_surety, lower_bound, upper_bound
from chatmill.store.triage_labels import Label
from making import cited_turn


def label(number: int, *, room: str, question: str = "", answer: str = "") -> Label:
    """Make somebody's decision to keep."""
    turn = cited_turn(question or f"질문 {number}?", answer or f"답 {number}.", message=str(number))
    return Label(
        decision_id=f"d{number}",
        example_id=f"e{number}",
        conversation_id=room,
        position=number,
        action="keep",
        system="",
        turns=(turn,),
    )


def test_bounds_are_clopper_and_pearsons() -> None:
    """As published tables have them (one-sided, 95 %)."""
    assert lower_bound(299, 299, error_chance=0.05) == pytest.approx(0.05 ** (1 / 299))
    assert lower_bound(9, 10, error_chance=0.05) == pytest.approx(0.6058, abs=1e-4)
    assert upper_bound(7, 10, error_chance=0.05) == pytest.approx(0.9127, abs=1e-4)
    assert lower_bound(0, 0, error_chance=0.05) == 0.0
    assert upper_bound(0, 0, error_chance=0.05) == 1.0


def test_the_claim_needs_proof() -> None:
    """436 decisions without a miss are too few for 99 %, 437 are enough, one miss more costs."""
    for n_rows, n_missed, holds in ((436, 0, False), (437, 0, True), (437, 1, False)):
        kept = np.ones(n_rows)
        kept[:n_missed] = 0
        found = find_surety(np.full(n_rows, 0.992), kept, claim=0.99)
        assert (found.threshold is not None) is holds
        assert found.n_needed == 437


def test_luck_is_rarely_taken_for_proof() -> None:
    """Where only 98 % are kept, claiming 99 % is let through in at most 5 % of trials."""
    rng = np.random.default_rng(7)
    n_taken_in = 0
    for _ in range(300):
        chances = rng.uniform(0.99, 1.0, size=2_000)
        kept = (rng.random(2_000) < 0.98).astype(float)
        n_taken_in += find_surety(chances, kept, claim=0.99).threshold is not None
    assert n_taken_in <= 15


@pytest.mark.parametrize("n_rows", [400, 4_000])
def test_calibrated_probabilities_come_true(n_rows: int) -> None:
    """Log odds that claim too much are put right, by Platt's curve and by isotonic regression."""
    rng = np.random.default_rng(n_rows)
    true_odds = rng.normal(1.0, 1.5, size=n_rows)
    kept = (rng.random(n_rows) < sigmoid(true_odds)).astype(float)
    calibrator = fit_calibrator(3.0 * true_odds - 2.0, kept)
    assert bool(calibrator.knots) is (n_rows >= 1_000)
    off = np.abs(calibrator.chances(3.0 * true_odds - 2.0) - sigmoid(true_odds))
    assert off.mean() < 0.05


def test_what_says_the_reverse_says_nothing() -> None:
    """Log odds that run against the decisions become the usual share, never a reversed one."""
    odds = np.linspace(-3, 3, 200)
    calibrator = fit_calibrator(odds, (odds < 0).astype(float))
    assert np.allclose(calibrator.chances(odds), 0.5, atol=0.01)


def test_weights_are_those_of_the_one_minimum() -> None:
    """At the minimum the slope of the penalised loss is zero, also on separable rows."""
    rng = np.random.default_rng(3)
    rows = rng.normal(size=(300, 4))
    kept = (rows[:, 0] > 0).astype(float)
    found = fit_logistic(rows, kept, penalty=2.0)
    slope = rows.T @ (sigmoid(found.log_odds(rows)) - kept) + 2.0 * found.weights
    assert np.abs(slope).max() < 1e-4


def test_what_may_be_alike_is_held_out_together() -> None:
    """One conversation, one question or one answer is one group; a long room is cut."""
    labels = [label(at, room=f"room:{at // 2}") for at in range(60)]
    labels.append(label(60, room="other", answer="답 0."))
    labels.append(label(61, room="another", question="질문 59?"))
    groups = groups_of(labels)
    assert groups[0] == groups[1] == groups[60]
    assert groups[58] == groups[59] == groups[61]
    assert len(set(groups)) == 30
    long = groups_of([label(at, room="one") for at in range(100)])
    assert len(set(long)) == 4
    folds = spread(groups, np.ones(len(groups)), 5)
    assert all(len(set(folds[groups == group])) == 1 for group in set(groups))


def test_packed_vectors_point_the_same_way() -> None:
    """A byte a dimension turns a vector by less than half a degree, and zero stays zero."""
    rng = np.random.default_rng(1)
    vectors = rng.normal(size=(2, 512)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    vectors[1] = 0
    texts = texts_of((Turn(question="소켓?", answer=""),))
    (back,) = unpack([pack("e1", texts, vectors)])
    assert back[0] @ vectors[0] > 0.9999
    assert not back[1].any()
