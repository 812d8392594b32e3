"""The peers of the form execute what the door executes, no less and no more."""

import re
from pathlib import Path

from benchmarks.bare_post import (
    ENTER,
    FIND,
    WAIT,
    Enters,
    OnEngines,
    OnSqlite,
    Opened,
    open_plain,
)
from benchmarks.replay import recording
from benchmarks.stock import stocked
from bridge.clock import SystemClock
from bridge.ids import uuid7
from bridge.services.tools import Tools
from bridge.services.visits.arrivals import Admissions
from bridge.store import Vault, open_store
from bridge.store.engine import open_engines
from tests.defaults import default_policy


def shape(statement: str) -> tuple[str, int]:
    """A statement's verb, its table, and its number of values."""
    verb = re.match(r"\s*(\w+)", statement)
    table = re.search(r"\b(?:FROM|INTO|UPDATE) (\w+)", statement)
    assert verb is not None
    return f"{verb[1]} {table[1] if table else ''}", statement.count("?")


async def test_the_bare_door_executes_what_the_door_executes(tmp_path: Path):
    database = tmp_path / "parvis.db"
    stock = await stocked(database, links=1, waiting=1)
    vault = Vault({"k1": bytes(32)}, "k1")
    async with open_store(f"sqlite:///{database}", vault=vault) as store:
        with recording(store) as script:
            admissions = Admissions(Tools(store, SystemClock(), default_policy()))
            assert await admissions.enter(stock.codes[0], name="Claire", language="fr")
    begin, *found, commit = [statement for statement, _ in script]
    assert (begin, commit) == ("BEGIN IMMEDIATE", "COMMIT")
    assert [shape(one) for one in found] == [shape(one) for one in (FIND, ENTER, WAIT)]


async def opens_visits(peer: Enters, codes: list[str]) -> list[bool]:
    """Whether a peer opens a visit for each code."""
    now = SystemClock().now()
    return [await peer.enter(code, Opened(uuid7(now), "secret", "Claire")) for code in codes]


async def test_both_peers_open_a_visit_for_a_known_code_alone(tmp_path: Path):
    database = tmp_path / "parvis.db"
    stock = await stocked(database, links=2, waiting=1)
    async with open_engines(f"sqlite:///{database}", synchronous="NORMAL") as engines:
        assert await opens_visits(OnEngines(engines), [stock.codes[0], "unknown"]) == [True, False]
    reading, writing = [await open_plain(str(database), "NORMAL") for _ in range(2)]
    try:
        plain = OnSqlite(reading, writing)
        assert await opens_visits(plain, [stock.codes[1], "unknown"]) == [True, False]
    finally:
        await reading.close()
        await writing.close()
