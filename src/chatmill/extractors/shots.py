"""Few-shot examples from what people kept: the model sees how this team's pairs look."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from chatmill.extractors.examples import cited_ids
from chatmill.extractors.sections import PLATFORM
from chatmill.extractors.windows import numbered_lines
from chatmill.project import Project
from chatmill.records import Conversation, Example, Role, ThreadedConversation
from chatmill.store.decisions import list_decisions
from chatmill.store.examples import list_examples
from chatmill.text.tokens import estimate_tokens

_MOST_TOKENS = 900
"""Of one example; longer ones are left to the reviewers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shot:
    """One kept example as a model is shown it."""

    text: str
    """Numbered messages, an empty line, the reply."""
    language: str
    conversation_id: str
    message_ids: frozenset[str]
    """A part of a chat is never shown the answer to itself."""


def draw_shots(project: Project) -> tuple[Shot, ...]:
    """Choose the examples that were kept first, one a conversation before a second of any.

    The first stay the first, so keeping more does not change the prompt of every conversation.
    Examples with words typed in review are left out: they would teach a model to add words; those
    of documents, because nobody speaks in them.
    """
    n_wanted = project.settings.extract.few_shot
    if n_wanted == 0:
        return ()
    kept = {
        each.id: each
        for each in list_examples(project.database, status="kept")
        if not any(turn.question_typed or turn.answer_typed for turn in each.turns)
        and not each.conversation_id.startswith(f"{PLATFORM}:")
    }
    first_kept = dict.fromkeys(
        decision.example_id
        for decision in list_decisions(project.database)
        if decision.example_id in kept and decision.after.status == "kept"
    )
    wanted = _spread([kept[each] for each in first_kept])
    by_language: dict[str, list[Shot]] = {}
    for example in wanted:
        shots = by_language.setdefault(example.language, [])
        if len(shots) >= n_wanted:
            continue
        for conversation in project.conversations.read([example.conversation_id]):
            shot = _shot(example, conversation)
            if estimate_tokens(shot.text) <= _MOST_TOKENS:
                shots.append(shot)
    return tuple(shot for shots in by_language.values() for shot in shots)


def fitting_shots(
    shots: Iterable[Shot], language: str, conversation_id: str, message_ids: Sequence[str]
) -> tuple[str, ...]:
    """Return the shots of a language that show nothing of these messages."""
    shown = set(message_ids)
    return tuple(
        shot.text
        for shot in shots
        if shot.language == language
        and (shot.conversation_id != conversation_id or not shot.message_ids & shown)
    )


def _spread(kept: Sequence[Example]) -> list[Example]:
    """Put the first example of each conversation before all others."""
    firsts: dict[str, Example] = {}
    for example in kept:
        firsts.setdefault(example.conversation_id, example)
    chosen = list(firsts.values())
    return chosen + [example for example in kept if firsts[example.conversation_id] is not example]


def _shot(example: Example, conversation: Conversation) -> Shot:
    around = {*example.context, *cited_ids(example.turns)}
    messages = [each for each in conversation.messages if each.id in around and each.kind == "text"]
    asking = {c.message_id for turn in example.turns for c in turn.question_citations}
    askers = {each.speaker for each in messages if each.id in asking}
    roles: dict[str, Role] = {
        each.id: "customer" if each.speaker in askers else "agent" for each in messages
    }
    threaded = ThreadedConversation(
        conversation=replace(conversation, messages=tuple(messages)),
        roles=roles,
        links=(),
        thread_ids={},
    )
    number_of = {each.id: number for number, each in enumerate(messages, start=1)}
    pairs = [
        {
            "question": turn.question,
            "question_ids": _numbers(cited_ids([replace(turn, answer_citations=())]), number_of),
            "answer": turn.answer,
            "answer_ids": _numbers(cited_ids([replace(turn, question_citations=())]), number_of),
            "resolved": True,
        }
        for turn in example.turns
    ]
    reply = json.dumps(
        {"pairs": pairs, "system": example.system, "left_out": ""}, ensure_ascii=False
    )
    lines = numbered_lines(messages, threaded, _MOST_TOKENS)
    return Shot(
        text="\n".join((*lines, "", reply)),
        language=example.language,
        conversation_id=conversation.id,
        message_ids=frozenset(number_of),
    )


def _numbers(message_ids: Iterable[str], number_of: dict[str, int]) -> list[int]:
    return sorted(number_of[each] for each in message_ids if each in number_of)
