"""Texts that were cut off: dots, half a sentence, an open code fence, half a word."""

import re
from collections.abc import Iterator, Mapping, Sequence

from chatmill.checks.odd.places import Odd
from chatmill.records import Citation, Message

_MARK = re.compile(
    r"\s*(?:\[(?:…|\.\.\.)\]|\((?:truncated|cut off)\)|\[truncated\]|<truncated>|(?:…"
    r"|\.{3})\s?(?:more|더\s?보기)"
    r"|\bread more|\bsee more|전체\s?보기|더\s?보기)\s*[>»]?\s*$",
    re.IGNORECASE,
)
_DANGLING_EN = re.compile(
    r"(?:^|[\s,(])(the|a|an|of|and|or|because|your|my|our|their|its|if|whether|which|than|into|"
    r"from the|to the|in the|is the|with the|are the)"
    r"(?:\s*(?:…|\.{3}))?\s*$",
)
_DANGLING_KO = re.compile(
    r"(?<=[가-힣\w])(?:을|를|의|에서의|으로서|으로써|그리고|또는|및|하지만|그러나|때문에\s그)\s*(?:…|\.{3})?\s*$"
    r"|(?:^|\s)(?:그리고|또는|및|하지만|그런데|즉|예를\s들어)\s*,?\s*$"
)
_DOTS = re.compile(r"(?:…|\.{3,})\s*$")
_FINISHED_KO = re.compile(
    r"(?:다|요|죠|까|네|음|함|임|됨|듯|데|지|야|어|아|군|나|해|돼|용|염|당|ㅠ|ㅜ|ㅎ|ㅋ|만|고|서|면|거|걸|게|구|라|니|까지)$"
)
_OPEN_END = re.compile(r"[A-Za-z가-힣]\s?(?:[,;]|\s[-–—]|(?<=[A-Za-z]{3})-)\s*$")
_SAID_KO = re.compile(r"(?:습니다|세요|어요|아요|에요|예요|겠어요|네요|죠|지요)\s?,$")
_LAST = 12
"""Letters at the end in which a Korean sentence shows that it was finished; its comma is a slip."""
_COLON = re.compile(r"[A-Za-z가-힣)]\s?:\s*$")
_FENCE = re.compile(r"```")
_TAIL = 400
"""Letters at the end in which a text shows that it was cut off; more would cost their square."""
_MIN_LETTERS = 40
"""Shorter texts that end with dots are sighs."""


def odd_cut(text: str, *, is_answer: bool) -> Iterator[Odd]:
    """Yield where a text breaks off, at its last words."""
    fences = [match.start() for match in _FENCE.finditer(text)]
    if len(fences) % 2:
        yield Odd("truncated", fences[-1], fences[-1] + 3, "opens a code block and never ends it")
        return
    if fences:
        return
    found = _ending(text, is_answer=is_answer)
    if found:
        start, why = found
        start = _with_last_word(text, start)
        yield Odd("truncated", start, len(text.rstrip()), why)


def odd_half_word(
    text: str, citations: Sequence[Citation], messages: Mapping[str, Message]
) -> Iterator[Odd]:
    """Yield the last word where the message it comes from goes on in the middle of it."""
    if not citations:
        return
    last = citations[-1]
    message = messages.get(last.message_id)
    if message is None or last.at + last.end - last.start != len(text.rstrip()):
        return
    around = message.text[max(0, last.end - 1) : last.end + 1]
    if len(around) > 1 and around.isascii() and around.isalnum():
        yield Odd(
            "truncated",
            _with_last_word(text, len(text.rstrip()) - 1),
            len(text.rstrip()),
            "ends in the middle of a word of its message",
        )


def _ending(text: str, *, is_answer: bool) -> tuple[int, str] | None:
    text = text.rstrip()
    tail = max(0, len(text) - _TAIL)
    mark = _MARK.search(text, tail)
    if mark:
        return mark.start(), "is cut off"
    dangling = _DANGLING_EN.search(text, tail) or _DANGLING_KO.search(text, tail)
    if dangling and len(text.strip()) >= _MIN_LETTERS // 2:
        return dangling.start(), "ends in the middle of a sentence"
    dots = _DOTS.search(text, tail)
    if dots:
        before = text[: dots.start()].rstrip()
        is_korean = bool(before) and "가" <= before[-1] <= "힣"
        is_finished = (
            bool(_FINISHED_KO.search(before, max(0, len(before) - _TAIL)))
            if is_korean
            else not is_answer
        )
        if len(before) >= _MIN_LETTERS and before[-1].isalnum() and not is_finished:
            return dots.start(), "breaks off with dots"
        return None
    if is_answer:
        for pattern, why in (
            (_OPEN_END, "ends in the middle of a sentence"),
            (_COLON, "announces something that is not there"),
        ):
            found = pattern.search(text, tail)
            if found and not (text.endswith(",") and _SAID_KO.search(text[-_LAST:])):
                return found.start(), why
    return None


def _with_last_word(text: str, start: int) -> int:
    """Move a place to the start of the word it stands in or after."""
    at = min(start, len(text.rstrip()) - 1)
    while at > 0 and text[at].isspace():
        at -= 1
    while at > 0 and not text[at - 1].isspace():
        at -= 1
    return at
