"""Judges a system line: its facts, its products and its topic come from the conversation."""

from collections.abc import Iterator, Sequence
from itertools import islice

from chatmill.checks.grounding.claims import Remark, foreign_facts
from chatmill.checks.grounding.room import Room
from chatmill.checks.grounding.source import Source, content
from chatmill.text.morphemes import Unit, units
from chatmill.text.products import find_products
from chatmill.text.tokens import stem

_MOST_REMARKS = 200
"""Remarks about one line; one with more of them is an attack."""
_MOST_LETTERS = 1_000
"""Of a line whose words are looked up; longer ones are instructions, not a topic."""
_LEAST_TOPIC = 2
"""Words a line must say its topic with before its being foreign is worth a warning."""
_FRAME_WORDS = """
    about this information conversation conversations support subject topic chat chatbot bot
    assistant assist assistants agent agents customer customers user users service question
    questions answer answers help helpful product products team company following regarding
    concerning technical detail details talk dialogue thread message polite politely concise
    concisely expert engineer
    정보 관하 관한 대하 대한 대화 상담 지원 고객 문의 질문 답변 답하 안내 챗봇 도우미 상담원 담당자
    제품 서비스 내용 기술 친절 간결 정중 회사 사용자 주제 설명 돕 알리
"""
_KOREAN_FRAME = tuple(each for each in _FRAME_WORDS.split() if not each.isascii() and len(each) > 1)
_FRAME = frozenset(form for word in _FRAME_WORDS.split() for form in (word, stem(word)))
"""Words system lines are made with, whatever they are about; they need no source."""


def judge_system(
    line: str, source: Source, said: Source, room: Room, products: Sequence[str]
) -> Iterator[Remark]:
    """Yield the facts of a system line nobody said, then the words of its topic nobody used.

    Args:
        line: The system line.
        source: The messages the example cites.
        said: The example's own questions and answers.
        room: The whole conversation.
        products: The project's product names.
    """
    wrong = list(islice(_foreign_facts(line, source, said, room, products), _MOST_REMARKS))
    yield from wrong
    yield from _foreign_topic(line, source, said, room, wrong)


def _foreign_facts(
    line: str, source: Source, said: Source, room: Room, products: Sequence[str]
) -> Iterator[Remark]:
    named = {each.casefold() for each in find_products(line, products)}
    in_room: set[str] | None = None
    for remark in foreign_facts(line, source):
        words = line[remark.start : remark.end]
        if not any(True for _ in foreign_facts(words, said)) or room.says(words):
            continue
        if in_room is None:
            in_room = {each.casefold() for each in find_products(room.text, products)}
        if words.casefold() not in named & in_room:
            yield remark


def _foreign_topic(
    line: str, source: Source, said: Source, room: Room, wrong: list[Remark]
) -> Iterator[Remark]:
    if len(line) > _MOST_LETTERS:
        return
    topic = [
        unit
        for unit in content(units(line))
        if not _is_frame(unit.key)
        and not any(each.start < unit.end and unit.start < each.end for each in wrong)
    ]
    foreign = [unit for unit in topic if not _is_said(unit, source, said, room)]
    if len(foreign) == len(topic) >= _LEAST_TOPIC:
        start, end = foreign[0].start, foreign[-1].end
        yield Remark(
            severity="warning",
            start=start,
            end=end,
            message="the conversation never speaks of what the system line is about",
            evidence=line[start:end],
        )
        return
    for unit in foreign:
        yield Remark(
            severity="info",
            start=unit.start,
            end=unit.end,
            message="the conversation never says this word of the system line",
            evidence=line[unit.start : unit.end],
        )


def _is_frame(key: str) -> bool:
    """Tell a word any system line has; without morphemes a Korean word carries its ending."""
    return key in _FRAME or any(key.startswith(each) for each in _KOREAN_FRAME)


def _is_said(unit: Unit, source: Source, said: Source, room: Room) -> bool:
    return source.knows(unit.key) or said.knows(unit.key) or room.mentions(unit.key)
