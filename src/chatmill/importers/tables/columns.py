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
        " 내용 메시지 본문 메시지내용 대화내용 상담내용 발화 텍스트 대화",
        "speaker": "speaker author user username user_name author_name sender sender_name from"
        " from_name name nickname nick display_name speaker_name 이름 작성자 작성자명 보낸사람"
        " 발신자 발신자명 사용자 사용자명 닉네임 화자 화자명 발화자 성명 대화명 글쓴이",
        "customer": "customer_name customer requester_name requester client_name client"
        " end_user_name asker visitor_name 고객명 고객 고객이름 고객성명 문의자 문의자명 질문자"
        " 질문자명 신청자 신청자명 접수자 접수자명 회원명",
        "agent": "agent_name agent representative_name operator_name answered_by assignee_name"
        " assignee assigned_to 상담사명 상담원명 상담사 상담원 상담직원 답변자 답변자명 담당자"
        " 담당자명 담당자이름 처리자 처리자명",
        "time": "timestamp datetime date_time created_at sent_at created sent ts time created_time"
        " created_on date_created creation_time submitted_at posted_at received_at opened_at"
        " 작성일시 일시 등록일시 전송일시 작성일 등록일 보낸시간 작성시간 전송시간 시간 시각"
        " 문의일시 접수일시 상담일시 질문일시 생성일시 발송일시 보낸일시 수신일시 발화일시"
        " 문의일 접수일 상담일 질문일 생성일 발송일 등록시간 문의시간 접수시간 상담시간 생성시간"
        " 답변일시 처리일시 완료일시 답변일 처리일 완료일 updated_at",
        "date": "date day created_date creation_date 날짜 일자 작성일자 등록일자 문의일자 접수일자"
        " 상담일자 질문일자 생성일자 발송일자 답변일자 처리일자",
        "room": "room room_id room_name channel channel_id channel_name conversation_id"
        " conversation chat_id chat ticket_id ticket case_id case dialogue_id dialog_id session_id"
        " session ticket_number case_number 방 방이름 채팅방 대화방 대화방이름 문의번호 상담번호"
        " 티켓번호 티켓 접수번호 대화번호 채널",
        "title": "title subject ticket_subject 제목 문의제목 상담제목",
        "thread": "thread thread_id thread_ts 스레드",
        "id": "id message_id msg_id 메시지번호",
        "reply_to": "reply_to reply_to_id in_reply_to parent parent_id 답장대상",
        "role": "role author_type sender_type user_type speaker_type author_role 역할 화자구분"
        " 화자유형 작성자구분 작성자유형 발신자구분 발신자유형",
        "kind": "kind message_type 종류",
        "attachments": "attachments attachment files file 첨부 첨부파일",
    }
)
"""Role of a column → the names it usually goes by, the surest first."""
_NAMES = {role: tuple(names.split()) for role, names in USUAL_NAMES.items()}
RESPONSIBLE = frozenset(
    "assignee_name assignee assigned_to 담당자 담당자명 담당자이름 처리자 처리자명".split()  # noqa: SIM905 - reads as a row
)
"""Names of columns of agents who need not have written a row, unless it holds an answer."""
ANSWERS = frozenset({"answer", "answers", "답변", "답", "답변내용"})
"""Names of columns that hold nothing but answers; `response` or `reply` may hold more."""
LATE = frozenset({"reply_to", "thread", "role", "kind", "attachments", "title"})
"""Roles whose column may be missing from the first objects of a JSON table."""
UNIQUE_SHARE = 0.7
"""Least share of different values in a column of ids."""
SHOWN_COLUMNS = 60
"""Columns named in a message."""
SHOWN_CHARACTERS = 60
"""Of each one's name."""
EXAMPLE = "--columns text=body,speaker=author,room=channel"
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
    is_named: bool = False
    """Whether `[import] columns` names them, not their own names."""

    @property
    def is_questions(self) -> bool:
        """Whether a row is a question and its answer, not one message."""
        return "question" in self.places


def find_columns(file: ExportFile, header: Sequence[str]) -> Columns | None:
    """Tell the columns of a header; None where it is none.

    Args:
        file: Its `[import] columns` name columns outright. Where one of them is missing, the
            header's own names are looked at, unless `[import] require_columns` forbids it.
        header: Cells of a row.
    """
    chosen = file.settings.columns
    if chosen:
        at = {name.strip(): place for place, name in reversed(list(enumerate(header)))}
        if all(name.strip() in at for name in chosen.values()):
            places = {role: at[name.strip()] for role, name in chosen.items()}
            return Columns(places=_with_people(places), width=len(header), is_named=True)
        if file.settings.require_columns:
            return None
    places = _usual_places(header)
    if _is_answered(places, header):
        places["question"] = places["text"]
    if "question" in places and "answer" in places:
        places.pop("text", None)
    elif "text" in places and len(places) > 1:
        places.pop("question", None)
        places.pop("answer", None)
        if "agent" in places and _usual(header[places["agent"]]) in RESPONSIBLE:
            places.pop("agent")
    else:
        return None
    return Columns(places=_with_time(_with_people(places)), width=len(header))


def settle_ids(columns: Columns, rooms: Sequence[str], ids: Sequence[str]) -> Columns:
    """Read a column called `id` whose values come back as the room's, for no message's id does.

    Args:
        columns: What was found; columns that a person named are never doubted.
        rooms: First cells of the room column; empty where there is none.
        ids: First cells of the id column.
    """
    given = [pair for pair in zip(rooms or [""] * len(ids), ids, strict=True) if pair[1]]
    if columns.is_named or columns.is_questions:
        return columns
    if len(set(given)) >= UNIQUE_SHARE * len(given):
        return columns
    places = dict(columns.places)
    places.setdefault("room", places["id"])
    del places["id"]
    return Columns(places=places, width=columns.width)


def require_known_roles(chosen: Mapping[str, str], where: str = "[import] columns") -> None:
    """Refuse a mapping that can mean nothing.

    Args:
        chosen: Role → name of its column; none is fine.
        where: Who says so.

    Raises:
        SettingsError: It names a role there is none of, neither text nor questions, or nobody
            could tell who wrote a row.
    """
    for role in chosen:
        if role not in _NAMES:
            raise SettingsError(
                f"no column can be mapped to {role!r}",
                where=where,
                fix=f"Known: {', '.join(sorted(_NAMES))}",
            )
    if chosen and "text" not in chosen and not {"question", "answer"} <= set(chosen):
        raise SettingsError(
            "names neither a text column nor a question and an answer column",
            where=where,
            fix="Name it like text=body, or question=ask,answer=reply",
        )
    if "question" not in chosen and {"customer", "agent"} <= set(chosen) and "role" not in chosen:
        raise SettingsError(
            "names customers and agents, but no column that says which of them wrote a row",
            where=where,
            fix="Name the role column, too, or the writers as speaker=author",
        )


def no_columns(file: ExportFile, header: Iterable[str], place: str = "") -> InputError:
    """Say which columns there are, where those wanted are not among them."""
    there = list(header)
    chosen = file.settings.columns
    missing = [name for name in chosen.values() if name.strip() not in there]
    names = [printable(name[:SHOWN_CHARACTERS]) for name in there[:SHOWN_COLUMNS]]
    names.extend([f"and {len(there) - SHOWN_COLUMNS} more"] * (len(there) > SHOWN_COLUMNS))
    listed = ", ".join(map(repr, missing))
    is_remembered = bool(missing) and not file.settings.require_columns
    what, fix = "no columns that hold who wrote what", "Map them with --columns, like " + EXAMPLE
    if is_remembered:
        what = (
            f"[import] columns of chatmill.toml does not fit (no column {listed}), nor usual names"
        )
        fix = (
            f"Change it there, or map them with --columns, like {EXAMPLE}, which is remembered in "
            "its place"
        )
    elif missing:
        what = f"no column {listed}"
    return InputError(
        f"{place}{what}; columns there are: {', '.join(names) or 'none'}", where=file.name, fix=fix
    )


def _with_people(places: dict[str, int]) -> dict[str, int]:
    """Settle who wrote a row: askers and answerers of questions, the speaker of a message.

    Where a message's row names a customer and an agent, its role says which of them wrote it.
    """
    if "question" in places:
        if "speaker" in places:
            places.setdefault("customer", places.pop("speaker"))
        return places
    named = [role for role in ("customer", "agent") if role in places]
    if "speaker" not in places and len(named) == 1:
        places["speaker"] = places[named[0]]
    if "speaker" in places or "role" not in places:
        for role in named:
            del places[role]
    return places


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


def _is_answered(places: Mapping[str, int], header: Sequence[str]) -> bool:
    """Say whether a board's text has its answer beside it: `제목,작성자,내용,답변`."""
    if not {"text", "answer"} <= places.keys() or {"question", "role", "reply_to"} & places.keys():
        return False
    return _usual(header[places["answer"]]) in ANSWERS


def _with_time(places: dict[str, int]) -> dict[str, int]:
    """A date column alone is the time; beside a time of the day it is its day."""
    if "date" in places and "time" not in places:
        places["time"] = places.pop("date")
    return places


def _usual(name: str) -> str:
    """Write a column's name the usual way: `createdAt`, `Created At` → `created_at`."""
    words = _GAPS.sub("_", _CAMEL.sub("_", name.strip().lstrip("\ufeff").strip("<>[]()#")))
    return words.replace("_", "") if _HANGUL.search(words) else words.lower()
