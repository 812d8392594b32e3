"""Of several processes one only: a connection each stands for them here."""

import asyncio

import pytest
from sqlalchemy import text
from structlog.testing import capture_logs

from bridge.errors import AlreadyRunning
from bridge.store.sole import Right, sole
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


async def cut(store: Store) -> None:
    """End every connection to the database but the one that asks, as its restart would."""
    statement = (
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
        "WHERE pid <> pg_backend_pid() AND datname = current_database()"
    )
    async with store.begin() as tx:
        await tx.connection.execute(text(statement))


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
async def test_it_is_held_again_after_a_restart(own: Store) -> None:
    """Until then nobody is let go on, and a second is refused afterwards."""
    async with asyncio.timeout(20), sole(own, "the bot") as right:
        assert isinstance(right, Right)
        with capture_logs() as lines:
            await cut(own)
            while not lines:
                await asyncio.sleep(0)
            assert not right._held.is_set()
            await right.held()
            while len(lines) < 2:
                await asyncio.sleep(0)
        assert [line["event"] for line in lines] == ["right.lost", "right.held-again"]
        with pytest.raises(AlreadyRunning):
            async with sole(own, "the bot"):
                pytest.fail("two at once")


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
async def test_a_process_that_lost_the_right_to_another_ends(store: Store) -> None:
    """The other took it in the moment in which nobody held it."""
    taken = asyncio.Event()

    async def first() -> None:
        async with sole(store, "the bot", patience=0.1) as right:
            assert isinstance(right, Right)
            await right.give_back()
            right._lost.set()
            async with sole(store, "the bot"):
                taken.set()
                await right.held()
                pytest.fail("it is the other's")

    async with asyncio.timeout(20):
        with pytest.raises(AlreadyRunning, match="the bot"):
            await first()
    assert taken.is_set()


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
async def test_on_sqlite_nobody_waits(store: Store) -> None:
    async with sole(store, "the bot") as right:
        await right.held()
