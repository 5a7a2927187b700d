"""Questions that are nothing but a pasted log, trace or dump."""

import re
from collections.abc import Iterator

from chatmill.checks.odd.places import Odd, whole

_LOG_LINE = re.compile(
    r"^\s*(?:"
    r"\[?\d{2,4}[-/.:]\d{1,2}[-/.:]\d{1,2}(?:[T\s,.]+\d{1,2}:\d{2}(?::\d{2})?)?(?:[.,]\d+)?\S*\]?"
    r"[\s:|-]+\S"
    r"|\[\s*\d+\.\d+\]\s|\[?(?:INFO|WARN|WARNING|ERROR|DEBUG|TRACE|FATAL|NOTICE)\]?[\s:|\]]"
    r"|[IWEDV]\s?(?:\(\d+\)\s|/\S+)|at [\w.$<>]+\(|File \"[^\"]+\", line \d+"
    r"|Traceback \(most recent|#\d+\s+0x|0x[0-9A-Fa-f]{4,}[:\s]|(?:[0-9A-Fa-f]{2}\s){6,}"
    r"|[0-9A-Fa-f]{4,8}:?\s+(?:[0-9A-Fa-f]{2,8}\s?){4,}"
    r"|[\w./\\-]+\.(?:c|h|cpp|hpp|py|js|ts|java|go|rs|cs|S|ld):\d+|make(?:\[\d+\])?: "
    r"|\+?AT\+\w+|\+\w+:|(?:[A-Z]\w*(?:Error|Exception))\b.{0,4}:"
    r"|\w+\.\w+(?:\.\w+)+(?:Exception|Error)\b|\$ \S|>>> |C:\\.*>|ok$|OK$|ERROR$"
    r"|npm (?:ERR!|WARN)|gcc|collect2:|\S+\s+\[\d+\]:|={3,}|-{3,}|\*{3,}|[{}()\[\];]+$"
    r"|Guru Meditation|rst:0x|ets [A-Z][a-z]{2}|Backtrace:|PC\s*:"
    r")"
)
_FENCE = re.compile(r"```.*?(?:```|\Z)", re.DOTALL)
_WORDS = re.compile(r"[^\W\d_]{2,}")
_MIN_LINES = 3
_MIN_SHARE = 0.85
_MOST_WORDS = 2
_ASKS = re.compile(r"[가-힣](?:요|다|까|죠|네)\s*[.?!]*\s*$|\?\s*$")


def odd_log(text: str) -> Iterator[Odd]:
    """Yield a passage in which nobody says anything."""
    if "\n" not in text and "```" not in text:
        return
    lines = [line for line in text.splitlines() if line.strip()]
    if "```" in text:
        outside = _FENCE.sub(" ", text)
        if len(_WORDS.findall(outside)) <= _MOST_WORDS and len(lines) >= _MIN_LINES:
            yield whole("log_only", text, "is only pasted code or log, nobody asks anything")
        return
    n_log = sum(bool(_LOG_LINE.match(line)) for line in lines)
    is_log = len(lines) >= _MIN_LINES and n_log >= _MIN_SHARE * len(lines)
    if is_log and not (_ASKS.search(lines[-1]) or _ASKS.search(lines[0])):
        yield whole("log_only", text, "is only a pasted log, nobody asks anything")
