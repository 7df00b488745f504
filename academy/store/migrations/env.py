"""Runs migrations on the connection that `store.schema` hands over, inside its transaction."""

from alembic import context
from sqlmodel import SQLModel

from academy.store import audit, tables  # noqa: F401  # they register themselves

connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=SQLModel.metadata,
    compare_type=True,
    render_as_batch=connection.dialect.name == "sqlite",
    transactional_ddl=True,
)
with context.begin_transaction():
    context.run_migrations()
