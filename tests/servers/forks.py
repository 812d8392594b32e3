"""Processes of one Python program, forked from one that has imported it: most of a start saved."""

import asyncio
import json
import os
import signal
import socket
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from tests.servers.forker import ORDER, Order
from tests.servers.processes import ServerError, bound_to_us, running

_FORKER = Path(__file__).with_name("forker.py")


class Fork:
    """A forked process; stands for `asyncio.subprocess.Process`."""

    def __init__(self, pid: int, answers: socket.socket) -> None:
        self.pid = pid
        self.returncode: int | None = None
        self._handle = os.pidfd_open(pid)
        self._ended = asyncio.ensure_future(self._end(answers))

    def send_signal(self, how: signal.Signals) -> None:
        """Send a signal. Raises ProcessLookupError when the process has ended."""
        if self.returncode is not None:
            raise ProcessLookupError(self.pid)
        signal.pidfd_send_signal(self._handle, how)

    async def wait(self) -> int:
        """Return the exit code once the process has ended."""
        return await asyncio.shield(self._ended)

    async def _end(self, answers: socket.socket) -> int:
        with answers:
            code = await asyncio.get_running_loop().sock_recv(answers, ORDER)
        os.close(self._handle)
        self.returncode = int(code or -signal.SIGKILL)  # the forker ended, and it with it
        return self.returncode


class Forks:
    """Starts processes of the program that a forker has imported."""

    def __init__(self, address: Path) -> None:
        self._address = address

    async def spawn(
        self,
        script: Path,
        *arguments: str,
        folder: Path,
        environment: Mapping[str, str],
        output: IO[bytes],
    ) -> Fork:
        """Start a script of the program. Raises ServerError."""
        order = Order(
            script=str(script),
            arguments=list(arguments),
            folder=str(folder),
            environment=dict(environment),
        )
        answers = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        answers.settimeout(0)
        loop = asyncio.get_running_loop()
        await loop.sock_connect(answers, str(self._address))
        socket.send_fds(answers, [json.dumps(order).encode()], [output.fileno()])
        pid = await loop.sock_recv(answers, ORDER)
        if not pid:
            answers.close()
            raise ServerError("the forker has ended")
        return Fork(int(pid), answers)


@contextmanager
def forks(modules: Sequence[str], environment: Mapping[str, str]) -> Iterator[Forks]:
    """Import modules in a process of their own for the block. Raises ServerError."""
    with tempfile.TemporaryDirectory(prefix="parvis-forks-") as folder:
        address = Path(folder) / "socket"
        command = (sys.executable, "-P", str(_FORKER), str(address), *modules)
        with running([*bound_to_us(), *command], mark="forks", env=environment, timeout=60):
            yield Forks(address)
