"""People: one name an id, one id a name."""

from hypothesis import given
from hypothesis import strategies as st

from chatmill.importers.people import People

IDS = st.sampled_from(["1", "2", "3", "4"])
NAMES = st.sampled_from(["Kim", "김", "Kim (2)", ""])


@given(calls=st.lists(st.tuples(IDS, NAMES, st.sampled_from(["", "kim", "2"])), max_size=12))
def test_no_two_people_share_a_name(calls: list[tuple[str, str, str]]) -> None:
    """Whatever people are called, and however often they change it."""
    people = People()
    names: dict[str, set[str]] = {}
    for person_id, name, mark in calls:
        names.setdefault(person_id, set()).add(people.name(person_id, name, mark))
    assert all(len(each) == 1 for each in names.values())
    assert len(set.union(set(), *names.values())) == len(names)


def test_a_namesake_carries_what_tells_them_apart() -> None:
    """The first keeps the plain name; people without an id are called what they are called."""
    people = People()
    assert people.name("1", "Kim", "kim") == "Kim"
    assert people.name("2", "Kim", "kim2") == "Kim (kim2)"
    assert people.name("3", "Kim") == "Kim (3)"
    assert people.name("4", "", "handle") == "handle"
    assert people.name("", "Kim") == "Kim"
    assert people.known("2") == "Kim (kim2)"
    assert not people.known("9")
