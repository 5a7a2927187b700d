"""What is said before a job starts: examples, tokens, epochs."""

import json
from pathlib import Path

import pytest

from chatmill.errors import DatasetError
from chatmill.models.estimates import (
    FileSize,
    estimate_hosted_tokens,
    expected_epochs,
    measure_training_file,
)
from chatmill.records import Hyperparameters

AUTO = Hyperparameters()


def size_of(n_examples: int) -> FileSize:
    """Make a file of 50 tokens an example."""
    return FileSize(n_examples=n_examples, n_tokens=50 * n_examples, is_counted=False)


@pytest.mark.parametrize(
    ("n_examples", "epochs"), [(10, 10), (4, 25), (33, 3), (1000, 3), (10_000, 2), (50_000, 1)]
)
def test_hosted_auto_epochs_follow_the_cookbook(n_examples: int, epochs: int) -> None:
    """The expected number of epochs is the hosted service's own rule."""
    assert expected_epochs("hosted", size_of(n_examples), AUTO) == epochs


def test_local_auto_epochs_are_what_small_models_need() -> None:
    """Small sets get many epochs here, and a number asked for is kept everywhere."""
    assert expected_epochs("local", size_of(60), AUTO) == 13
    assert expected_epochs("local", size_of(60), Hyperparameters(n_epochs=2)) == 2


def test_korean_is_estimated_by_the_syllable() -> None:
    """Letters outside ASCII count one token each, others four to a token."""
    assert estimate_hosted_tokens("abcdefgh") == 2
    assert estimate_hosted_tokens("소켓은") == 3
    assert estimate_hosted_tokens("") == 0


def test_a_training_file_is_measured_and_a_broken_line_named(tmp_path: Path) -> None:
    """The count covers every line; a line that is no chat is named with its number."""
    path = tmp_path / "train.jsonl"
    line = json.dumps({"messages": [{"role": "user", "content": "abcd"}] * 2})
    path.write_text(f"{line}\n\n{line}\n", encoding="utf-8")
    size = measure_training_file(path, "hosted", "gpt")
    assert size == FileSize(n_examples=2, n_tokens=2 * 2 * (1 + 5), is_counted=False)
    path.write_text(f'{line}\n{{"messages": 3}}\n', encoding="utf-8")
    with pytest.raises(DatasetError, match=r"train\.jsonl:2: not a line in the chat format"):
        measure_training_file(path, "hosted", "gpt")
    with pytest.raises(DatasetError, match="cannot be read"):
        measure_training_file(tmp_path / "nowhere", "hosted", "gpt")
