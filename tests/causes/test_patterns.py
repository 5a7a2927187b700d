"""Patterns: what failures share is said with a test, and chance is not called a pattern."""

import random
from dataclasses import replace

import numpy as np
import pytest
from scipy import stats  # type: ignore[import-untyped] # it has no stubs

from chatmill.causes.contrasts import contrasts, fisher_exact, holm
from chatmill.causes.evidence import CauseFound
from chatmill.causes.forms import is_keywords_only, is_polite
from chatmill.causes.patterns import find_patterns
from chatmill.records import Score
from chatmill.server.embed import Embedder

BASE = Score(
    example_id="e", conversation_id="r", turn=0, split="train", language="ko", prompt="example",
    system="", question="", reference="네.", answer="", base_answer="", cosine=0.9,
    base_cosine=None, nearest_cosine=None, shuffled_cosine=None, rouge_l=0.0, facts=None,
    polarity=True, is_cut=False, verdict="followed",
)  # fmt: skip
UNKNOWN = CauseFound(
    cause="not known", evidence="", example_ids=(), neighbours=(), also=(), n_phrasings=1
)


def test_the_exact_test_is_fishers() -> None:
    """Tables of all shapes get the p that SciPy gives them."""
    rng = random.Random(4)  # noqa: S311 - repeatable, not secret
    for _ in range(50):
        table = [rng.randrange(12) for _ in range(4)]
        expected = stats.fisher_exact([table[:2], table[2:]]).pvalue
        assert fisher_exact(*table) == pytest.approx(expected, rel=1e-6)


def test_adjusting_never_lowers_and_keeps_order() -> None:
    """Holm's method: the smallest p counts for all tests, later ones never fall below it."""
    assert holm([0.01, 0.02, 0.9]) == pytest.approx([0.03, 0.04, 0.9])


def test_chance_is_rarely_called_sure() -> None:
    """With twenty features that mean nothing, in 200 datasets few show any sure contrast."""
    rng = np.random.default_rng(5)
    n_sure = 0
    for _ in range(200):
        failed = (rng.random(120) < 0.25).tolist()
        features = {str(at): (rng.random(120) < 0.4).tolist() for at in range(20)}
        n_sure += any(each.is_sure for each in contrasts(features, failed))
    assert n_sure <= 16


@pytest.mark.parametrize(
    ("question", "keywords", "polite"),
    [
        ("W5500 소켓 개수", True, False),
        ("W5500 소켓은 몇 개인가요?", False, True),
        ("소켓 몇 개야", False, False),
        ("W5500 SPI clock", True, False),
        ("Could you tell me the SPI clock of the W5500?", False, True),
        ("How fast is it?", False, False),
    ],
)
def test_the_form_of_a_question(question: str, *, keywords: bool, polite: bool) -> None:
    """Search-box words and politeness are told apart in both languages."""
    assert (is_keywords_only(question), is_polite(question)) == (keywords, polite)


def test_failures_that_share_words_and_form_are_one_pattern() -> None:
    """Keyword questions about sockets fail, polite ones are followed: both facts are said."""
    parts = ["W5500", "W6100", "W5100S", "W7500", "W6300", "W5300", "W5200", "W3150A"]
    lost = [replace(BASE, question=f"{p} 소켓 개수", verdict="not followed") for p in parts]
    kept = [replace(BASE, question=f"{p} 보증 기간은 얼마나 되나요?") for p in parts * 3]
    scores = [*lost, *kept]
    vectors = Embedder().embed([each.question for each in scores])
    found = find_patterns(scores, vectors, [0.9] * len(scores), [UNKNOWN] * len(lost))
    assert found.groups
    assert any("소켓" in each.name for each in found.groups)
    sure = {each.feature: each for each in found.contrasts if each.is_sure}
    assert sure["keywords only"].difference == pytest.approx(1.0)
    assert sure["polite"].difference < 0
    assert sure["keywords only"].low > 0.5
