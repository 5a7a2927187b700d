"""How each KakaoTalk variant writes a message, a day and the room's heading."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

_KO_CLOCK = r"(?:(?P<ap>오전|오후) )?(?P<h>\d{1,2}):(?P<mi>\d{2})"
_EN_CLOCK = r"(?P<h>\d{1,2}):(?P<mi>\d{2})(?:[ \u202f\u00a0]?(?P<ap>[AaPp]\.?[Mm]\.?))?"
_ANY_CLOCK = (
    r"(?:(?P<ap>오전|오후) )?(?P<h>\d{1,2}):(?P<mi>\d{2})"
    r"(?:[ \u202f\u00a0]?(?P<ap2>[AaPp]\.?[Mm]\.?))?"
)
_KO_DATE = r"(?P<y>\d{4})년 (?P<mo>\d{1,2})월 (?P<d>\d{1,2})일"
_DOT_DATE = r"(?P<y>\d{4})\. (?P<mo>\d{1,2})\. (?P<d>\d{1,2})\."
_EN_DATE = r"(?P<mon>[A-Z][a-z]{2,8})\.? (?P<d>\d{1,2}), (?P<y>\d{4})"
_KO_DAY = rf"{_KO_DATE}(?: .요일)?"
_EN_DAY = rf"[A-Z][a-z]+day, {_EN_DATE}"

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
    """A message or a system line: its time, what parts it from the rest, the rest."""
    day: re.Pattern[str]
    """A line that opens a day."""
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


def _grammar(name: str, record: str, *days: str, **marks: bool) -> Grammar:
    days_pattern = "|".join(_anonymous(day, number) for number, day in enumerate(days))
    return Grammar(
        name,
        re.compile(rf"^{record}(?P<sep>, |: )(?P<rest>.*)$"),
        re.compile(rf"^(?:{days_pattern})\s*$"),
        **marks,
    )


def _anonymous(pattern: str, number: int) -> str:
    """Number the group names of an alternative, so that two can stand in one pattern."""
    return re.sub(r"\?P<(\w+)>", rf"?P<\1_{number}>", pattern)


WINDOWS = Grammar(
    "windows",
    re.compile(rf"^\[(?P<name>.+?)\] \[{_ANY_CLOCK}\](?: (?P<rest>.*))?$"),
    re.compile(rf"^-{{5,}} (?:{_anonymous(_KO_DAY, 0)}|{_anonymous(_EN_DAY, 1)}) -{{5,}}\s*$"),
)
GRAMMARS = (
    WINDOWS,
    _grammar(
        "android_ko",
        rf"{_KO_DATE} {_KO_CLOCK}",
        rf"{_KO_DATE} {_KO_CLOCK}",
        has_members_in_title=True,
    ),
    _grammar("ios_ko", rf"{_DOT_DATE} {_KO_CLOCK}", _KO_DAY),
    _grammar(
        "english",
        rf"{_EN_DATE}(?:,| at) {_EN_CLOCK}",
        rf"{_EN_DATE}(?:,| at) {_EN_CLOCK}",
        _EN_DAY,
    ),
    _grammar("android_en_2015", rf"{_EN_CLOCK}, {_EN_DATE}", rf"{_EN_CLOCK}, {_EN_DATE}"),
    _grammar("time_only_ko", _KO_CLOCK, _KO_DAY, is_unmistakable=False),
    _grammar("time_only_en", _EN_CLOCK, _EN_DAY, is_unmistakable=False),
)
"""Where two fit equally well, the first is meant."""


def choose_grammar(lines: Sequence[str]) -> Choice | None:
    """Choose the variant most lines are written in; None where none fits."""
    choices = [
        Choice(grammar, sum(1 for line in lines if grammar.record.match(line)))
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


def date_of(found: re.Match[str]) -> str | None:
    """Return the date of a record or day line as ISO 8601; None where there is no such day."""
    names = found.re.groupindex
    if "y" in names:
        return _iso_date(found["y"], found["mo"] if "mo" in names else found["mon"], found["d"])
    suffix = next(name[1:] for name in names if name.startswith("y_") and found[name])
    month = found[f"mo{suffix}"] if f"mo{suffix}" in names else found[f"mon{suffix}"]
    return _iso_date(found[f"y{suffix}"], month, found[f"d{suffix}"])


@lru_cache(maxsize=64)
def _iso_date(year: str, month: str, day: str) -> str | None:
    number = int(month) if month.isdigit() else MONTHS.get(month[:3].lower(), 0)
    if not (1 <= number <= 12 and 1 <= int(day) <= 31):  # noqa: PLR2004 - the calendar
        return None
    return f"{year}-{number:02}-{int(day):02}"


def clock_of(found: re.Match[str]) -> str | None:
    """Return the time of a record as `HH:MM`; None where there is no such time."""
    half = found["ap"] or (found["ap2"] if "ap2" in found.re.groupindex else None)
    return _iso_clock(found["h"], found["mi"], half)


@lru_cache(maxsize=4096)
def _iso_clock(hour: str, minute: str, half: str | None) -> str | None:
    number = int(hour)
    if half:
        number = number % 12 + (12 if half[0] in "Pp" or half == "오후" else 0)
    if number > 23 or int(minute) > 59:  # noqa: PLR2004 - the clock
        return None
    return f"{number:02}:{minute}"
