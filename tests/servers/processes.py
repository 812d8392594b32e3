"""Server processes that never outlive us, and never fill a pipe."""

import collections
import os
import shutil
import signal
import subprocess
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path


class ServerError(RuntimeError):
    """A server ended, or was not ready in time; its last lines are in the message."""


@dataclass(slots=True)
class Process:
    """A running server whose last lines are kept."""

    popen: subprocess.Popen[str]
    mark: str
    tail: collections.deque[str] = field(default_factory=lambda: collections.deque(maxlen=40))
    ready: threading.Event = field(default_factory=threading.Event)

    def drain(self) -> None:
        """Read the server's output until it ends; set `ready` once `mark` was in it."""
        assert self.popen.stdout is not None
        for line in self.popen.stdout:
            self.tail.append(line)
            if self.mark in line:
                self.ready.set()
        self.ready.set()

    def wait_ready(self, timeout: float) -> None:
        """Return once `mark` was printed. Raises ServerError."""
        if not self.ready.wait(timeout) or not any(self.mark in line for line in self.tail):
            raise ServerError(f"{self.popen.args!r} is not ready:\n{''.join(self.tail)}")


def bound_to_us(user: str | None = None) -> list[str]:
    """Return the command prefix that ends a process with us, even when we are killed.

    `user` is the user to run it as, for which we must be root. The kernel watches the *thread* that
    starts the process, so start servers from one that lasts.
    """
    setpriv = shutil.which("setpriv")
    if setpriv is None:
        raise ServerError("setpriv is not installed (apt-get install util-linux)")
    whom = [f"--reuid={user}", f"--regid={user}", "--init-groups"] if user else []
    return [setpriv, *whom, "--pdeathsig=KILL", "--"]


def freeze(popen: subprocess.Popen[bytes]) -> None:
    """Freeze a process: it keeps every connection and answers nothing.

    Return once all of it stands still. Sending the signal is not enough: its threads may still
    answer for a moment.
    """
    popen.send_signal(signal.SIGSTOP)
    os.waitid(os.P_PID, popen.pid, os.WSTOPPED)


@contextmanager
def running(
    argv: Sequence[str | Path],
    *,
    mark: str,
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
    stop: signal.Signals = signal.SIGTERM,
    timeout: float = 30,
) -> Iterator[Process]:
    """Run a server until the block ends; enter the block when it has printed `mark`."""
    popen = subprocess.Popen(
        [str(word) for word in argv],
        env={**os.environ, **(env or {})},
        cwd=cwd,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
    )
    process = Process(popen, mark)
    drain = threading.Thread(target=process.drain, name=f"drain-{popen.pid}", daemon=True)
    drain.start()
    try:
        process.wait_ready(timeout)
        yield process
    finally:
        end(popen, stop)
        drain.join(timeout=5)
        assert popen.stdout is not None
        popen.stdout.close()


def end(popen: subprocess.Popen[str], stop: signal.Signals, *, patience: float = 5) -> None:
    """Ask a process to stop, and kill it if it does not."""
    popen.send_signal(stop)
    try:
        popen.wait(patience)
    except subprocess.TimeoutExpired:
        popen.kill()
        popen.wait(patience)
