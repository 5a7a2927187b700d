"""Admission: an id is taken once, and what no store can take is refused with its reason."""

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from chatmill.importers.admission import Admission, TakenIds, number_of
from chatmill.importers.decoding import open_text
from chatmill.records import Message, Rejection
from chatmill.settings import ImportSettings
from reading import write_export

NAMES = st.sampled_from(
    ["1", "2", "3", "10", "01", "-1", "a", "", "٣", "9" * 18, "9" * 19, "9" * 30]
)


@given(names=st.lists(NAMES, max_size=20))
def test_each_id_is_taken_once(names: list[str]) -> None:
    """Numbers in any order, long ones and words: new exactly when not seen before."""
    taken, seen = TakenIds(), set[str]()
    for name in names:
        assert taken.has(name, number_of(name)) == (name in seen)
        assert taken.take(name, number_of(name)) == (name not in seen)
        seen.add(name)


def test_refusals_say_why(tmp_path: Path) -> None:
    """Too long, half a character, no id, a second one of an id: each has its reason and line."""
    path = write_export(tmp_path, "a.json", "{}")
    file = open_text(path, settings=ImportSettings(max_message_characters=5))
    admission = Admission(file)
    good = Message(id="1", speaker="김", text="안녕")
    assert admission.admit(1, good) == good
    refused = [
        admission.admit(2, Message(id="1", speaker="김", text="again")),
        admission.admit(3, Message(id="2", speaker="김", text="too long")),
        admission.admit(4, Message(id="", speaker="김", text="a")),
        admission.admit(5, Message(id="3", speaker="\ud800", text="a")),
        admission.admit(6, Message(id="4", speaker="", text="a", attachments=("\udfff",))),
        admission.admit(7, Message(id="5", speaker="", text="\udfff")),
        admission.admit(8, Message(id="6", speaker="", text="a", original="much longer")),
    ]
    assert all(isinstance(each, Rejection) for each in refused)
    assert [(each.line, each.reason) for each in refused if isinstance(each, Rejection)] == [
        (2, "a second message '1'"),
        (3, "longer than 5 characters"),
        (4, "a message without an id"),
        (5, "half a character in a name or id"),
        (6, "half a character in a name or id"),
        (7, "bytes that are not utf-8"),
        (8, "longer than 5 characters"),
    ]
