"""What the cells of a table say: times, roles, kinds and attached files."""

import json
import re
from collections.abc import Iterable
from functools import lru_cache
from typing import get_args

from chatmill.importers.times import from_epoch, from_iso, with_zone
from chatmill.importers.transcript import ROLES as LABELS
from chatmill.records import Kind, Role
from chatmill.settings import ImportSettings

ROLES: dict[str, Role] = {
    **LABELS,
    **dict.fromkeys(
        (
            *("end_user", "end-user", "enduser", "requester", "buyer", "guest", "lead", "human"),
            *("consumer", "questioner", "문의자", "구매자", "질문자", "사용자", "회원", "이용자"),
        ),
        "customer",
    ),
    **dict.fromkeys(
        (
            *("admin", "staff", "employee", "assistant", "advisor", "teammate", "seller", "gpt"),
            *("상담직원", "관리자", "직원", "판매자", "답변자", "매니저", "운영자", "상담"),
        ),
        "agent",
    ),
    **dict.fromkeys(("automation", "자동응답", "봇", "챗봇상담"), "bot"),
    **dict.fromkeys(("notice", "알림"), "system"),
}
"""What columns of roles say."""
KINDS: dict[str, Kind] = {
    **{kind: kind for kind in get_args(Kind)},
    **dict.fromkeys(("image", "picture", "사진", "이미지"), "photo"),
    **dict.fromkeys(("동영상", "영상"), "video"),
    **dict.fromkeys(("document", "attachment", "파일", "첨부"), "file"),
    **dict.fromkeys(("sticker", "emoji", "이모티콘"), "emoticon"),
    **dict.fromkeys(("audio", "음성"), "voice"),
    **dict.fromkeys(("removed", "삭제", "삭제됨"), "deleted"),
    **dict.fromkeys(("join", "leave", "시스템"), "system"),
}
"""What columns of kinds say; any other word is text."""

LONGEST_TIME = 48
"""Characters; what is longer is no time."""
_PLAIN = re.compile(r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d(?::\d\d)?")
_EPOCH = re.compile(r"\d{9,10}(?:\.\d+)?|\d{12,13}|\d{15,16}|\d{18,19}")
_ZONE_NAME = re.compile(r" ?(?:UTC|GMT)$")
_SHORT_ZONE = re.compile(r"(?<=\d)\s*([+-]\d\d):?(\d\d)?$")
_DAY = r"(?P<y>\d{4})(?:\s?[-./년]\s?)(?P<mo>\d{1,2})(?:\s?[-./월]\s?)(?P<d>\d{1,2})(?:일|\.)?"
_US_DAY = r"(?P<first>\d{1,2})[/.-](?P<second>\d{1,2})[/.-](?P<short>\d{4}|\d{2})"
_CLOCK = (
    r"(?P<half>오전|오후|[AaPp][Mm])?\s?(?P<h>\d{1,2})(?::|시\s?)(?P<mi>\d{2})분?"
    r"(?::?\s?(?P<s>\d{2})초?(?:[.,]\d+)?)?(?:\s?(?P<ap>[AaPp])\.?[Mm]\.?)?"
)
_WRITTEN = re.compile(
    rf"(?:{_DAY}|{_US_DAY})(?:,?\s?(?:\(?[월화수목금토일](?:요일)?\)?)?[T,\s]*{_CLOCK})?"
)
_CLOCK_ALONE = re.compile(_CLOCK)
_BEGINS_WITH_DAY = re.compile(rf"\s*(?:{_DAY}|{_US_DAY}|\d{{9}})")
_TURN_OF_CENTURY = 70
_NOON = 12


class Times:
    """Reads a column of times; which of `3/11` is the month is told from the column itself.

    Args:
        settings: Name the time zone.
        first: Cells to tell the order of day and month from.
    """

    def __init__(self, settings: ImportSettings, first: Iterable[str] = ()) -> None:
        self._settings = settings
        self._is_plain = not settings.timezone
        self._is_day_first = _is_day_first(first)
        self._read: dict[str, str] = {}

    def read(self, cell: str) -> str:
        """Write a cell's time as messages keep it; what is no time stays as it stands."""
        if self._is_plain and len(cell) <= 19 and _PLAIN.fullmatch(cell):  # noqa: PLR2004 - to seconds
            return cell.replace("T", " ")
        if len(cell) > LONGEST_TIME:
            return cell
        read = self._read.get(cell)
        if read is None:
            if len(self._read) >= 4096:  # noqa: PLR2004 - as many as repeat nearby
                self._read.clear()
            read = self._read[cell] = self._parse(cell.strip())
        return read

    def _parse(self, cell: str) -> str:
        if not cell:
            return ""
        if _EPOCH.fullmatch(cell):
            whole = cell.partition(".")[0]
            return from_epoch(int(whole) / 10 ** (max(0, len(whole) - 8) // 3 * 3), self._settings)
        if _PLAIN.fullmatch(cell):
            return with_zone(cell.replace("T", " "), self._settings)
        iso = _SHORT_ZONE.sub(_offset, _ZONE_NAME.sub("+00:00", cell)) if ":" in cell else cell
        if len(cell) > 10 and cell[:4].isdigit():  # noqa: PLR2004 - a date alone is kept as it is
            read = from_iso(iso, self._settings)
            if read:
                return read
        return self._written(cell)

    def _written(self, cell: str) -> str:
        """Read a time as people and spreadsheets write it."""
        found = _WRITTEN.fullmatch(cell)
        if found is None:
            alone = _CLOCK_ALONE.fullmatch(cell)
            return (_clock(alone) or cell) if alone else cell
        day = self._day(found)
        if not day or not found["h"]:
            return day or cell
        clock = _clock(found)
        return with_zone(f"{day} {clock}", self._settings) if clock else cell

    def _day(self, found: re.Match[str]) -> str:
        if found["y"]:
            year, month, day = int(found["y"]), int(found["mo"]), int(found["d"])
        elif self._is_day_first is None:
            return ""
        else:
            first, second, year = (int(found[name]) for name in ("first", "second", "short"))
            day, month = (first, second) if self._is_day_first else (second, first)
            if len(found["short"]) == 2:  # noqa: PLR2004 - 24 is 2024
                year += 2000 if year < _TURN_OF_CENTURY else 1900
        is_day = 1 <= month <= 12 and 1 <= day <= 31  # noqa: PLR2004 - the calendar
        return f"{year}-{month:02}-{day:02}" if is_day else ""


def has_day(cell: str) -> bool:
    """Say whether a time names its day, so that no other column needs to."""
    return _BEGINS_WITH_DAY.match(cell) is not None


@lru_cache(maxsize=4096)
def role_of(cell: str) -> Role:
    """Tell the role a cell names; `unknown` for any other word."""
    return ROLES.get(cell.strip().lower(), "unknown")


@lru_cache(maxsize=4096)
def kind_of(cell: str) -> Kind:
    """Tell the kind a cell names; `text` for any other word."""
    return KINDS.get(cell.strip().lower(), "text")


def attachments_of(cell: str) -> tuple[str, ...]:
    """List the files a cell names: a JSON list, or names between line ends, `;`, `|` or `, `."""
    if cell.startswith("["):
        try:
            named = json.loads(cell)
        except (ValueError, RecursionError):
            named = None
        if isinstance(named, list) and all(isinstance(name, str) for name in named):
            return tuple(named)
    return tuple(name for part in re.split(r"[\n;|]|, ", cell) if (name := part.strip()))


def _offset(found: re.Match[str]) -> str:
    return f"{found[1]}:{found[2] or '00'}"


def _clock(found: re.Match[str]) -> str:
    hour, minute, second = int(found["h"]), int(found["mi"]), found["s"]
    half = found["ap"] or found["half"]
    if half:
        hour = hour % _NOON + (_NOON if half[0] in "Pp" or half == "오후" else 0)
    if hour > 23 or minute > 59:  # noqa: PLR2004 - the clock
        return ""
    return f"{hour:02}:{minute:02}" + (f":{second}" if second else "")


def _is_day_first(cells: Iterable[str]) -> bool | None:
    """Look for a number that can be no month; None where there is none."""
    for cell in cells:
        found = re.match(_US_DAY, cell.strip())
        if found and int(found["first"]) > _NOON:
            return True
        if found and int(found["second"]) > _NOON:
            return False
    return None
