"""Try: the pairs of one file, without a project; nothing is stored."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from chatmill.checks.table import check_example
from chatmill.errors import InputError
from chatmill.extractors.table import load_extractor
from chatmill.importers import detect_importer, load_importer
from chatmill.importers.archives import archive_kind
from chatmill.importers.base import Importer, Item
from chatmill.importers.decoding import look_at, printable
from chatmill.importers.sources import LocalFile
from chatmill.models.progress import Progress, no_progress
from chatmill.records import Conversation, Example, Finding, Message, Rejection, Role
from chatmill.settings import Settings
from chatmill.stages.products import settings_with_learnt
from chatmill.threads import thread_conversation

EXTRACTOR = "rules"
"""Needs no model and no project."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """What extract would find in a file."""

    format: str
    """Importer that read it."""
    n_conversations: int
    n_messages: int
    agents: tuple[str, ...]
    """Who seems to answer, most messages first."""
    examples: tuple[Example, ...]
    findings: dict[str, list[Finding]]
    """Example id → what the checks say."""
    rejections: tuple[Rejection, ...]
    """Lines that could not be read, then questions and threads left out."""


@dataclass(slots=True)
class _Room:
    """A conversation while it is read."""

    header: Conversation
    messages: dict[str, Message] = field(default_factory=dict)


def try_file(
    path: Path, settings: Settings, *, format_: str = "", progress: Progress | None = None
) -> Trial:
    """Show what import, extract and check make of one file.

    Args:
        path: A chat export.
        settings: `[roles]`, `[project] products` and `[extract]` are used.
        format_: Name of the importer; told from the content when empty.
        progress: Told how many conversations are done.

    Raises:
        InputError: The file cannot be read, is an archive, or nobody knows its format.
        UsageError: There is no such importer.
    """
    report = progress or no_progress
    source = LocalFile(path)
    file = look_at(source, str(path), room_key=path.stem, settings=settings.import_)
    if archive_kind(source, str(path)):
        raise InputError(
            "is an archive", where=str(path), fix="Unpack it, or import it into a project"
        )
    importer = load_importer(format_) if format_ else detect_importer(file)
    rejections: list[Rejection] = []
    rooms = _rooms(importer.read(file), importer, path, rejections)
    examples: list[Example] = []
    findings: dict[str, list[Finding]] = {}
    n_said: dict[str, int] = {}
    tool = load_extractor(EXTRACTOR)
    settings = settings_with_learnt(settings, rooms)
    for done, conversation in enumerate(rooms, start=1):
        threaded = thread_conversation(conversation, settings)
        found = tool.extract(threaded, settings)
        _count_agents(n_said, conversation, threaded.roles)
        for example in found.examples:
            findings[example.id] = check_example(example, conversation, settings)
        examples += found.examples
        rejections += found.rejections
        report("extracting", done, len(rooms))
    return Trial(
        format=importer.name,
        n_conversations=len(rooms),
        n_messages=sum(len(each.messages) for each in rooms),
        agents=tuple(sorted(n_said, key=lambda name: -n_said[name])),
        examples=tuple(examples),
        findings=findings,
        rejections=tuple(rejections),
    )


def _rooms(
    stream: Iterable[Item], importer: Importer, path: Path, rejections: list[Rejection]
) -> list[Conversation]:
    """Collect conversations; a message that comes twice counts once, as in a project."""
    rooms: dict[str, _Room] = {}
    for key, item in _keyed(stream, path.stem):
        if isinstance(item, Rejection):
            rejections.append(item)
            continue
        if key not in rooms:
            header = Conversation(
                id=f"{importer.name}:{key}", source=path.name, platform=importer.name
            )
            rooms[key] = _Room(header)
        room = rooms[key]
        if isinstance(item, Message):
            room.messages.setdefault(item.id, item)
        else:
            room.header = replace(
                room.header,
                id=printable(item.key) if item.native_id else f"{importer.name}:{item.key}",
                title=printable(item.title),
                language=item.language,
            )
    return [
        replace(room.header, messages=tuple(room.messages.values()))
        for room in rooms.values()
        if room.messages
    ]


def _keyed(stream: Iterable[Item], first: str) -> Iterator[tuple[str, Item]]:
    key = first
    for item in stream:
        if not isinstance(item, (Message, Rejection)):
            key = item.key
        yield key, item


def _count_agents(
    n_said: dict[str, int], conversation: Conversation, roles: dict[str, Role]
) -> None:
    for message in conversation.messages:
        if roles[message.id] == "agent" and message.speaker:
            n_said[message.speaker] = n_said.get(message.speaker, 0) + 1


def settings_for(agents: Sequence[str], products: Sequence[str]) -> Settings:
    """Return default settings that know these people and products."""
    plain = Settings()
    return replace(
        plain,
        roles=replace(plain.roles, agents=tuple(agents)),
        project=replace(plain.project, products=tuple(products)),
    )
