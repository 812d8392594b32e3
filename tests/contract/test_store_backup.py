"""A PostgreSQL database put back from its dump, as the operator's guide says."""

import subprocess
from pathlib import Path

import pytest

from bridge.store import Store, open_store
from tests.contract.store_samples import START, meeting, message, occurrence, vault
from tests.servers.postgres import Cluster, binaries


def program(name: str, *arguments: str) -> None:
    folder = binaries()
    assert folder is not None
    done = subprocess.run(
        [folder / name, *arguments], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
async def test_a_dump_is_put_back_and_goes_on(
    store: Store, lasting_url: str, cluster: Cluster, tmp_path: Path
):
    held = meeting()
    async with store() as work:
        await work.meetings.add(held, occurrence(held))
        await work.outbox.post(message("a"))
    dump = str(tmp_path / "parvis.dump")
    program("pg_dump", "--format=custom", "--file", dump, lasting_url.replace("+asyncpg", ""))
    empty = await cluster.create_database()
    program("pg_restore", "--no-owner", "--dbname", empty.replace("+asyncpg", ""), dump)
    async with open_store(empty, vault=vault(), clock=store.clock) as restored:
        async with restored() as work:
            assert await work.meetings.get(held.id) == held
            assert await work.outbox.post(message("b"))
            assert not await work.outbox.post(message("a"))
        (first,) = await restored.outbox.due(START, 5)
        assert first.message == message("a")
    await cluster.drop_database(empty)
