"""Finds who or what a person means: somebody under all their names, a conversation, an age."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from difflib import get_close_matches
from typing import Literal

from chatmill.errors import UsageError
from chatmill.frames.erasing import RowRule, SpeakerRule
from chatmill.project import Project
from chatmill.store.speaker_names import is_placeholder, read_overlay
from chatmill.store.tombstones import Burial, Person, lift, read_tombstones
from chatmill.text.covering import NameCover
from chatmill.threads.roles import is_called

Kind = Literal["person", "conversation", "before"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What is to be forgotten."""

    who: str = ""
    """A person's name as exported, or a conversation's id; empty with `before`."""
    kind: Literal["", "person", "conversation"] = ""
    """What `who` is; found out when empty."""
    room: str = ""
    """Forget the person in this conversation only."""
    before: str = ""
    """Date like `2026-01-31`: forget every older message."""
    keeps_mentions: bool = False
    """Leave the person's name where others wrote it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """Who or what it is."""

    kind: Kind
    rule: RowRule
    """Which messages go."""
    names: tuple[str, ...] = ()
    """What is covered where others wrote it."""
    is_buried: bool = False
    """It was forgotten before."""


def find_target(project: Project, wish: Wish) -> Target:
    """Find out who or what is meant.

    Raises:
        UsageError: Nobody and nothing is called so, or it could be either.
    """
    if wish.before:
        return Target(kind="before", rule=RowRule(before=wish.before))
    known = list(project.conversations.fingerprints())
    room = _conversation(wish.room, known) if wish.room else ""
    if wish.room and not room:
        raise UsageError(f"no conversation {wish.room!r}", fix="List them: chatmill conversations")
    conversation = "" if wish.kind == "person" or room else _conversation(wish.who, known)
    person = None if wish.kind == "conversation" else _person(project, wish, room, known)
    speaks = person is not None and bool(person.rule.speakers)
    if speaks and conversation == wish.who:
        raise UsageError(
            f"{wish.who!r} is a person and a conversation",
            fix="Add --person or --conversation",
        )
    if conversation and not speaks:  # a person's erasure takes the rooms that bear the name
        rule = RowRule(conversation_ids=frozenset([conversation]))
        return Target(kind="conversation", rule=rule)
    if person is not None:
        return person
    if has_tombstone(project, wish.who):
        return Target(kind="conversation", rule=RowRule(), is_buried=True)
    raise UsageError(f"no conversation {wish.who!r}", fix="List them: chatmill conversations")


def unknown_person(project: Project, name: str) -> UsageError:
    """Say that nobody is called so, and who is called nearly so."""
    known = sorted({each.speaker for each in project.conversations.speaker_counts()} - {""})
    close = get_close_matches(name, known, n=3, cutoff=0.5)
    return UsageError(
        f"nobody is called {name!r}, and no conversation is",
        fix=f"Did you mean {', '.join(close)}?" if close else "List everybody: chatmill roles",
    )


def has_tombstone(project: Project, who: str) -> bool:
    """Say whether a person or a conversation was forgotten before."""
    found = read_tombstones(project.database)
    return found.has_room(who) or found.has_person("", who)


def lift_tombstones(project: Project, who: str) -> int:
    """Let later imports bring a person or a conversation again.

    Raises:
        UsageError: It has no tombstone.
    """
    n_lifted = lift(
        project.database,
        Burial(
            conversation_ids=frozenset([who]), people=frozenset([Person(name=who)]), message_ids={}
        ),
    )
    if not n_lifted:
        raise UsageError(f"{who!r} has no tombstone", fix="Write the name as it was exported")
    return n_lifted


def expiry_date(days: int) -> str:
    """Return the date before which messages are older than some days.

    Raises:
        UsageError: The number is no age.
    """
    if days < 1:
        raise UsageError(f"{days} days is no age", fix="Give a number of days from 1")
    return (datetime.now(UTC).date() - timedelta(days=days)).isoformat()


def _conversation(who: str, known: Iterable[str]) -> str:
    """Find a conversation by its id, or by its id without the format's name."""
    found = [each for each in known if who and who in (each, each.partition(":")[2])]
    if len(found) > 1:
        raise UsageError(
            f"several conversations are called {who!r}", fix=f"Name one: {', '.join(found)}"
        )
    return found[0] if found else ""


def _person(project: Project, wish: Wish, room: str, known: list[str]) -> Target:
    """Collect everything one person is called, and the rooms that bear the name."""
    rules: set[SpeakerRule] = set()
    names = {wish.who.strip()}
    for count in project.conversations.speaker_counts():
        is_there = count.speaker and room in ("", count.conversation_id)
        if is_there and is_called(count.speaker, [wish.who]):
            rules.add(SpeakerRule(count.speaker, room))
            names.add(count.speaker)
    for conversation_id, overlay in read_overlay(project.database).items():
        if room in ("", conversation_id):
            rules |= set(_aliases(conversation_id, overlay, wish.who))
    names |= {rule.speaker for rule in rules if not is_placeholder(rule.speaker)}
    cover = NameCover(names)
    rooms = () if room else (each for each in known if cover.count(each))
    is_covering = not (wish.keeps_mentions or room)
    return Target(
        kind="person",
        rule=RowRule(conversation_ids=frozenset(rooms), speakers=tuple(sorted(rules))),
        names=tuple(sorted(names)) if is_covering else (),
        is_buried=has_tombstone(project, wish.who),
    )


def _aliases(
    conversation_id: str, overlay: Mapping[tuple[str, str], str], who: str
) -> Iterable[SpeakerRule]:
    """Yield the other names of somebody in a conversation."""
    shown = {
        name
        for (_, alias), name in overlay.items()
        if is_called(name, [who]) or is_called(alias, [who])
    }
    for (part, alias), name in overlay.items():
        if name in shown:
            yield SpeakerRule(alias, conversation_id, part)
            yield SpeakerRule(name, conversation_id)
