"""Ten reviewers make 10,000 decisions while the server is killed and started again five times."""

import time
from pathlib import Path

import pytest

from killed_review import require_whole_log, review_with_kills, room_of

N_DECISIONS = 10_000
N_KILLS = 5
SEED = 20261123


@pytest.mark.soak
@pytest.mark.timeout(3600)
def test_none_lost_none_doubled_and_the_log_replays(tmp_path: Path, database_url: str) -> None:
    """Each database: every decision once, each example decided by one person, the state follows."""
    with room_of(tmp_path / "room", N_DECISIONS + 200, database_url) as room:
        began = time.monotonic()
        course = review_with_kills(
            room, n_people=10, n_decisions=N_DECISIONS, n_kills=N_KILLS, seed=SEED
        )
        print(f"seed {SEED}: {len(course.decided)} decisions, {course.n_kills} kills, ", end="")
        print(f"{course.n_retries} tries again, {time.monotonic() - began:.0f} s")
        assert (course.n_kills, len(course.decided)) == (N_KILLS, N_DECISIONS)
        require_whole_log(room, course)
