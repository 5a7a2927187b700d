"""Examples and their findings; an example that replaces another takes its decision along."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from uuid import uuid4

import sqlalchemy as sa

from chatmill.errors import UsageError
from chatmill.records import Decision, Example, ExampleState, Finding, Rejection, Status, Turn
from chatmill.store.database import Database
from chatmill.store.decisions import (
    append_decision,
    decisions_on,
    last_decision_id,
    state_on,
)
from chatmill.store.encoding import turn_to_json, turns_from_json
from chatmill.store.marks import clear_marks, set_mark
from chatmill.store.rejections import replace_rejections
from chatmill.store.tables import decisions, examples, findings

ROWS_AT_ONCE = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class ExtractionChange:
    """What storing one conversation's examples did."""

    n_new: int
    """Waiting for a first decision."""
    n_unchanged: int
    """Stood as they were, decision and all."""
    n_carried: int
    """Replace an example with the same words and took its decision."""
    n_changed: int
    """Replace an example with other words: back in the queue, or rejected as before."""
    n_withdrawn: int
    """No longer extracted and never decided: gone from the queue."""


def save_conversation_examples(
    database: Database,
    conversation_id: str,
    extracted: Sequence[Example],
    rejections: Iterable[Rejection],
    fingerprint: str,
) -> ExtractionChange:
    """Store what an extractor made of one conversation, in one transaction.

    An example that is there already stays as it is. A new one that shares a cited message with a
    stored one supersedes it: the same words inherit the decision, other words come back to the
    queue (a rejected one stays rejected). A stored one that was not extracted again is withdrawn
    unless somebody decided about it.

    Args:
        database: The project's.
        conversation_id: Conversation all examples belong to.
        extracted: Everything the extractor found in it, in order.
        rejections: What it left out.
        fingerprint: Of the conversation and the extractor's settings.
    """
    with database.write() as connection:
        stored = {each.id: each for each in _current(connection, conversation_id)}
        new_ids = {each.id for each in extracted}
        gone = [each for each in stored.values() if each.id not in new_ids]
        position = _next_position(connection)
        n_carried = n_changed = n_new = 0
        replaced: set[str] = set()
        for example in extracted:
            if example.id in stored:
                n_changed += _read_anew(connection, stored[example.id], example)
                continue
            old = _overlapping(example, gone, replaced)
            _insert_example(connection, example, position, old)
            position += 1
            if old is None:
                n_new += 1
                continue
            replaced.add(old.id)
            is_same = _extracted_words(connection, old.id) == _words(example.turns)
            n_carried += is_same
            n_changed += not is_same
            if old.status == "rejected" or (is_same and old.status == "kept"):
                _carry_over(connection, old, example, is_same=is_same)
        n_withdrawn = _withdraw(connection, [e for e in gone if e.id not in replaced])
        replace_rejections(connection, "extract", conversation_id, rejections)
        set_mark(connection, "extract", conversation_id, fingerprint)
    return ExtractionChange(
        n_new=n_new,
        n_unchanged=len(extracted) - n_new - n_carried - n_changed,
        n_carried=n_carried,
        n_changed=n_changed,
        n_withdrawn=n_withdrawn,
    )


def get_example(database: Database, example_id: str) -> Example:
    """Return one example.

    Raises:
        UsageError: There is none with that id.
    """
    with database.read() as connection:
        return example_on(connection, example_id)


def example_on(connection: sa.Connection, example_id: str) -> Example:
    """Return one example inside somebody's transaction.

    Raises:
        UsageError: There is none with that id.
    """
    row = connection.execute(sa.select(examples).where(examples.c.id == example_id)).first()
    if row is None:
        raise UsageError(f"no example {example_id}", fix="List them: chatmill examples")
    return example_of(row)


def add_example(connection: sa.Connection, example: Example, *, status: Status) -> None:
    """Add an example that no extractor made, at the end of the queue."""
    turns = [turn_to_json(turn) for turn in example.turns]
    connection.execute(
        sa.insert(examples).values(
            id=example.id,
            position=_next_position(connection),
            conversation_id=example.conversation_id,
            language=example.language,
            extractor=example.extractor,
            status=status,
            system=example.system,
            turns=turns,
            extracted_turns=turns,
            context=list(example.context),
        )
    )


def following_id(connection: sa.Connection, example_id: str) -> str | None:
    """Return the example after one in its conversation, rejected ones left out."""
    this = sa.select(examples.c.conversation_id, examples.c.position).where(
        examples.c.id == example_id
    )
    conversation_id, position = connection.execute(this).one()
    query = (
        sa.select(examples.c.id)
        .where(
            examples.c.conversation_id == conversation_id,
            examples.c.position > position,
            examples.c.superseded_by.is_(None),
            examples.c.status != "rejected",
        )
        .order_by(examples.c.position)
        .limit(1)
    )
    return connection.execute(query).scalar()


def list_examples(
    database: Database,
    *,
    status: Status | None = None,
    conversation_id: str | None = None,
    ids: Collection[str] | None = None,
) -> list[Example]:
    """List examples that stand (superseded ones left out), in the order they were extracted."""
    query = sa.select(examples).where(examples.c.superseded_by.is_(None))
    if status is not None:
        query = query.where(examples.c.status == status)
    if conversation_id is not None:
        query = query.where(examples.c.conversation_id == conversation_id)
    with database.read() as connection:
        rows = [example_of(row) for row in connection.execute(query.order_by(examples.c.position))]
    return rows if ids is None else [each for each in rows if each.id in ids]


def count_examples(database: Database) -> dict[str, int]:
    """Count examples that stand, by status."""
    query = (
        sa.select(examples.c.status, sa.func.count())
        .where(examples.c.superseded_by.is_(None))
        .group_by(examples.c.status)
    )
    with database.read() as connection:
        return {row[0]: row[1] for row in connection.execute(query)}


def save_findings(
    database: Database, by_example: Mapping[str, Sequence[Finding]], marks: Mapping[str, str]
) -> None:
    """Replace the findings of some examples and note what they were checked as.

    Args:
        database: The project's.
        by_example: Example id → its findings (empty where nothing is odd).
        marks: Example id → fingerprint of example and checks.
    """
    with database.write() as connection:
        for example_id, found in by_example.items():
            connection.execute(sa.delete(findings).where(findings.c.example_id == example_id))
            rows = [_finding_row(each) for each in found]
            if rows:
                connection.execute(sa.insert(findings), rows)
            set_mark(connection, "check", example_id, marks[example_id])
        if by_example:  # findings over all examples went with the others: look for them again
            clear_marks(connection, "check corpus")


def list_findings(
    database: Database, *, example_ids: Collection[str] | None = None
) -> dict[str, list[Finding]]:
    """Return example id → findings, for examples that stand and have some."""
    query = (
        sa.select(findings)
        .join(examples, examples.c.id == findings.c.example_id)
        .where(examples.c.superseded_by.is_(None))
        .order_by(findings.c.id)
    )
    found: dict[str, list[Finding]] = {}
    with database.read() as connection:
        for part in _in_parts(query, findings.c.example_id, example_ids):
            for row in connection.execute(part).mappings():
                values = {key: value for key, value in row.items() if key != "id"}
                found.setdefault(row["example_id"], []).append(Finding(**values))
    return found


def _in_parts(
    query: sa.Select[tuple[object]], column: sa.Column[str], ids: Collection[str] | None
) -> Iterator[sa.Select[tuple[object]]]:
    """Split a long `IN` list, databases bound its length."""
    if ids is None:
        yield query
        return
    wanted = list(ids)
    for start in range(0, len(wanted), ROWS_AT_ONCE):
        yield query.where(column.in_(wanted[start : start + ROWS_AT_ONCE]))


def _current(connection: sa.Connection, conversation_id: str) -> list[Example]:
    query = sa.select(examples).where(
        examples.c.conversation_id == conversation_id, examples.c.superseded_by.is_(None)
    )
    return [example_of(row) for row in connection.execute(query.order_by(examples.c.position))]


def _next_position(connection: sa.Connection) -> int:
    highest = connection.execute(sa.select(sa.func.max(examples.c.position))).scalar()
    return 0 if highest is None else highest + 1


def _overlapping(example: Example, candidates: list[Example], taken: set[str]) -> Example | None:
    """Find the stored example whose cited messages this one shares most of."""
    cited = cited_messages(example)
    best: Example | None = None
    most = 0
    for each in candidates:
        shared = len(cited & cited_messages(each))
        if each.id not in taken and shared > most:
            best, most = each, shared
    return best


def cited_messages(example: Example) -> set[str]:
    """Return the ids of the messages an example's words come from."""
    return {
        citation.message_id
        for turn in example.turns
        for citation in (*turn.question_citations, *turn.answer_citations)
    }


def _words(turns: tuple[Turn, ...]) -> list[tuple[str, str]]:
    return [(turn.question, turn.answer) for turn in turns]


def _extracted_words(connection: sa.Connection, example_id: str) -> list[tuple[str, str]]:
    query = sa.select(examples.c.extracted_turns).where(examples.c.id == example_id)
    return _words(turns_from_json(connection.execute(query).scalar_one()))


def _insert_example(
    connection: sa.Connection, example: Example, position: int, old: Example | None
) -> None:
    """Insert an example, or bring one back that had been superseded earlier."""
    turns = [turn_to_json(turn) for turn in example.turns]
    place = {
        "position": position,
        "context": list(example.context),
        "extracted_turns": turns,
        "supersedes": None if old is None else old.id,
        "superseded_by": None,
    }
    known = connection.execute(
        sa.update(examples).where(examples.c.id == example.id).values(**place)
    ).rowcount
    if known:
        _put_back(connection, example)
    else:
        connection.execute(
            sa.insert(examples).values(
                id=example.id,
                conversation_id=example.conversation_id,
                language=example.language,
                extractor=example.extractor,
                status="pending",
                system=example.system,
                turns=turns,
                **place,
            )
        )
    if old is not None:
        connection.execute(
            sa.update(examples).where(examples.c.id == old.id).values(superseded_by=example.id)
        )


def _read_anew(connection: sa.Connection, stored: Example, example: Example) -> bool:
    """Take over what an extractor now reads in the same messages; False where it reads the same.

    Other words come back to the queue, unless somebody decided about those very words before: then
    that decision counts again. What was rejected stays rejected.
    """
    row = sa.update(examples).where(examples.c.id == stored.id)
    if _extracted_words(connection, stored.id) == _words(example.turns):
        if not last_decision_id(connection, stored.id):  # else a person saw the line
            connection.execute(row.values(system=example.system))
        return False
    turns = [turn_to_json(turn) for turn in example.turns]
    connection.execute(row.values(extracted_turns=turns))
    if stored.status != "rejected":
        _put_back(connection, example)
    return True


def _decided_before(connection: sa.Connection, example: Example) -> ExampleState | None:
    """Return what the newest decision about exactly these extracted words made of them."""
    for decision in reversed(decisions_on(connection, example_id=example.id)):
        is_human = decision.action in ("keep", "edit", "reject")
        if is_human and _words(decision.before.turns) == _words(example.turns):
            return decision.after
    return None


def _put_back(connection: sa.Connection, example: Example) -> None:
    """Make an example pending with the extractor's words.

    A decided one changes by a decision, so that its log still leads to its state.
    """
    before = state_on(connection, example.id)
    after = _decided_before(connection, example) or ExampleState(
        status="pending", system=example.system, turns=example.turns
    )
    if not last_decision_id(connection, example.id):
        connection.execute(
            sa.update(examples)
            .where(examples.c.id == example.id)
            .values(system=after.system, turns=[turn_to_json(turn) for turn in after.turns])
        )
    elif before != after:
        append_decision(
            connection,
            Decision(
                id=str(uuid4()),
                example_id=example.id,
                reviewer="extract",
                action="restore",
                before=before,
                after=after,
                reason="its messages are read differently now",
            ),
        )


def _carry_over(
    connection: sa.Connection, old: Example, example: Example, *, is_same: bool
) -> None:
    """Decide about an example as somebody decided about the one it replaces."""
    before = ExampleState(status="pending", system=example.system, turns=example.turns)
    after = (
        ExampleState(status=old.status, system=old.system, turns=old.turns)
        if is_same
        else replace(before, status=old.status)
    )
    append_decision(
        connection,
        Decision(
            id=str(uuid4()),
            example_id=example.id,
            reviewer="carried over",
            action="keep" if old.status == "kept" else "reject",
            before=before,
            after=after,
            reason=f"decided before as {old.id}",
        ),
    )


def _withdraw(connection: sa.Connection, gone: list[Example]) -> int:
    """Delete examples nobody decided about; a decided one stays."""
    decided = set(
        connection.execute(
            sa.select(decisions.c.example_id).where(
                decisions.c.example_id.in_([each.id for each in gone])
            )
        ).scalars()
    )
    ids = [each.id for each in gone if each.id not in decided]
    connection.execute(sa.delete(findings).where(findings.c.example_id.in_(ids)))
    connection.execute(sa.delete(examples).where(examples.c.id.in_(ids)))
    return len(ids)


def example_of(row: sa.Row[tuple[object]]) -> Example:
    """Make an example of its row."""
    values = row._mapping  # noqa: SLF001 - SQLAlchemy's documented name for a row as a mapping
    return Example(
        id=values["id"],
        conversation_id=values["conversation_id"],
        system=values["system"],
        turns=turns_from_json(values["turns"]),
        extractor=values["extractor"],
        status=values["status"],
        context=tuple(values["context"]),
        language=values["language"],
        supersedes=values["supersedes"],
    )


def _finding_row(finding: Finding) -> dict[str, object]:
    return {
        "example_id": finding.example_id,
        "check": finding.check,
        "severity": finding.severity,
        "field": finding.field,
        "start": finding.start,
        "end": finding.end,
        "message": finding.message,
        "evidence": finding.evidence,
    }
