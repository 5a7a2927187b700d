"""Order: whatever waits comes back in either direction, however little memory holds."""

from hypothesis import given
from hypothesis import strategies as st

from chatmill.importers.order import Waiting, last_first


@given(things=st.lists(st.integers() | st.text(), max_size=20), at_once=st.integers(0, 7))
def test_either_direction(things: list[int | str], at_once: int) -> None:
    """Nothing is lost or moved between what is held and what waits in the file."""
    assert list(last_first(things, at_once)) == things[::-1]
    with Waiting[int | str](at_once) as waiting:
        for thing in things:
            waiting.add(thing)
        assert list(waiting.first_first()) == things
        assert list(waiting.last_first()) == things[::-1]
