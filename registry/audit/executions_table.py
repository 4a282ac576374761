"""The audit's tables.

In SQLite a row is read from its beginning, over everything that lies before what is asked for. So what is small stands
first, then what lists and followers read, then what can be large.
"""

from __future__ import annotations

import sqlalchemy as sa

metadata = sa.MetaData()

# Written out, not bound to a statement as a value: the databases must see that it is the condition of the index.
STILL_OPEN = sa.text("status IN ('pending', 'running')")

executions = sa.Table(
    "executions",
    metadata,
    sa.Column("id", sa.String(32), primary_key=True),
    sa.Column("instance", sa.String(300), nullable=False),
    sa.Column("tool", sa.String(64), nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("revision", sa.String(64)),
    sa.Column("digest", sa.String(64), nullable=False),
    sa.Column("bundle", sa.String(64), nullable=False, server_default=""),
    sa.Column("argument_bytes", sa.Integer, nullable=False),
    sa.Column("caller_id", sa.String(200)),
    sa.Column("trace_id", sa.String(200)),
    sa.Column("request_id", sa.String(200)),
    sa.Column("remote_address", sa.String(64)),
    sa.Column("status", sa.String(16), nullable=False),
    sa.Column("truncated", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("created_at", sa.Float, nullable=False),
    sa.Column("ended_at", sa.Float),
    sa.Column("cancel_requested_at", sa.Float),
    sa.Column("duration_ms", sa.Float),
    sa.Column("queue_ms", sa.Float),
    sa.Column("result_bytes", sa.Integer, nullable=False, server_default="0"),
    sa.Column("log_bytes", sa.Integer, nullable=False, server_default="0"),
    sa.Column("tried", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("error_truncated", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("listed_error", sa.Text),
    sa.Column("stdout", sa.Text, nullable=False, server_default=""),
    sa.Column("stderr", sa.Text, nullable=False, server_default=""),
    sa.Column("error", sa.Text),
    sa.Column("result", sa.Text),
    sa.Column("arguments", sa.Text, nullable=False),
    sa.Column("coerced", sa.Text),
    sa.Column("content", sa.Text),
    # Both hold all that a summary reads: the rows hold logs, which take long to step over.
    sa.Index("executions_by_time", "created_at", "tried", "status", "tool", "duration_ms"),
    sa.Index("executions_by_tool", "tool", "created_at", "tried", "status", "duration_ms"),
    # Of the open ones alone: asked for every few seconds, and never many.
    sa.Index("executions_open", "instance", sqlite_where=STILL_OPEN, postgresql_where=STILL_OPEN),
)

# Who writes records, and how often each has said that it lives; `seen_at` is for people, no rule looks at it.
instances = sa.Table(
    "instances",
    metadata,
    sa.Column("name", sa.String(300), primary_key=True),
    sa.Column("beats", sa.Integer, nullable=False),
    sa.Column("seen_at", sa.Float, nullable=False),
)
