"""Refusals of a database, each as one word with a sentence."""

from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import URL, make_url, text

from bridge.broken import Broken, broken
from bridge.store import DATABASE_ERRORS, schema_version
from bridge.store.engine import open_engines
from tests.servers.postgres import Cluster


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        (lambda url: url.set(password="canary"), Broken.ACCOUNT),
        (lambda url: url.set(username="nobody"), Broken.ACCOUNT),
        (lambda url: url.set(database="nowhere"), Broken.NO_DATABASE),
    ],
)
async def test_why_postgresql_refuses_us_is_known(
    cluster: Cluster, wrong: Callable[[URL], URL], why: Broken
) -> None:
    url = make_url(await cluster.create_database())
    refused = wrong(url).render_as_string(hide_password=False)
    with pytest.raises(DATABASE_ERRORS) as caught:
        await schema_version(refused)
    assert broken(caught.value) is why
    await cluster.drop_database(url.render_as_string(hide_password=False))


@pytest.mark.parametrize(
    ("statement", "why"),
    [
        ("PRAGMA max_page_count = 1", Broken.FULL),
        ("PRAGMA query_only = on", Broken.READ_ONLY),
    ],
)
async def test_why_sqlite_writes_nothing_is_known(
    statement: str, why: Broken, tmp_path: Path
) -> None:
    async with open_engines(f"sqlite:///{tmp_path}/parvis.db") as engines:
        async with engines.writing.begin() as connection:
            await connection.execute(text("CREATE TABLE one (a)"))
            await connection.execute(text(statement))
        with pytest.raises(DATABASE_ERRORS) as caught:
            async with engines.writing.begin() as connection:
                await connection.execute(text("CREATE TABLE two (a)"))
    assert broken(caught.value) is why
