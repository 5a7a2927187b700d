"""The server's tables, as `migrations/server` makes them (a test compares the two)."""

import sqlalchemy as sa

metadata = sa.MetaData()

files = sa.Table(
    "files",
    metadata,
    sa.Column("seq", sa.Integer, primary_key=True),
    sa.Column("id", sa.Text, nullable=False, unique=True),
    sa.Column("filename", sa.Text, nullable=False),
    sa.Column("purpose", sa.Text, nullable=False),
    sa.Column("bytes", sa.Integer, nullable=False),
    sa.Column("sha256", sa.Text, nullable=False),
    sa.Column("created_at", sa.Integer, nullable=False),
    sa.Column("expires_at", sa.Integer),
)

api_keys = sa.Table(
    "api_keys",
    metadata,
    sa.Column("seq", sa.Integer, primary_key=True),
    sa.Column("name", sa.Text, nullable=False, unique=True),
    sa.Column("sha256", sa.Text, nullable=False, unique=True),
    sa.Column("created_at", sa.Integer, nullable=False),
    sa.Column("requests_per_minute", sa.Integer, nullable=False),
    sa.Column("tokens_per_minute", sa.Integer, nullable=False),
)

jobs = sa.Table(
    "jobs",
    metadata,
    sa.Column("seq", sa.Integer, primary_key=True),
    sa.Column("id", sa.Text, nullable=False, unique=True),
    sa.Column("status", sa.Text, nullable=False),
    sa.Column("created_at", sa.Integer, nullable=False),
    sa.Column("finished_at", sa.Integer),
    sa.Column("estimated_finish", sa.Integer),
    sa.Column("model", sa.Text, nullable=False),
    sa.Column("training_file", sa.Text, nullable=False),
    sa.Column("validation_file", sa.Text),
    sa.Column("suffix", sa.Text),
    sa.Column("seed", sa.Integer, nullable=False),
    sa.Column("metadata", sa.JSON),
    sa.Column("hyperparameters", sa.JSON, nullable=False),
    sa.Column("fine_tuned_model", sa.Text),
    sa.Column("trained_tokens", sa.Integer),
    sa.Column("result_file", sa.Text),
    sa.Column("adapter_sha256", sa.Text),
    sa.Column("adapter_path", sa.Text),
    sa.Column("error_code", sa.Text),
    sa.Column("error_message", sa.Text),
    sa.Column("error_param", sa.Text),
    sa.Column("claim", sa.Text),
    sa.Column("trainer_pid", sa.Integer),
    sa.Column("heartbeat_at", sa.Float),
    sa.Column("failed_starts", sa.Integer, nullable=False),
    sa.Column("base_model", sa.Text, nullable=False, server_default=""),
    sa.Column("method", sa.Text, nullable=False, server_default="supervised"),
    sa.Column("start_adapter", sa.Text),
    sa.Index("jobs_by_status", "status", "seq"),
    sa.Index("jobs_by_fine_tuned_model", "fine_tuned_model"),
)

events = sa.Table(
    "events",
    metadata,
    sa.Column("seq", sa.Integer, primary_key=True),
    sa.Column("id", sa.Text, nullable=False, unique=True),
    sa.Column("job_id", sa.Text, nullable=False),
    sa.Column("created_at", sa.Integer, nullable=False),
    sa.Column("level", sa.Text, nullable=False),
    sa.Column("message", sa.Text, nullable=False),
    sa.Column("type", sa.Text, nullable=False),
    sa.Column("data", sa.JSON),
    sa.Index("events_by_job", "job_id", "seq"),
)

checkpoints = sa.Table(
    "checkpoints",
    metadata,
    sa.Column("seq", sa.Integer, primary_key=True),
    sa.Column("id", sa.Text, nullable=False, unique=True),
    sa.Column("job_id", sa.Text, nullable=False),
    sa.Column("created_at", sa.Integer, nullable=False),
    sa.Column("step_number", sa.Integer, nullable=False),
    sa.Column("fine_tuned_model_checkpoint", sa.Text, nullable=False),
    sa.Column("folder", sa.Text, nullable=False),
    sa.Column("metrics", sa.JSON, nullable=False),
    sa.Index("checkpoints_by_job", "job_id", "step_number", unique=True),
)
