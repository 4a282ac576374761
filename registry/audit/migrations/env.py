"""Alembic's entry: migrates over the connection that ``registry.audit.migrate_database`` opened."""

from alembic import context

from registry.audit.executions_table import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata, render_as_batch=True)
with context.begin_transaction():
    context.run_migrations()
