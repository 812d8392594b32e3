"""Fixtures of all tests."""

import asyncio
import gc
import os
from collections.abc import Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import structlog
from hypothesis import settings
from structlog.dev import ConsoleRenderer, plain_traceback

from tests.servers import require


@pytest.fixture(scope="session", autouse=True)
def no_settings_from_outside() -> Iterator[None]:
    """Take every PARVIS_ variable out of the environment: the program reads them as settings."""
    kept = {name: os.environ.pop(name) for name in list(os.environ) if name.startswith("PARVIS_")}
    yield
    os.environ.update(kept)


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An SQLite file with our schema, to copy: a migration takes a third of a second."""
    from bridge.store.schema import migrate  # noqa: PLC0415 - heavy, and not for every test

    path = tmp_path_factory.mktemp("migrated") / "parvis.db"
    with ThreadPoolExecutor(1) as thread:  # where no event loop runs
        thread.submit(asyncio.run, migrate(f"sqlite:///{path}")).result()
    return path


def pytest_configure() -> None:
    """Word logged errors plainly: structlog's own way with colours and frames takes a second each.

    No property has a deadline: a busy machine is no fault of what is tested. Its examples are the
    same at each run, so that a change fails for what it changed.
    """
    # No test reaches a public authority, and to read a file of 140 takes 40 ms at each session that is
    # opened; those of a folder are read when one is needed. What tests start inherits it.
    os.environ["SSL_CERT_FILE"] = os.devnull
    settings.register_profile("parvis", deadline=None, derandomize=True)
    settings.load_profile("parvis")
    plain = ConsoleRenderer(colors=False, exception_formatter=plain_traceback)
    structlog.configure(processors=[*structlog.get_config()["processors"][:-1], plain])


def pytest_sessionstart() -> None:
    """Remember what must not be skipped, before the variable is gone."""
    require.everything = os.environ.get("PARVIS_REQUIRE") == "all"


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Collect no garbage while tests are collected, nor ever what those thousands are made of."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.enable()
        gc.collect()
        gc.freeze()
