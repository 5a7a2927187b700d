"""Tells where a phone's export ends a name and begins the words, though a name may hold ` : `."""

import re

MARK = " : "
"""Stands between name and words; nothing keeps it out of a name."""
LONGEST_LINE = 400
"""No system line is longer."""
LONGEST_NAME = 100
"""Looked through for an open bracket."""
_PAIRS = {"(": ")", "[": "]", "{": "}", "（": "）", "【": "】", "<": ">"}
_CLOSERS = {close: opener for opener, close in _PAIRS.items()}
_CAME_OR_WENT = re.compile(
    r"(?P<ko>.+)님이 (?:들어왔습니다|나갔습니다)\."
    r"|(?P<en>.+) (?:joined|left) (?:this|the) chat ?room\."
)
_OTHERS_ACTION = re.compile(
    r".+님이 (?P<ko>.+)님을 (?:초대했습니다|내보냈습니다)\.|.+ invited (?P<en>.+)\."
)
_BETWEEN_NAMES = re.compile(r"님, |님과 |, | and ")


class NameCutter:
    """Cuts the rest of a record into name and words, and learns long names on the way.

    What it knows comes from lines before, never from later ones: next week's export, which begins
    alike, is cut alike.
    """

    def __init__(self) -> None:
        self._speakers: set[str] = set()
        self._with_mark: list[str] = []

    def cut(self, rest: str) -> tuple[str, str]:
        """Return name and words; the name is empty for a system line."""
        speaker, has_words, words = rest.partition(MARK)
        if not has_words:
            return (rest[:-2], "") if rest.endswith(" :") else ("", rest)
        if speaker in self._speakers and not self._with_mark:
            return speaker, words
        if MARK in words or "님" in rest or rest.endswith("."):
            speaker, words = self._look_closer(rest, speaker, words)
        if speaker:
            self._speakers.add(speaker)
        return speaker, words

    def learn(self, line: str) -> None:
        """Note the names with the mark that a system line names."""
        if MARK not in line or len(line) > LONGEST_LINE:
            return
        if found := _CAME_OR_WENT.fullmatch(line):
            self._note(found["ko"] or found["en"])
        elif found := _OTHERS_ACTION.fullmatch(line):
            for name in _BETWEEN_NAMES.split(found["ko"] or found["en"]):
                self._note(name)

    def _note(self, name: str) -> None:
        if MARK in name and name not in self._with_mark:
            self._with_mark.append(name)
            self._with_mark.sort(key=len, reverse=True)

    def _look_closer(self, rest: str, speaker: str, words: str) -> tuple[str, str]:
        for name in self._with_mark:
            if rest.startswith(f"{name}{MARK}"):
                return name, rest[len(name) + len(MARK) :]
        if speaker in self._speakers:
            return speaker, words
        if self._is_system_line(rest, speaker, words):
            self.learn(rest)
            return "", rest
        return _balanced(rest) or (speaker, words)

    def _is_system_line(self, rest: str, speaker: str, words: str) -> bool:
        """Tell `가 : 나님이 들어왔습니다.` of one who is called so from somebody's own words."""
        if len(rest) > LONGEST_LINE:
            return False
        if _OTHERS_ACTION.fullmatch(rest) and ("님이 " in speaker or " invited " in speaker):
            return True
        found = _CAME_OR_WENT.fullmatch(words)
        return found is not None and (found["ko"] or found["en"]) != speaker


def _balanced(rest: str) -> tuple[str, str] | None:
    """Cut behind the bracket that is open at the first mark; None where none is open."""
    at = rest.find(MARK)
    while 0 <= at <= LONGEST_NAME:
        if not _has_open_bracket(rest[:at]):
            return rest[:at], rest[at + len(MARK) :]
        at = rest.find(MARK, at + len(MARK))
    return None


def _has_open_bracket(text: str) -> bool:
    waiting: list[str] = []
    for sign in text:
        if sign in _PAIRS:
            waiting.append(sign)
        elif waiting and _CLOSERS.get(sign) == waiting[-1]:
            waiting.pop()
    return bool(waiting)
