"""`parvis`, run so that it dies as in a power cut at one commit of the database.

`KILL_AT` is `before` or `after`, and a place as `KILL_LOG` lists them: the function that has the
transaction. Without it, nothing dies, and the file gets a line for each place that commits.
"""

import contextlib
import os
import signal
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

from bot.program.cli import main
from bridge.store.work import Store

AT = os.environ.get("KILL_AT")
LOG = os.environ.get("KILL_LOG")
PASSED_OVER = {"contextlib", "bridge.store.work", __name__}


def die_at(when: str, where: str) -> None:
    """End here as by `kill -9`, if that was asked for: nothing is flushed, closed or told."""
    if where and f"{when} {where}" == AT:
        os.kill(os.getpid(), signal.SIGKILL)


def place() -> str:
    """Return the code that begins a transaction."""
    frame = sys._getframe(1)
    while frame.f_globals["__name__"] in PASSED_OVER:
        assert frame.f_back is not None
        frame = frame.f_back
    return f"{frame.f_globals['__name__']}.{frame.f_code.co_qualname}"


_begin = Store.begin


@contextlib.asynccontextmanager
async def begin(self: Store, *, writing: bool = True, long: bool = False) -> AsyncIterator[Any]:
    """Stand for `Store.begin`."""
    here = place() if writing else ""
    async with _begin(self, writing=writing, long=long) as tx:
        yield tx
        die_at("before", here)
    if here and LOG:
        with Path(LOG).open("a", encoding="utf-8") as file:
            file.write(f"{here}\n")
    die_at("after", here)


Store.begin = begin  # type: ignore[method-assign]

if __name__ == "__main__":
    main()
