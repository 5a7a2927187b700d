"""Store: nobody is handed what somebody else is looking at."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from chatmill.store.database import Database
from chatmill.store.examples import save_conversation_examples
from chatmill.store.leases import Holder, lease_next, release_leases, renew_leases
from making import example

N_EXAMPLES = 40
IDS = [f"e{number:04d}" for number in range(N_EXAMPLES)]
MINA = Holder(name="Mina", now=1000.0, lease_seconds=300.0)
HANEUL = replace(MINA, name="김하늘")


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """Forty pending examples."""
    opened = Database.open(database_url)
    made = [example(number, conversation_id="room") for number in range(N_EXAMPLES)]
    save_conversation_examples(opened, "room", made, [], "1")
    yield opened
    opened.close()


def test_two_people_never_get_the_same_example(database: Database) -> None:
    """Ten people ask at the same time, and everything they get is different."""
    people = [replace(MINA, name=f"reviewer {number}") for number in range(10)]

    def take_four(person: Holder) -> list[str]:
        taken: list[str] = []
        for _ in range(2):
            taken += lease_next(database, person, after=taken[-1] if taken else None, limit=2)
        return taken

    with ThreadPoolExecutor(len(people)) as pool:
        handed = [each for taken in pool.map(take_four, people) for each in taken]
    assert sorted(handed) == IDS


def test_a_lease_ends_without_a_sign_of_life(database: Database) -> None:
    """A closed laptop blocks nothing for longer than the lease; renewing and asking keep it."""
    assert lease_next(database, MINA, after=None, limit=2) == IDS[:2]
    assert lease_next(database, HANEUL, after=None, limit=1) == [IDS[2]]
    later = 1200.0
    assert renew_leases(database, replace(MINA, now=later), IDS[:1]) == IDS[:1]
    assert renew_leases(database, replace(HANEUL, now=later), IDS[:3]) == [IDS[2]]
    after_all = replace(HANEUL, now=1301.0)
    assert lease_next(database, after_all, after=None, limit=3) == [IDS[1], IDS[2], IDS[3]]
    assert renew_leases(database, replace(MINA, now=1302.0), IDS[:2]) == IDS[:1]


def test_a_reload_gives_the_same_examples_again(database: Database) -> None:
    """What somebody has comes again where it stands, and only to them."""
    assert lease_next(database, MINA, after=None, limit=3) == IDS[:3]
    assert lease_next(database, MINA, after=None, limit=3) == IDS[:3]
    assert lease_next(database, MINA, after=IDS[0], limit=1) == [IDS[1]]


def test_skipping_and_leaving_give_back(database: Database) -> None:
    """What somebody does not want is there for the others at once."""
    lease_next(database, MINA, after=None, limit=3)
    release_leases(database, "Mina", [IDS[1]])
    assert lease_next(database, HANEUL, after=None, limit=1) == [IDS[1]]
    release_leases(database, "김하늘", [IDS[0]])  # not theirs: nothing happens
    assert lease_next(database, HANEUL, after=IDS[1], limit=1) == [IDS[3]]
    release_leases(database, "Mina")
    assert lease_next(database, HANEUL, after=None, limit=2) == IDS[:2]
