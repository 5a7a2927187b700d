"""Examples as they are exported: placeholders for personal data, and the way back for edits."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from chatmill.project import Project
from chatmill.records import Example
from chatmill.stages.masking import Maskers, mask_example
from chatmill.text.masking import Masker
from chatmill.text.pairs_file import PairBlock, TurnText


@dataclass(frozen=True, slots=True)
class Overlay:
    """One example in masked words."""

    example: Example
    """Its words masked; its citations fit no more."""
    masker: Masker

    def mask(self, text: str) -> str:
        """Mask a text about the example."""
        return str(self.masker.mask(text).text)

    def restored(self, block: PairBlock) -> PairBlock:
        """Put the original words back into an edited block."""
        return replace(
            block,
            system=None if block.system is None else self.masker.unmask(block.system),
            turns=tuple(
                TurnText(
                    question=self.masker.unmask(turn.question),
                    answer=self.masker.unmask(turn.answer),
                )
                for turn in block.turns
            ),
        )


def overlays_of(project: Project, examples: Sequence[Example]) -> dict[str, Overlay]:
    """Mask examples in their order; the same examples in the same order give the same words.

    Args:
        project: Whose conversations tell who is who.
        examples: As they are stored.
    """
    maskers = Maskers(project, (each.conversation_id for each in examples), is_reversible=True)
    overlays: dict[str, Overlay] = {}
    for example in examples:
        masker = maskers.of(example.conversation_id)
        masked = mask_example(masker, example)
        turns = tuple(
            replace(turn, question=str(question.text), answer=str(answer.text))
            for turn, (question, answer) in zip(example.turns, masked.turns, strict=True)
        )
        shown = replace(example, system=str(masked.system.text), turns=turns)
        overlays[example.id] = Overlay(shown, masker)
    return overlays
