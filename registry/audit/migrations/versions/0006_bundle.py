"""Records say what a tool ran with: its folder and its shared packages, which there were none of before."""

from typing import Literal

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"

_OPEN = sa.text("status IN ('pending', 'running')")


def upgrade() -> None:
    """Add the column beside the digest and fill it; SQLite copies the table for its order."""
    op.drop_index("executions_open", "executions")
    with op.batch_alter_table("executions", recreate=_recreated()) as table:
        column = sa.Column("bundle", sa.String(64), nullable=False, server_default="")
        table.add_column(column, insert_after="digest" if _recreated() == "always" else None)
    op.create_index("executions_open", "executions", ["instance"], sqlite_where=_OPEN, postgresql_where=_OPEN)
    op.execute("UPDATE executions SET bundle = digest")


def downgrade() -> None:
    """Drop the column."""
    op.drop_index("executions_open", "executions")
    with op.batch_alter_table("executions", recreate=_recreated()) as table:
        table.drop_column("bundle")
    op.create_index("executions_open", "executions", ["instance"], sqlite_where=_OPEN, postgresql_where=_OPEN)


def _recreated() -> Literal["always", "never"]:
    return "always" if op.get_bind().dialect.name == "sqlite" else "never"
