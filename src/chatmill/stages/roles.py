"""Roles: who answers, who asks, who is a bot; listed, changed everywhere at once, asked once."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING, Literal, get_args

from chatmill.errors import UsageError
from chatmill.project import Project
from chatmill.records import Role
from chatmill.store.marks import read_marks, set_mark
from chatmill.threads.roles import Telling, explain_roles, is_called

if TYPE_CHECKING:
    from chatmill.frames.speakers import SpeakerCount

STAGE = "roles"
ASKED = "asked"
"""Mark of a room somebody was asked about."""
MAX_ROOMS_ASKED = 5
"""Rooms asked about after one import, those with most messages; the others are told by acts."""
LEAST_SPEAKERS = 2
"""In a room of fewer nobody answers anybody."""

SettableRole = Literal["agent", "customer", "bot"]
LISTS: dict[SettableRole, str] = {"agent": "agents", "customer": "customers", "bot": "bots"}
"""Role → option of `[roles]`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SpeakerSummary:
    """Somebody in one role; who has two roles in two rooms has two of these."""

    speaker: str
    role: Role
    told_by: Telling
    """`settings`, `export` or `acts` (what the speaker does in the room)."""
    rooms: tuple[str, ...]
    """Conversation ids."""
    n_messages: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RoleChange:
    """What became of one name."""

    name: str
    role: SettableRole | None
    """None where it is told by the export and by acts again."""
    n_rooms: int
    """Rooms in which somebody is called so."""
    n_messages: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RoomQuestion:
    """A room of which nobody said who answers."""

    conversation_id: str
    room: str
    """What a person calls it."""
    speakers: tuple[tuple[str, int], ...]
    """Names and their messages, most first."""


def list_roles(
    project: Project, *, room: str | None = None, names: Sequence[str] = ()
) -> list[SpeakerSummary]:
    """List everybody who speaks, with role and where it comes from; most messages first.

    Args:
        project: An open project.
        room: Only this one: its conversation id, or the id without the format's name.
        names: Only who is called so; everybody when empty.

    Raises:
        UsageError: There is no such room.
    """
    messages: Counter[tuple[str, Role, Telling]] = Counter()
    rooms: dict[tuple[str, Role, Telling], dict[str, None]] = {}
    for conversation in project.conversations.read(_room_ids(project, room)):
        counts = Counter(message.speaker for message in conversation.messages)
        for speaker, told in explain_roles(conversation, project.settings).items():
            if speaker and (not names or is_called(speaker, names)):
                key = (speaker, told.role, told.told_by)
                messages[key] += counts[speaker]
                rooms.setdefault(key, {})[conversation.id] = None
    return [
        SpeakerSummary(
            speaker=speaker,
            role=role,
            told_by=told_by,
            rooms=tuple(rooms[speaker, role, told_by]),
            n_messages=n_messages,
        )
        for (speaker, role, told_by), n_messages in messages.most_common()
    ]


def set_roles(
    project: Project,
    names: Sequence[str],
    role: SettableRole | None,
    *,
    must_exist: bool = True,
) -> list[RoleChange]:
    """Give people a role in every room, now and in later imports, and remember it in `[roles]`.

    Args:
        project: An open project.
        names: As exported, or without what stands in brackets.
        role: None takes back what was said, so that export and acts tell again.
        must_exist: Refuse a name nobody has; before an import nobody has one yet.

    Raises:
        UsageError: Nobody is called so; nothing was changed.
        StorageError: chatmill.toml cannot be written.
    """
    wanted = list(dict.fromkeys(name.strip() for name in names if name.strip()))
    counts = project.conversations.speaker_counts() if must_exist else []
    changes = [_change(name, role, counts) for name in wanted]
    if must_exist:
        for change in changes:
            _require_known(change, counts)
    for each, option in LISTS.items():
        before: tuple[str, ...] = getattr(project.settings.roles, option)
        after = [listed for listed in before if not any(_is_same(listed, n) for n in wanted)]
        after = [*before, *(n for n in wanted if n not in before)] if each == role else after
        if tuple(after) != before:
            project.remember("roles", option, after)
    return changes


def rooms_to_ask(project: Project) -> list[RoomQuestion]:
    """List the rooms of which nobody was asked and nothing tells who answers; largest first.

    A room where `[roles]` names somebody, or whose export says who is agent or customer, is none.
    """
    asked = read_marks(project.database, STAGE)
    people: dict[str, Counter[str]] = {}
    is_told: set[str] = set()
    named = (*project.settings.roles.agents, *project.settings.roles.customers)
    for count in project.conversations.speaker_counts():
        if count.role in ("agent", "customer") or is_called(count.speaker, named):
            is_told.add(count.conversation_id)
        elif count.speaker and count.role == "unknown" and count.conversation_id not in asked:
            speakers = people.setdefault(count.conversation_id, Counter())
            speakers[count.speaker] += count.n_messages
    questions = [
        RoomQuestion(
            conversation_id=key, room=_room_name(key), speakers=tuple(speakers.most_common())
        )
        for key, speakers in people.items()
        if key not in is_told and len(speakers) >= LEAST_SPEAKERS
    ]
    return sorted(questions, key=lambda each: -sum(count for _, count in each.speakers))


def answer(project: Project, question: RoomQuestion, agents: Sequence[str]) -> None:
    """Remember who answers in a room, and that it was asked about.

    Args:
        project: An open project.
        question: One of `rooms_to_ask`.
        agents: Speakers of the room; none leaves it to chatmill.

    Raises:
        StorageError: chatmill.toml or the database cannot be written.
    """
    if agents:
        set_roles(project, agents, "agent")
    leave_unasked(project, [question])


def leave_unasked(project: Project, questions: Iterable[RoomQuestion]) -> None:
    """Remember that rooms need not be asked about again.

    Raises:
        StorageError: The database cannot be written.
    """
    with project.database.write() as connection:
        for question in questions:
            set_mark(connection, STAGE, question.conversation_id, ASKED)


def settable_roles() -> tuple[SettableRole, ...]:
    """Name the roles a person can give."""
    return get_args(SettableRole)


def _change(name: str, role: SettableRole | None, counts: Sequence["SpeakerCount"]) -> RoleChange:
    found = [each for each in counts if is_called(each.speaker, [name])]
    return RoleChange(
        name=name,
        role=role,
        n_rooms=len({each.conversation_id for each in found}),
        n_messages=sum(each.n_messages for each in found),
    )


def _require_known(change: RoleChange, counts: Sequence["SpeakerCount"]) -> None:
    if change.n_rooms:
        return
    known = sorted({each.speaker for each in counts} - {""})
    close = get_close_matches(change.name, known, n=3, cutoff=0.5)
    raise UsageError(
        f"nobody is called {change.name!r}",
        fix=f"Did you mean {', '.join(close)}?" if close else "List everybody: chatmill roles",
    )


def _is_same(listed: str, name: str) -> bool:
    """Say whether two names in settings are of one speaker; one may lack what is in brackets."""
    return is_called(listed, [name]) or is_called(name, [listed])


def _room_ids(project: Project, room: str | None) -> list[str] | None:
    if room is None:
        return None
    known = project.conversations.fingerprints()
    found = [each for each in known if room in (each, _room_name(each))]
    if not found:
        raise UsageError(f"no room {room!r}", fix="List them: chatmill conversations")
    return found


def _room_name(conversation_id: str) -> str:
    platform, mark, key = conversation_id.partition(":")
    return key if mark and platform.isalpha() and key else conversation_id
