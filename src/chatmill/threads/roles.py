"""Who is customer and who is agent: what the export says, then the settings, then who asks whom."""

import re
from collections import Counter

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


def message_roles(conversation: Conversation, settings: Settings) -> dict[str, Role]:
    """Return message id → role.

    `[roles] agents` wins, then what the export says of a message, then what it says of the same
    speaker elsewhere, then what the speaker does in the room.
    """
    roles = speaker_roles(conversation, settings)
    agents = _named_agents(conversation, settings.roles.agents)
    return {
        message.id: message.role
        if message.role != "unknown" and message.speaker not in agents
        else roles.get(message.speaker, "unknown")
        for message in conversation.messages
    }


def speaker_roles(conversation: Conversation, settings: Settings) -> dict[str, Role]:
    """Return speaker → role, for everybody who speaks."""
    roles: dict[str, Role] = {}
    for message in conversation.messages:
        if message.role != "unknown":
            roles.setdefault(message.speaker, message.role)
    agents = _named_agents(conversation, settings.roles.agents)
    roles.update(dict.fromkeys(agents, "agent"))
    open_speakers = [
        speaker
        for speaker in dict.fromkeys(m.speaker for m in conversation.messages if m.speaker)
        if speaker not in roles
    ]
    if not open_speakers:
        return roles
    if settings.roles.agents or "agent" in roles.values():
        roles.update(dict.fromkeys(open_speakers, "customer"))
        return roles
    roles.update(_inferred(conversation, open_speakers, settings))
    return roles


def _named_agents(conversation: Conversation, agents: tuple[str, ...]) -> set[str]:
    wanted = {name.strip().casefold() for name in agents}
    return {
        message.speaker
        for message in conversation.messages
        if message.speaker and wanted & _called(message.speaker)
    }


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
