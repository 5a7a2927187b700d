"""What an edit makes of an example: the new words, cited again and checked again."""

from collections.abc import Collection, Sequence
from dataclasses import replace

from chatmill.errors import UsageError
from chatmill.project import Project
from chatmill.records import Conversation, Example, ExampleState, Finding, Message, Turn
from chatmill.store.examples import cited_messages, get_example, save_findings
from chatmill.store.product_mentions import ProductBook, read_product_book
from chatmill.text.alignment import cite
from chatmill.text.pairs_file import TurnText

REVIEWER = "reviewer"
"""Origin of words a person typed in review."""


def state_of(example: Example) -> ExampleState:
    """Return what a decision about this example starts from."""
    return ExampleState(status=example.status, system=example.system, turns=example.turns)


def edited_state(
    example: Example,
    conversation: Conversation,
    *,
    system: str | None,
    turns: Sequence[TurnText] | None,
) -> ExampleState:
    """Return the example with new words, kept; what stands in the source stays cited.

    A turn left without question and answer is taken out.

    Args:
        example: As it is now.
        conversation: Where its words come from.
        system: New system line; None leaves it.
        turns: New questions and answers; None leaves them.

    Raises:
        UsageError: A question or an answer is empty, or no turn is left.
    """
    line = example.system if system is None else " ".join(system.split())
    written = _cleaned(example, turns) if turns is not None else None
    if written is None:
        return ExampleState(status="kept", system=line, turns=example.turns)
    messages = nearby_messages(example, conversation)
    old = {(turn.question, turn.answer): turn for turn in example.turns}
    made = tuple(
        old.get((text.question, text.answer)) or _cited_turn(text, example.turns, at, messages)
        for at, text in enumerate(written)
    )
    return ExampleState(status="kept", system=line, turns=made)


def nearby_messages(example: Example, conversation: Conversation) -> tuple[Message, ...]:
    """Return the messages an example shows or cites, in order; all where it names none."""
    near = cited_messages(example) | set(example.context)
    found = tuple(message for message in conversation.messages if message.id in near)
    return found or conversation.messages


def check_again(project: Project, example_ids: Collection[str]) -> None:
    """Check examples whose words changed and store what is found."""
    changed = [get_example(project.database, each) for each in sorted(set(example_ids))]
    conversations = {
        each.id: each for each in project.conversations.read({e.conversation_id for e in changed})
    }
    products = read_product_book(project.database, project.settings, list(conversations))
    looked_at = {
        each.id: findings_of(each, conversations[each.conversation_id], products)
        for each in changed
    }
    found = {key: findings for key, (findings, _) in looked_at.items()}
    marks = {key: fingerprint for key, (_, fingerprint) in looked_at.items()}
    save_findings(project.database, found, marks)


def findings_of(
    example: Example, conversation: Conversation, products: ProductBook
) -> tuple[list[Finding], str]:
    """Return what the checks find in an example, and the fingerprint of what they looked at."""
    from chatmill.checks import check_example, example_fingerprint

    settings = products.settings_of(conversation.id)
    fingerprint = example_fingerprint(example, conversation, settings)
    return list(check_example(example, conversation, settings)), fingerprint


def _cleaned(example: Example, turns: Sequence[TurnText]) -> list[TurnText]:
    cleaned = [TurnText(question=t.question.strip(), answer=t.answer.strip()) for t in turns]
    kept = [text for text in cleaned if text.question or text.answer]
    for text in kept:
        if not text.question or not text.answer:
            missing = "answer" if text.question else "question"
            raise UsageError(
                f"a turn has no {missing}",
                where=example.id,
                fix="Write one, or empty both to take the turn out",
            )
    if not kept:
        raise UsageError("no turn is left", where=example.id, fix="Reject the example instead")
    return kept


def _cited_turn(
    text: TurnText, old: tuple[Turn, ...], at: int, messages: Sequence[Message]
) -> Turn:
    """Cite a turn again, but leave the half of it that nobody touched as it was."""
    made = Turn(question=text.question, answer=text.answer)
    before = old[at] if at < len(old) else None
    if before is not None and before.question == text.question:
        made = replace(
            made,
            question_citations=before.question_citations,
            question_typed=before.question_typed,
        )
    else:
        cited = cite(text.question, messages, origin=REVIEWER)
        made = replace(made, question_citations=cited.citations, question_typed=cited.typed)
    if before is not None and before.answer == text.answer:
        return replace(
            made, answer_citations=before.answer_citations, answer_typed=before.answer_typed
        )
    cited = cite(text.answer, messages, origin=REVIEWER)
    return replace(made, answer_citations=cited.citations, answer_typed=cited.typed)
