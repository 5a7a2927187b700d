"""The model a job really trains, beside the name it was asked for."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Add the column; jobs until now had no other name."""
    with op.batch_alter_table("jobs") as jobs:
        jobs.add_column(sa.Column("base_model", sa.Text(), nullable=False, server_default=""))
    op.execute("UPDATE jobs SET base_model = model")
