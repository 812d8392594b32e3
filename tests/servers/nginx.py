"""A real nginx on loopback, with a configuration that our documentation gives to operators."""

import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

from tests.servers.processes import ServerError, bound_to_us, end

STARTUP_SECONDS = 10.0
_MAIN = """\
daemon off;
master_process off;
pid {folder}/nginx.pid;
events {{}}
http {{
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
{documented}
}}
"""
"""Debian's own nginx.conf around each site, as far as it matters; one process, which we end."""


def executable() -> str | None:
    """Return the installed nginx; /usr/sbin is not in everybody's PATH."""
    return shutil.which("nginx", path=f"{os.environ.get('PATH', '')}:/usr/sbin")


def missing() -> str | None:
    """Return the missing part that this machine needs to run nginx, or None."""
    return None if executable() else "nginx is not installed (apt-get install nginx)"


def documented(page: Path, having: str) -> str:
    """Return the one block of nginx's configuration on a page that contains `having`."""
    blocks = [part.partition("```")[0] for part in page.read_text("utf-8").split("```nginx\n")[1:]]
    (found,) = [block for block in blocks if having in block]
    return found


def fitted(configuration: str, places: Mapping[str, str]) -> str:
    """Return the configuration with this machine's addresses and paths, not the example's."""
    for example, ours in places.items():
        assert example in configuration, f"the documentation no longer has {example}"
        configuration = configuration.replace(example, ours)
    return configuration


@contextmanager
def nginx(folder: Path, configuration: str, port: int) -> Iterator[None]:
    """Run nginx for the block, with its logs in `folder`; it then listens on `port`.

    Raises ServerError.
    """
    folder.mkdir(parents=True, exist_ok=True)
    main = folder / "nginx.conf"
    main.write_text(_MAIN.format(folder=folder, documented=configuration))
    started = folder / "started.log"
    program = executable()
    assert program is not None
    with started.open("wb") as log:
        process = subprocess.Popen(
            [*bound_to_us(), program, "-p", folder, "-c", main, "-e", folder / "first.log"],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            text=True,
        )
    try:
        deadline = time.monotonic() + STARTUP_SECONDS
        while not _listens(port):
            if process.poll() is not None or time.monotonic() > deadline:
                raise ServerError(f"nginx did not start:\n{started.read_text()[-4000:]}")
            with suppress(subprocess.TimeoutExpired):
                process.wait(0.02)
        yield
    finally:
        end(process, signal.SIGTERM)


def _listens(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True
