"""Facts: a wrong, a missing and an invented number all count."""

import pytest

from chatmill.metrics.facts import fact_agreement


@pytest.mark.parametrize(
    ("answer", "reference", "expected"),
    [
        ("It ships in 3 days.", "It ships in 3 days.", 1.0),
        ("It ships in 30 days.", "It ships in 3 days.", 0.0),
        ("3일 걸립니다.", "30일 걸립니다.", 0.0),
        ("The W5500 has 8 sockets.", "The W5500 has 4 sockets.", 1 / 3),
        ("Write 0x0F to Sn_MR.", "Write 0x0F to Sn_MR and 0x01 to Sn_CR.", 0.5),
        ("Please reset it.", "Please restart it.", None),
        ("Please reset it.", "Reset it for 500 us.", 0.0),
    ],
)
def test_agreement_of_facts(answer: str, reference: str, expected: float | None) -> None:
    """What both have, of all that either has; None where there is nothing to compare."""
    assert fact_agreement(answer, reference) == (
        None if expected is None else pytest.approx(expected)
    )
