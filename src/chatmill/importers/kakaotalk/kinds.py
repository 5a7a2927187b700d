"""What KakaoTalk writes where a message was no text, and what it says itself."""

import re
from functools import lru_cache
from typing import cast

from chatmill.records import Kind, Role

BOTS = frozenset({"오픈채팅봇", "방장봇", "openchatbot", "hostbot"})
"""Names only KakaoTalk's own bots have; small letters without spaces."""

_SHORT = 400
"""No placeholder is longer, except a notice."""
_UNREAD = r"(?: 읽지 않음| not read| unread)?"
_LENGTH = r"(?:\d+:)?\d+:\d{2}"
_PLACEHOLDER = re.compile(
    rf"(?P<photo>[<‹(]?(?:사진|Photo){_UNREAD}[>›)]?"
    r"|사진 \d+장|\d+ [Pp]hotos|Photos \d+|[0-9a-f]{64}\.(?:jpe?g|png|gif|webp|heic))"
    rf"|(?P<video>[<‹(]?(?:동영상|Video){_UNREAD}[>›)]?|[0-9a-f]{{64}}\.(?:mp4|mov|avi|mkv))"
    r"|(?P<emoticon>[<‹(]?(?:이모티콘|Emoticon|Sticker|Emoji)s?[>›)]?)"
    rf"|(?P<voice>[<‹(]?(?:음성 ?메시지|Voice [Nn]ote|Voice [Mm]essage){_UNREAD}[>›)]?"
    rf"(?: {_LENGTH})?|[0-9a-f]{{64}}\.(?:m4a|amr|aac|mp3))"
    r"|(?P<file>(?:파일|File) ?: ?(?P<name>\S.*))"
    r"|(?P<call>(?:(?:그룹 ?)?(?:보이스톡|페이스톡)|그룹콜|라이브톡)"
    rf"(?: (?:해요|취소|부재중|응답 ?없음|종료|시작|참여|거절)\.?)?(?: {_LENGTH})?"
    rf"|(?:Missed )?(?:(?:Voice|Video) Call|(?:Voice|Face|Live) ?Talk)(?: {_LENGTH})?)"
    r"|(?P<deleted>삭제된 메시지입니다\.?|Th(?:is|e) message (?:was|has been) deleted\.?)"
)
"""Each group is named after the kind it stands for."""
_NOTICE = re.compile(r"(?:톡게시판|Talk ?[Bb]oard|Board) '[^']+': ?")
_NOBODY = re.compile(
    r"채팅방 관리자가 메시지를 가렸습니다\."
    r"|The chat ?room (?:manager|admin|host) (?:has hidden|hid) a message\."
    r"|운영정책을 위반한 메시지로 신고 접수 시.*"
)
_SYSTEM = re.compile(
    rf"{_NOBODY.pattern}"
    r"|.+님(?:이|께서) (?:들어왔습니다|나갔습니다)\.?(?:\n?채팅방으로 초대하기)?"
    r"|.+님이 .+님을 (?:초대했습니다|내보냈습니다)\."
    r"|.+님을 (?:초대했습니다|내보냈습니다)\."
    r"|.+님이 .*(?:방장|부방장|관리자).*(?:되었습니다|해제되었습니다)\."
    r"|.+ (?:joined|left) (?:this|the) chat ?room\."
    r"|.+ invited .+\."
    r"|.+ (?:was|has been) (?:removed|kicked) from (?:this|the) chat ?room\."
    r"|.+ (?:removed|kicked) .+ from (?:this|the) chat ?room\."
)


def classify(text: str) -> tuple[Kind, tuple[str, ...]]:
    """Tell what a message's text stands for.

    Returns:
        Its kind, and the names of attached files.
    """
    found = _PLACEHOLDER.fullmatch(text) if len(text) <= _SHORT else None
    if found:
        return cast("Kind", found.lastgroup), _attached(found)
    return ("notice", ()) if _NOTICE.match(text) else ("text", ())


def is_system_line(text: str) -> bool:
    """Say whether KakaoTalk itself writes such a line: somebody came, went, was invited."""
    return len(text) <= _SHORT and _SYSTEM.fullmatch(text) is not None


def names_nobody(text: str) -> bool:
    """Say whether a system line is about the room rather than about somebody in it."""
    return _NOBODY.fullmatch(text) is not None


@lru_cache(maxsize=1024)
def role_of(speaker: str) -> Role:
    """Say what a speaker is, as far as the name tells."""
    return "bot" if speaker in BOTS or speaker.replace(" ", "").lower() in BOTS else "unknown"


def _attached(found: re.Match[str]) -> tuple[str, ...]:
    """Name the file a placeholder stands for; exports with media name pictures by checksum."""
    if found["file"]:
        return (found["name"],)
    text = found.group()
    return (text,) if len(text) > 64 and "." in text else ()  # noqa: PLR2004 - hexadecimal digits of a SHA-256
