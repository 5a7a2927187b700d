"""What a reviewer should look at twice: answers that are none, echoes, images, personal data."""

import re
from collections.abc import Iterator

from chatmill.checks.base import Checked, Passage, finding
from chatmill.records import Finding
from chatmill.text.cues import act_of, is_only_question
from chatmill.text.facts import facts
from chatmill.text.tokens import tokens

_EMAIL = re.compile(
    r"(?<![A-Za-z0-9._+-])[A-Za-z0-9._+-]{1,64}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63})+"
)
_PHONE = re.compile(
    r"(?<![A-Za-z0-9.])(?:\+?82[-\s.]?0?|0)(?:1[016789]|2|[3-6][1-5]"
    r"|70)[-\s.]?\d{3,4}[-\s.]?\d{4}(?![A-Za-z0-9])"
    r"|(?<![A-Za-z0-9.])\+\d{1,3}[-\s.]?(?:\(?\d{1,4}\)?[-\s.]?){2,4}\d{2,4}(?![A-Za-z0-9])"
    r"|(?<![A-Za-z0-9.])\(?\d{3}\)?[-\s.]\d{3}[-\s.]\d{4}(?![A-Za-z0-9])"
)
_RESIDENT_NUMBER = re.compile(r"(?<!\d)\d{6}-[1-8]\d{6}(?!\d)")
_IMAGE = re.compile(
    r"\b(?:attached (?:image|picture|photo|file|screenshot)|(?:see|in) the (?:image|picture"
    r"|photo|screenshot"
    r"|attachment)|screenshot|as (?:shown|you see) (?:above|below|here))\b"
    r"|첨부(?:한|된)?\s?(?:사진|그림|파일|이미지)|(?:위|아래|이)\s?(?:사진|그림|이미지|캡처|스크린샷)|사진\s?(?:참고|처럼|보시면)",
    re.IGNORECASE,
)
_PLACEHOLDER = re.compile(r"^(?:사진|동영상|이모티콘|파일|<Media omitted>|image omitted)$")
_VAGUE = re.compile(
    r"\b(?:not sure|no idea|don'?t know|i guess|maybe|would have to look)\b"
    r"|잘 모르|아마|정확하진|글쎄",
    re.IGNORECASE,
)
_MIN_ANSWER_WORDS = 2
_MIN_ANSWER_LETTERS = 6


class OddCheck:
    """Finds what is grounded, but may still not be worth learning."""

    name = "odd"
    version = "1"

    def check(self, checked: Checked) -> Iterator[Finding]:
        """Yield warnings."""
        for number, turn in enumerate(checked.example.turns):
            if _bare(turn.question) == _bare(turn.answer):
                yield finding(
                    self.name,
                    checked,
                    "warning",
                    f"turns[{number}].answer",
                    "says the same as the question",
                    end=len(turn.answer),
                )
        for passage in checked.passages:
            if passage.kind == "answer":
                yield from self._answer(checked, passage)
            yield from self._patterns(checked, passage)

    def _answer(self, checked: Checked, passage: Passage) -> Iterator[Finding]:
        text = passage.text.strip()
        if not text:
            return
        act = act_of(text)
        reason = ""
        if is_only_question(text):
            reason = "is only a question"
        elif act in ("stall", "thanks"):
            reason = "only promises or thanks, it answers nothing"
        elif act == "elsewhere":
            reason = "only points to another place"
        elif act == "ack" or _is_too_short(text):
            reason = "is too short to learn from"
        if reason:
            yield finding(
                self.name,
                checked,
                "warning",
                passage.field,
                reason,
                end=len(passage.text),
                evidence=text,
            )

    def _patterns(self, checked: Checked, passage: Passage) -> Iterator[Finding]:
        found = [
            (_EMAIL, "holds an e-mail address"),
            (_PHONE, "holds a phone number"),
            (_RESIDENT_NUMBER, "holds a resident registration number"),
            (_IMAGE, "refers to an image nobody can see"),
            (_PLACEHOLDER, "stands for an image or file"),
        ]
        if passage.kind == "answer":
            found.append((_VAGUE, "sounds unsure"))
        for pattern, message in found:
            for match in pattern.finditer(passage.text):
                yield finding(
                    self.name,
                    checked,
                    "warning",
                    passage.field,
                    message,
                    start=match.start(),
                    end=match.end(),
                    evidence=match.group(),
                )


def _bare(text: str) -> str:
    return "".join(letter for letter in text.casefold() if letter.isalnum())


def _is_too_short(text: str) -> bool:
    if facts(text) or "```" in text:
        return False
    return len(tokens(text)) < _MIN_ANSWER_WORDS or len(_bare(text)) < _MIN_ANSWER_LETTERS
