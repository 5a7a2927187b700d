"""Which files were imported, so that the same file is not read into the project twice."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass

import sqlalchemy as sa

from chatmill.records import Rejection
from chatmill.store.database import Database
from chatmill.store.rejections import replace_rejections
from chatmill.store.tables import sources


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceRecord:
    """One imported file."""

    name: str
    """File name as the person gave it."""
    sha256: str
    """Of its bytes."""
    importer: str
    encoding: str
    n_conversations: int
    n_messages: int
    """Messages in the file."""
    n_new: int
    """Messages the project did not have."""
    n_rejected: int


def find_source(database: Database, sha256: str, *, name: str = "") -> SourceRecord | None:
    """Return the record of these bytes, or None where they were never imported.

    Args:
        database: The project's.
        sha256: Of the bytes.
        name: Of several records, the one with this name comes first.
    """
    query = (
        sa.select(sources)
        .where(sources.c.sha256 == sha256)
        .order_by(sources.c.name != name, sources.c.id)
    )
    with database.read() as connection:
        row = connection.execute(query).mappings().first()
    return None if row is None else _from_row(row)


def record_source(
    database: Database,
    record: SourceRecord,
    rejections: Iterable[Rejection],
    files: Iterable[str] = (),
) -> None:
    """Store a file and what could not be used of it, in one transaction.

    Args:
        database: The project's.
        record: The file.
        rejections: What could not be used, of the file or of those inside it.
        files: Names of those inside it, where it is a folder.
    """
    with database.write() as connection:
        connection.execute(
            sa.delete(sources).where(
                sources.c.name == record.name, sources.c.sha256 == record.sha256
            )
        )
        connection.execute(sa.insert(sources).values(asdict(record)))
        replace_rejections(connection, "import", record.name, rejections, files)


def list_sources(database: Database) -> list[SourceRecord]:
    """List imported files in the order they came."""
    with database.read() as connection:
        rows = connection.execute(sa.select(sources).order_by(sources.c.id)).mappings()
        return [_from_row(row) for row in rows]


def _from_row(row: sa.RowMapping) -> SourceRecord:
    return SourceRecord(**{name: row[name] for name in SourceRecord.__dataclass_fields__})
