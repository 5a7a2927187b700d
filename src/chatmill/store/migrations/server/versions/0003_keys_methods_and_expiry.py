"""Named API keys, how a job tunes and from which adapter, and files that expire."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Add what is new; jobs until now were supervised, files stayed."""
    op.create_table(
        "api_keys",
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("created_at", sa.Integer(), nullable=False),
        sa.Column("requests_per_minute", sa.Integer(), nullable=False),
        sa.Column("tokens_per_minute", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("seq"),
        sa.UniqueConstraint("name"),
        sa.UniqueConstraint("sha256"),
    )
    with op.batch_alter_table("files") as files:
        files.add_column(sa.Column("expires_at", sa.Integer()))
    with op.batch_alter_table("jobs") as jobs:
        jobs.add_column(sa.Column("method", sa.Text(), nullable=False, server_default="supervised"))
        jobs.add_column(sa.Column("start_adapter", sa.Text()))
