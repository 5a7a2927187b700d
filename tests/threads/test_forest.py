"""Trees evaluated with numpy alone give what the library that fitted them gives."""

import json
import zipfile
from pathlib import Path

import numpy as np
import pytest

from chatmill.errors import StorageError
from chatmill.threads.forest import Forest, read_forests
from chatmill.threads.ranker import WEIGHTS, shipped_forests

STORED = Path(__file__).parent / "forest_rows.json"


def test_scores_are_those_of_the_library() -> None:
    """CatBoost's own predictions for stored rows come out again."""
    stored = json.loads(STORED.read_text(encoding="utf-8"))
    for forest in shipped_forests():
        known = stored["first" if forest is shipped_forests()[0] else "second"]
        rows = np.array(known["rows"], np.float32)
        columns = {
            name: np.ascontiguousarray(rows[:, known["features"].index(name)])
            for name in forest.features
        }
        assert np.abs(forest.score(columns) - np.array(known["scores"])).max() < 1e-4


def test_a_tree_by_hand() -> None:
    """Level k is bit k of the leaf's number; a value on the border is not greater."""
    forest = Forest(
        features=("a", "b"),
        feature=np.array([[0, 1]], np.int16),
        border=np.array([[1.0, 5.0]], np.float32),
        leaf=np.array([[10, 20, 30, 40]], np.float32),
    )
    columns = {"a": np.array([1, 2, 1, 2], np.float32), "b": np.array([5, 5, 6, 6], np.float32)}
    assert forest.score(columns).tolist() == [10, 20, 30, 40]


def test_rows_in_many_tiles_are_scored_alike() -> None:
    """Where a row stands in a large block does not change its score."""
    forest = shipped_forests()[0]
    random = np.random.default_rng(7)
    columns = {name: random.integers(0, 9, 20_000).astype(np.float32) for name in forest.features}
    whole = forest.score(columns)
    part = forest.score({name: values[9_000:9_100].copy() for name, values in columns.items()})
    assert np.array_equal(whole[9_000:9_100], part)


def test_weights_are_plain_numbers_with_their_origin() -> None:
    """No pickle in the file, and who made the data stands in it and beside it."""
    with zipfile.ZipFile(WEIGHTS) as packed:
        assert all(b"\x80\x04" not in packed.read(name)[:2] for name in packed.namelist())
    with np.load(WEIGHTS, allow_pickle=False) as stored:
        assert all(stored[name].dtype.kind in "fiU" for name in stored.files)
        source = str(stored["source"])
    beside = (WEIGHTS.parent / "README.md").read_text(encoding="utf-8")
    for text in (source, beside):
        assert "Kummerfeld" in text
        assert "CC BY 4.0" in text
        assert "irc-disentanglement" in text
    assert WEIGHTS.stat().st_size < 5_000_000


def test_a_broken_weights_file_is_named(tmp_path: Path) -> None:
    """A damaged installation says which file and what to do."""
    path = tmp_path / "links.npz"
    path.write_bytes(b"not weights")
    with pytest.raises(StorageError, match=r"links\.npz.*Install chatmill again"):
        read_forests(path, ("first",))
