"""Judges each question a model asked of a section: the answer is cited, the question held to it.

The answer is the section's own sentences, as in conversations. The question may be the section's
too, then it is cited; else the model wrote it: names and numbers in it are cited one by one, the
rest is marked as typed by `ORIGIN` and shown to the reviewer as such.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from chatmill.extractors.judging import Judged, complaints_about, overlap, reads_as_instruction
from chatmill.extractors.quoting import Quote, fold, pieces_of, quote
from chatmill.extractors.replies import PairBody
from chatmill.extractors.section_windows import SectionWindow
from chatmill.extractors.sections import BETWEEN, QUESTION_MARK
from chatmill.records import Citation, Message, Turn, TypedSpan
from chatmill.settings import Settings
from chatmill.text.alignment import CitedText, join_pieces
from chatmill.text.cues import is_question
from chatmill.text.facts import facts, missing_facts
from chatmill.text.language import detect_language
from chatmill.text.products import find_products
from chatmill.text.spans import Span, uncovered
from chatmill.text.tokens import stem, tokens

ORIGIN = "the extractor llm"
"""Of the words of a question that the section does not have."""
SAME_ANSWER = "another question has the same answer"
MOST_CHARACTERS = 300
"""A longer question is none."""
_RAW_CHARACTERS = 160
_SHORT_WORD = 2


@dataclass(frozen=True)
class _Pair:
    body: PairBody
    window: SectionWindow
    settings: Settings

    @cached_property
    def asked(self) -> str:
        """The question on one line, without a mark."""
        return QUESTION_MARK.sub("", " ".join(self.body.question.split()), count=1)

    @cached_property
    def answer(self) -> Quote:
        """Where the answer stands; a table or a piece of code stands whole."""
        messages = self.window.messages
        wanted = sorted({n for n in self.body.answer_ids if 1 <= n <= len(messages)})
        named = [messages[n - 1] for n in wanted]
        found = quote(self.body.answer, named, [each for each in messages if each not in named])
        place_of = {message.id: place for place, message in enumerate(messages)}
        spans = dict.fromkeys(
            (message, _whole(message)) if _is_solid(message) else (message, span)
            for message, span in found.spans
        )
        in_order = sorted(spans, key=lambda each: (place_of[each[0].id], each[1]))
        return replace(found, spans=tuple(in_order))

    @cached_property
    def cited_answer(self) -> CitedText:
        """The answer in the section's words."""
        kept: dict[str, tuple[Span, ...]] = {
            message.id: (_whole(message),) for message, _span in self.answer.spans
        }
        return join_pieces(pieces_of(self.answer.spans, kept))

    @cached_property
    def copied(self) -> CitedText | None:
        """The question in the section's words; None where the model wrote it."""
        folded = fold(self.asked).strip()
        for message in self.window.messages:
            start = fold(message.text).find(folded)
            span = Span(start, start + len(folded))
            asks = is_question(self.asked) or self._is_marked(message, span)
            if start >= 0 and folded and asks and _is_bounded(message.text, span):
                at = Citation(message_id=message.id, start=span.start, end=span.end, at=0)
                return CitedText(text=span.of(message.text), citations=(at,))
        return None

    @cached_property
    def foreign_ids(self) -> list[int]:
        """Numbers no paragraph has."""
        named = {*self.body.question_ids, *self.body.answer_ids}
        return sorted(n for n in named if not 1 <= n <= len(self.window.messages))

    @cached_property
    def faults(self) -> tuple[str, ...]:
        """What is wrong with a question the model wrote, in words for the model."""
        if self.copied is not None:
            return ()
        title = self.window.threaded.conversation.title
        source = [title, *(message.text for message in self.window.messages)]
        known = {stem(each.text) for text in source for each in tokens(text)}
        telling = {stem(e.text) for e in tokens(self.asked) if len(e.text) > _SHORT_WORD}
        products = self.settings.project.products
        foreign = [each.text for each in missing_facts(self.asked, source)]
        strange = set(find_products(self.asked, products)) - set(find_products(source, products))
        spelled = " ".join(source)
        foreign += [each for each in strange if each not in foreign and each not in spelled]
        found: list[str] = []
        if not is_question(self.asked):
            found.append("it asks nothing")
        if len(self.asked) > MOST_CHARACTERS:
            found.append(f"it is longer than {MOST_CHARACTERS} characters")
        found += _misspelled(self.asked, source)
        found += [f'the section does not have "{each}"' for each in foreign]
        if (detect_language(self.asked) == "ko") != (self.window.language == "ko"):
            found.append("it is in another language than the section")
        if not telling & known:
            found.append("it shares no word with the section")
        return tuple(found)

    def question(self) -> CitedText:
        """Return the question, its names and numbers cited, its other words typed."""
        if self.copied is not None:
            return self.copied
        text = self.asked
        spans = [Span(each.start, each.end) for each in facts(text)]
        for name in find_products(text, self.settings.project.products):
            start = text.find(name)
            if start >= 0:
                spans.append(Span(start, start + len(name)))
        citations: list[Citation] = []
        covered: list[Span] = []
        for span in sorted(spans, key=lambda each: (each.start, -each.end)):
            found = self._place(span.of(text))
            if found is None or (covered and span.start < covered[-1].end):
                continue
            message, start = found
            end = start + span.end - span.start
            citations.append(Citation(message_id=message.id, start=start, end=end, at=span.start))
            covered.append(span)
        typed = tuple(
            TypedSpan(at=gap.start, length=gap.end - gap.start, origin=ORIGIN)
            for gap in uncovered(text, covered)
        )
        return CitedText(text=text, citations=tuple(citations), typed=typed)

    def _is_marked(self, message: Message, span: Span) -> bool:
        """Tell a heading behind `Q.`, which asks whatever its words are."""
        before = message.text[: span.start].rpartition(BETWEEN)[2]
        return message is self.window.messages[0] and bool(QUESTION_MARK.match(f"{before}x"))

    def _place(self, words: str) -> tuple[Message, int] | None:
        for message in self.window.messages:
            start = message.text.find(words)
            while start >= 0:
                if _is_bounded(message.text, Span(start, start + len(words))):
                    return message, start
                start = message.text.find(words, start + 1)
        return None


def judge_question(
    body: PairBody, number: int, window: SectionWindow, settings: Settings
) -> Judged:
    """Judge one pair.

    Args:
        body: As the model wrote it.
        number: Of the pair in its reply, from 1.
        window: What the model saw.
        settings: `[project] products` is used.
    """
    pair = _Pair(body, window, settings)
    reason = _why_not(pair)
    turn: Turn | None = None
    if not reason:
        question = pair.question()
        turn = Turn(
            question=question.text,
            answer=pair.cited_answer.text,
            question_citations=question.citations,
            answer_citations=pair.cited_answer.citations,
            question_typed=question.typed,
        )
    said = list(complaints_about(number, pair.foreign_ids, {"answer": pair.answer}))
    said += [f"pair {number}, question: {each}" for each in pair.faults]
    return Judged(
        turn=turn,
        asker="",
        reason=reason,
        complaints=tuple(said),
        raw=f"{body.question} / {body.answer}"[:_RAW_CHARACTERS],
    )


def standing_questions(judged: Iterable[Judged]) -> tuple[list[Judged], list[Judged]]:
    """Return the pairs of a section that stand, and those left out.

    Of two that share words of their answers the first stays.
    """
    standing: list[Judged] = []
    left_out: list[Judged] = []
    for pair in judged:
        if pair.turn is None:
            left_out.append(pair)
        elif any(_shares(each, pair) for each in standing):
            if not any(_is_same(each, pair) for each in standing):
                left_out.append(replace(pair, turn=None, reason=SAME_ANSWER))
        else:
            standing.append(pair)
    return standing, left_out


def turns_by_messages(pairs: Sequence[Judged]) -> list[list[Turn]]:
    """Group turns that cite the same messages, so that no two examples have one id."""
    grouped: dict[tuple[str, ...], list[Turn]] = {}
    for pair in pairs:
        if pair.turn is not None:
            cited = (*pair.turn.question_citations, *pair.turn.answer_citations)
            key = tuple(dict.fromkeys(each.message_id for each in cited))
            grouped.setdefault(key, []).append(pair.turn)
    return list(grouped.values())


def _why_not(pair: _Pair) -> str:  # noqa: PLR0911 - one return a reason
    if not pair.body.resolved:
        return "the model says it was not resolved"
    if pair.answer.invented:
        first = pair.answer.invented[0][:_RAW_CHARACTERS]
        return f"the model wrote what is not in the section: {first}"
    if not pair.asked:
        return "nothing was asked"
    if not pair.cited_answer.text:
        return "the section has no answer"
    if reads_as_instruction(pair.asked) or reads_as_instruction(pair.cited_answer.text):
        return "reads like an instruction to a model"
    if pair.copied is not None and overlap(pair.copied.citations, pair.cited_answer.citations):
        return "the same words as question and answer"
    return f"the question cannot be used: {pair.faults[0]}" if pair.faults else ""


def _misspelled(text: str, source: Sequence[str]) -> list[str]:
    """Find names written in other cases than anywhere in the source."""
    written: dict[str, set[str]] = {}
    for each in source:
        for token in tokens(each):
            spelled = each[token.start : token.end]
            written.setdefault(spelled.casefold(), set()).add(spelled)
    found: list[str] = []
    for token in tokens(text):
        spelled = text[token.start : token.end]
        ways = written.get(spelled.casefold(), set())
        is_name = bool(ways) and all(_is_name(way) for way in ways)
        if is_name and spelled not in ways:
            found.append(f'"{spelled}" is written "{min(ways)}" in the section')
    return found


def _is_name(word: str) -> bool:
    """Tell `nRST` and `W5500` from words that are large at the start of a sentence."""
    return any(letter.isupper() for letter in word[1:]) or (
        any(letter.isdigit() for letter in word) and any(letter.isalpha() for letter in word)
    )


def _is_solid(message: Message) -> bool:
    return message.text.lstrip().startswith(("|", "```", "~~~"))


def _whole(message: Message) -> Span:
    return Span(0, len(message.text))


def _shares(one: Judged, other: Judged) -> bool:
    if one.turn is None or other.turn is None:
        return False
    return overlap(one.turn.answer_citations, other.turn.answer_citations)


def _is_same(one: Judged, other: Judged) -> bool:
    """Tell the same question, seen in parts that overlap."""
    if one.turn is None or other.turn is None:
        return False
    return fold(one.turn.question) == fold(other.turn.question)


def _is_bounded(text: str, span: Span) -> bool:
    """Tell whether a stretch begins and ends where words do; a Korean particle may follow."""
    before, after = text[span.start - 1 : span.start], text[span.end : span.end + 1]
    first, last = text[span.start : span.start + 1], text[span.end - 1 : span.end]
    is_free = not (before.isalnum() and first.isalnum())
    return is_free and not (after.isalnum() and last.isalnum() and after.isascii())
