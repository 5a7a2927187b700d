"""Names of people: those of the room, and those that words beside them give away."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from chatmill.text.masking.name_words import (
    GIVEN_SYLLABLES,
    KOREAN_TITLES,
    NICKNAME_WORDS,
    NO_ENGLISH_NAMES,
    NO_KOREAN_NAMES,
    ROLE_WORDS,
    SURNAMES,
    TWO_SYLLABLE_SURNAMES,
)
from chatmill.text.masking.spans import PrivateSpan, squeezed

_NAME_END = re.compile(r"[,\[(/|]")
_RUN = re.compile(r"[가-힣]+|[^\W_가-힣]+")
_TITLE = "|".join(sorted(KOREAN_TITLES, key=len, reverse=True))
_TITLED = re.compile(
    rf"(?<![가-힣])(?P<name>[가-힣]{{1,4}}?)(?P<gap>\s?)(?P<title>(?:{_TITLE})(?:님)?|님|씨)"
    r"(?=[^가-힣]|$|께|이|가|은|는|을|를|의|과|와|도|만|랑|한테|에게|으로|로|입니다|이신|이십|이에|예요|아|야"
    r"|들|계|안녕|감사|수고|확인|문의|답변|말씀|혹시)"
)
_END = (
    r"(?=[^가-힣]|$|입니다|이에요|예요|이라고|라고|이고|인데|이며|으로|로"
    r"|이\s|가\s|은\s|는\s|님|씨)"
)
_INTRODUCED = re.compile(
    r"(?:저는|전|제가|나는|제\s?이름은|이름은|안녕하(?:세요|십니까))[.,!~^\s]{0,4}"
    r"(?:[가-힣A-Za-z0-9()㈜]{2,14}\s){0,2}(?P<name>[가-힣]{3,4}?)"
    r"(?=입니다|이에요|예요|이라고|라고\s?(?:합|해|하|불)|이고요|인데요)"
)
_LABELLED = re.compile(
    r"(?:이름|성함|성명|예금주|입금자(?:명)?|담당자?|수령인|받는\s?(?:분|사람)|보낸?\s?(?:분|사람)|고객명|신청인|신청자"
    rf"|대표자?|작성자|주문자)(?:은|는|이|가)?\s{{0,2}}[:=]?\s{{0,2}}(?P<name>[가-힣]{{2,4}}?){_END}"
)
_SIGNED = re.compile(r"(?<![가-힣])(?P<name>[가-힣]{3,4}?)\s?(?:드림|올림|배상|拜上)(?![가-힣])")
_CAP = r"[A-Z](?:[a-z]|['’-][A-Z]|[A-Z](?=[a-z])){1,20}(?:['’-][A-Za-z]{2,15})?"
_FULL = rf"{_CAP}(?:\s(?:[A-Z]\.\s)?{_CAP}){{0,2}}"
_ADDRESSED = re.compile(
    rf"(?<![A-Za-z])(?:Mr|Mrs|Ms|Miss|Dr|Prof|Mx|Sir|Madam)\b\.?\s"
    rf"(?P<name>{_FULL}(?:\s(?:MD|DDS|PhD|DVM|Jr\.?|Sr\.?|II|III))?)"
)
_GREETED = re.compile(
    r"(?:^|(?<=[.!?\n,]\s)|(?<=\n))(?:[Hh]i|[Hh]ello|[Hh]ey|[Dd]ear|[Tt]hanks"
    r"|[Tt]hank [Yy]ou|[Tt]hx|[Cc]heers|[Ww]elcome"
    r"|[Ss]orry|[Gg]ood (?:[Mm]orning|[Aa]fternoon|[Ee]vening)|HI|Greetings|Hola),?\s"
    rf"(?P<name>{_FULL})(?=\s?[,!.:;\n~-]|\s?$)",
    re.MULTILINE,
)
_SELF = re.compile(
    r"(?:\b[Mm]y name(?:'s| is)|\b[Nn]ame(?:\s?:| is)|\b[Ff]ull [Nn]ame:?|\b(?:[Cc]ontact"
    r"|[Aa]ttn|[Rr]ecipient|[Ss]igned"
    r"|[Cc]ard ?holder|[Aa]ccount holder|[Cc]ustomer)(?: name)?\s?(?::| is)|\b[Tt]his is"
    r"|\b[Ii]t'?s|\bI am|\bI'm|\b[Cc]all me"
    r"|\b(?:speak|talk|spoke|talked|met) (?:to|with)|\b[Aa]sk(?:ed)?(?: for)?|\b[Rr]egards to)"
    rf"\s(?P<name>{_FULL})"
    r"(?P<rest>\s?(?:,|\.|!|$|\n|\bfrom\b|\bhere\b|\bspeaking\b|\bat\b|\bof\b|\band\b|\babout\b))?"
)
_CLOSED = re.compile(
    r"(?:^|\n|[.!]\s)(?:(?:[Bb]est|[Kk]ind|[Ww]arm(?:est)?|[Mm]any)\s)?(?:[Rr]egards|[Ss]incerely"
    r"|[Cc]heers|[Tt]hanks|[Tt]hank you|[Bb]est"
    rf"|[Yy]ours(?: truly)?|[Rr]espectfully)(?: again)?[,.!]?\s{{0,2}}(?:\n\s{{0,2}}|--?\s?)"
    rf"(?P<name>{_FULL})(?=\s*(?:\n|$|,))"
)
_ENDINGS = (
    r"(?:님|씨|군|양|이|가|은|는|을|를|의|께|께서|에게|한테|랑|이랑|과|와|도|만|이라|라|입니다|이에요|예요|야|아"
    r"|이고|고|이며|며|이나|나|으로|로|이가|이는|이를|네|처럼|보다|까지|부터|에)"
)
_AFTER_NAME = re.compile(rf"(?:{_TITLE})?{_ENDINGS}{{0,3}}(?:요)?$|(?:{_TITLE})")
_CALLED = re.compile(rf"(?:{_TITLE})?(?:님|씨|군|양|아|야)|(?:{_TITLE})")
_TITLE_AFTER = re.compile(
    rf"\s?(?:{_TITLE})?(?:님|씨)"
    rf"|\s?(?:{_TITLE})(?=[^가-힣]|$|이|가|은|는|을|를|의|께|에게|한테|과|와|도|만|로|으로|랑|입니다)"
)
_POINTED = re.compile(
    r"(?:^|[\n@]|(?:^|\s)(?:hi|hey|hello|thanks|thx|ty|sorry|cc)[,\s]{1,2})\Z", re.IGNORECASE
)
_MIN_NICKNAME = 4
_FULL_SYLLABLES = (3, 4)
_MAX_LETTERS = 60


@dataclass(frozen=True, slots=True)
class _Alias:
    """One way to call a person."""

    text: str
    person: str
    is_given: bool
    """A Korean name without its surname: only a name where a title follows."""
    is_common: bool
    """A word like any other: only a name where somebody is spoken to."""


@dataclass(slots=True)
class Room:
    """The people of a conversation, and how to find them in a text.

    Args:
        speakers: Names as exported.
        people: Other names to mask wherever they stand.
    """

    speakers: Iterable[str] = ()
    people: Iterable[str] = ()
    _aliases: dict[str, list[_Alias]] = field(init=False, default_factory=dict)
    _known: dict[str, str] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        """Get to know everybody."""
        for name in (*self.speakers, *self.people):
            self.add(name)

    def add(self, name: str) -> str:
        """Know one more person; return what `find` calls them, nothing where it is no name."""
        if name in self._known:
            return self._known[name]
        person = ""
        if not name.strip() or len(name) > _MAX_LETTERS:
            return person
        for alias in _aliases_of(name):
            person = alias.person
            run = _RUN.search(alias.text)
            if run is None:
                continue
            entry = self._aliases.setdefault(run.group().casefold(), [])
            if all(each.text.casefold() != alias.text.casefold() for each in entry):
                entry.append(alias)
                entry.sort(key=lambda each: -len(each.text))
        self._known[name] = person
        return person

    def find(self, text: str) -> Iterator[PrivateSpan]:
        """Find the people of the room in a text."""
        if not self._aliases:
            return
        for run in _RUN.finditer(text):
            if "가" <= run.group()[0] <= "힣":
                yield from self._korean(text, run)
            elif (entry := self._aliases.get(run.group().casefold())) is not None:
                yield from _latin(text, run, entry)

    def _korean(self, text: str, run: re.Match[str]) -> Iterator[PrivateSpan]:
        word = run.group()
        for n_letters in range(min(len(word), 8), 1, -1):
            for alias in self._aliases.get(word[:n_letters], ()):
                if not text.startswith(alias.text, run.start()):
                    continue
                end = run.start() + len(alias.text)
                after = word[len(alias.text) :]
                is_titled = _CALLED.match(after) or (
                    not after and _TITLE_AFTER.match(text, end) is not None
                )
                if alias.is_given and not is_titled:
                    continue
                if after and _AFTER_NAME.match(after) is None:
                    continue
                yield _with_title(text, run.start(), end, alias.person)
                return


def _latin(text: str, run: re.Match[str], entry: list[_Alias]) -> Iterator[PrivateSpan]:
    for alias in entry:
        offset = _first_run(alias.text)
        start, end = run.start() - offset, run.start() - offset + len(alias.text)
        if start < 0 or text[start:end].casefold() != alias.text.casefold():
            continue
        if _joins(text, start - 1, start) or _joins(text, end, end - 1):
            continue
        is_pointed = text[end : end + 1] in (":", ",") or text[start - 1 : start] == "@"
        if alias.is_common and not (
            is_pointed and _POINTED.search(text[max(0, start - 8) : start])
        ):
            continue
        if alias.text[:1].isupper() and text[start] != alias.text[0] and not is_pointed:
            continue
        yield PrivateSpan(start=start, end=end, kind="name", value=alias.person)
        return


def _joins(text: str, outside: int, inside: int) -> bool:
    """Tell whether a letter just outside a stretch is one word with the letter inside."""
    if not 0 <= outside < len(text):
        return False
    sign = text[outside]
    return (sign.isascii() and (sign.isalnum() or sign == "_")) and text[inside].isalnum()


def _first_run(text: str) -> int:
    run = _RUN.search(text)
    return run.start() if run else 0


def _aliases_of(name: str) -> Iterator[_Alias]:
    bare = _NAME_END.split(name.strip(), maxsplit=1)[0].strip() or name.strip()
    person = squeezed(bare) or squeezed(name)
    words = [each for each in re.split(r"[\s._]+", bare) if each]
    real = [each for each in words if each.casefold() not in ROLE_WORDS]
    if not real or not person:
        return
    hangul = re.sub(r"(?:님|씨)$", "", bare.replace(" ", ""))
    if re.fullmatch(r"[가-힣]{2,4}", hangul):
        if is_korean_name(hangul) or hangul not in NO_KOREAN_NAMES:
            yield _Alias(hangul, person, is_given=False, is_common=False)
        given = hangul[2:] if hangul[:2] in TWO_SYLLABLE_SURNAMES else hangul[1:]
        if len(given) > 1 and len(hangul) in _FULL_SYLLABLES:
            yield _Alias(given, person, is_given=True, is_common=False)
        return
    for text in dict.fromkeys((name.strip(), bare)):
        yield _Alias(text, person, is_given=False, is_common=len(words) == 1 and _is_common(text))
    if len(words) > 1 and " " in bare:
        for word in real:
            if len(word) > 2 and word[0].isupper() and word.isalpha():  # noqa: PLR2004 - initials are none
                yield _Alias(word, person, is_given=False, is_common=_is_common(word))
            elif re.fullmatch(r"[가-힣]{3,4}", word):
                yield _Alias(word, person, is_given=False, is_common=False)


def _is_common(word: str) -> bool:
    return (
        word.casefold() in NICKNAME_WORDS
        or word.casefold() in NO_ENGLISH_NAMES
        or len(word) < _MIN_NICKNAME
    ) and not (len(word) > 2 and word.isalpha() and word.istitle() and not _is_word(word))  # noqa: PLR2004 - `Al` is rarer than `al`


def _is_word(word: str) -> bool:
    return word.casefold() in NICKNAME_WORDS or word.casefold() in NO_ENGLISH_NAMES


def is_korean_name(word: str) -> bool:
    """Tell whether a word of two to four syllables is made like a Korean name."""
    if word in NO_KOREAN_NAMES:
        return False
    if word[:2] in TWO_SYLLABLE_SURNAMES and len(word) in _FULL_SYLLABLES:
        given = word[2:]
    elif word[:1] in SURNAMES and len(word) in (2, 3):
        given = word[1:]
    else:
        return False
    return all(each in GIVEN_SYLLABLES for each in given)


def find_names(text: str) -> Iterator[PrivateSpan]:
    """Find names that a title, a greeting, a label or a signature gives away."""
    if not text.isascii():
        yield from _korean_names(text)
    for pattern in (_ADDRESSED, _GREETED, _CLOSED):
        for match in pattern.finditer(text):
            name = match.group("name")
            if not _is_no_name(name):
                start = match.start() if pattern is _ADDRESSED else match.start("name")
                yield PrivateSpan(
                    start=start, end=match.end("name"), kind="name", value=squeezed(name)
                )
    for match in _SELF.finditer(text):
        name = match.group("name")
        is_labelled = "name" in match.group()[:12].casefold() or ":" in match.group()[:16]
        if _is_no_name(name) or not (is_labelled or match.group("rest") or " " in name):
            continue
        if not is_labelled and " " not in name and match.group()[:2] in ("It", "it", "Th", "th"):
            continue
        yield PrivateSpan(
            start=match.start("name"), end=match.end("name"), kind="name", value=squeezed(name)
        )


def _is_no_name(name: str) -> bool:
    first = name.split(maxsplit=1)[0].strip(".").casefold()
    return first in NO_ENGLISH_NAMES or first in ROLE_WORDS


def _korean_names(text: str) -> Iterator[PrivateSpan]:
    for match in _TITLED.finditer(text):
        name, title = match.group("name"), match.group("title")
        if _is_titled_name(name, title, match.group("gap")):
            yield PrivateSpan(start=match.start(), end=match.end(), kind="name", value=name)
    for pattern in (_INTRODUCED, _LABELLED, _SIGNED):
        for match in pattern.finditer(text):
            name = match.group("name")
            if len(name) > 2 and is_korean_name(name):  # noqa: PLR2004 - two syllables are any word
                yield _with_title(text, match.start("name"), match.end("name"), name)


def _is_titled_name(name: str, title: str, gap: str) -> bool:
    if len(name) == 1:  # `김 과장님`, never `이 기사`
        return (
            title not in ("님", "씨")
            and name in "김박최정강조윤임한오서신권황안송홍류"
            and (title.endswith("님") or not gap)
        )
    if len(name) == 2 and title in ("님", "씨") and gap:  # noqa: PLR2004 - `문의 님`
        return False
    if not is_korean_name(name):
        return False
    return name[-1] not in "팀과" or len(name) < 3  # noqa: PLR2004 - `전산팀 과장`


def _with_title(text: str, start: int, end: int, person: str) -> PrivateSpan:
    """Take what a person is called with into the span: the placeholder bears its own."""
    title = _TITLE_AFTER.match(text, end)
    if title is not None:
        end = title.end()
    return PrivateSpan(start=start, end=end, kind="name", value=person)
