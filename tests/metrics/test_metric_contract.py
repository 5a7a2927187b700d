"""Every metric of the table keeps the promises of `metrics/base.py`."""

import re
from importlib.metadata import entry_points
from pathlib import Path

import pytest

from answer_batches import batch_of
from chatmill.errors import UsageError
from chatmill.metrics import BUILT_IN, ENTRY_POINT_GROUP, load_metric, metric_names

FOLDER = Path(__file__).parents[2] / "src" / "chatmill" / "metrics"
TEXTS = (
    "The W5500 has 8 sockets and runs at 3.3 V.",
    "W5500은 IPv6를 지원하지 않습니다.",
    "Write 0x0F to Sn_MR, then open the socket.",
)


@pytest.mark.parametrize("name", metric_names())
def test_equal_texts_score_one(name: str) -> None:
    """A word-for-word answer is the top of every scale, in both languages."""
    for score in load_metric(name).score(batch_of(TEXTS, TEXTS)):
        assert score is None or score == pytest.approx(1.0, abs=1e-6)


@pytest.mark.parametrize("name", metric_names())
def test_scores_stay_in_range_and_in_order(name: str) -> None:
    """One number a pair, at most 1, and a pair's score does not depend on its neighbours."""
    metric = load_metric(name)
    answers, references = (*TEXTS, "", "8"), (*TEXTS[::-1], TEXTS[0], TEXTS[1])
    whole = metric.score(batch_of(answers, references))
    assert len(whole) == len(answers)
    assert all(score is None or -1.0 <= score <= 1.0 for score in whole)
    assert metric.score(batch_of(answers, references)) == whole


@pytest.mark.parametrize("name", metric_names())
def test_an_empty_answer_is_no_error(name: str) -> None:
    """A model that says nothing scores low; it does not stop the run."""
    (score,) = load_metric(name).score(batch_of(("",), (TEXTS[0],)))
    assert score is None or score <= 1.0


@pytest.mark.parametrize("name", BUILT_IN)
def test_the_table_names_each_metric_as_it_names_itself(name: str) -> None:
    """The name in the table is the name in reports."""
    assert load_metric(name).name == name


def test_every_plug_file_stands_in_the_table() -> None:
    """A new file that nobody listed would never run."""
    listed = {target.partition(":")[0].rpartition(".")[2] for target in BUILT_IN.values()}
    plugs = {
        path.stem
        for path in FOLDER.glob("*.py")
        if re.search(r"^    name = ", path.read_text(encoding="utf-8"), re.MULTILINE)
    }
    assert plugs == listed


def test_an_unknown_metric_is_refused_with_the_known_names() -> None:
    """A typo says what there is."""
    with pytest.raises(UsageError, match="cosine"):
        load_metric("bleurt")
    assert not entry_points(group=ENTRY_POINT_GROUP, name="bleurt")
