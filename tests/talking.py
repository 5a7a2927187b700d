"""Conversations for tests, written as they would be said."""

import json
from datetime import datetime, timedelta

from chatmill.project import Project
from chatmill.records import Conversation, Message, Role
from chatmill.settings import ProjectSettings, RolesSettings, Settings

START = datetime(2025, 4, 8, 9, 0)  # noqa: DTZ001 - exports give local wall time
AGENTS = ("Mina Park", "이도현 [WIZnet]")
PRODUCTS = ("W5500", "W5100S", "W6100", "W5500-EVB-Pico")


def settings(*, agents: tuple[str, ...] = AGENTS, products: tuple[str, ...] = PRODUCTS) -> Settings:
    """Settings that know the agents and products of the test chats."""
    return Settings(roles=RolesSettings(agents=agents), project=ProjectSettings(products=products))


def talk(*lines: str, key: str = "test:room", minutes: int = 1) -> Conversation:
    """Make a conversation of `Speaker| text` lines, some minutes apart; `12>` before answers m12.

    A line may say its minute: `Speaker@7| text`.
    """
    messages: list[Message] = []
    for number, line in enumerate(lines):
        head, _, text = line.partition("| ")
        reply_to, _, head = head.rpartition(">")
        speaker, _, minute = head.partition("@")
        at = int(minute) if minute else number * minutes
        messages.append(
            Message(
                id=f"m{number}",
                speaker=speaker,
                sent_at=(START + timedelta(minutes=at)).isoformat(),
                text=text.replace("\\n", "\n"),
                reply_to=f"m{reply_to}" if reply_to else None,
            )
        )
    return Conversation(id=key, source="test", platform="test", messages=tuple(messages))


def message(number: int, text: str, *, speaker: str = "Ana", role: Role = "unknown") -> Message:
    """Make one message."""
    return Message(id=f"m{number}", speaker=speaker, role=role, text=text)


def bring_in(project: Project, lines: list[tuple[str, str]], key: str = "room:1") -> None:
    """Import one room of (speaker, text) from a JSONL file, as a person would."""
    from chatmill.stages.import_ import import_files

    messages = [
        {"id": f"m{n}", "speaker": who, "time": f"2025-04-08T09:{n:02d}:00", "text": text}
        for n, (who, text) in enumerate(lines)
    ]
    path = project.folder / f"{key.replace(':', '-')}-{len(lines)}.jsonl"
    path.write_text(json.dumps({"id": key, "messages": messages}) + "\n", encoding="utf-8")
    import_files(project, [path])
