"""Who is customer and who is agent: settings, then what the export says, then who asks whom."""

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from chatmill.records import Conversation, Message, Role
from chatmill.settings import Settings
from chatmill.text.cues import act_of
from chatmill.text.names import find_mentions, short_names
from chatmill.text.trimming import kept_text

_AGENT_WORD = re.compile(
    r"\b(?:agent|support|staff|admin|moderator|helpdesk|engineer|operator|assistant|answer|a)\b"
    r"|상담|지원|운영자|관리자|엔지니어|담당|직원|답변",
    re.IGNORECASE,
)
_CUSTOMER_WORD = re.compile(
    r"\b(?:customer|client|user|visitor|guest|question|q)\b|고객|손님|사용자|문의자|질문",
    re.IGNORECASE,
)


Telling = Literal["settings", "export", "acts"]
"""What a role comes from: `[roles]`, the export itself, or what the speaker does in the room."""


@dataclass(frozen=True, slots=True)
class SpeakerRole:
    """What a speaker of a room is, and what tells it."""

    role: Role
    told_by: Telling


def message_roles(conversation: Conversation, settings: Settings) -> dict[str, Role]:
    """Return message id → role.

    `[roles]` wins, then what the export says of a message, then what it says of the same speaker
    elsewhere, then what the speaker does in the room.
    """
    found = explain_roles(conversation, settings)
    unknown = SpeakerRole("unknown", "acts")
    roles: dict[str, Role] = {}
    for message in conversation.messages:
        told = found.get(message.speaker, unknown)
        is_said = message.role != "unknown" and told.told_by != "settings"
        roles[message.id] = message.role if is_said else told.role
    return roles


def speaker_roles(conversation: Conversation, settings: Settings) -> dict[str, Role]:
    """Return speaker → role, for everybody who speaks."""
    return {name: told.role for name, told in explain_roles(conversation, settings).items()}


def explain_roles(conversation: Conversation, settings: Settings) -> dict[str, SpeakerRole]:
    """Return speaker → role and what tells it, for everybody who speaks.

    Where a room has an agent by settings or export, everybody else is a customer; where it has
    none, people are told by what they do, though `[roles]` may name agents of other rooms.
    """
    named = _named(conversation, settings)
    roles: dict[str, SpeakerRole] = {}
    open_speakers: dict[str, None] = {}
    for message in conversation.messages:
        if not message.speaker and message.role == "unknown":
            continue
        if message.speaker in named:
            roles[message.speaker] = SpeakerRole(named[message.speaker], "settings")
        elif message.role != "unknown":
            roles.setdefault(message.speaker, SpeakerRole(message.role, "export"))
        else:
            open_speakers[message.speaker] = None
    speakers = [speaker for speaker in open_speakers if speaker not in roles]
    if not speakers:
        return roles
    has_agent = any(each.role == "agent" for each in roles.values())
    told: dict[str, Role] = (
        dict.fromkeys(speakers, "customer")
        if has_agent
        else _inferred(conversation, speakers, settings)
    )
    return roles | {speaker: SpeakerRole(role, "acts") for speaker, role in told.items()}


def _named(conversation: Conversation, settings: Settings) -> dict[str, Role]:
    """Return speaker → role for those `[roles]` names; who answers counts first."""
    lists: tuple[tuple[Role, tuple[str, ...]], ...] = (
        ("agent", settings.roles.agents),
        ("customer", settings.roles.customers),
        ("bot", settings.roles.bots),
    )
    named: dict[str, Role] = {}
    for speaker in {message.speaker for message in conversation.messages if message.speaker}:
        for role, names in lists:
            if is_called(speaker, names):
                named[speaker] = role
                break
    return named


def is_called(speaker: str, names: Iterable[str]) -> bool:
    """Say whether one of some names is this speaker's, in full or without what stands in brackets.

    Args:
        speaker: As exported.
        names: As in `[roles]`.
    """
    return not _called(speaker).isdisjoint(name.strip().casefold() for name in names)


def _called(speaker: str) -> set[str]:
    """Name a speaker in full and up to a bracket or comma; a first name alone is not enough."""
    names = [name.casefold() for name in short_names(speaker)]
    return {name for name in names if " " in name or name == names[0] or len(names) == 1} | {
        re.split(r"[,\[(/|]", speaker, maxsplit=1)[0].strip().casefold()
    }


def _inferred(
    conversation: Conversation, speakers: list[str], settings: Settings
) -> dict[str, Role]:
    """Tell askers from answerers by what they do; the first to ask is a customer.

    A speaker's score rises with each substantial message sent while somebody else's question is
    open or to somebody by name, and falls with each question asked while no other one is open.
    """
    labelled = {speaker: _role_word(speaker) for speaker in speakers}
    if any(labelled.values()):
        return {name: role or "customer" for name, role in labelled.items()}
    scores, first = _scores(conversation, settings)
    roles: dict[str, Role] = {
        speaker: "agent" if scores[speaker] > 0 and speaker != first else "customer"
        for speaker in speakers
    }
    if "agent" not in roles.values():
        best = max(speakers, key=lambda each: (each != first, scores[each]))
        if best != first and scores[best] >= 0:
            roles[best] = "agent"
    return roles


def _role_word(speaker: str) -> Role | None:
    if _CUSTOMER_WORD.search(speaker):
        return "customer"
    return "agent" if _AGENT_WORD.search(speaker) else None


def _scores(conversation: Conversation, settings: Settings) -> tuple[Counter[str], str]:
    speakers = {message.speaker for message in conversation.messages if message.speaker}
    scores: Counter[str] = Counter()
    waiting: list[str] = []
    first = ""
    for message in conversation.messages:
        if message.kind != "text" or not message.speaker:
            continue
        act = act_of(kept_text(message.text, settings.extract.trim, speakers))
        addressed = _addressed(message, speakers)
        others = [name for name in waiting if name != message.speaker]
        if act in ("question", "problem") and not addressed and not (others and act == "problem"):
            first = first or message.speaker
            scores[message.speaker] -= 2
            waiting.append(message.speaker)
        elif act in ("statement", "problem", "stall", "elsewhere", "question") and (
            others or addressed
        ):
            scores[message.speaker] += 2 if addressed else 1
            waiting = [name for name in waiting if name not in addressed] if addressed else waiting
    return scores, first


def _addressed(message: Message, speakers: set[str]) -> set[str]:
    mentions = find_mentions(message.text, speakers)
    return {each.speaker for each in mentions if each.speaker and each.speaker != message.speaker}
