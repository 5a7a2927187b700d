"""Evaluations: which there are and where their reports lie; the scores themselves are Parquet."""

from dataclasses import asdict

import sqlalchemy as sa

from chatmill.errors import UsageError
from chatmill.records import Evaluation
from chatmill.store.database import Database
from chatmill.store.tables import evaluations


def record_evaluation(database: Database, evaluation: Evaluation) -> None:
    """Store an evaluation whose folder is complete; the same id again replaces its figures."""
    values = asdict(evaluation)
    with database.write() as connection:
        changed = connection.execute(
            sa.update(evaluations).where(evaluations.c.id == evaluation.id).values(values)
        )
        if changed.rowcount == 0:
            connection.execute(sa.insert(evaluations).values(values))


def list_evaluations(database: Database, *, dataset: str | None = None) -> list[Evaluation]:
    """List evaluations, oldest first.

    Args:
        database: The project's.
        dataset: Only those of this dataset version.
    """
    query = sa.select(evaluations).order_by(evaluations.c.number)
    if dataset is not None:
        query = query.where(evaluations.c.dataset == dataset)
    with database.read() as connection:
        return [_from_row(row) for row in connection.execute(query).mappings()]


def find_evaluation(database: Database, evaluation_id: str) -> Evaluation | None:
    """Return the evaluation of this id, or None where it was never finished."""
    query = sa.select(evaluations).where(evaluations.c.id == evaluation_id)
    with database.read() as connection:
        row = connection.execute(query).mappings().first()
    return None if row is None else _from_row(row)


def get_evaluation(database: Database, name: str | None = None) -> Evaluation:
    """Return an evaluation by id, or the newest one.

    Args:
        database: The project's.
        name: Its id, or a dataset version, which means the newest evaluation of it.

    Raises:
        UsageError: There is none.
    """
    known = list_evaluations(database)
    if not known:
        raise UsageError("nothing was evaluated yet", fix="Ask the tuned model: chatmill evaluate")
    matching = [each for each in known if name in (None, each.id, each.dataset)]
    if not matching:
        raise UsageError(
            f"no evaluation {name}", fix=f"There are: {', '.join(each.id for each in known)}"
        )
    return matching[-1]


def _from_row(row: sa.RowMapping) -> Evaluation:
    return Evaluation(**{name: row[name] for name in Evaluation.__dataclass_fields__})
