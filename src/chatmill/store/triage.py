"""What triage has learnt and what it says: models, vectors of texts, predictions."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from chatmill.records import Turn
from chatmill.store.database import Database
from chatmill.store.decisions import last_seq
from chatmill.store.encoding import turns_from_json
from chatmill.store.queue import ERROR, set_certainties
from chatmill.store.tables import (
    decisions,
    examples,
    findings,
    leases,
    review_queue,
    triage_models,
    triage_predictions,
    triage_vectors,
)
from chatmill.store.upsert import insert_into

REVIEWER = "triage"
"""Name its own decisions are recorded under."""
ROWS_AT_ONCE = 400
"""Databases bound the length of an `IN` list."""
Found = Mapping[tuple[str, str], int]
"""(check, severity) → how many findings."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """What triage looks at of one example."""

    example_id: str
    system: str
    turns: tuple[Turn, ...]
    extractor: str
    language: str
    found: Found


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredVector:
    """The vectors of one example's texts, and of which words they are."""

    example_id: str
    words: str
    """Digest of the texts."""
    vector: str
    """Base64 of what the stage packed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredModel:
    """One training."""

    number: int
    trained_up_to: int
    """Place of the newest decision in the log it knew."""
    figures: dict[str, Any]
    """What the stage wrote: how good it is, and its weights."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SureExample:
    """A pending example the newest model is sure of."""

    example_id: str
    keep: float
    """Confidence that a person would keep it as it is, in [0, 1]."""
    words: str
    """Digest of the texts the prediction was made from."""


def save_model(database: Database, *, trained_up_to: int, figures: Mapping[str, Any]) -> int:
    """Store a training and return its number."""
    row = {"trained_up_to": trained_up_to, "figures": dict(figures)}
    with database.write(lists=False) as connection:
        made = connection.execute(sa.insert(triage_models), row)
        (number,) = made.inserted_primary_key or (0,)
    return int(number)


def newest_model(database: Database) -> StoredModel | None:
    """Return the newest training, None before the first."""
    with database.read() as connection:
        return newest_model_on(connection)


def newest_model_on(connection: sa.Connection) -> StoredModel | None:
    """Do the same inside somebody's transaction."""
    query = sa.select(triage_models).order_by(triage_models.c.number.desc()).limit(1)
    row = connection.execute(query).mappings().first()
    return None if row is None else StoredModel(**row)


def read_subjects(connection: sa.Connection, example_ids: Sequence[str]) -> dict[str, Subject]:
    """Return example id → what triage looks at, as it stands."""
    found: dict[str, Subject] = {}
    for start in range(0, len(example_ids), ROWS_AT_ONCE):
        some = list(example_ids[start : start + ROWS_AT_ONCE])
        counts = _findings_of(connection, some)
        query = sa.select(
            examples.c.id,
            examples.c.system,
            examples.c.turns,
            examples.c.extractor,
            examples.c.language,
        )
        for row in connection.execute(query.where(examples.c.id.in_(some))):
            found[row.id] = Subject(
                example_id=row.id,
                system=row.system,
                turns=turns_from_json(row.turns),
                extractor=row.extractor,
                language=row.language,
                found=counts.get(row.id, {}),
            )
    return found


def pending_pages(database: Database, *, size: int) -> Iterator[list[Subject]]:
    """Yield all pending examples, a page at a time, in the order of the chats."""
    place = (review_queue.c.position, review_queue.c.example_id)
    after: tuple[int, str] = (-1, "")
    while True:
        query = (
            sa.select(review_queue.c.example_id, review_queue.c.position)
            .where(review_queue.c.status == "pending", sa.tuple_(*place) > after)
            .order_by(*place)
            .limit(size)
        )
        with database.read() as connection:
            rows = connection.execute(query).all()
            subjects = read_subjects(connection, [row.example_id for row in rows])
        if not rows:
            return
        yield [subjects[row.example_id] for row in rows if row.example_id in subjects]
        after = (rows[-1].position, rows[-1].example_id)


def count_pending(database: Database) -> int:
    """Count the examples that wait for a decision."""
    query = sa.select(sa.func.count()).where(review_queue.c.status == "pending")
    with database.read() as connection:
        return connection.execute(query).scalar_one()


def read_vectors(database: Database, example_ids: Sequence[str]) -> dict[str, StoredVector]:
    """Return example id → stored vectors, where there are some."""
    found: dict[str, StoredVector] = {}
    with database.read() as connection:
        for start in range(0, len(example_ids), ROWS_AT_ONCE):
            some = list(example_ids[start : start + ROWS_AT_ONCE])
            query = sa.select(triage_vectors).where(triage_vectors.c.example_id.in_(some))
            for row in connection.execute(query).mappings():
                found[row["example_id"]] = StoredVector(**row)
    return found


def save_vectors(database: Database, made: Sequence[StoredVector]) -> None:
    """Store vectors; those of earlier words of the same example go."""
    if not made:
        return
    rows = [
        {"example_id": each.example_id, "words": each.words, "vector": each.vector} for each in made
    ]
    with database.write(lists=False) as connection:
        insert = insert_into(connection, triage_vectors)
        new = {"words": insert.excluded.words, "vector": insert.excluded.vector}
        connection.execute(
            insert.on_conflict_do_update(index_elements=["example_id"], set_=new), rows
        )


def save_predictions(database: Database, model: int, keep: Mapping[str, float]) -> int:
    """Store what a model says of examples that are still pending, and put the queue in order.

    Args:
        database: The project's.
        model: Its number.
        keep: Example id → confidence that it is kept as it is, in [0, 1].

    Returns:
        How many were stored.
    """
    with database.write(lists=False) as connection:
        pending = set(_pending_among(connection, list(keep)))
        seq = last_seq(connection)
        rows = [
            {"example_id": example_id, "model": model, "made_after": seq, "keep": value}
            for example_id, value in keep.items()
            if example_id in pending
        ]
        if rows:
            insert = insert_into(connection, triage_predictions)
            new = {name: insert.excluded[name] for name in ("model", "made_after", "keep")}
            connection.execute(
                insert.on_conflict_do_update(index_elements=["example_id"], set_=new), rows
            )
            sure = {each: abs(2 * keep[each] - 1) for each in sorted(pending)}
            set_certainties(connection, {**sure})
    return len(rows)


def drop_predictions(database: Database, *, before: int) -> None:
    """Take away what older models said, but of examples triage decided about itself.

    Args:
        database: The project's.
        before: Number of the newest model.
    """
    own = sa.select(decisions.c.example_id).where(decisions.c.reviewer == REVIEWER)
    old = (triage_predictions.c.model < before) & triage_predictions.c.example_id.not_in(own)
    with database.write(lists=False) as connection:
        unsaid = sa.select(triage_predictions.c.example_id).where(old)
        connection.execute(
            sa.update(review_queue)
            .where(review_queue.c.example_id.in_(unsaid), review_queue.c.certainty.is_not(None))
            .values(certainty=None)
        )
        connection.execute(sa.delete(triage_predictions).where(old))


def find_prediction(database: Database, example_id: str) -> float | None:
    """Return how sure triage is that a pending example is kept, None where it says nothing."""
    query = (
        sa.select(triage_predictions.c.keep)
        .join(review_queue, review_queue.c.example_id == triage_predictions.c.example_id)
        .where(triage_predictions.c.example_id == example_id, review_queue.c.status == "pending")
    )
    with database.read() as connection:
        return connection.execute(query).scalar()


def sure_on(
    connection: sa.Connection, *, model: int, keep_from: float, now: float, most: int
) -> list[SureExample]:
    """List pending examples a model is sure of, the surest first.

    Those with an error, and those somebody looks at just now, are people's and left out.

    Args:
        connection: To the project's database.
        model: Number of the newest model; what others said does not count.
        keep_from: Least confidence.
        now: Unix seconds.
        most: Most examples.
    """
    held = sa.select(leases.c.example_id).where(leases.c.expires_at > now)
    query = (
        sa.select(
            triage_predictions.c.example_id, triage_predictions.c.keep, triage_vectors.c.words
        )
        .join(review_queue, review_queue.c.example_id == triage_predictions.c.example_id)
        .join(triage_vectors, triage_vectors.c.example_id == triage_predictions.c.example_id)
        .where(
            triage_predictions.c.keep >= keep_from,
            triage_predictions.c.model == model,
            review_queue.c.status == "pending",
            review_queue.c.rank != ERROR,
            triage_predictions.c.example_id.not_in(held),
        )
        .order_by(triage_predictions.c.keep.desc(), triage_predictions.c.example_id)
        .limit(most)
    )
    return [SureExample(**row) for row in connection.execute(query).mappings()]


def _pending_among(connection: sa.Connection, example_ids: Sequence[str]) -> Iterator[str]:
    for start in range(0, len(example_ids), ROWS_AT_ONCE):
        query = sa.select(review_queue.c.example_id).where(
            review_queue.c.example_id.in_(example_ids[start : start + ROWS_AT_ONCE]),
            review_queue.c.status == "pending",
        )
        yield from connection.execute(query).scalars()


def _findings_of(
    connection: sa.Connection, example_ids: Sequence[str]
) -> dict[str, dict[tuple[str, str], int]]:
    query = (
        sa.select(findings.c.example_id, findings.c.check, findings.c.severity, sa.func.count())
        .where(findings.c.example_id.in_(example_ids))
        .group_by(findings.c.example_id, findings.c.check, findings.c.severity)
    )
    found: dict[str, dict[tuple[str, str], int]] = {}
    for example_id, check, severity, n_found in connection.execute(query):
        found.setdefault(example_id, {})[check, severity] = n_found
    return found
