"""An existing installation: commands read and change it, and never make one.

Only `run` and `migrate` make a database, keys and folders. If another command did so, with other
settings or in another account, it would answer from an empty database as if it were the real one.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from bot.program.checks.machine import parse_path, schema
from bot.program.wiring import open_database, reached
from bridge.store import Store
from bridge.store.schema import refuse_other
from config.settings import Settings


class NotSetUp(Exception):
    """There is no database there yet: `parvis migrate` makes it, or the first start with SQLite."""


async def as_it_is(settings: Settings) -> Settings:
    """Return settings that make nothing. Raises NotSetUp, SchemaOutdated, DatabaseAway."""
    url = settings.store.url.get_secret_value()
    with reached():
        found = await schema(url)
    if found is None:
        raise NotSetUp(str(parse_path(url) or "store.url"))
    refuse_other(found)
    keys = settings.keys.model_copy(update={"create": False})
    return settings.model_copy(update={"keys": keys})


@asynccontextmanager
async def open_existing(settings: Settings, *, alone: bool = False) -> AsyncIterator[Store]:
    """Open the database and its keys as they are. Raises as `as_it_is`, and KeysMissing."""
    async with open_database(await as_it_is(settings), alone=alone) as store:
        yield store
