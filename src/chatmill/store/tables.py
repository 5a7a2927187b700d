"""The project's tables, as `migrations/project` makes them (a test compares the two)."""

import sqlalchemy as sa

metadata = sa.MetaData()

sources = sa.Table(
    "sources",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("sha256", sa.Text, nullable=False),
    sa.Column("importer", sa.Text, nullable=False),
    sa.Column("encoding", sa.Text, nullable=False),
    sa.Column("n_conversations", sa.Integer, nullable=False),
    sa.Column("n_messages", sa.Integer, nullable=False),
    sa.Column("n_new", sa.Integer, nullable=False),
    sa.Column("n_rejected", sa.Integer, nullable=False),
    sa.UniqueConstraint("name", "sha256"),
)

rejections = sa.Table(
    "rejections",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("stage", sa.Text, nullable=False),
    sa.Column("source", sa.Text, nullable=False),
    sa.Column("line", sa.Integer),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("raw", sa.Text, nullable=False),
    sa.Index("rejections_by_source", "stage", "source"),
)

stage_marks = sa.Table(
    "stage_marks",
    metadata,
    sa.Column("stage", sa.Text, primary_key=True),
    sa.Column("item", sa.Text, primary_key=True),
    sa.Column("fingerprint", sa.Text, nullable=False),
)

examples = sa.Table(
    "examples",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("position", sa.Integer, nullable=False),
    sa.Column("conversation_id", sa.Text, nullable=False),
    sa.Column("language", sa.Text, nullable=False),
    sa.Column("extractor", sa.Text, nullable=False),
    sa.Column("status", sa.Text, nullable=False),
    sa.Column("system", sa.Text, nullable=False),
    sa.Column("turns", sa.JSON, nullable=False),
    sa.Column("extracted_turns", sa.JSON, nullable=False),
    sa.Column("context", sa.JSON, nullable=False),
    sa.Column("supersedes", sa.Text),
    sa.Column("superseded_by", sa.Text),
    sa.Index("examples_by_status", "status", "position"),
    sa.Index("examples_by_conversation", "conversation_id"),
)

findings = sa.Table(
    "findings",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("example_id", sa.Text, sa.ForeignKey("examples.id"), nullable=False),
    sa.Column("check", sa.Text, nullable=False),
    sa.Column("severity", sa.Text, nullable=False),
    sa.Column("field", sa.Text, nullable=False),
    sa.Column("start", sa.Integer, nullable=False),
    sa.Column("end", sa.Integer, nullable=False),
    sa.Column("message", sa.Text, nullable=False),
    sa.Column("evidence", sa.Text, nullable=False),
    sa.Index("findings_by_example", "example_id"),
)

decisions = sa.Table(
    "decisions",
    metadata,
    sa.Column("seq", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("id", sa.Text, nullable=False, unique=True),
    sa.Column("example_id", sa.Text, sa.ForeignKey("examples.id"), nullable=False),
    sa.Column("reviewer", sa.Text, nullable=False),
    sa.Column("action", sa.Text, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("before", sa.JSON, nullable=False),
    sa.Column("after", sa.JSON, nullable=False),
    sa.Column("undoes", sa.Text),
    sa.Column("decided_at", sa.Text, nullable=False),
    sa.Column("batch", sa.Text),
    sa.Index("decisions_by_example", "example_id", "seq"),
    sa.Index("decisions_by_reviewer", "reviewer", "seq"),
    sa.Index(
        "decisions_by_batch",
        "batch",
        sqlite_where=sa.text("batch IS NOT NULL"),
        postgresql_where=sa.text("batch IS NOT NULL"),
    ),
    sqlite_autoincrement=True,
)

review_queue = sa.Table(
    "review_queue",
    metadata,
    sa.Column("example_id", sa.Text, primary_key=True),
    sa.Column("position", sa.Integer, nullable=False),
    sa.Column("status", sa.Text, nullable=False),
    sa.Column("rank", sa.Integer, nullable=False),
    sa.Column("certainty", sa.Float),
    sa.Column("priority", sa.Integer, sa.FetchedValue(), nullable=False),
    sa.Index("review_queue_by_priority", "status", "priority", "position"),
    sa.Index("review_queue_by_position", "status", "position"),
    info={"derived": True},
)
"""One row an example that stands, kept by triggers (migration 0009); `priority` follows from
`rank` and `certainty`."""

queue_counts = sa.Table(
    "queue_counts",
    metadata,
    sa.Column("status", sa.Text, primary_key=True),
    sa.Column("rank", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("n_examples", sa.Integer, nullable=False),
    info={"derived": True},
)

queue_changes = sa.Table(
    "queue_changes",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("status", sa.Text, nullable=False),
    sa.Column("rank", sa.Integer, nullable=False),
    sa.Column("step", sa.Integer, nullable=False),
    info={"derived": True},
)

leases = sa.Table(
    "leases",
    metadata,
    sa.Column("example_id", sa.Text, primary_key=True),
    sa.Column("holder", sa.Text, nullable=False),
    sa.Column("expires_at", sa.Float, nullable=False),
    sa.Index("leases_by_holder", "holder"),
)

double_reviews = sa.Table(
    "double_reviews",
    metadata,
    sa.Column("example_id", sa.Text, primary_key=True),
    sa.Column("opened", sa.Integer, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("first_reviewer", sa.Text, nullable=False),
    sa.Column("first_verdict", sa.Text, nullable=False),
    sa.Column("second_reviewer", sa.Text, nullable=False),
    sa.Column("second_verdict", sa.Text, nullable=False),
    sa.Column("settled_by", sa.Text, nullable=False),
    sa.Column("settled_verdict", sa.Text, nullable=False),
    sa.Index("double_reviews_by_state", "state", "opened"),
)

asks = sa.Table(
    "asks",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("seq", sa.Integer, nullable=False),
    sa.Column("example_id", sa.Text, sa.ForeignKey("examples.id"), nullable=False),
    sa.Column("asker", sa.Text, nullable=False),
    sa.Column("expert", sa.Text, nullable=False),
    sa.Column("question", sa.Text, nullable=False),
    sa.Index("asks_by_expert", "expert", "seq"),
    sa.Index("asks_by_example", "example_id"),
)

returned = sa.Table(
    "returned",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("example_id", sa.Text, sa.ForeignKey("examples.id"), nullable=False),
    sa.Column("evaluation_id", sa.Text, nullable=False),
    sa.Column("turn", sa.Integer, nullable=False),
    sa.Column("question", sa.Text, nullable=False),
    sa.Column("cosine", sa.Float, nullable=False),
    sa.Column("answer", sa.Text, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Index("returned_by_example", "example_id"),
    sa.UniqueConstraint("example_id", "evaluation_id", "turn", "question"),
)

datasets = sa.Table(
    "datasets",
    metadata,
    sa.Column("number", sa.Integer, primary_key=True),
    sa.Column("name", sa.Text, nullable=False, unique=True),
    sa.Column("fingerprint", sa.Text, nullable=False, unique=True),
    sa.Column("n_examples", sa.JSON, nullable=False),
    sa.Column("folder", sa.Text, nullable=False),
)

jobs = sa.Table(
    "jobs",
    metadata,
    sa.Column("number", sa.Integer, primary_key=True),
    sa.Column("id", sa.Text, nullable=False, unique=True),
    sa.Column("key", sa.Text, nullable=False),
    sa.Column("provider", sa.Text, nullable=False),
    sa.Column("base_model", sa.Text, nullable=False),
    sa.Column("dataset", sa.Text, nullable=False),
    sa.Column("status", sa.Text, nullable=False),
    sa.Column("hyperparameters", sa.JSON, nullable=False),
    sa.Column("fine_tuned_model", sa.Text),
    sa.Column("trained_tokens", sa.Integer),
    sa.Column("error", sa.Text),
    sa.Column("adapter_sha256", sa.Text),
    sa.Index("jobs_by_key", "key"),
)

evaluations = sa.Table(
    "evaluations",
    metadata,
    sa.Column("number", sa.Integer, primary_key=True),
    sa.Column("id", sa.Text, nullable=False, unique=True),
    sa.Column("dataset", sa.Text, nullable=False),
    sa.Column("job_id", sa.Text, nullable=False),
    sa.Column("model", sa.Text, nullable=False),
    sa.Column("base_model", sa.Text, nullable=False),
    sa.Column("embedder", sa.Text, nullable=False),
    sa.Column("shuffled_floor", sa.Float, nullable=False),
    sa.Column("followed_from", sa.Float, nullable=False),
    sa.Column("partly_from", sa.Float, nullable=False),
    sa.Column("n_not_followed", sa.Integer, nullable=False),
    sa.Column("folder", sa.Text, nullable=False),
)

replies = sa.Table(
    "replies",
    metadata,
    sa.Column("key", sa.Text, primary_key=True),
    sa.Column("stage", sa.Text, nullable=False),
    sa.Column("model", sa.Text, nullable=False),
    sa.Column("reply", sa.Text, nullable=False),
    sa.Column("prompt_tokens", sa.Integer, nullable=False),
    sa.Column("completion_tokens", sa.Integer, nullable=False),
    sa.Column("provider", sa.Text, nullable=False, server_default=""),
    sa.Column("answered_at", sa.Float, nullable=False, server_default="0"),
)

reply_claims = sa.Table(
    "reply_claims",
    metadata,
    sa.Column("key", sa.Text, primary_key=True),
    sa.Column("owner", sa.Text, nullable=False),
    sa.Column("expires_at", sa.Float, nullable=False),
    sa.Column("reserved_usd", sa.Float, nullable=False),
    sa.Index("reply_claims_by_owner", "owner"),
)

calls = sa.Table(
    "calls",
    metadata,
    sa.Column("day", sa.Text, primary_key=True),
    sa.Column("stage", sa.Text, primary_key=True),
    sa.Column("provider", sa.Text, primary_key=True),
    sa.Column("model", sa.Text, primary_key=True),
    sa.Column("n_answered", sa.Integer, nullable=False),
    sa.Column("n_refused", sa.Integer, nullable=False),
    sa.Column("n_failed", sa.Integer, nullable=False),
    sa.Column("n_unpriced", sa.Integer, nullable=False),
    sa.Column("prompt_tokens", sa.Integer, nullable=False),
    sa.Column("completion_tokens", sa.Integer, nullable=False),
    sa.Column("cost_usd", sa.Float, nullable=False),
    sa.Column("busy_seconds", sa.Float, nullable=False),
)

failed_calls = sa.Table(
    "failed_calls",
    metadata,
    sa.Column("key", sa.Text, primary_key=True),
    sa.Column("stage", sa.Text, nullable=False),
    sa.Column("provider", sa.Text, nullable=False),
    sa.Column("model", sa.Text, nullable=False),
    sa.Column("question", sa.Text, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("is_refused", sa.Boolean, nullable=False),
    sa.Column("failed_at", sa.Float, nullable=False),
)

batches = sa.Table(
    "batches",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("server", sa.Text, nullable=False),
    sa.Column("stage", sa.Text, nullable=False),
    sa.Column("model", sa.Text, nullable=False),
    sa.Column("remote_id", sa.Text, nullable=False),
    sa.Column("status", sa.Text, nullable=False),
    sa.Column("n_lines", sa.Integer, nullable=False),
)

batch_lines = sa.Table(
    "batch_lines",
    metadata,
    sa.Column("key", sa.Text, primary_key=True),
    sa.Column("batch_id", sa.Text, sa.ForeignKey("batches.id"), nullable=False),
    sa.Column("reserved_usd", sa.Float, nullable=False),
    sa.Index("batch_lines_by_batch", "batch_id"),
)

speaker_names = sa.Table(
    "speaker_names",
    metadata,
    sa.Column("conversation_id", sa.Text, primary_key=True),
    sa.Column("source", sa.Text, primary_key=True),
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("same_source", sa.Text, nullable=False),
    sa.Column("same_as", sa.Text, nullable=False),
)

tombstones = sa.Table(
    "tombstones",
    metadata,
    sa.Column("kind", sa.Text, primary_key=True),
    sa.Column("room", sa.Text, primary_key=True),
    sa.Column("mark", sa.Text, primary_key=True),
)

erasures = sa.Table(
    "erasures",
    metadata,
    sa.Column("number", sa.Integer, primary_key=True),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("plan", sa.Text, nullable=False),
    sa.Column("outcome", sa.Text, nullable=False),
    sa.Column("erased_on", sa.Text, nullable=False),
)

product_mentions = sa.Table(
    "product_mentions",
    metadata,
    sa.Column("conversation_id", sa.Text, primary_key=True),
    sa.Column("fingerprint", sa.Text, nullable=False),
    sa.Column("mentions", sa.JSON, nullable=False),
    sa.Column("learnt", sa.JSON, nullable=False),
)

clusters = sa.Table(
    "clusters",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("number", sa.Integer, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("example_id", sa.Text, nullable=False),
    sa.Column("is_keeper", sa.Boolean, nullable=False),
    sa.Index("clusters_by_example", "example_id"),
)

users = sa.Table(
    "users",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("name_key", sa.Text, nullable=False, unique=True),
    sa.Column("role", sa.Text, nullable=False),
    sa.Column("may_unmask", sa.Boolean, nullable=False),
    sa.Column("is_disabled", sa.Boolean, nullable=False),
    sa.Column("password_hash", sa.Text, nullable=False),
    sa.Column("created_at", sa.Float, nullable=False),
)

credentials = sa.Table(
    "credentials",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("secret_hash", sa.Text, nullable=False, unique=True),
    sa.Column("user_id", sa.Text, sa.ForeignKey("users.id")),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("role", sa.Text, nullable=False),
    sa.Column("created_at", sa.Float, nullable=False),
    sa.Column("expires_at", sa.Float, nullable=False),
    sa.Column("used_at", sa.Float, nullable=False),
    sa.Index("credentials_by_user", "user_id", "kind"),
)

sign_in_failures = sa.Table(
    "sign_in_failures",
    metadata,
    sa.Column("key", sa.Text, primary_key=True),
    sa.Column("n_failed", sa.Integer, nullable=False),
    sa.Column("last_at", sa.Float, nullable=False),
)

audit = sa.Table(
    "audit",
    metadata,
    sa.Column("seq", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("at", sa.Float, nullable=False),
    sa.Column("actor", sa.Text, nullable=False),
    sa.Column("action", sa.Text, nullable=False),
    sa.Column("subject", sa.Text, nullable=False),
    sqlite_autoincrement=True,
)

listed = sa.Table(
    "listed",
    metadata,
    sa.Column("number", sa.Integer, primary_key=True),
    sa.Column("example_id", sa.Text, nullable=False, unique=True),
    sqlite_autoincrement=True,
)

listed_words_due = sa.Table(
    "listed_words_due",
    metadata,
    sa.Column("example_id", sa.Text, primary_key=True),
    sa.Column("system", sa.Text),
    sa.Column("turns", sa.Text),
)

listed_due = sa.Table(
    "listed_due",
    metadata,
    sa.Column("example_id", sa.Text, primary_key=True),
)

facets = sa.Table(
    "facets",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("value", sa.Text, nullable=False),
    sa.Column("n_examples", sa.Integer, nullable=False),
    sa.UniqueConstraint("kind", "value"),
)

listed_facets = sa.Table(
    "listed_facets",
    metadata,
    sa.Column("facet_id", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
    sa.Index("listed_facets_by_number", "number"),
    sqlite_with_rowid=False,
)

conversation_sources = sa.Table(
    "conversation_sources",
    metadata,
    sa.Column("conversation_id", sa.Text, primary_key=True),
    sa.Column("source", sa.Text, primary_key=True),
)

example_scores = sa.Table(
    "example_scores",
    metadata,
    sa.Column("example_id", sa.Text, primary_key=True),
    sa.Column("verdict", sa.Text, nullable=False),
    sa.Column("cosine", sa.Float, nullable=False),
)

listed_products = sa.Table(
    "listed_products",
    metadata,
    sa.Column("name", sa.Text, primary_key=True),
)

triage_models = sa.Table(
    "triage_models",
    metadata,
    sa.Column("number", sa.Integer, primary_key=True),
    sa.Column("trained_up_to", sa.Integer, nullable=False),
    sa.Column("figures", sa.JSON, nullable=False),
    sqlite_autoincrement=True,
)

triage_predictions = sa.Table(
    "triage_predictions",
    metadata,
    sa.Column("example_id", sa.Text, primary_key=True),
    sa.Column("model", sa.Integer, nullable=False),
    sa.Column("made_after", sa.Integer, nullable=False),
    sa.Column("keep", sa.Float, nullable=False),
    sa.Index("triage_predictions_by_keep", "keep"),
)

triage_outcomes = sa.Table(
    "triage_outcomes",
    metadata,
    sa.Column("decision_id", sa.Text, primary_key=True),
    sa.Column("example_id", sa.Text, nullable=False),
    sa.Column("model", sa.Integer, nullable=False),
    sa.Column("keep", sa.Float, nullable=False),
    sa.Column("was_kept", sa.Boolean, nullable=False),
    sa.Index("triage_outcomes_by_example", "example_id"),
)

triage_vectors = sa.Table(
    "triage_vectors",
    metadata,
    sa.Column("example_id", sa.Text, primary_key=True),
    sa.Column("words", sa.Text, nullable=False),
    sa.Column("vector", sa.Text, nullable=False),
    info={"derived": True},
)
