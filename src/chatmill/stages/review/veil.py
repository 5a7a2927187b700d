"""What somebody sees of an example: personal data behind placeholders, and the way back for edits.

Unlike an export, a page shows one example at a time: its placeholders are numbered in the order of
its own texts, so that the same example is the same words after a restart, whoever looked before.
"""

from collections import OrderedDict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from threading import Lock

from chatmill.project import Project
from chatmill.records import Conversation, Example
from chatmill.stages.masking import masker_of
from chatmill.stages.review.queue import CONVERSATIONS_IN_MEMORY, ConversationReader, ReviewItem
from chatmill.text.masking import Masker, Replacement
from chatmill.text.pairs_file import TurnText


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownText:
    """A text as somebody sees it."""

    text: str
    places: tuple[Replacement, ...]
    """Where personal data stands in it: hidden, or only marked where `is_open`."""
    is_open: bool
    """Whether nothing is hidden."""

    def at(self, offset: int, *, is_end: bool = False) -> int:
        """Return where a place of the stored text stands in the shown one.

        Args:
            offset: Code points from the start of the stored text.
            is_end: Whether it is the end of a span; within a placeholder that is its end.
        """
        if self.is_open:
            return offset
        moved = 0
        for each in self.places:
            start = each.start - moved
            end = start + len(each.original)
            if offset <= start:
                break
            if offset < end:
                return each.end if is_end else each.start
            moved = each.end - end
        return offset + moved


class Veil:
    """What hides the personal data of one example.

    Args:
        masker: A fresh one of the example's conversation.
        is_open: Hide nothing, only say where it stands.
    """

    def __init__(self, masker: Masker, *, is_open: bool) -> None:
        self._masker = masker
        self.is_open = is_open

    def show(self, text: str) -> ShownText:
        """Return a text as it may be seen."""
        if not self.is_open:
            masked = self._masker.mask(text)
            return ShownText(text=str(masked.text), places=masked.replacements, is_open=False)
        places = tuple(
            Replacement(
                start=each.start,
                end=each.end,
                kind=each.kind,
                original=text[each.start : each.end],
            )
            for each in self._masker.find(text)
        )
        return ShownText(text=text, places=places, is_open=True)

    def shown(self, text: str) -> str:
        """Return only the words of a text as it may be seen."""
        return text if self.is_open else str(self._masker.mask(text).text)

    def restored(self, text: str, original: str = "") -> str:
        """Put the original words back into what somebody wrote from what they saw.

        Args:
            text: What they wrote.
            original: The stored text they started from: untouched, it comes back exactly.
        """
        if self.is_open:
            return text
        return original if text == self.shown(original) else self._masker.unmask(text)

    def restored_turns(self, example: Example, turns: Iterable[TurnText]) -> list[TurnText]:
        """Put the original words back into the turns of an edit."""
        made: list[TurnText] = []
        for at, turn in enumerate(turns):
            old = example.turns[at] if at < len(example.turns) else None
            made.append(
                TurnText(
                    question=self.restored(turn.question, old.question if old else ""),
                    answer=self.restored(turn.answer, old.answer if old else ""),
                )
            )
        return made

    def shown_example(self, example: Example) -> Example:
        """Return an example in the words that may be seen; its citations fit no more."""
        turns = tuple(
            replace(turn, question=self.shown(turn.question), answer=self.shown(turn.answer))
            for turn in example.turns
        )
        return replace(example, system=self.shown(example.system), turns=turns)


class Veils:
    """Makes veils; the maskers of the latest conversations stay in memory.

    Safe to use from several threads.

    Args:
        project: Whose examples.
        conversations: Reader to share.
    """

    def __init__(self, project: Project, conversations: ConversationReader) -> None:
        self._project = project
        self._conversations = conversations
        self._lock = Lock()
        self._kept: OrderedDict[str, tuple[Conversation, Masker]] = OrderedDict()

    def of(self, example: Example, *, is_open: bool) -> Veil:
        """Make the veil of an example, its own words numbered first."""
        return self._made(
            self._conversations.get(example.conversation_id), example, is_open=is_open
        )

    def of_item(self, item: ReviewItem, *, is_open: bool) -> Veil:
        """Make the veil of everything there is to see beside an example.

        The placeholders of the example's own words are those of `of`.
        """
        veil = self._made(item.conversation, item.example, is_open=is_open)
        if not is_open:
            for text in _beside(item):
                veil.shown(text)
        return veil

    def _made(self, conversation: Conversation, example: Example, *, is_open: bool) -> Veil:
        veil = Veil(self._masker(conversation).fresh(), is_open=is_open)
        if not is_open:
            veil.shown_example(example)
        return veil

    def _masker(self, conversation: Conversation) -> Masker:
        with self._lock:
            known = self._kept.get(conversation.id)
        if known is None or known[0] is not conversation:
            masker = masker_of(conversation, self._project.settings, is_reversible=True)
            known = (conversation, masker)
        with self._lock:
            self._kept[conversation.id] = known
            self._kept.move_to_end(conversation.id)
            while len(self._kept) > CONVERSATIONS_IN_MEMORY:
                self._kept.popitem(last=False)
        return known[1]


def _beside(item: ReviewItem) -> Iterator[str]:
    """Name every text beside an example, those that never change first."""
    for each in item.source:
        yield each.message.speaker
        yield each.message.text
    yield item.conversation.title
    yield item.conversation.source
    for question in item.returned:
        yield from (question.question, question.answer, question.reason)
    for turn in item.replaced.turns if item.replaced else ():
        yield from (turn.question, turn.answer)
    for decision in item.history:
        yield decision.reason
