"""A room with many examples and the decisions of people who follow a rule, or none.

The meaning of each text is planted as a vector, so that no encoder runs; what is learnt, stored and
decided is real.
"""

from collections.abc import Callable, Iterable
from pathlib import Path
from uuid import NAMESPACE_URL, uuid5

import numpy as np
import sqlalchemy as sa

from chatmill.project import InitAnswers, Project
from chatmill.records import Conversation, Decision, Example, Message
from chatmill.settings import FILE_NAME
from chatmill.stages.review.deciding import decide
from chatmill.stages.review.steps import id_in_step
from chatmill.stages.review.triage.features import N_DIMENSIONS, pack, texts_of
from chatmill.store.decisions import append_step, states_on
from chatmill.store.encoding import turn_to_json
from chatmill.store.tables import examples
from chatmill.store.triage import save_vectors
from making import example

EXAMPLES_A_CHAT = 4
PERSON = "박서준"
GOOD, BAD = "소켓은 8개입니다", "감사합니다"


def triage_project(folder: Path, n_examples: int, *, database_url: str = "") -> Project:
    """Make a project with pending examples; every third one is bad, and means so."""
    with Project.create(folder, InitAnswers(products=("W5500",))) as made:
        if database_url:
            with (made.folder / FILE_NAME).open("a", encoding="utf-8") as file:
                file.write(f'\n[store]\nurl = "{database_url}"\n')
    project = Project.open(folder)
    records = [planted(number) for number in range(n_examples)]
    rows = [row for each in records for row in _messages(each)]
    project.conversations.write_part("chats", rows, batch_messages=5_000)
    with project.database.write(lists=False) as connection:
        connection.execute(sa.insert(examples), [_row(at, each) for at, each in enumerate(records)])
    save_vectors(
        project.database,
        [pack(each.id, texts_of(each.turns), _meaning(at)) for at, each in enumerate(records)],
    )
    return project


def planted(number: int) -> Example:
    """Make one example; its texts are its own."""
    answer = f"{BAD if is_bad(number) else GOOD} {number}"
    return example(
        number,
        question=f"W5500의 소켓 {number}번은?",
        answer=answer,
        conversation_id=f"room:{number // EXAMPLES_A_CHAT}",
        language="ko",
    )


def is_bad(number: int) -> bool:
    """Tell whether an example follows the bad pattern; no chat has one kind alone."""
    return number % 3 == 0


def by_rule(number: int) -> str:
    """Reject what is bad, keep the rest."""
    return "reject" if is_bad(number) else "keep"


def at_random(number: int) -> str:
    """Decide by the throw of a coin."""
    return "keep" if uuid5(NAMESPACE_URL, str(number)).int % 2 else "reject"


def people_decide(
    project: Project,
    numbers: Iterable[int],
    rule: Callable[[int], str] = by_rule,
    *,
    reviewer: str = PERSON,
) -> None:
    """Record a decision a person about each example, quickly."""
    step = str(uuid5(NAMESPACE_URL, f"{reviewer}{min(numbers := list(numbers))}{rule}"))
    ids = {planted(number).id: number for number in numbers}
    with project.database.write(lists=False) as connection:
        states = states_on(connection, list(ids))
        made = [
            Decision(
                id=id_in_step(step, each),
                example_id=each,
                reviewer=reviewer,
                action="keep" if rule(number) == "keep" else "reject",
                before=states[each],
                after=type(states[each])(
                    status="kept" if rule(number) == "keep" else "rejected",
                    system=states[each].system,
                    turns=states[each].turns,
                ),
            )
            for each, number in ids.items()
        ]
        append_step(connection, made)


def one_decides(project: Project, number: int, action: str, *, reviewer: str = PERSON) -> Decision:
    """Record a decision as the page does."""
    said = uuid5(NAMESPACE_URL, f"{number}{action}{reviewer}")
    return decide(
        project,
        planted(number).id,
        "keep" if action == "keep" else "reject",
        decision_id=str(said),
        reviewer=reviewer,
    )


def _messages(made: Example) -> list[tuple[Conversation, Message]]:
    head = Conversation(id=made.conversation_id, source="chats.jsonl", platform="jsonl")
    (turn,) = made.turns
    asked, said = turn.question_citations[0], turn.answer_citations[0]
    return [
        (head, Message(id=asked.message_id, speaker="고객", role="customer", text=turn.question)),
        (head, Message(id=said.message_id, speaker="Mina", role="agent", text=turn.answer)),
    ]


def _row(at: int, made: Example) -> dict[str, object]:
    turns = [turn_to_json(turn) for turn in made.turns]
    return {
        "id": made.id,
        "position": at,
        "conversation_id": made.conversation_id,
        "language": made.language,
        "extractor": made.extractor,
        "status": "pending",
        "system": made.system,
        "turns": turns,
        "extracted_turns": turns,
        "context": [],
    }


def _meaning(number: int) -> np.ndarray:
    """Plant the meaning: bad answers lie in another direction, each with its own noise."""
    noise = np.random.default_rng(number).normal(size=(2, N_DIMENSIONS)) * 0.03
    noise[1, 0 if is_bad(number) else 1] += 1.0
    noise[0, 2] += 1.0
    unit: np.ndarray = noise / np.linalg.norm(noise, axis=1, keepdims=True)
    return unit.astype(np.float32)
