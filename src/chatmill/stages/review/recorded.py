"""A review written down earlier, such as the sample's, taken into a project as decisions."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal
from uuid import NAMESPACE_URL, uuid5

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from chatmill.errors import ReviewFileError, UsageError
from chatmill.project import Project
from chatmill.records import Decision, Example, ExampleState
from chatmill.stages.review.words import check_again, edited_state, state_of
from chatmill.store.decisions import list_decisions, record_decisions
from chatmill.store.examples import list_examples
from chatmill.text.pairs_file import TurnText

NAMED_AT_MOST = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedSummary:
    """What applying a recorded review did."""

    n_applied: int
    """Decisions recorded now."""
    n_known: int
    """Decisions the log held already."""


class RecordedTurn(BaseModel):
    """The words of one turn after an edit."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    question: str
    answer: str


class RecordedDecision(BaseModel):
    """One line of a recorded review."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    example_id: str
    action: Literal["keep", "edit", "reject"]
    reviewer: str = Field(min_length=1)
    reason: str = ""
    system: str | None = None
    turns: tuple[RecordedTurn, ...] | None = None


def apply_recorded(project: Project, path: Path) -> RecordedSummary:
    """Take a JSONL of decisions into the project, all of it or nothing; again changes nothing.

    Args:
        project: Must hold every example that is named.
        path: One object a line, the fields of `RecordedDecision`.

    Raises:
        ReviewFileError: A line is no decision, or its example is not in the project.
    """
    lines = _read(path)
    stored = {e.id: e for e in list_examples(project.database, ids={r.example_id for r in lines})}
    unknown = sorted({each.example_id for each in lines} - stored.keys())
    if unknown:
        more = f" and {len(unknown) - NAMED_AT_MOST} more" if len(unknown) > NAMED_AT_MOST else ""
        raise ReviewFileError(
            f"this project has no example {', '.join(unknown[:NAMED_AT_MOST])}{more}",
            where=str(path),
            fix="Record the review again, or import and extract the same chats",
        )
    ids = {recorded: _decision_id(recorded) for recorded in lines}
    known = {each.id for each in list_decisions(project.database, ids=ids.values())}
    fresh = {each: decision_id for each, decision_id in ids.items() if decision_id not in known}
    made = _decisions(project, path, stored, fresh)
    record_decisions(project.database, made)
    check_again(project, {each.example_id for each in made if each.action == "edit"})
    return RecordedSummary(n_applied=len(made), n_known=len(ids) - len(made))


def _read(path: Path) -> list[RecordedDecision]:
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise ReviewFileError(f"cannot be read: {error}", where=str(path)) from error
    read: list[RecordedDecision] = []
    for at, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        try:
            read.append(RecordedDecision.model_validate_json(line))
        except ValidationError as error:
            first = error.errors(include_url=False)[0]
            field = ".".join(str(part) for part in first["loc"])
            raise ReviewFileError(
                f"no decision: {field} {first['msg']}".strip(), where=f"{path} line {at}"
            ) from error
    return read


def _decision_id(recorded: RecordedDecision) -> str:
    """Follow from what is decided, so that the same line is the same decision everywhere."""
    canonical = json.dumps(recorded.model_dump(), ensure_ascii=False, sort_keys=True)
    return str(uuid5(NAMESPACE_URL, f"chatmill:recorded:{canonical}"))


def _decisions(
    project: Project,
    path: Path,
    stored: dict[str, Example],
    fresh: Mapping[RecordedDecision, str],
) -> list[Decision]:
    """Make the decisions in order; the second about an example starts from the first."""
    made: list[Decision] = []
    now = dict(stored)
    for recorded, decision_id in fresh.items():
        example = now[recorded.example_id]
        after = _after(project, path, example, recorded)
        made.append(
            Decision(
                id=decision_id,
                example_id=example.id,
                reviewer=recorded.reviewer,
                action=recorded.action,
                before=state_of(example),
                after=after,
                reason=recorded.reason,
            )
        )
        now[example.id] = replace(
            example, status=after.status, system=after.system, turns=after.turns
        )
    return made


def _after(
    project: Project, path: Path, example: Example, recorded: RecordedDecision
) -> ExampleState:
    if recorded.action == "keep":
        return replace(state_of(example), status="kept")
    if recorded.action == "reject":
        return replace(state_of(example), status="rejected")
    turns = (
        None
        if recorded.turns is None
        else [TurnText(question=turn.question, answer=turn.answer) for turn in recorded.turns]
    )
    conversation = project.conversations.get(example.conversation_id)
    try:
        return edited_state(example, conversation, system=recorded.system, turns=turns)
    except UsageError as error:
        raise ReviewFileError(error.what, where=f"{path} {example.id}") from error
