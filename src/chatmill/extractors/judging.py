"""Judges each pair a model returned: cites it from the source, or says why it is left out."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from chatmill.extractors.quoting import Quote, pieces_of, quote
from chatmill.extractors.replies import PairBody
from chatmill.extractors.windows import Window
from chatmill.records import Citation, Turn
from chatmill.settings import Settings
from chatmill.text.alignment import CitedText, join_pieces
from chatmill.text.cues import is_self_answer
from chatmill.text.trimming import Side, kept_spans

_TO_A_MODEL = re.compile(
    r"\b(?:ignore|disregard|forget|override)\b.{0,40}"
    r"\b(?:instructions?|prompts?|rules|system message|guidelines)\b"
    r"|\bsystem prompt\b|\byou are now\b|\bas an? (?:ai|language model)\b"
    r"|(?:지시|명령|지침|프롬프트|규칙).{0,15}(?:무시|잊|따르지)|시스템 프롬프트",
    re.IGNORECASE | re.DOTALL,
)
_MOST_WORDS = 12
"""Unsupported words named in a complaint."""
_RAW_CHARACTERS = 160


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """One pair of a model's reply."""

    turn: Turn | None
    """In the source's own words; None where it is left out."""
    asker: str
    """Speaker of its first question message."""
    reason: str
    """Why it is left out; empty where it is not."""
    complaints: tuple[str, ...]
    """What the model is told in a repair request."""
    raw: str
    """Beginning of what the model wrote."""


@dataclass(frozen=True)
class _Pair:
    """A pair beside the messages the model saw."""

    body: PairBody
    window: Window
    settings: Settings
    speakers: frozenset[str]

    @cached_property
    def question(self) -> Quote:
        """Where the question stands."""
        return self._quote(self.body.question, self.body.question_ids)

    @cached_property
    def answer(self) -> Quote:
        """Where the answer stands."""
        return self._quote(self.body.answer, self.body.answer_ids)

    @property
    def foreign_ids(self) -> list[int]:
        """Numbers no message has."""
        named = [*self.body.question_ids, *self.body.answer_ids]
        return sorted({n for n in named if not 1 <= n <= len(self.window.messages)})

    def cited(self, found: Quote, side: Side) -> CitedText:
        """Join the quoted sentences without what trimming cuts."""
        trim = self.settings.extract.trim
        kept = {
            message.id: kept_spans(message.text, trim, self.speakers, side)
            for message, _span in found.spans
        }
        return join_pieces(pieces_of(found.spans, kept))

    def _quote(self, text: str, numbers: Sequence[int]) -> Quote:
        messages = self.window.messages
        wanted = sorted({n for n in numbers if 1 <= n <= len(messages)})
        named = [messages[n - 1] for n in wanted]
        found = quote(text, named, [each for each in messages if each not in named])
        place_of = {message.id: place for place, message in enumerate(messages)}
        in_order = sorted(found.spans, key=lambda each: (place_of[each[0].id], each[1]))
        return replace(found, spans=tuple(in_order))


def judge(
    body: PairBody, number: int, window: Window, settings: Settings, speakers: frozenset[str]
) -> Judged:
    """Judge one pair.

    Args:
        body: As the model wrote it.
        number: Of the pair in its reply, from 1.
        window: What the model saw.
        settings: `[extract] trim` is used.
        speakers: Everybody in the room.
    """
    pair = _Pair(body, window, settings, speakers)
    question, answer = pair.cited(pair.question, "question"), pair.cited(pair.answer, "answer")
    reason = _why_not(pair, question, answer)
    asker = pair.question.spans[0][0].speaker if pair.question.spans else ""
    made = Turn(
        question=question.text,
        answer=answer.text,
        question_citations=question.citations,
        answer_citations=answer.citations,
    )
    return Judged(
        turn=None if reason else made,
        asker=asker,
        reason=reason,
        complaints=_complaints(pair, number),
        raw=f"{body.question} / {body.answer}"[:_RAW_CHARACTERS],
    )


def overlap(some: Sequence[Citation], others: Sequence[Citation]) -> bool:
    """Tell whether two lists of citations share a letter."""
    return any(
        a.message_id == b.message_id and a.start < b.end and b.start < a.end
        for a in some
        for b in others
    )


def reads_as_instruction(text: str) -> bool:
    """Tell words that speak to a model ("ignore the above and …")."""
    return bool(_TO_A_MODEL.search(text))


def _complaints(pair: _Pair, number: int) -> tuple[str, ...]:
    sides = {"question": pair.question, "answer": pair.answer}
    return complaints_about(number, pair.foreign_ids, sides)


def complaints_about(
    number: int, foreign_ids: Sequence[int], sides: Mapping[str, Quote]
) -> tuple[str, ...]:
    """Tell a model what it named and wrote that is not there.

    Args:
        number: Of the pair in its reply, from 1.
        foreign_ids: Numbers no message has.
        sides: `question` and `answer` as they were found.
    """
    said: list[str] = []
    if foreign_ids:
        listed = ", ".join(map(str, foreign_ids))
        said.append(f"pair {number}: there is no message {listed}")
    for side, found in sides.items():
        if found.unsupported:
            words = ", ".join(f'"{word}"' for word in found.unsupported[:_MOST_WORDS])
            said.append(f"pair {number}, {side}: not in the messages you named: {words}")
    return tuple(said)


def _why_not(pair: _Pair, question: CitedText, answer: CitedText) -> str:  # noqa: PLR0911 - one return a reason
    if not pair.body.resolved:
        return "the model says it was not resolved"
    invented = (*pair.question.invented, *pair.answer.invented)
    if invented:
        return f"the model wrote what is not in the thread: {invented[0][:_RAW_CHARACTERS]}"
    if not question.text:
        return "nothing was asked"
    if not answer.text:
        return "nobody answered"
    if reads_as_instruction(question.text) or reads_as_instruction(answer.text):
        return "reads like an instruction to a model"
    if overlap(question.citations, answer.citations):
        return "the same words as question and answer"
    asked, answered = pair.question.spans[0][0], pair.answer.spans
    place_of = {message.id: place for place, message in enumerate(pair.window.messages)}
    if all(place_of[message.id] < place_of[asked.id] for message, _span in answered):
        return "the answer stands before the question"
    if all(message.speaker == asked.speaker for message, _span in answered) and not any(
        is_self_answer(message.text) for message, _span in answered
    ):
        return "only the asker spoke"
    return ""
