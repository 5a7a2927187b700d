"""Plain transcripts, `Speaker: text`, one conversation a file, with or without times."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from chatmill.importers.assembly import OpenMessage, reject
from chatmill.importers.base import ExportFile, Item, Room
from chatmill.importers.identity import MessageIds
from chatmill.importers.times import from_iso, with_zone
from chatmill.records import Role
from chatmill.settings import ImportSettings

LEAST_REPEATS = 1.5
"""Messages a speaker of a large group has on average; the keys of a settings file have one."""
FEW_SPEAKERS = 3
"""In so small a group everybody may speak once."""
PASTED_SHARE = 0.2
"""Times written another way than most, and this much rarer, stand in pasted logs."""
MAX_LABELS = 100_000
"""Different labels counted; what comes later is a speaker only where it was seen before."""

_DATE = r"(?:(?P<y>\d{4})[-./](?P<mo>\d{1,2})[-./](?P<d>\d{1,2})[T ,]{1,2})?"
_CLOCK = r"(?P<h>\d{1,2}):(?P<mi>\d{2})(?::(?P<s>\d{2})(?:\.\d+)?)?(?: ?(?P<ap>[AaPp]\.?[Mm]\.?))?"
_ZONE = r"(?P<z>Z|[+-]\d{2}:?\d{2})?"
_TIME = rf"[\[(]?{_DATE}{_CLOCK}{_ZONE}[\])]?(?:[ \t]*[-–|,])?[ \t]+"
_LABEL = r"(?P<label>[^\s:：][^:：\t]{0,59}?)"
_RECORD = re.compile(rf"^(?P<time>{_TIME})?{_LABEL}(?:[ \t]?:(?=[ \t]|$)|：)[ \t]?(?P<text>.*)$")
_NO_LABEL = re.compile(r"""[{}<>=;/\\|"`*#]|^\d+$|^-|[.!?。]$""")
_MAIL = re.compile(r"^(?:Message-I[Dd]|Return-Path|Received|MIME-Version):", re.MULTILINE)
"""Headers of a mail; their labels come back with every mail, but nobody speaks them."""
_OPENERS = (
    "note notes warning error caution example tip hint ps p.s subject re fw fwd cc to from date",
    "edit update answer question solution result output input step default case todo fixme http",
    "https 참고 주의 예 예시 경고 오류 에러 제목 결과 답 문 질문 답변 추가 수정 방법 원인 해결",
)
NOT_SPEAKERS = frozenset(word for line in _OPENERS for word in line.split())
"""Words before a colon that open a sentence, not a message, unless they do so again and again."""
_HEADINGS = (
    "date time datetime subject title ticket ticketid case caseid casenumber channel status",
    "category product customername agentname assignee contact email phone reference priority",
    "상담일 상담일시 상담일자 일시 날짜 일자 시간 제목 문의번호 접수번호 상담번호 티켓번호 티켓",
    "고객명 고객이름 담당자명 상담사명 상담원명 접수일 접수일시 접수일자 문의일 문의일시 문의일자",
    "작성일 작성일시 채널 접수채널 상담채널 문의유형 상담유형 유형 분류 상태 처리상태 제품 제품명",
    "상품명 연락처 전화 이메일 주문번호",
)
HEADINGS = frozenset(word for line in _HEADINGS for word in line.split()) | NOT_SPEAKERS
"""Labels, without their spaces, of the lines that say above a conversation what it is."""
MAX_HEADINGS = 50
"""Such lines above one conversation."""
_DATED = r"\d{2,4}\s?[-./년]\s?\d{1,2}\s?[-./월]\s?\d{1,4}[^a-zA-Z]{0,24}(?:[AaPp]\.?[Mm]\.?)?"
_PARTICULARS = re.compile(rf"{_DATED}|#\s?[\w-]*\d|\d{{4,}}|(?:[A-Z]{{1,8}}-?)?\d+(?:-\d+)+")
"""Values that nobody says by themselves: dates, numbers of tickets and telephones."""
MAX_NAME_WORDS = 3
"""Of a person, as in "Dr. Jane Doe"."""
ROLES: dict[str, Role] = {
    **dict.fromkeys(
        ("customer", "client", "user", "visitor", "고객", "고객님", "손님"), "customer"
    ),
    **dict.fromkeys(
        ("agent", "support", "operator", "representative", "상담원", "상담사", "담당자"), "agent"
    ),
    **dict.fromkeys(("bot", "chatbot", "챗봇"), "bot"),
    **dict.fromkeys(("system", "시스템"), "system"),
}
"""Labels that say what a speaker is."""


@dataclass(frozen=True, slots=True)
class _Labels:
    """Which labels of a file are speakers."""

    speakers: frozenset[str]
    shapes: frozenset[str]
    """How times in front of records are written; empty where records begin with none."""
    n_records: int
    headings: frozenset[str] = frozenset()
    """Labels of the lines above the conversation that say what it is."""


class TranscriptImporter:
    """Reads `Speaker: text`; a line without a speaker goes on with the message before it."""

    name = "transcript"

    def score(self, file: ExportFile) -> float:
        """Look for labels that come again and again, as speakers do and headings do not."""
        lines = [line for line in file.head.splitlines() if line.strip()]
        labels = _labels(lines)
        distinct = len(labels.speakers)
        if _MAIL.search(file.head) or labels.n_records < 2:  # noqa: PLR2004 - one line is no conversation
            return 0.0
        come_back = labels.n_records >= LEAST_REPEATS * distinct or distinct <= FEW_SPEAKERS
        if not come_back and not any(label.lower() in ROLES for label in labels.speakers):
            return 0.1
        while len(lines) > 1 and _is_heading(lines[0], labels):
            del lines[0]
        begins_well = 0.3 if _record(lines[0], labels) else 0.1
        return 0.1 + begins_well + 0.3 * labels.n_records / len(lines)

    def read(self, file: ExportFile) -> Iterator[Item]:
        """Stream the one conversation; the file is read twice, first for who speaks."""
        labels = _labels(line.rstrip("\r\n") for line in file.lines())
        yield Room(key=file.room_key, title=file.room_key)
        ids = MessageIds()
        message: OpenMessage | None = None
        for number, line in enumerate(file.lines(), 1):
            text = line.rstrip("\r\n")
            found = _record(text, labels)
            if found:
                if message is not None:
                    yield message.close(ids)
                message = _open(file, number, found)
            elif message is not None:
                message.add(text)
            elif text.strip():
                yield reject(file, number, "stands before the first speaker", text)
        if message is not None:
            yield message.close(ids)


def _labels(lines: Iterable[str]) -> _Labels:
    """Count labels; one that comes once is a speaker only where it looks like a name."""
    written: dict[str, Counter[str]] = {"": Counter()}
    above: dict[str, str] = {}
    is_above = True
    for line in lines:
        found = _RECORD.match(line)
        if found is None or _NO_LABEL.search(found["label"]):
            continue
        counts = written.setdefault(_shape(found), Counter())
        if found["label"] in counts or len(counts) < MAX_LABELS:
            counts[found["label"]] += 1
        is_above = is_above and not found["time"] and len(above) < MAX_HEADINGS
        if is_above := is_above and _may_be_heading(found["label"], found["text"].strip()):
            above.setdefault(found["label"], found["text"].strip())
    plain = written.pop("")
    most = max((counts.total() for counts in written.values()), default=0)
    shapes = {
        shape: counts for shape, counts in written.items() if counts.total() >= PASTED_SHARE * most
    }
    timed = sum(shapes.values(), Counter[str]())
    use_times = timed.total() > plain.total() / 2
    counts = timed if use_times else plain
    speakers = frozenset(
        label
        for label, count in counts.items()
        if use_times or (count > 1 and not label.startswith(" ")) or _is_name(label)
    )
    headings = frozenset[str]() if use_times else _headings(above, counts, speakers)
    speakers -= headings
    return _Labels(
        speakers,
        frozenset(shapes) if use_times else frozenset(),
        sum(counts[label] for label in speakers),
        headings,
    )


def _headings(
    above: Mapping[str, str], counts: Counter[str], speakers: frozenset[str]
) -> frozenset[str]:
    """Tell which of the labels above all others are no speakers: they come once.

    `담당자: 박지현` is one where 박지현 or another agent speaks below.
    """
    found: dict[str, None] = {}
    for label, value in above.items():
        if counts[label] > 1:
            break
        role = ROLES.get(label.lower())
        if role is not None and value not in speakers:
            others = (each for each in speakers if each not in above)
            if not found or not any(ROLES.get(each.lower()) == role for each in others):
                break
        found[label] = None
    n_left = sum(counts[label] for label in speakers if label not in found)
    return frozenset(found) if n_left > 1 else frozenset()


def _may_be_heading(label: str, value: str) -> bool:
    if label.lower() in ROLES:
        return 0 < len(value.split()) <= MAX_NAME_WORDS and not value.endswith((".", "!", "?"))
    return label.replace(" ", "").lower() in HEADINGS or bool(_PARTICULARS.fullmatch(value))


def _is_heading(line: str, labels: _Labels) -> bool:
    found = _RECORD.match(line)
    return found is not None and found["label"] in labels.headings


def _shape(found: re.Match[str]) -> str:
    """Say how the time in front of a record is written; empty where there is none."""
    if not found["time"]:
        return ""
    opening = found["time"][0] if found["time"][0] in "[(" else ""
    parts = (name for name in ("y", "s", "z") if found[name])
    return f"{opening}t{''.join(parts)}"


def _is_name(label: str) -> bool:
    words = label.split()
    return len(words) <= MAX_NAME_WORDS and label.lower() not in NOT_SPEAKERS


def _record(line: str, labels: _Labels) -> re.Match[str] | None:
    found = _RECORD.match(line)
    if found is None or found["label"] not in labels.speakers:
        return None
    shape = _shape(found)
    return found if (shape in labels.shapes if labels.shapes else not shape) else None


def _open(file: ExportFile, number: int, found: re.Match[str]) -> OpenMessage:
    label = found["label"]
    role = ROLES.get(label.lower(), "unknown")
    return OpenMessage(
        file,
        number,
        speaker="" if role == "system" else label,
        sent_at=_sent_at(found, file.settings) if found["time"] else "",
        text=found["text"],
        role=role,
    )


def _sent_at(found: re.Match[str], settings: ImportSettings) -> str:
    """Write the time as ISO 8601, or as a clock time alone where there is no date."""
    hour = int(found["h"])
    if found["ap"]:
        hour = hour % 12 + (12 if found["ap"][0] in "Pp" else 0)
    clock = f"{hour:02}:{found['mi']}" + (f":{found['s']}" if found["s"] else "")
    if not found["y"]:
        return clock
    wall_time = f"{found['y']}-{int(found['mo']):02}-{int(found['d']):02} {clock}"
    if not found["z"]:
        return with_zone(wall_time, settings)
    return from_iso(wall_time + found["z"], settings) or wall_time
