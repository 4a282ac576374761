"""Files that a tool left for its caller."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Add the column, after all others: it can be the largest."""
    op.add_column("executions", sa.Column("content", sa.Text))


def downgrade() -> None:
    """Drop it."""
    with op.batch_alter_table("executions") as table:
        table.drop_column("content")
