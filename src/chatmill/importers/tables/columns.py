"""Which column of a table holds what: named by the person, or known by its usual name."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from chatmill.errors import InputError, SettingsError
from chatmill.importers.base import ExportFile
from chatmill.importers.decoding import printable

USUAL_NAMES: Mapping[str, str] = MappingProxyType(
    {
        "question": "question questions q inquiry prompt instruction 질문 문의 문의내용 질문내용",
        "answer": "answer answers a reply response completion output 답변 답 답변내용 응답",
        "text": "text message content body message_text message_body msg utterance comment"
        " 내용 메시지 본문 메시지내용 대화내용 발화 텍스트 대화",
        "speaker": "speaker author user username user_name author_name sender sender_name from"
        " from_name name nickname nick 이름 작성자 보낸사람 발신자 사용자 닉네임 화자 성명 대화명",
        "time": "timestamp datetime date_time created_at sent_at created sent ts time 작성일시 일시"
        " 등록일시 전송일시 작성일 등록일 보낸시간 작성시간 전송시간 시간 시각",
        "date": "date day 날짜 일자",
        "room": "room room_id room_name channel channel_id channel_name conversation_id"
        " conversation chat_id chat ticket_id ticket case_id case dialogue_id dialog_id session_id"
        " session 방 방이름 채팅방 대화방 대화방이름 문의번호 상담번호 티켓번호 티켓 접수번호"
        " 대화번호 채널",
        "title": "title subject 제목",
        "thread": "thread thread_id thread_ts 스레드",
        "id": "id message_id msg_id 메시지번호",
        "reply_to": "reply_to reply_to_id in_reply_to parent parent_id 답장대상",
        "role": "role author_type sender_type user_type speaker_type author_role 역할 화자구분",
        "kind": "kind message_type 종류",
        "attachments": "attachments attachment files file 첨부 첨부파일",
    }
)
"""Role of a column → the names it usually goes by, the surest first."""
_NAMES = {role: tuple(names.split()) for role, names in USUAL_NAMES.items()}
LATE = frozenset({"reply_to", "thread", "role", "kind", "attachments", "title"})
"""Roles whose column may be missing from the first objects of a JSON table."""
UNIQUE_SHARE = 0.7
"""Least share of different values in a column of ids."""
SHOWN_COLUMNS = 60
"""Columns named in a message."""
SHOWN_CHARACTERS = 60
"""Of each one's name."""
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_GAPS = re.compile(r"[\s\-.]+")
_HANGUL = re.compile(r"[\uac00-\ud7a3]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Columns:
    """The columns that are read."""

    places: Mapping[str, int]
    """Role → index of its column."""
    width: int
    """Number of columns of the table."""

    @property
    def is_questions(self) -> bool:
        """Whether a row is a question and its answer, not one message."""
        return "question" in self.places


def find_columns(file: ExportFile, header: Sequence[str]) -> Columns | None:
    """Tell the columns of a header; None where it is none.

    Args:
        file: Its `[import] columns` name columns outright; then all of them must be there.
        header: Cells of a row.
    """
    chosen = file.settings.columns
    if chosen:
        at = {name.strip(): place for place, name in reversed(list(enumerate(header)))}
        if any(name.strip() not in at for name in chosen.values()):
            return None
        return Columns(
            places={role: at[name.strip()] for role, name in chosen.items()}, width=len(header)
        )
    places = _usual_places(header)
    if "question" in places and "answer" in places:
        places.pop("text", None)
    elif "text" in places and len(places) > 1:
        places.pop("question", None)
        places.pop("answer", None)
    else:
        return None
    return Columns(places=_with_time(places), width=len(header))


def settle_ids(
    file: ExportFile, columns: Columns, rooms: Sequence[str], ids: Sequence[str]
) -> Columns:
    """Read a column called `id` whose values come back as the room's, for no message's id does.

    Args:
        file: Its `[import] columns` are never doubted.
        columns: What was found.
        rooms: First cells of the room column; empty where there is none.
        ids: First cells of the id column.
    """
    given = [pair for pair in zip(rooms or [""] * len(ids), ids, strict=True) if pair[1]]
    if file.settings.columns or columns.is_questions:
        return columns
    if len(set(given)) >= UNIQUE_SHARE * len(given):
        return columns
    places = dict(columns.places)
    places.setdefault("room", places["id"])
    del places["id"]
    return Columns(places=places, width=columns.width)


def require_known_roles(file: ExportFile) -> None:
    """Refuse a mapping that can mean nothing.

    Raises:
        SettingsError: It names a role there is none of, or neither text nor questions.
    """
    chosen = file.settings.columns
    for role in chosen:
        if role not in _NAMES:
            raise SettingsError(
                f"no column can be mapped to {role!r}",
                where="[import] columns",
                fix=f"Known: {', '.join(sorted(_NAMES))}",
            )
    if chosen and "text" not in chosen and not {"question", "answer"} <= set(chosen):
        raise SettingsError(
            "names neither a text column nor a question and an answer column",
            where="[import] columns",
            fix="Name it like text=body, or question=ask,answer=reply",
        )


def no_columns(file: ExportFile, header: Iterable[str], place: str = "") -> InputError:
    """Say which columns there are, where those wanted are not among them."""
    there = list(header)
    missing = [name for name in file.settings.columns.values() if name.strip() not in there]
    names = [printable(name[:SHOWN_CHARACTERS]) for name in there[:SHOWN_COLUMNS]]
    names.extend([f"and {len(there) - SHOWN_COLUMNS} more"] * (len(there) > SHOWN_COLUMNS))
    what = (
        f"no column {', '.join(map(repr, missing))}"
        if missing
        else "no columns that hold who wrote what"
    )
    return InputError(
        f"{place}{what}; columns there are: {', '.join(names) or 'none'}",
        where=file.name,
        fix="Map them with --columns, like --columns text=body,speaker=author,room=channel",
    )


def _usual_places(header: Sequence[str]) -> dict[str, int]:
    """Find the surest column of each role; a column has one role."""
    at: dict[str, int] = {}
    for place, name in enumerate(header):
        at.setdefault(_usual(name), place)
    places: dict[str, int] = {}
    for role, names in _NAMES.items():
        found = next((at[name] for name in names if name in at), None)
        if found is not None:
            places[role] = found
    return places


def _with_time(places: dict[str, int]) -> dict[str, int]:
    """A date column alone is the time; beside a time of the day it is its day."""
    if "date" in places and "time" not in places:
        places["time"] = places.pop("date")
    return places


def _usual(name: str) -> str:
    """Write a column's name the usual way: `createdAt`, `Created At` → `created_at`."""
    words = _GAPS.sub("_", _CAMEL.sub("_", name.strip().lstrip("\ufeff").strip("<>[]()#")))
    return words.replace("_", "") if _HANGUL.search(words) else words.lower()
