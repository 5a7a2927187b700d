"""Decisions of a team outlive the server: the short form; the long one is in `tests/soak`."""

from pathlib import Path

from killed_review import require_whole_log, review_with_kills, room_of


def test_no_decision_is_lost_or_doubled_when_the_server_is_killed(
    tmp_path: Path, database_url: str
) -> None:
    """Five people, one kill in the middle of requests, on each database we know."""
    with room_of(tmp_path / "room", 100, database_url) as room:
        course = review_with_kills(room, n_people=5, n_decisions=90, n_kills=1, seed=20261124)
        assert (course.n_kills, len(course.decided)) == (1, 90)
        require_whole_log(room, course)
