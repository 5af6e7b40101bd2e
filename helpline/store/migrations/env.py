"""Alembic's way in: it is handed a connection that is already in its transaction."""

from alembic import context

from helpline.store.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    compare_type=True,
    compare_server_default=True,
    render_as_batch=True,
    transactional_ddl=False,  # the transaction is the caller's, over all revisions together
)
context.run_migrations()
