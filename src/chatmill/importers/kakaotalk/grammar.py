"""How each KakaoTalk variant writes a message, a day and the room's heading."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

_SPACE = "[ \u202f\u00a0]?"
_HALF = r"[AaPp]\.?[Mm]\.?"
_KO_CLOCK = r"(?:오[전후] )?\d{1,2}:\d{2}"
_EN_CLOCK = rf"\d{{1,2}}:\d{{2}}(?:{_SPACE}{_HALF})?"
_ANY_CLOCK = rf"(?:오[전후] |{_HALF} )?\d{{1,2}}:\d{{2}}(?:{_SPACE}{_HALF})?"
_KO_DATE = r"\d{4}년 \d{1,2}월 \d{1,2}일"
_DOT_DATE = r"\d{4}\. \d{1,2}\. \d{1,2}\."
_EN_DATE = r"(?:[A-Z][a-z]{2,8}\.? \d{1,2}|\d{1,2} [A-Z][a-z]{2,8}\.?),? \d{4}"
_KO_DAY = rf"(?P<date>{_KO_DATE})(?: .요일)?"
_EN_DAY = rf"[A-Z][a-z]+day, (?P<date>{_EN_DATE})"

_DATE_PARTS = re.compile(
    r"(?P<y>\d{4})(?:년|\.) (?P<mo>\d{1,2})(?:월|\.) (?P<d>\d{1,2})"
    r"|(?P<mon>[A-Z][a-z]{2})[a-z.]* (?P<d1>\d{1,2}),? (?P<y1>\d{4})"
    r"|(?P<d2>\d{1,2}) (?P<mon2>[A-Z][a-z]{2})[a-z.]*,? (?P<y2>\d{4})"
)
_CLOCK_PARTS = re.compile(r"(?P<h>\d{1,2}):(?P<mi>\d{2})")
_MONTH_NAMES = "jan feb mar apr may jun jul aug sep oct nov dec"
MONTHS = {name: number for number, name in enumerate(_MONTH_NAMES.split(" "), 1)}
"""First three letters of an English month → its number."""

HEADINGS = re.compile(
    r"^\ufeff?(?:KakaoTalk Chats with (?P<en>.+?)(?: \(\d+(?: people)?\))?(?:-\d+\.txt)?"
    r"|(?P<win>.+) with KakaoTalk Chats"
    r"|(?P<ko>.+?)(?: \(\d+명\)과| 님과)? 카카오톡 대화(?:-\d+\.txt)?)\s*$"
)
"""First line of an export."""
SAVED = re.compile(r"^(?:저장한 날짜|Date Saved) : ")
"""Second line of an export."""
_MEMBERS = re.compile(r" \d+$")


@dataclass(frozen=True, slots=True)
class Grammar:
    """One variant."""

    name: str
    record: re.Pattern[str]
    """A message or a system line: `clock`, `rest`, and where the variant has them `date`, `sep`
    (what parts the time from the rest) and `name`."""
    day: re.Pattern[str]
    """A line that opens a day; its `date`, in one of the groups."""
    is_unmistakable: bool = True
    """No other program writes such lines."""
    has_members_in_title: bool = False
    """The heading ends with the number of members."""


@dataclass(frozen=True, slots=True)
class Choice:
    """The grammar that fits a file."""

    grammar: Grammar
    n_records: int
    """Lines of the file's head that are records in it."""
    n_days: int
    """Lines of the file's head that open a day in it."""


def _grammar(name: str, record: str, *days: str, **marks: bool) -> Grammar:
    return Grammar(
        name,
        re.compile(rf"{record}(?P<sep>, |: )(?P<rest>.*)"),
        re.compile(rf"(?:{'|'.join(map(_numbered, range(len(days)), days))})\s*"),
        **marks,
    )


def _numbered(number: int, pattern: str) -> str:
    """Number the group of an alternative, so that two can stand in one pattern."""
    return pattern.replace("<date>", f"<date_{number}>")


WINDOWS = Grammar(
    "windows",
    re.compile(rf"\[(?P<name>.+?)\] \[(?P<clock>{_ANY_CLOCK})\](?: (?P<rest>.*))?"),
    re.compile(rf"-{{5,}} (?:{_numbered(0, _KO_DAY)}|{_numbered(1, _EN_DAY)}) -{{5,}}\s*"),
)
GRAMMARS = (
    WINDOWS,
    _grammar(
        "android_ko",
        rf"(?P<date>{_KO_DATE}) (?P<clock>{_KO_CLOCK})",
        rf"(?P<date>{_KO_DATE}) {_KO_CLOCK}",
        has_members_in_title=True,
    ),
    _grammar("ios_ko", rf"(?P<date>{_DOT_DATE}) (?P<clock>{_KO_CLOCK})", _KO_DAY),
    _grammar(
        "english",
        rf"(?P<date>{_EN_DATE})(?:,| at) (?P<clock>{_EN_CLOCK})",
        rf"(?P<date>{_EN_DATE})(?:,| at) {_EN_CLOCK}",
        _EN_DAY,
    ),
    _grammar(
        "android_en_2015",
        rf"(?P<clock>{_EN_CLOCK}), (?P<date>{_EN_DATE})",
        rf"{_EN_CLOCK}, (?P<date>{_EN_DATE})",
    ),
    _grammar("time_only_ko", rf"(?P<clock>{_KO_CLOCK})", _KO_DAY, is_unmistakable=False),
    _grammar("time_only_en", rf"(?P<clock>{_EN_CLOCK})", _EN_DAY, is_unmistakable=False),
)
"""Where two fit equally well, the first is meant."""


def choose_grammar(lines: Sequence[str]) -> Choice | None:
    """Choose the variant most lines are written in; None where none fits.

    Args:
        lines: A file's first lines, without line ends.
    """
    choices = [
        Choice(
            grammar,
            n_records=sum(1 for line in lines if grammar.record.fullmatch(line)),
            n_days=sum(1 for line in lines if grammar.day.fullmatch(line)),
        )
        for grammar in GRAMMARS
    ]
    found = [choice for choice in choices if choice.n_records]
    certain = [choice for choice in found if choice.grammar.is_unmistakable]
    return max(certain or found, key=lambda choice: choice.n_records, default=None)


def room_title(line: str, grammar: Grammar) -> str | None:
    """Return the room's title where a line is an export's heading; the member count is no part."""
    found = HEADINGS.match(line)
    if found is None:
        return None
    title = found["en"] or found["win"] or found["ko"]
    if found["ko"] and grammar.has_members_in_title:
        title = _MEMBERS.sub("", title)
    return title


def date_of_day(line: str, grammar: Grammar) -> str | None:
    """Return the date a line opens, as ISO 8601; None where it opens none."""
    found = grammar.day.fullmatch(line)
    return iso_date(next(filter(None, found.groups()))) if found else None


@lru_cache(maxsize=256)
def iso_date(written: str) -> str | None:
    """Write an exported date as ISO 8601; None where there is no such day."""
    found = _DATE_PARTS.match(written)
    if found is None:
        return None
    year, month, day = (part for part in found.groups() if part)
    if found["d2"]:
        year, day = day, year
    elif found["d1"]:
        year, month, day = day, year, month
    number = int(month) if month.isdigit() else MONTHS.get(month.lower(), 0)
    if not (1 <= number <= 12 and 1 <= int(day) <= 31):  # noqa: PLR2004 - the calendar
        return None
    return f"{int(year):04}-{number:02}-{int(day):02}"


@lru_cache(maxsize=8192)
def iso_clock(written: str) -> str | None:
    """Write an exported time as `HH:MM`; None where there is no such time."""
    found = _CLOCK_PARTS.search(written)
    if found is None:
        return None
    hour = int(found["h"])
    if "오" in written or "m" in written.lower():
        hour = hour % 12 + (12 if "후" in written or "p" in written.lower() else 0)
    if hour > 23 or int(found["mi"]) > 59:  # noqa: PLR2004 - the clock
        return None
    return f"{hour:02}:{int(found['mi']):02}"
