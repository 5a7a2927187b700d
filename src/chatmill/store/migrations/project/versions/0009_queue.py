"""The review queue: its order kept up to date by triggers, leases, counts and double review.

The triggers keep `review_queue` true whoever writes to `examples`, `findings` or `returned`. Counts
are kept as changes that are only ever appended, so that a transaction over many examples costs no
more than its examples.
"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"

_PRIORITY = (
    "CASE WHEN rank = 0 THEN 0 "
    "WHEN rank = 2 AND (certainty IS NULL OR certainty > 0.3) THEN 1300 "
    "WHEN certainty IS NOT NULL THEN 1000 + CAST(ROUND(certainty * 1000) AS INTEGER) "
    "WHEN rank = 1 THEN 1250 ELSE 3000 END"
)

_RANK = (
    "CASE WHEN EXISTS (SELECT 1 FROM findings f WHERE f.example_id = {id} "
    "AND f.severity = 'error') THEN 0 "
    "WHEN EXISTS (SELECT 1 FROM findings f WHERE f.example_id = {id} "
    "AND f.severity = 'warning') THEN 1 "
    "WHEN EXISTS (SELECT 1 FROM returned r WHERE r.example_id = {id}) THEN 2 "
    "ELSE 3 END"
)
_JOIN = (
    "INSERT INTO review_queue (example_id, position, status, rank) "
    "SELECT new.id, new.position, new.status, " + _RANK.format(id="new.id") + ";"
)
_LEAVE = "DELETE FROM review_queue WHERE example_id = old.id;"
_MOVE = (
    "UPDATE review_queue SET position = new.position, status = new.status "
    "WHERE example_id = new.id;"
)
_RANK_OF_ROW = _RANK.format(id="{row}.example_id")
_RANK_ANEW = (
    f"UPDATE review_queue SET rank = {_RANK_OF_ROW} "  # noqa: S608 - no value of anybody's in it
    f"WHERE example_id = {{row}}.example_id AND rank <> {_RANK_OF_ROW};"
)
_COUNT = "INSERT INTO queue_changes (status, rank, step) VALUES ({row}.status, {row}.rank, {by});"
_EVENTS: tuple[tuple[str, str, str, str, str], ...] = (
    ("queue_joined", "INSERT", "examples", "new.superseded_by IS NULL", _JOIN),
    (
        "queue_moved",
        "UPDATE OF status, position",
        "examples",
        (
            "new.superseded_by IS NULL AND old.superseded_by IS NULL "
            "AND (old.status <> new.status OR old.position <> new.position)"
        ),
        _MOVE,
    ),
    (
        "queue_replaced",
        "UPDATE OF superseded_by",
        "examples",
        "new.superseded_by IS NOT NULL AND old.superseded_by IS NULL",
        _LEAVE,
    ),
    (
        "queue_back",
        "UPDATE OF superseded_by",
        "examples",
        "new.superseded_by IS NULL AND old.superseded_by IS NOT NULL",
        _JOIN,
    ),
    ("queue_left", "DELETE", "examples", "old.superseded_by IS NULL", _LEAVE),
    (
        "queue_found",
        "INSERT",
        "findings",
        "new.severity <> 'info'",
        _RANK_ANEW.format(row="new"),
    ),
    (
        "queue_cleared",
        "DELETE",
        "findings",
        "old.severity <> 'info'",
        _RANK_ANEW.format(row="old"),
    ),
    ("queue_returned", "INSERT", "returned", "", _RANK_ANEW.format(row="new")),
    ("queue_mended", "DELETE", "returned", "", _RANK_ANEW.format(row="old")),
    ("queue_counted", "INSERT", "review_queue", "", _COUNT.format(row="new", by="1")),
    (
        "queue_recounted",
        "UPDATE OF status, rank",
        "review_queue",
        "old.status <> new.status OR old.rank <> new.rank",
        _COUNT.format(row="old", by="-1") + " " + _COUNT.format(row="new", by="1"),
    ),
    ("queue_uncounted", "DELETE", "review_queue", "", _COUNT.format(row="old", by="-1")),
)
"""Name, event, table, condition, what to do."""


def upgrade() -> None:
    """Add the tables and their triggers, and put every example that stands into the queue."""
    op.create_table(
        "review_queue",
        sa.Column("example_id", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("rank", sa.Integer(), nullable=False),
        sa.Column("certainty", sa.Float(), nullable=True),
        sa.Column("priority", sa.Integer(), sa.Computed(_PRIORITY, persisted=True), nullable=False),
        sa.PrimaryKeyConstraint("example_id"),
    )
    op.create_table(
        "queue_counts",
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("rank", sa.Integer(), nullable=False),
        sa.Column("n_examples", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("status", "rank"),
    )
    op.create_table(
        "queue_changes",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("rank", sa.Integer(), nullable=False),
        sa.Column("step", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "leases",
        sa.Column("example_id", sa.Text(), nullable=False),
        sa.Column("holder", sa.Text(), nullable=False),
        sa.Column("expires_at", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("example_id"),
    )
    op.create_index("leases_by_holder", "leases", ["holder"], unique=False)
    op.create_table(
        "double_reviews",
        sa.Column("example_id", sa.Text(), nullable=False),
        sa.Column("opened", sa.Integer(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("first_reviewer", sa.Text(), nullable=False),
        sa.Column("first_verdict", sa.Text(), nullable=False),
        sa.Column("second_reviewer", sa.Text(), nullable=False),
        sa.Column("second_verdict", sa.Text(), nullable=False),
        sa.Column("settled_by", sa.Text(), nullable=False),
        sa.Column("settled_verdict", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("example_id"),
    )
    op.create_index("double_reviews_by_state", "double_reviews", ["state", "opened"], unique=False)
    op.create_index("decisions_by_reviewer", "decisions", ["reviewer", "seq"], unique=False)
    _watch()
    _fill()
    op.create_index(
        "review_queue_by_priority", "review_queue", ["status", "priority", "position"], unique=False
    )
    op.create_index(
        "review_queue_by_position", "review_queue", ["status", "position"], unique=False
    )


def _fill() -> None:
    op.execute(
        "INSERT INTO review_queue (example_id, position, status, rank) "  # noqa: S608 - as above
        f"SELECT id, position, status, {_RANK.format(id='examples.id')} "
        "FROM examples WHERE superseded_by IS NULL"
    )


def _watch() -> None:
    is_postgresql = op.get_bind().dialect.name == "postgresql"
    for name, event, table, condition, body in _EVENTS:
        when = f"WHEN ({condition})" if condition else ""
        if is_postgresql:
            op.execute(
                f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS "
                f"$$ BEGIN {body} RETURN NULL; END $$"
            )
        act = f"EXECUTE FUNCTION {name}()" if is_postgresql else f"BEGIN {body} END"
        op.execute(f"CREATE TRIGGER {name} AFTER {event} ON {table} FOR EACH ROW {when} {act}")
