"""Products: learnt over all conversations, corrected in settings, asked again only where needed."""

from dataclasses import replace

import pytest

from chatmill.project import Project
from chatmill.settings import Settings
from chatmill.stages.check import check
from chatmill.stages.extract import extract
from chatmill.stages.products import change_products, list_products
from chatmill.stages.try_ import settings_for
from chatmill.store.examples import list_examples
from chatmill.store.product_mentions import read_product_book, with_products
from talking import bring_in

W5500 = [
    ("Ana", "How many sockets can the W5500 open at the same time?"),
    ("Mina Park", "The W5500 has 8 sockets."),
    ("Ana", "Thanks!"),
]
ORDER = [
    ("Bob", "Where is my order A20391, the two boards with DR-64 on them?"),
    ("Mina Park", "Order A20391 leaves the warehouse on Friday."),
]
KOREAN = [
    ("김민수", "모델 DR-64 보드의 통신 속도는 어떻게 바꾸나요?"),
    ("박지현", "DR-64는 설정 도구에서 속도를 바꾸고 저장하면 됩니다."),
]


@pytest.fixture(name="project")
def project_without_products(project: Project) -> Project:
    """Return a project whose settings name no product."""
    project.remember("project", "products", [])
    return project


def products_of(project: Project, conversation_id: str) -> tuple[str, ...]:
    """Return the products a conversation is read with."""
    book = read_product_book(project.database, project.settings)
    return book.settings_of(conversation_id).project.products


def lines(project: Project) -> set[str]:
    """Return every system line."""
    return {example.system for example in list_examples(project.database)}


def test_learnt_names_stand_in_lines_and_checks(project: Project) -> None:
    """A part is named in the line and no check misses it; an order number is no part."""
    bring_in(project, W5500)
    bring_in(project, ORDER, key="room:2")
    extract(project)
    assert products_of(project, "room:1") == ("W5500",)
    assert "A20391" not in products_of(project, "room:2")
    assert "This is information about the W5500's sockets." in lines(project)
    assert not [each for each in check(project).counts if each.check.startswith("format")]


def test_what_another_room_teaches_changes_only_rooms_that_say_it(project: Project) -> None:
    """A new room that makes DR-64 a product redoes the rooms that mention it, and no others."""
    bring_in(project, W5500)
    bring_in(project, ORDER, key="room:2")
    extract(project)
    assert products_of(project, "room:2") == ()
    bring_in(project, KOREAN, key="room:3")
    summary = extract(project)
    assert products_of(project, "room:2") == ("DR-64",)
    assert (summary.n_conversations, summary.n_skipped) == (2, 1)
    again = extract(project)
    assert (again.n_conversations, again.n_new, again.n_changed) == (0, 0, 0)


def test_a_dropped_name_is_none_and_comes_back(project: Project) -> None:
    """`--drop` and `--auto` redo the room, and its line goes with them; nothing is queued twice."""
    bring_in(project, W5500)
    extract(project)
    change_products(project, ["w5500"], "drop")
    assert extract(project).n_conversations == 1
    assert lines(project) == {"This is information about sockets."}
    assert [each.told_by for each in list_products(project, candidates=True)] == ["ignored"]
    change_products(project, ["W5500"], "auto")
    extract(project)
    assert lines(project) == {"This is information about the W5500's sockets."}


def test_an_added_name_stands_beside_the_learnt_ones(project: Project) -> None:
    """Adding the first name does not switch learning off."""
    bring_in(project, [*W5500, ("Ana", "Does ioLibrary open all of them in W5500 mode?")])
    change_products(project, ["ioLibrary"], "add")
    found = {each.name: each for each in list_products(project)}
    assert (found["ioLibrary"].told_by, found["ioLibrary"].n_mentions) == ("settings", 1)
    assert (found["W5500"].told_by, found["W5500"].n_rooms) == ("learnt", 1)
    assert "sockets can the W5500 open" in found["W5500"].example
    extract(project)
    assert products_of(project, "room:1") == ("ioLibrary", "W5500")


def test_products_of_settings_alone_are_left_as_they_were(project: Project) -> None:
    """Who named products and asked for no more gets no more, and nothing is learnt."""
    chosen = replace(project.settings.project, products=("W6100",))
    project.settings = replace(project.settings, project=chosen)
    bring_in(project, W5500)
    extract(project)
    assert products_of(project, "room:1") == ("W6100",)
    assert read_product_book(project.database, project.settings).learnt == {}


def test_settings_alone_and_learning_never() -> None:
    """`never` without products means that there are none."""
    settings = Settings()
    never = replace(settings, project=replace(settings.project, learn_products="never"))
    assert with_products(never, ()).project.products == ()
    assert settings_for([], ["W5500"]).project.products == ("W5500",)
