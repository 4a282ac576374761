"""Records say what of the arguments reached the tool in another form than it came."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Add the column."""
    op.add_column("executions", sa.Column("coerced", sa.Text))


def downgrade() -> None:
    """Drop the column."""
    op.drop_column("executions", "coerced")
