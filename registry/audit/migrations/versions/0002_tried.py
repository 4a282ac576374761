"""Executions of tried edits are told apart, and the indexes hold what summaries read."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

_INDEXES = {
    "executions_by_time": (["created_at"], ["tried", "status", "tool", "duration_ms"]),
    "executions_by_tool": (["tool", "created_at"], ["tried", "status", "duration_ms"]),
}


def upgrade() -> None:
    """Add the column; make the indexes wider."""
    op.add_column("executions", sa.Column("tried", sa.Boolean, nullable=False, server_default=sa.false()))
    for name, (narrow, more) in _INDEXES.items():
        op.drop_index(name, "executions")
        op.create_index(name, "executions", [*narrow, *more])


def downgrade() -> None:
    """Make the indexes narrow again and drop the column."""
    for name, (narrow, _) in _INDEXES.items():
        op.drop_index(name, "executions")
        op.create_index(name, "executions", narrow)
    op.drop_column("executions", "tried")
