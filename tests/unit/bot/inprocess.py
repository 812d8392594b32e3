"""The command line run in the tests' own process: what it sets up is undone."""

import logging
import sys
from collections.abc import Iterator

import pytest
import structlog


@pytest.fixture
def undone(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Speak English, and undo what a command sets up for logs and errors."""
    root = logging.getLogger()
    level, handlers, hook = root.level, root.handlers[:], sys.excepthook
    monkeypatch.setenv("LC_ALL", "en_GB.UTF-8")
    configured = structlog.get_config()
    yield
    logging.captureWarnings(capture=False)
    for name in ("aiohttp.access", "nio", "asyncio", "sqlalchemy", "apscheduler"):
        logging.getLogger(name).setLevel(logging.NOTSET)
    logging.getLogger("aiohttp.server").filters = []
    root.handlers[:], root.level = handlers, level
    sys.excepthook = hook
    structlog.configure(**configured)
