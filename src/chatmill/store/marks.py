"""How far a stage is: what each item looked like when the stage was done with it."""

import sqlalchemy as sa

from chatmill.store.database import Database
from chatmill.store.tables import stage_marks


def read_marks(database: Database, stage: str) -> dict[str, str]:
    """Return item → fingerprint for everything the stage has finished."""
    query = sa.select(stage_marks.c.item, stage_marks.c.fingerprint).where(
        stage_marks.c.stage == stage
    )
    with database.read() as connection:
        return {row[0]: row[1] for row in connection.execute(query)}


def set_mark(connection: sa.Connection, stage: str, item: str, fingerprint: str) -> None:
    """Note, in the transaction that stored the item's results, that the stage is done with it."""
    connection.execute(
        sa.delete(stage_marks).where(stage_marks.c.stage == stage, stage_marks.c.item == item)
    )
    connection.execute(
        sa.insert(stage_marks).values(stage=stage, item=item, fingerprint=fingerprint)
    )


def clear_marks(connection: sa.Connection, stage: str) -> None:
    """Forget how far a stage is, so that it looks at everything again."""
    connection.execute(sa.delete(stage_marks).where(stage_marks.c.stage == stage))
