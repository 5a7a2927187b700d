"""Message ids: the same message has the same id in every later or other export."""

from hypothesis import given
from hypothesis import strategies as st

from chatmill.importers.identity import MessageIds

MOMENTS = st.sampled_from(
    ["", "2024-03-11 09:12", "2024-03-11 09:13:40", "2024-03-12 00:00", "10:30"]
)
LINES = st.lists(st.tuples(MOMENTS, st.sampled_from(["네", "ok", ""])), max_size=40)


def name_all(lines: list[tuple[str, str]]) -> list[str]:
    """Name the messages of one conversation."""
    ids = MessageIds()
    return [ids.next_id(moment, text) for moment, text in lines]


@given(lines=LINES, more=LINES)
def test_ids_are_unique_and_survive_growth(
    lines: list[tuple[str, str]], more: list[tuple[str, str]]
) -> None:
    """Next week's longer export gives old messages their old ids, whatever the order of times."""
    old, grown = name_all(lines), name_all(lines + more)
    assert grown[: len(old)] == old
    assert len(set(grown)) == len(grown)


def test_equal_messages_of_a_minute_are_counted() -> None:
    """Three times the same word in a minute are three messages."""
    assert len(set(name_all([("2024-03-11 09:12", "네")] * 3))) == 3


def test_export_that_begins_later_gives_the_same_ids() -> None:
    """A phone that joined the room later names the shared messages alike, seconds or not."""
    lines = [("2024-03-11 09:12", "네"), ("2024-03-11 09:13", "네"), ("2024-03-12 09:13", "네")]
    assert name_all(lines)[1:] == name_all([("2024-03-11 09:13:59", "네"), lines[2]])


def test_system_lines_are_named_by_their_day() -> None:
    """Windows tells no minute of a system line, phones do; the id is one."""
    windows, phone = MessageIds(), MessageIds()
    first = windows.next_daily_id("2024-03-11", "나님이 들어왔습니다.")
    assert first == phone.next_daily_id("2024-03-11 09:12", "나님이 들어왔습니다.")
    assert first != phone.next_id("2024-03-11", "나님이 들어왔습니다.")
