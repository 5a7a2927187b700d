"""The API takes whatever it is sent without a server error: schemathesis over its own document."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import httpx2
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import Case, GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.core.result import Ok
from schemathesis.schemas import APIOperation

from chatmill.stages import users
from review_room import make_room
from review_server import PATIENCE_SECONDS, RunningReview, running_review

PASSWORD = "소켓 여덟 개와 말 한 마리"  # noqa: S105 - of nobody
LEFT_OUT = {
    ("get", "/api/v1/events"),  # a stream without an end
    ("post", "/api/v1/stages/runs"),  # starts processes
}


@pytest.fixture
def team(tmp_path: Path) -> Iterator[RunningReview]:
    """A served room of one admin."""
    with make_room(tmp_path / "room") as project:
        users.create_user(project, "kim", PASSWORD, actor="test", may_unmask=True)
        with running_review(project) as running:
            yield running


def fuzz(team: RunningReview, n_cases: int, modes: Sequence[GenerationMode]) -> int:
    """Send every operation what fits its schema and what does not.

    Args:
        team: The server.
        n_cases: Most requests of each sort for each operation.
        modes: Requests that fit the schema, or that do not.

    Returns:
        How many operations there were.
    """
    token = users.create_token(team.project, "kim", name="fuzz", role="admin", days=1)
    headers = {"authorization": f"Bearer {token}"}
    address = f"{team.address}/api/v1/openapi.json"
    document = httpx2.get(address, headers=headers, timeout=PATIENCE_SECONDS).json()
    results = list(schemathesis.openapi.from_dict(document).get_all_operations())
    found = [each.ok() for each in results if isinstance(each, Ok)]
    assert len(found) == len(results)
    for operation in found:
        if (operation.method, operation.path) not in LEFT_OUT:
            for mode in modes:
                send(operation, mode, team.address, headers, n_cases)
    return len(found)


def send(
    operation: APIOperation[Any, Any, Any, Any],
    mode: GenerationMode,
    address: str,
    headers: dict[str, str],
    n_cases: int,
) -> None:
    """Send one operation requests of one sort."""

    @settings(
        max_examples=n_cases,
        deadline=None,
        database=None,
        derandomize=True,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(generation_mode=mode))
    def each(case: Case[Any]) -> None:
        reply = case.call(base_url=address, headers=headers, timeout=PATIENCE_SECONDS)
        case.validate_response(reply, checks=[not_a_server_error])

    try:
        each()
    except Unsatisfiable:  # an operation without parameters takes nothing wrong
        assert mode is GenerationMode.NEGATIVE


def test_no_operation_fails_on_odd_requests(team: RunningReview) -> None:
    """A few odd requests of each operation; many more in the soak test."""
    assert fuzz(team, 2, [GenerationMode.NEGATIVE]) > 20


@pytest.mark.soak
@pytest.mark.timeout(7200)
def test_no_operation_fails_on_many_odd_requests(team: RunningReview) -> None:
    """Hundreds of requests of each operation, those that fit and those that do not."""
    assert fuzz(team, 200, [GenerationMode.POSITIVE, GenerationMode.NEGATIVE]) > 20
