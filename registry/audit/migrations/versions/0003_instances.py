"""Who is alive; errors as lists show them; and in SQLite what is small before what can be large."""

import json
from typing import Literal

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

_ORDER = (
    "id", "instance", "tool", "version", "revision", "digest", "argument_bytes", "caller_id", "trace_id", "request_id",
    "remote_address", "status", "truncated", "created_at", "ended_at", "cancel_requested_at", "duration_ms", "queue_ms",
    "result_bytes", "log_bytes", "tried", "error_truncated", "listed_error", "stdout", "stderr", "error", "result",
    "arguments",
)  # fmt: skip
_ADDED = ("error_truncated", "listed_error")
_OPEN = sa.text("status IN ('pending', 'running')")
_MESSAGE_CHARACTERS = 300
_AT_ONCE = 500


def upgrade() -> None:
    """Make the table of instances, add the columns and fill them; SQLite copies the table for its order."""
    op.create_table(
        "instances",
        sa.Column("name", sa.String(300), primary_key=True),
        sa.Column("beats", sa.Integer, nullable=False),
        sa.Column("seen_at", sa.Float, nullable=False),
    )
    op.drop_index("executions_open", "executions")
    with op.batch_alter_table("executions", recreate=_recreated(), partial_reordering=[_ORDER]) as table:
        table.add_column(sa.Column("error_truncated", sa.Boolean, nullable=False, server_default=sa.false()))
        table.add_column(sa.Column("listed_error", sa.Text))
    op.create_index("executions_open", "executions", ["instance"], sqlite_where=_OPEN, postgresql_where=_OPEN)
    _fill(op.get_bind())


def downgrade() -> None:
    """Drop what was made; the order stays."""
    op.drop_index("executions_open", "executions")
    with op.batch_alter_table("executions", recreate=_recreated()) as table:
        for name in _ADDED:
            table.drop_column(name)
    op.create_index("executions_open", "executions", ["instance", "status"])
    op.drop_table("instances")


def _recreated() -> Literal["always", "never"]:
    return "always" if op.get_bind().dialect.name == "sqlite" else "never"


def _fill(connection: sa.Connection) -> None:
    asked = sa.text(
        f"SELECT id, error FROM executions WHERE error IS NOT NULL AND id > :last ORDER BY id LIMIT {_AT_ONCE}"  # noqa: S608
    )
    change = sa.text("UPDATE executions SET listed_error = :listed, error_truncated = :truncated WHERE id = :id")
    last = ""
    while rows := connection.execute(asked, {"last": last}).all():
        connection.execute(change, [_listed(*row) for row in rows])
        last = rows[-1][0]


def _listed(execution_id: str, text: str) -> dict[str, object]:
    error = json.loads(text)
    message = str(error.get("message", ""))
    cut = len(message) > _MESSAGE_CHARACTERS
    listed = {"kind": error.get("kind"), "message": message[:_MESSAGE_CHARACTERS] + "…" * cut}
    return {"id": execution_id, "listed": json.dumps(listed), "truncated": cut or "details" in error}
