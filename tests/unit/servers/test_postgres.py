import asyncio
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import psutil
import pytest

from tests.servers.postgres import Cluster, missing, postgres
from tests.servers.require import need


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    need(not missing(), missing() or "")
    with postgres() as running:
        yield running


async def query(url: str, statement: str) -> object:
    connection = await asyncpg.connect(url.replace("+asyncpg", ""), timeout=5)
    try:
        return await connection.fetchval(statement)
    finally:
        await connection.close()


async def test_databases_are_apart_and_copies_keep_what_the_template_has(cluster: Cluster) -> None:
    async def prepare(url: str) -> None:
        await query(url, "CREATE TABLE salons AS SELECT 42 AS id")

    template = await cluster.create_template(prepare)
    copy = await cluster.create_database(template=template)
    empty = await cluster.create_database()

    assert await query(copy, "SELECT id FROM salons") == 42
    with pytest.raises(asyncpg.UndefinedTableError):
        await query(empty, "SELECT id FROM salons")


async def test_a_dropped_database_lets_nobody_in(cluster: Cluster) -> None:
    url = await cluster.create_database()
    await cluster.drop_database(url)
    with pytest.raises(asyncpg.InvalidCatalogNameError):
        await query(url, "SELECT 1")


async def test_a_wrong_password_is_refused(cluster: Cluster) -> None:
    wrong = Cluster(cluster.port, "wrong")
    with pytest.raises(asyncpg.InvalidPasswordError):
        await wrong.create_database()


def test_the_server_dies_with_whoever_started_it_even_when_killed() -> None:
    need(not missing(), missing() or "")
    code = (
        "from tests.servers.postgres import postgres\n"
        "with postgres() as cluster:\n"
        "    print(cluster.port, flush=True); input()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as owner:
        assert owner.stdout is not None
        assert owner.stdout.readline().strip().isdigit()
        servers = psutil.Process(owner.pid).children(recursive=True)
        home = Path(servers[0].cwd()).parent
        os.kill(owner.pid, signal.SIGKILL)
    assert servers
    _, alive = psutil.wait_procs(servers, timeout=5)
    shutil.rmtree(home)
    assert not alive


async def test_what_was_committed_is_there_after_a_restart(cluster: Cluster) -> None:
    url = await cluster.create_database()
    await query(url, "CREATE TABLE salons AS SELECT 42 AS id")
    cluster.restart()
    assert await query(url, "SELECT id FROM salons") == 42


def test_two_at_once_do_not_meet(cluster: Cluster) -> None:
    with postgres() as other:
        assert other.port != cluster.port
        assert asyncio.run(query(other.url("postgres"), "SELECT 1")) == 1
