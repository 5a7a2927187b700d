"""What KakaoTalk writes where a message was no text, and what it says itself."""

import re
from typing import cast

from chatmill.records import Kind, Role

BOTS = frozenset({"오픈채팅봇", "방장봇"})
"""Names only KakaoTalk's own bots have."""

_SHORT = 400
"""No placeholder is longer, except a notice."""
_PLACEHOLDER = re.compile(
    r"(?P<photo>[<‹(]?(?:사진|Photo)(?: 읽지 않음| not read)?[>›)]?"
    r"|사진 \d+장|\d+ [Pp]hotos|Photos \d+)"
    r"|(?P<video>[<‹(]?(?:동영상|Video)(?: 읽지 않음| not read)?[>›)]?)"
    r"|(?P<emoticon>[<‹(]?(?:이모티콘|Emoticon|Sticker)[>›)]?)"
    r"|(?P<voice>[<‹(]?(?:음성 ?메시지|Voice [Nn]ote|Voice [Mm]essage)[>›)]?)"
    r"|(?P<file>(?:파일|File): ?(?P<name>\S.*))"
    r"|(?P<call>(?:보이스톡|페이스톡|그룹콜|라이브톡)"
    r"(?: (?:해요|취소|부재중|응답 ?없음|종료|시작|참여)\.?| (?:\d+:)?\d+:\d{2})?"
    r"|(?:Missed )?(?:Voice|Video) Call(?: (?:\d+:)?\d+:\d{2})?)"
    r"|(?P<deleted>삭제된 메시지입니다\.?|Th(?:is|e) message (?:was|has been) deleted\.?)"
)
"""Each group is named after the kind it stands for."""
_NOTICE = re.compile(r"톡게시판 '[^']+': ")
_SYSTEM = re.compile(
    r"(?P<ko>.+)님(?:이|께서) (?:들어왔습니다|나갔습니다)\.?(?:\n?채팅방으로 초대하기)?"
    r"|.+님이 .+님을 (?:초대했습니다|내보냈습니다)\."
    r"|.+님을 (?:초대했습니다|내보냈습니다)\."
    r"|.+님이 .*(?:방장|부방장|관리자).*(?:되었습니다|해제되었습니다)\."
    r"|채팅방 관리자가 메시지를 가렸습니다\."
    r"|운영정책을 위반한 메시지로 신고 접수 시.*"
    r"|(?P<en>.+) (?:joined|left) (?:this|the) chat ?room\."
    r"|.+ invited .+\."
    r"|.+ (?:was|has been) (?:removed|kicked) from (?:this|the) chat ?room\."
)


def classify(text: str) -> tuple[Kind, tuple[str, ...]]:
    """Tell what a message's text stands for.

    Returns:
        Its kind, and the names of attached files.
    """
    found = _PLACEHOLDER.fullmatch(text) if len(text) <= _SHORT else None
    if found:
        return cast("Kind", found.lastgroup), ((found["name"],) if found["file"] else ())
    return ("notice", ()) if _NOTICE.match(text) else ("text", ())


def is_system_line(text: str) -> bool:
    """Say whether KakaoTalk itself writes such a line: somebody came, went, was invited."""
    return len(text) <= _SHORT and _SYSTEM.fullmatch(text) is not None


def role_of(speaker: str) -> Role:
    """Say what a speaker is, as far as the name tells."""
    return "bot" if speaker in BOTS else "unknown"
