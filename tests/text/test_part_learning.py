"""Learning part numbers: shape, spread over rooms and people, families, and words beside."""

import itertools

from chatmill.records import Conversation, Message
from chatmill.text.part_learning import Judgement, count_mentions, judge_candidates


def room(key: str, *said: tuple[str, str]) -> Conversation:
    """Make a conversation."""
    messages = tuple(
        Message(id=f"{key}.{number}", speaker=speaker, text=text)
        for number, (speaker, text) in enumerate(said)
    )
    return Conversation(id=key, source="test", platform="test", messages=messages)


def judged(*rooms: Conversation) -> dict[str, Judgement]:
    """Judge the candidates of some rooms."""
    return {each.name: each for each in judge_candidates(map(count_mentions, rooms))}


def products(*rooms: Conversation) -> set[str]:
    """Return the learnt names."""
    return {name for name, each in judged(*rooms).items() if each.is_product}


def test_a_short_name_needs_more_than_its_shape() -> None:
    """`T61` alone could be anything; two rooms that call it a laptop or a model make it one."""
    english = room("1", ("Ana", "My T61 laptop is slow"))
    korean = room("2", ("김민수", "모델 T61 쓰시나요?"))
    alone = room("3", ("Ana", "T61 is slow"))
    assert products(alone) == set()
    assert products(english, korean) == {"T61"}


def test_orders_are_none_however_often_they_are_said() -> None:
    """An order number two people say in both languages stays an order number."""
    rooms = (
        room("1", ("Ana", "Where is order A20391?"), ("Kim", "Order A20391 was sent.")),
        room("2", ("민수", "주문번호 B10233 언제 오나요?"), ("지현", "주문번호 B10233은 내일이요")),
    )
    assert products(*rooms) == set()


def test_numbers_hardly_anybody_repeats_are_serial_numbers() -> None:
    """Many numbers of one form, each said once, are no family of parts."""
    tickets = [room(f"{n}", ("Ana", f"About QX{n}0{n}17, any news?")) for n in range(1, 8)]
    assert products(*tickets) == set()
    parts = [room(f"{n}", ("Ana", "QX10017 and QX20017 hang"), ("B", "QX10017?")) for n in "12"]
    assert products(*parts) == {"QX10017", "QX20017"}


def test_random_ids_words_and_years_are_none() -> None:
    """Tokens, nicknames, leet and products of a year do not look like part numbers."""
    said = "YP8SKRT8SOCQE659 L1nuxRules TITANIC1337 M3t4ll1k0 Brotherhood2014 CN0012345678"
    assert products(room("1", ("Ana", said))) == set()


def test_spellings_count_together() -> None:
    """The spelling most people use is the name."""
    found = judged(
        room("1", ("Ana", "WizFi360 or WIZFI360?"), ("Bob", "WizFi360")),
        room("2", ("Ana", "WizFi360")),
    )
    assert {name: (each.n_mentions, each.n_rooms) for name, each in found.items()} == {
        "WizFi360": (4, 2)
    }


def test_the_order_of_rooms_makes_no_difference() -> None:
    """The same messages give the same products, reasons and order."""
    rooms = [
        room("1", ("Ana", "W5500 and W6100")),
        room("2", ("Bob", "W5500 chip")),
        room("3", ("Bob", "W6100/W5100S")),
    ]
    outcomes = {
        judge_candidates(map(count_mentions, each)) for each in itertools.permutations(rooms)
    }
    assert len(outcomes) == 1


def test_every_point_has_a_reason() -> None:
    """A person can add the reasons up."""
    for each in judged(room("1", ("Ana", "The W5500 chip, error A20391, and T61"))).values():
        assert sum(int(reason.split()[0]) for reason in each.reasons) == each.points
