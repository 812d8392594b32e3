"""Imports a program once, then forks it for each start that is asked for.

Run by `tests/servers/forks.py`, as `forker.py SOCKET MODULE…`, with the path of modules that the
program itself would have, so it imports nothing of the tests. Each connection is one start: a
message with its order, and the file that its output goes to. The answers are its process number
and, when it has ended, its exit code.
"""

import ctypes
import gc
import importlib
import json
import os
import runpy
import select
import signal
import socket
import sys
from typing import TypedDict

ORDER = 1 << 17
"""The longest order: an environment is most of it."""
_DIES_WITH_ITS_PARENT = 1
"""PR_SET_PDEATHSIG."""


class Order(TypedDict):
    """A start: a Python script with its arguments, folder and environment."""

    script: str
    arguments: list[str]
    folder: str
    environment: dict[str, str]


class Forker:
    """The process that has imported everything, and its children."""

    def __init__(self, address: str) -> None:
        self._listener = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._listener.bind(address)
        self._listener.listen(16)
        self._woken, self._wake = socket.socketpair()
        self._wake.settimeout(0)
        self._children: dict[int, socket.socket] = {}
        self._pid = os.getpid()

    def serve(self) -> Order:
        """Fork for each order; return in the children, with what each is to become."""
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(self._wake.fileno())
        while True:
            ready, _, _ = select.select([self._listener, self._woken], [], [])
            if self._woken in ready:
                self._woken.recv(4096)
                self._reap()
            if self._listener in ready and (order := self._fork()):
                return order

    def _fork(self) -> Order | None:
        asking, _ = self._listener.accept()
        message, [output], _, _ = socket.recv_fds(asking, ORDER, 1)
        if pid := os.fork():
            os.close(output)
            asking.send(str(pid).encode())
            self._children[pid] = asking
            return None
        asking.close()
        self._forget()
        os.dup2(output, sys.stdout.fileno())
        os.dup2(output, sys.stderr.fileno())
        os.close(output)
        order: Order = json.loads(message)
        return order

    def _reap(self) -> None:
        while self._children:
            pid, status = os.waitpid(-1, os.WNOHANG)
            if not pid:
                return
            with self._children.pop(pid) as asked:
                asked.send(str(os.waitstatus_to_exitcode(status)).encode())

    def _forget(self) -> None:
        """Leave nothing of the forker in its child."""
        die_with(self._pid)
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        for one in (self._listener, self._woken, self._wake, *self._children.values()):
            one.close()
        self._children.clear()


def die_with(parent: int) -> None:
    """Have the kernel kill this process when its parent ends, or end at once if it has."""
    ctypes.CDLL(None).prctl(_DIES_WITH_ITS_PARENT, signal.SIGKILL)
    # The kernel tells of an end to come only: a parent that ended after the fork is missed.
    if os.getppid() != parent:
        os.kill(os.getpid(), signal.SIGKILL)


def become(order: Order) -> None:
    """Run the script as Python would have from the start."""
    os.chdir(order["folder"])
    os.environ.clear()
    os.environ.update(order["environment"])
    sys.argv[:] = [order["script"], *order["arguments"]]
    runpy.run_path(order["script"], run_name="__main__")


if __name__ == "__main__":
    address, *modules = sys.argv[1:]
    for module in modules:
        importlib.import_module(module)
    gc.collect()
    gc.freeze()
    forker = Forker(address)
    print("forks", flush=True)
    become(forker.serve())
