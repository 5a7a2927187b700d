"""Calibration: labels make the verdict agree more, measured where it did not learn."""

import numpy as np
import pytest

from chatmill.errors import MeasureError
from chatmill.metrics.calibration import (
    Calibration,
    LabelledAnswer,
    auroc,
    calibrate,
    cohens_kappa,
)
from chatmill.records import Verdict

LABELS: tuple[Verdict, ...] = ("followed", "partly", "not followed")


def labelled(n: int, seed: int = 3) -> list[LabelledAnswer]:
    """Answers whose cosine hardly tells; a lost fact or negation decides, as people say."""
    random = np.random.default_rng(seed)
    made = []
    for at in range(n):
        label = LABELS[at % 3]
        has_lost = label == "not followed" and at % 2 == 0
        cosine = {"followed": 0.9, "partly": 0.8, "not followed": 0.5}[label]
        made.append(
            LabelledAnswer(
                cosine=float(np.clip(0.9 if has_lost else random.normal(cosine, 0.06), -1, 1)),
                facts=0.0 if has_lost else 1.0,
                polarity=True,
                rouge_l=float(np.clip(random.normal(cosine - 0.1, 0.1), 0, 1)),
                verdict="followed" if has_lost else "partly",
                label=label,
                cluster=f"room:{at // 2}",
            )
        )
    return made


def test_labels_make_the_verdict_agree_with_people() -> None:
    """Facts and cosine together beat cosine alone, on conversations never learnt from."""
    found = calibrate(labelled(240), seed=7)
    assert found.auroc > 0.95 > found.auroc_cosine
    assert found.agreement > found.agreement_before
    assert found.is_used
    assert found.verdict_of(0.92, 1.0, 0.85, polarity=True) == "followed"
    assert found.verdict_of(0.92, 0.0, 0.4, polarity=True) == "not followed"
    assert found == calibrate(labelled(240), seed=7)


def test_few_labels_say_how_many_more_would_help() -> None:
    """Below thirty labels the verdict stays, and the number that is missing is named."""
    few, many = calibrate(labelled(24), seed=7), calibrate(labelled(600), seed=7)
    assert not few.is_used
    assert few.n_more_labels >= 6
    assert many.n_more_labels < few.n_more_labels + 600


def test_labels_of_one_kind_are_refused() -> None:
    """Nothing can be learnt from answers that are all followed."""
    followed = [each for each in labelled(90) if each.label == "followed"]
    with pytest.raises(MeasureError, match="too few labels"):
        calibrate(followed, seed=7)


def test_a_worse_calibration_is_not_used() -> None:
    """Where people agree with the run already, labels may not make it worse."""
    fields = dict.fromkeys(("auroc_cosine", "auroc_verdict", "auroc"), 0.0)
    found = Calibration(
        n_labels=90,
        agreement_before=0.9,
        agreement=0.8,
        n_more_labels=0,
        weights=(),
        cuts=(0.3, 0.6),
        **fields,
    )
    assert not found.is_used


def test_auroc_and_kappa_have_their_textbook_values() -> None:
    """Counted by hand: pairs in order, ties half; agreement beyond chance."""
    scores, kinds = np.array([0.1, 0.4, 0.35, 0.8]), np.array([False, False, True, True])
    assert auroc(scores, kinds) == pytest.approx(0.75)
    assert auroc(np.ones(4), kinds) == pytest.approx(0.5)
    first = ["yes"] * 25 + ["no"] * 25
    second = ["yes"] * 20 + ["no"] * 5 + ["yes"] * 10 + ["no"] * 15
    assert cohens_kappa(first, second) == pytest.approx(0.4)
    assert cohens_kappa(["a", "a"], ["a", "a"]) == 1.0
    with pytest.raises(MeasureError):
        cohens_kappa([], [])
