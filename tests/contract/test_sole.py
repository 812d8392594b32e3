"""Of several processes one only: a connection each stands for them here."""

import pytest

from bridge.errors import AlreadyRunning
from bridge.store.sole import sole
from bridge.store.work import Store


async def test_a_second_is_refused_until_the_first_ends(store: Store, database: str) -> None:
    async with sole(store, "the bot"):
        if database == "postgresql":
            with pytest.raises(AlreadyRunning, match="the bot"):
                async with sole(store, "the bot"):
                    pytest.fail("two at once")
        async with sole(store, "another bot"):
            pass
    async with sole(store, "the bot"):
        pass


async def test_it_is_given_back_when_the_block_fails(store: Store) -> None:
    with pytest.raises(ZeroDivisionError):
        async with sole(store, "the bot"):
            raise ZeroDivisionError
    async with sole(store, "the bot"):
        pass
