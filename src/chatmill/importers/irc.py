"""IRC logs: irssi, WeeChat, ZNC, mIRC, HexChat, and channel archives like Ubuntu's."""

import re
from collections.abc import Collection, Iterator

from chatmill.importers.assembly import OpenMessage, reject
from chatmill.importers.base import ExportFile, Item, Room
from chatmill.importers.identity import MessageIds
from chatmill.importers.times import from_iso, with_zone

LEAST_SHARE = 0.6
"""Of the lines of a log, those that are messages or events."""
LEAST_MESSAGES = 2
MAX_NICKS = 100_000
"""Known of a log, to tell what they do from a list in somebody's words."""

_MONTHS = {
    name: number
    for number, name in enumerate(
        "jan feb mar apr may jun jul aug sep oct nov dec".split(),  # noqa: SIM905 - reads as a row
        1,
    )
}
_TIME = re.compile(
    r"\[?(?:(?P<date>\d{4}-\d\d-\d\d)[ T]|(?P<month>[A-Z][a-z]{2}) {1,2}(?P<day>\d{1,2}) )?"
    r"(?P<clock>\d{1,2}:\d\d(?::\d\d)?)(?:\.\d{1,9})?(?P<zone>Z|[+-]\d\d:?\d\d)?\]?(?=[ \t])"
)
_SAID = re.compile(
    r"[ \t]*<[ @+%&~!]?(?P<nick>[^<>\s](?:[^<>]{0,62}[^<>\s])?)>(?:[ \t](?P<text>.*))?$"
)
_COLUMNS = re.compile(r"\t(?P<nick>[^\t]{0,64})\t(?P<text>.*)$")
_ACTION = re.compile(r"[ \t]+\* (?P<nick>\S{1,64}) (?P<text>.+)$")
_UNTIMED_ACTION = re.compile(r"=== (?P<nick>\S{1,64}) (?P<text>.+)$")
_BARE_ACTION = re.compile(r"[ \t]*\* (?P<nick>[^\s<>()*.,:;!?]{1,30}) (?P<text>.+)$")
"""Without a time."""
_NOTICE = re.compile(
    r"[ \t]+-(?P<nick>[^\s():!\-][^\s():]{0,62}?)(?:\([^)]*\)|:\S*)?- (?P<text>.+)$"
)
_EVENT = re.compile(r"[ \t]*(?:===|-!-|\*\*\*|-->|<--|--|\*)[ \t]+(?P<text>.+)$")
_WHAT_HAPPENS = re.compile(
    r"\bhas (?:joined|left|quit|parted|set|changed)\b|\b(?:is|are) now known as\b|\bsets? (?:the )?"
    r"(?:channel )?(?:mode|topic)|\bchange[sd] (?:the )?topic|\bwas kicked\b|\bhas been kicked\b"
    r"|^(?:Joins|Parts|Quits|Topic|Now talking|Disconnected|mode/)\b|^mode/| (?:joined|left) #"
)
_MARKS = frozenset({"-->", "<--", "--", "=!=", "-!-", "***", "==="})
"""Second columns of WeeChat's events."""
_DAY_LINE = re.compile(
    r"^(?:--- (?:Day changed|Log opened|Log closed)|\*\*\*\* (?:BEGIN|ENDING) LOGGING AT"
    r"|Session (?:Start|Time|Close):)"
)
_WRITTEN_DAY = re.compile(
    r"(?P<month>[A-Z][a-z]{2}) {1,2}(?P<day>\d{1,2}) (?:\d\d:\d\d:\d\d )?(?P<year>\d{4})"
    r"|(?P<ko_month>\d{1,2})월 {1,2}(?P<ko_day>\d{1,2}) (?:\d\d:\d\d:\d\d )?(?P<ko_year>\d{4})"
    r"|(?P<iso>\d{4}-\d\d-\d\d)"
)
_CHANNEL = re.compile(
    r"(?:join(?:ed|s)?:?|Now talking (?:in|on)|mode/|Session Ident:) ?(?P<name>#[^\s,\]]{1,60})",
    re.IGNORECASE,
)
_PAINT = re.compile(r"\x03(?:\d{1,2}(?:,\d{1,2})?)?|\x04[0-9A-Fa-f]{6}|[\x02\x0f\x11\x16\x1d-\x1f]")


class IrcImporter:
    """Reads logs of IRC channels; who comes and goes is system, a line each."""

    name = "irc"

    def score(self, file: ExportFile) -> float:
        """Look for lines that say, in angle brackets or columns, who said what when."""
        lines = [line for line in file.head.splitlines() if line.strip()]
        nicks = {found["nick"] for line in lines if (found := _SAID.match(line))}
        said = [kind for line in lines if (kind := _kind(line) or _bare_kind(line, nicks))]
        n_messages = said.count("said")
        if n_messages < LEAST_MESSAGES or len(said) < LEAST_SHARE * len(lines):
            return 0.0
        is_timed = sum(_TIME.match(line) is not None for line in lines) > len(lines) / 2
        return 0.9 if is_timed or len(said) > n_messages else 0.5

    def read(self, file: ExportFile) -> Iterator[Item]:
        """Stream the channel and its lines."""
        return _Log(file).read()


class _Log:
    def __init__(self, file: ExportFile) -> None:
        lines = file.head.splitlines()
        self._file = file
        self._ids = MessageIds()
        self._open: OpenMessage | None = None
        self._day = ""
        self._nicks: set[str] = set()
        self._is_timed = sum(bool(_TIME.match(line)) for line in lines) * 2 > sum(
            bool(line.strip()) for line in lines
        )

    def read(self) -> Iterator[Item]:
        """Stream the log."""
        key = _room_key(self._file)
        yield Room(key=key, title=key)
        for number, line in enumerate(self._file.lines(), 1):
            text = line.rstrip("\r\n")
            if _DAY_LINE.match(text):
                self._day = _day_of(text) or self._day
                continue
            message = self._begin(number, text)
            if message is not None:
                yield from self._close()
                self._open = message
            elif self._open is not None:
                self._open.add(_PAINT.sub("", text))
            elif text.strip():
                yield reject(self._file, number, "is no line of an IRC log", text)
        yield from self._close()

    def _close(self) -> Iterator[Item]:
        if self._open is not None:
            yield self._open.close(self._ids)
            self._open = None

    def _begin(self, number: int, line: str) -> OpenMessage | None:
        """Open the message or event a line begins; None where it goes on with the one before."""
        time = _TIME.match(line)
        if time is None and self._is_timed:
            return self._untimed(number, line)
        rest = line[time.end() :] if time else line
        sent_at = self._sent_at(time) if time else self._day
        found = _said(rest, is_timed=time is not None)
        if found is not None:
            return self._opened(
                number, found["nick"].lstrip("@+%&~ "), sent_at, found["text"] or ""
            )
        event = _EVENT.match(rest)
        if event is not None and (time is not None or _WHAT_HAPPENS.search(rest)):
            return self._opened(number, "", sent_at, event["text"].replace("\t", " "))
        action = _BARE_ACTION.match(rest)
        if action is None:
            return None
        return self._opened(number, action["nick"], sent_at, action["text"])

    def _untimed(self, number: int, line: str) -> OpenMessage | None:
        """Open what archives like Ubuntu's give no time: events, and `=== nick waves`."""
        event = _EVENT.match(line)
        if event and _WHAT_HAPPENS.search(line):
            return self._opened(number, "", self._day, event["text"])
        action = _UNTIMED_ACTION.match(line) or _BARE_ACTION.match(line)
        if action is None or (line[0] != "=" and action["nick"] not in self._nicks):
            return None
        return self._opened(number, action["nick"], self._day, action["text"])

    def _opened(self, number: int, nick: str, sent_at: str, text: str) -> OpenMessage:
        if len(self._nicks) < MAX_NICKS:
            self._nicks.add(nick or text.partition(" ")[0])
        return OpenMessage(
            self._file,
            number,
            speaker=nick,
            sent_at=sent_at,
            text=_PAINT.sub("", text),
            role="unknown" if nick else "system",
        )

    def _sent_at(self, time: re.Match[str]) -> str:
        clock = time["clock"].rjust(len(time["clock"]) + (time["clock"][1] == ":"), "0")
        day = time["date"] or self._day
        month = _MONTHS.get((time["month"] or "").lower())
        if month and self._day:  # HexChat writes month and day, its first line the year
            day = f"{self._day[:4]}-{month:02}-{int(time['day']):02}"
        if time["zone"] and time["date"]:
            return from_iso(f"{day} {clock}{time['zone']}", self._file.settings)
        return with_zone(f"{day} {clock}".strip(), self._file.settings)


def _said(rest: str, *, is_timed: bool) -> re.Match[str] | None:
    """Match what somebody said or did, after the time."""
    found = _SAID.match(rest)
    if found is not None or not is_timed:
        return found
    columns = _COLUMNS.match(rest)
    if columns is not None:
        nick = columns["nick"].strip()
        if nick == "*":
            return _ACTION.match(f" * {columns['text']}")
        return None if nick in _MARKS or not nick.strip("@+%&~") else columns
    action = _ACTION.match(rest)
    if action is not None:
        return None if _WHAT_HAPPENS.search(rest.lstrip(" \t*")) else action
    return _NOTICE.match(rest)


def _kind(line: str) -> str:
    """Say whether a line is one of a log: `said`, `event`, or neither."""
    if _DAY_LINE.match(line):
        return "event"
    time = _TIME.match(line)
    rest = line[time.end() :] if time else line
    if _said(rest, is_timed=time is not None):
        return "said"
    event = _EVENT.match(rest)
    return "event" if event and (_WHAT_HAPPENS.search(rest) or time) else ""


def _bare_kind(line: str, nicks: Collection[str]) -> str:
    """Say `event` of what somebody does who also speaks; a list's lines look the same."""
    action = _BARE_ACTION.match(line)
    return "event" if action and action["nick"] in nicks else ""


def _day_of(line: str) -> str:
    found = _WRITTEN_DAY.search(line)
    if found is None:
        return ""
    if found["iso"]:
        return found["iso"]
    if found["ko_year"]:
        return f"{found['ko_year']}-{int(found['ko_month']):02}-{int(found['ko_day']):02}"
    month = _MONTHS.get(found["month"].lower())
    return f"{found['year']}-{month:02}-{int(found['day']):02}" if month else ""


def _room_key(file: ExportFile) -> str:
    """Name the channel where messages have dates; else days of a channel must stay apart."""
    lines = file.head.splitlines()
    has_dates = any(
        _DAY_LINE.match(line) or ((time := _TIME.match(line)) and time["date"]) for line in lines
    )
    found = _CHANNEL.search(file.head) if has_dates else None
    return found["name"] if found else file.room_key
