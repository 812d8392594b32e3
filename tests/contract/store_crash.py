"""A process that dies between claiming what is due and writing down that it was done.

Usage: python -m tests.contract.store_crash <url> <file> <lease in seconds>

Its effect is a line in the file. Then it says "begun" and waits to be killed.
"""

import asyncio
import sys
from datetime import timedelta
from pathlib import Path

from bridge.agenda import EmbeddedEngine
from bridge.clock import SystemClock
from bridge.domain.agenda import Due, Kind
from bridge.domain.capability import Capability
from bridge.store import open_store
from tests.contract.store_samples import vault


async def main(url: str, file: Path, lease: float) -> None:
    async def hang(due: Due) -> None:
        with file.open("a") as effects:
            effects.write(f"{due.key} {due.attempts} {due.cause}\n")
        print("begun", flush=True)
        await asyncio.Event().wait()

    async with open_store(url, vault=vault(), alone=True) as store:
        engine = EmbeddedEngine(store, SystemClock(), lease=timedelta(seconds=lease))
        await engine.run(Capability(handlers={Kind.OPEN: hang}), asyncio.Event())


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], Path(sys.argv[2]), float(sys.argv[3])))
