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
    r"(?<![a-z])(?:agent|(?:tech(?:nical)?|customer)? ?support|customer (?:service|care|success)"
    r"|staff|admin(?:istrator)?|moderator|help ?desk|service ?desk|engineer|operator|assistant"
    r"|representative|call ?center|answer)(?![a-z])"
    r"|고객 ?(?:센터|지원|만족|상담|서비스)|서비스 ?센터|콜 ?센터|a/?s ?(?:센터|팀|담당)"
    r"|헬프 ?데스크|상담|기술 ?영업|지원|운영(?:자|팀|진)|관리자|엔지니어|담당|직원|답변",
    re.IGNORECASE,
)
_AGENT_CAPITALS = re.compile(
    r"(?:Support|HelpDesk|Staff|Admin)(?![a-z])|(?<![A-Za-z])(?:FAE|CSE?|TAC)(?![A-Za-z])"
)
"""Words of agents that only capitals tell: AcmeSupport, FAE."""
_CUSTOMER_WORD = re.compile(
    r"(?<![a-z])(?:customer|client|user|visitor|guest|question)(?![a-z])"
    r"|고객|손님|사용자|문의자|질문",
    re.IGNORECASE,
)
_BOT_WORD = re.compile(
    r"(?<![A-Za-z])(?:[Cc]hat)?(?:bot|Bot|BOT)(?![A-Za-z])|[a-z]Bot(?![a-z])|봇(?:$|[\s)\]])"
    r"|자동 ?응답"
)
_TWO = 2
_CLEARLY = 4
"""So many points more make the one of two who spoke first the one who answers."""
_OFFERS_HELP = re.compile(
    r"(?:may|can|could) I (?:help|assist)|how (?:may|can) (?:I|we) (?:help|assist)|at your service"
    r"|도와 ?드릴|도움이 필요|문의 ?주|말씀해 ?주|무엇이 궁금",
    re.IGNORECASE,
)
_SIDE_LETTER: dict[str, Role] = {"a": "agent", "q": "customer"}
"""How transcripts call the two sides."""

Telling = Literal["settings", "export", "name", "acts"]
"""What a role comes from: `[roles]`, the export itself, the speaker's name (`Lukas (FAE)`), or what
the speaker does in the room."""


@dataclass(frozen=True, slots=True)
class SpeakerRole:
    """What a speaker of a room is, and what tells it."""

    role: Role
    told_by: Telling


def message_roles(conversation: Conversation, settings: Settings) -> dict[str, Role]:
    """Return message id → role.

    `[roles]` wins, then what the export says of a message, then what it says of the same speaker
    elsewhere, then the speaker's name, then what the speaker does in the room.
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

    Where a room has an agent by settings, export or name, everybody else is a customer; where it
    has none, people are told by what they do, though `[roles]` may name agents of other rooms.
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
    for speaker in speakers:
        role = _role_word(speaker)
        if role is not None:
            roles[speaker] = SpeakerRole(role, "name")
    speakers = [speaker for speaker in speakers if speaker not in roles]
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
    if not speakers:
        return {}
    scores, first = _scores(conversation, settings)
    pair = {message.speaker for message in conversation.messages if message.speaker}
    if len(pair) == _TWO and pair == set(speakers):
        asker = _opener(conversation, settings)
        other = next(iter(pair - {asker}))
        if scores[asker] <= scores[other] + _CLEARLY:
            return {asker: "customer", other: "agent"}
    roles: dict[str, Role] = {
        speaker: "agent" if scores[speaker] > 0 and speaker != first else "customer"
        for speaker in speakers
    }
    if "agent" not in roles.values():
        best = max(speakers, key=lambda each: (each != first, scores[each]))
        if best != first and scores[best] >= 0:
            roles[best] = "agent"
    return roles


def _opener(conversation: Conversation, settings: Settings) -> str:
    """Return who first says more than a greeting or an offer to help."""
    names = {message.speaker for message in conversation.messages if message.speaker}
    spoken = [each for each in conversation.messages if each.speaker and each.kind == "text"]
    for message in spoken:
        text = kept_text(message.text, settings.extract.trim, names)
        if act_of(text) in ("question", "problem", "statement") and not _OFFERS_HELP.search(text):
            return message.speaker
    return next(each.speaker for each in conversation.messages if each.speaker)


def _role_word(speaker: str) -> Role | None:
    """Tell a role from a name; `고객센터` answers though `고객` asks."""
    side = _SIDE_LETTER.get(speaker.strip().casefold())
    if side is not None:
        return side
    if _BOT_WORD.search(speaker):
        return "bot"
    if _AGENT_WORD.search(speaker) or _AGENT_CAPITALS.search(speaker):
        return "agent"
    return "customer" if _CUSTOMER_WORD.search(speaker) else None


def _scores(conversation: Conversation, settings: Settings) -> tuple[Counter[str], str]:
    speakers = {message.speaker for message in conversation.messages if message.speaker}
    scores: Counter[str] = Counter()
    waiting: set[str] = set()
    first = ""
    for message in conversation.messages:
        if message.kind != "text" or not message.speaker:
            continue
        text = kept_text(message.text, settings.extract.trim, speakers)
        if _OFFERS_HELP.search(text):
            scores[message.speaker] += 1
            continue
        act = act_of(text)
        addressed = _addressed(message, speakers)
        others_wait = len(waiting) > (message.speaker in waiting)
        if (
            act in ("question", "problem")
            and not addressed
            and not (others_wait and act == "problem")
        ):
            first = first or message.speaker
            scores[message.speaker] -= 2
            waiting.add(message.speaker)
        elif act in ("statement", "problem", "stall", "elsewhere", "question") and (
            others_wait or addressed
        ):
            scores[message.speaker] += 2 if addressed else 1
            waiting -= addressed
    return scores, first


def _addressed(message: Message, speakers: set[str]) -> set[str]:
    mentions = find_mentions(message.text, speakers)
    return {each.speaker for each in mentions if each.speaker and each.speaker != message.speaker}
