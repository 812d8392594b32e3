"""Alembic runs this with the connection of `bridge.store.schema.migrate`."""

from typing import Literal

from alembic import context
from alembic.autogenerate.api import AutogenContext

from bridge.store.tables import metadata
from bridge.store.types import Choice, Moment


def render(kind: str, item: object, _: AutogenContext) -> str | Literal[False]:
    """Write our column types as the database's own: migrations don't depend on our code."""
    if kind == "type" and isinstance(item, Choice):
        return "sa.Text()"
    if kind == "type" and isinstance(item, Moment):
        return "sa.DateTime(timezone=True)"
    return False


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,
    render_item=render,
    transactional_ddl=True,
)
with context.begin_transaction():
    context.run_migrations()
