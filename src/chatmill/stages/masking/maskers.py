"""One masker a conversation, so that a person is the same words in all its examples."""

from collections.abc import Iterable
from dataclasses import dataclass

from chatmill.project import Project
from chatmill.records import Conversation, Example
from chatmill.settings import Settings
from chatmill.text.masking import Masked, Masker
from chatmill.threads.roles import speaker_roles


@dataclass(frozen=True, slots=True, kw_only=True)
class MaskedExample:
    """The texts of an example, masked."""

    system: Masked
    turns: tuple[tuple[Masked, Masked], ...]
    """Question and answer of each turn."""

    @property
    def texts(self) -> list[Masked]:
        """Every text, in order."""
        return [self.system, *(text for turn in self.turns for text in turn)]


def masker_of(
    conversation: Conversation, settings: Settings, *, is_reversible: bool = False
) -> Masker:
    """Make the masker of one conversation.

    Args:
        conversation: Its speakers and whoever they name are known.
        settings: `[privacy]` says what is masked, `[roles]` who is who.
        is_reversible: Use only placeholders the conversation does not say itself.
    """
    return Masker(
        settings.privacy,
        conversation,
        speaker_roles(conversation, settings),
        language=conversation.language or "",
        is_reversible=is_reversible,
    )


class Maskers:
    """The maskers of a project's conversations, each made once.

    Args:
        project: Whose conversations and settings.
        conversation_ids: The conversations that will be asked for.
        is_reversible: As in `masker_of`.
    """

    def __init__(
        self, project: Project, conversation_ids: Iterable[str], *, is_reversible: bool = False
    ) -> None:
        wanted = list(dict.fromkeys(conversation_ids))
        self._settings = project.settings
        self._made = {
            each.id: masker_of(each, project.settings, is_reversible=is_reversible)
            for each in project.conversations.read(wanted)
        }

    def of(self, conversation_id: str) -> Masker:
        """Return the masker of a conversation; of one that is gone, one that knows nobody."""
        if conversation_id not in self._made:
            self._made[conversation_id] = Masker(self._settings.privacy)
        return self._made[conversation_id]


def mask_example(masker: Masker, example: Example) -> MaskedExample:
    """Mask every text of an example, with the masker of its conversation."""
    return MaskedExample(
        system=masker.mask(example.system),
        turns=tuple(
            (masker.mask(turn.question), masker.mask(turn.answer)) for turn in example.turns
        ),
    )
