"""The list of examples: what each is found by, steps over many examples, and the triage."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"

_BY_EXAMPLE = ("findings", "decisions", "clusters", "example_scores")
_BY_ROOM = ("conversation_sources", "product_mentions")


def upgrade() -> None:
    """Add the tables, what keeps them true, and every example that is there to what is due."""
    op.add_column("decisions", sa.Column("batch", sa.Text()))
    op.create_index(
        "decisions_by_batch",
        "decisions",
        ["batch"],
        sqlite_where=sa.text("batch IS NOT NULL"),
        postgresql_where=sa.text("batch IS NOT NULL"),
    )
    _listing()
    _facts()
    _triage()
    if op.get_bind().dialect.name == "postgresql":
        _watch_on_postgresql()
    else:
        _watch_on_sqlite()
    op.execute("INSERT INTO listed_words_due (example_id) SELECT id FROM examples")
    op.execute("INSERT INTO listed_due (example_id) SELECT id FROM examples")


def _listing() -> None:
    op.create_table(
        "listed",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("example_id", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("number"),
        sa.UniqueConstraint("example_id"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "listed_words_due",
        sa.Column("example_id", sa.Text(), nullable=False),
        sa.Column("system", sa.Text()),
        sa.Column("turns", sa.Text()),
        sa.PrimaryKeyConstraint("example_id"),
    )
    op.create_table(
        "listed_due",
        sa.Column("example_id", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("example_id"),
    )
    op.create_table(
        "facets",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("n_examples", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("kind", "value"),
    )
    op.create_table(
        "listed_facets",
        sa.Column("facet_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("facet_id", "number"),
        sqlite_with_rowid=False,
    )
    op.create_index("listed_facets_by_number", "listed_facets", ["number"])


def _facts() -> None:
    op.create_table(
        "conversation_sources",
        sa.Column("conversation_id", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("conversation_id", "source"),
    )
    op.create_table(
        "example_scores",
        sa.Column("example_id", sa.Text(), nullable=False),
        sa.Column("verdict", sa.Text(), nullable=False),
        sa.Column("cosine", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("example_id"),
    )
    op.create_table(
        "listed_products",
        sa.Column("name", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("name"),
    )


def _triage() -> None:
    op.create_table(
        "triage_models",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("trained_up_to", sa.Integer(), nullable=False),
        sa.Column("figures", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("number"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "triage_predictions",
        sa.Column("example_id", sa.Text(), nullable=False),
        sa.Column("model", sa.Integer(), nullable=False),
        sa.Column("made_after", sa.Integer(), nullable=False),
        sa.Column("keep", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("example_id"),
    )
    op.create_index("triage_predictions_by_keep", "triage_predictions", ["keep"])
    op.create_table(
        "triage_outcomes",
        sa.Column("decision_id", sa.Text(), nullable=False),
        sa.Column("example_id", sa.Text(), nullable=False),
        sa.Column("model", sa.Integer(), nullable=False),
        sa.Column("keep", sa.Float(), nullable=False),
        sa.Column("was_kept", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("decision_id"),
    )
    op.create_index("triage_outcomes_by_example", "triage_outcomes", ["example_id"])
    op.create_table(
        "triage_vectors",
        sa.Column("example_id", sa.Text(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("vector", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("example_id"),
    )


def _watch_on_sqlite() -> None:
    op.execute(
        "CREATE VIRTUAL TABLE search_grams USING "
        "fts5(grams, content='', columnsize=0, detail='none', tokenize='ascii')"
    )
    due = "INSERT INTO listed_due (example_id) VALUES ({0}.{1}) ON CONFLICT DO NOTHING;"
    words = (
        "INSERT INTO listed_words_due (example_id, system, turns) VALUES ({}) "
        "ON CONFLICT DO NOTHING;"
    )
    old_words = words.format("old.id, old.system, old.turns") + due.format("old", "id")
    new_words = words.format("new.id, NULL, NULL") + due.format("new", "id")
    _sqlite_trigger("examples_added", "AFTER INSERT ON examples", new_words)
    _sqlite_trigger("examples_gone", "AFTER DELETE ON examples", old_words)
    _sqlite_trigger(
        "examples_reworded",
        "AFTER UPDATE OF system, turns ON examples "
        "WHEN old.system <> new.system OR old.turns <> new.turns",
        old_words,
    )
    _sqlite_trigger(
        "examples_decided",
        "AFTER UPDATE OF status, superseded_by ON examples "
        "WHEN old.status <> new.status OR old.superseded_by IS NOT new.superseded_by",
        due.format("new", "id"),
    )
    for table in _BY_EXAMPLE:
        for event, row in (("INSERT", "new"), ("DELETE", "old")):
            name = f"{table}_{event.lower()}"
            _sqlite_trigger(name, f"AFTER {event} ON {table}", due.format(row, "example_id"))
    for table in _BY_ROOM:
        for event, row in (("INSERT", "new"), ("DELETE", "old")):
            of_room = (
                "INSERT INTO listed_due (example_id) SELECT id FROM examples "  # noqa: S608 - our own names
                f"WHERE conversation_id = {row}.conversation_id ON CONFLICT DO NOTHING;"
            )
            _sqlite_trigger(f"{table}_{event.lower()}", f"AFTER {event} ON {table}", of_room)


def _sqlite_trigger(name: str, event: str, body: str) -> None:
    op.execute(f"CREATE TRIGGER listed_{name} {event} BEGIN {body} END")


def _watch_on_postgresql() -> None:
    op.execute("CREATE TABLE search_grams (number INTEGER PRIMARY KEY, grams INTEGER[] NOT NULL)")
    op.execute("CREATE INDEX search_grams_by_gram ON search_grams USING gin (grams)")
    due = "INSERT INTO listed_due (example_id) VALUES ({0}.{1}) ON CONFLICT DO NOTHING;"
    words = (
        "INSERT INTO listed_words_due (example_id, system, turns) VALUES ({}) "
        "ON CONFLICT DO NOTHING;"
    )
    old_words = words.format("OLD.id, OLD.system, OLD.turns::text") + due.format("OLD", "id")
    new_words = words.format("NEW.id, NULL, NULL") + due.format("NEW", "id")
    _postgresql_trigger("examples_added", "AFTER INSERT ON examples", "", new_words)
    _postgresql_trigger("examples_gone", "AFTER DELETE ON examples", "", old_words)
    _postgresql_trigger(
        "examples_reworded",
        "AFTER UPDATE OF system, turns ON examples",
        "WHEN (OLD.system <> NEW.system OR OLD.turns::text <> NEW.turns::text)",
        old_words,
    )
    _postgresql_trigger(
        "examples_decided",
        "AFTER UPDATE OF status, superseded_by ON examples",
        "WHEN (OLD.status <> NEW.status OR OLD.superseded_by IS DISTINCT FROM NEW.superseded_by)",
        due.format("NEW", "id"),
    )
    for table in _BY_EXAMPLE:
        for event, row in (("INSERT", "NEW"), ("DELETE", "OLD")):
            name = f"{table}_{event.lower()}"
            body = due.format(row, "example_id")
            _postgresql_trigger(name, f"AFTER {event} ON {table}", "", body)
    for table in _BY_ROOM:
        for event, row in (("INSERT", "NEW"), ("DELETE", "OLD")):
            of_room = (
                "INSERT INTO listed_due (example_id) SELECT id FROM examples "  # noqa: S608 - our own names
                f"WHERE conversation_id = {row}.conversation_id ON CONFLICT DO NOTHING;"
            )
            name = f"{table}_{event.lower()}"
            _postgresql_trigger(name, f"AFTER {event} ON {table}", "", of_room)


def _postgresql_trigger(name: str, event: str, condition: str, body: str) -> None:
    op.execute(
        f"CREATE FUNCTION listed_{name}() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN {body} RETURN NULL; END $$"
    )
    op.execute(
        f"CREATE TRIGGER listed_{name} {event} FOR EACH ROW {condition} "
        f"EXECUTE FUNCTION listed_{name}()"
    )
