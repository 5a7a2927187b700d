"""What `auto` resolves to."""

import pytest

from chatmill.server.hyperparameters import resolve_hyperparameters


@pytest.mark.parametrize(
    ("n_examples", "epochs"), [(10, 25), (86, 10), (300, 10), (1000, 4), (50_000, 3)]
)
def test_small_sets_get_many_epochs(n_examples: int, epochs: int) -> None:
    """Three epochs, as the hosted service takes, teach a small model next to nothing."""
    assert resolve_hyperparameters(n_examples, {}).n_epochs == epochs


def test_numbers_win_over_auto() -> None:
    """What a client asks for is what it gets, bounded by the file."""
    asked = {"n_epochs": 7, "batch_size": 64, "learning_rate_multiplier": 0.5}
    resolved = resolve_hyperparameters(12, asked)
    assert (resolved.n_epochs, resolved.batch_size) == (7, 12)
    assert resolved.learning_rate == pytest.approx(1e-3)
