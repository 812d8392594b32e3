"""Commands that must succeed."""

import asyncio
import contextlib
import os
import signal
from collections.abc import Mapping, Sequence
from pathlib import Path

from tests.servers.processes import bound_to_us


class CommandFailed(RuntimeError):
    """A command failed; its last lines are in the message."""


async def finished(
    argv: Sequence[str],
    *,
    patience: float,
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
) -> str:
    """Run a command to its end and return what it printed.

    Raises CommandFailed, TimeoutError after `patience` seconds.
    """
    process = await asyncio.create_subprocess_exec(
        *bound_to_us(),
        *argv,
        cwd=cwd,
        env={**os.environ, **(env or {})},
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        start_new_session=True,
    )
    try:
        async with asyncio.timeout(patience):
            output, _ = await process.communicate()
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)  # with all the processes it has started
    if process.returncode:
        tail = output.decode(errors="replace")[-4000:]
        raise CommandFailed(f"{' '.join(argv)} ended with {process.returncode}:\n{tail}")
    return output.decode(errors="replace")
