"""Roles are listed with where they come from, changed everywhere at once, and asked once a room."""

import tomllib

import pytest

from chatmill.errors import UsageError
from chatmill.project import Project
from chatmill.stages.extract import extract
from chatmill.stages.roles import answer, leave_unasked, list_roles, rooms_to_ask, set_roles
from chatmill.store.speaker_names import SameSpeaker, Speaker, record_same_speakers
from talking import bring_in

QUESTION = "W5500 소켓은 최대 몇 개까지 쓸 수 있나요?"
ANSWER = "하드웨어 소켓이 8개입니다."
ROOM = [("김민수", QUESTION), ("박지현 [WIZnet]", ANSWER), ("김민수", "감사합니다")]
OTHER = [("이서준", "W5500 리셋은 몇 us인가요?"), ("박지현 [WIZnet]", "500us 이상입니다.")]


def roles_of(project: Project, **wanted: str) -> dict[str, tuple[str, str]]:
    """Speaker → role and what tells it."""
    return {each.speaker: (each.role, each.told_by) for each in list_roles(project, **wanted)}


def test_everybody_is_listed_with_rooms_messages_and_reason(project: Project) -> None:
    """Who speaks in two rooms stands once, with what tells the role."""
    bring_in(project, ROOM, "room:1")
    bring_in(project, OTHER, "room:2")
    set_roles(project, ["박지현"], "agent")
    first, second, third = list_roles(project)
    assert (first.speaker, first.role, first.told_by) == ("박지현 [WIZnet]", "agent", "settings")
    assert (first.rooms, first.n_messages) == (("room:1", "room:2"), 2)
    assert (second.speaker, second.role, second.told_by) == ("김민수", "customer", "acts")
    assert (third.speaker, third.n_messages) == ("이서준", 1)
    assert set(roles_of(project, room="2")) == {"박지현 [WIZnet]", "이서준"}


def test_role_changes_everywhere_and_stays(project: Project) -> None:
    """One change is in force in every room, in chatmill.toml, and after opening it again."""
    bring_in(project, ROOM, "room:1")
    bring_in(project, OTHER, "room:2")
    (change,) = set_roles(project, ["박지현 [WIZnet]"], "customer")
    assert (change.n_rooms, change.n_messages) == (2, 2)
    assert roles_of(project)["박지현 [WIZnet]"] == ("customer", "settings")
    with Project.open(project.folder) as again:
        assert again.settings.roles.customers == ("박지현 [WIZnet]",)


def test_new_role_takes_the_old_one_back(project: Project) -> None:
    """Nobody stands in two lists, and --auto takes a name off all of them."""
    bring_in(project, ROOM)
    set_roles(project, ["박지현"], "agent")
    set_roles(project, ["박지현 [WIZnet]"], "bot")
    assert project.settings.roles.agents == ("Mina Park",)
    assert roles_of(project)["박지현 [WIZnet]"] == ("bot", "settings")
    set_roles(project, ["박지현 [WIZnet]"], None)
    document = tomllib.loads((project.folder / "chatmill.toml").read_text(encoding="utf-8"))
    assert document["roles"] == {"agents": ["Mina Park"], "bots": []}
    assert roles_of(project)["박지현 [WIZnet]"] == ("agent", "acts")


def test_typo_changes_nothing_and_names_who_is_near(project: Project) -> None:
    """A name nobody has is refused with the names that look like it."""
    bring_in(project, [("Jihyun Park", "Hi"), ("Minsu", "Hello")])
    with pytest.raises(UsageError, match=r"nobody is called 'Jihyun Perk'.*Jihyun Park"):
        set_roles(project, ["Minsu", "Jihyun Perk"], "agent")
    assert project.settings.roles.agents == ("Mina Park",)
    assert set_roles(project, ["Later Lee"], "agent", must_exist=False)[0].n_rooms == 0


def test_unknown_room_is_refused(project: Project) -> None:
    """A room that is not there is said, not listed as empty."""
    with pytest.raises(UsageError, match="no room 'nowhere'"):
        list_roles(project, room="nowhere")


def test_extract_notices_a_changed_role(project: Project) -> None:
    """After a role change every room is extracted again, and the example goes or comes."""
    bring_in(project, ROOM)
    set_roles(project, ["박지현"], "agent")
    assert extract(project).n_new == 1
    assert extract(project).n_skipped == 1
    set_roles(project, ["박지현"], "customer")
    set_roles(project, ["김민수"], "customer")
    changed = extract(project)
    assert (changed.n_conversations, changed.n_withdrawn) == (1, 1)


def test_extract_notices_that_two_names_are_one(project: Project) -> None:
    """Names learnt later change who answers, so the room is looked at again."""
    bring_in(project, ROOM)
    extract(project)
    pair = SameSpeaker(
        conversation_id="room:1",
        speaker=Speaker(source="", name="박지현 [WIZnet]"),
        same_as=Speaker(source="", name="Mina Park"),
    )
    record_same_speakers(project.database, [pair])
    assert extract(project).n_conversations == 1
    assert roles_of(project)["Mina Park"] == ("agent", "settings")


def test_room_is_asked_about_once(project: Project) -> None:
    """The answer and the asking are remembered, also where nobody was chosen."""
    bring_in(project, ROOM, "room:1")
    bring_in(project, [("가", "몇 개인가요?"), ("나", "8개입니다")], "room:2")
    first, second = rooms_to_ask(project)
    assert (first.room, first.speakers) == ("1", (("김민수", 2), ("박지현 [WIZnet]", 1)))
    answer(project, first, ["박지현 [WIZnet]"])
    assert [each.conversation_id for each in rooms_to_ask(project)] == ["room:2"]
    answer(project, second, [])
    assert rooms_to_ask(project) == []
    assert project.settings.roles.agents == ("Mina Park", "박지현 [WIZnet]")


def test_nothing_is_asked_where_it_is_told(project: Project) -> None:
    """A named agent, a single speaker and a room left alone need no question."""
    bring_in(project, [("Ana", "Why?"), ("Mina Park", "Because.")], "room:1")
    bring_in(project, [("Ana", "Anybody?")], "room:2")
    bring_in(project, ROOM, "room:3")
    (question,) = rooms_to_ask(project)
    assert question.conversation_id == "room:3"
    leave_unasked(project, [question])
    assert rooms_to_ask(project) == []
