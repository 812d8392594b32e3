import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from tests.servers.livekit import LiveKit, livekit, missing
from tests.servers.processes import ServerError
from tests.servers.require import need


@pytest.fixture(autouse=True)
def _built() -> None:
    need(not missing(), missing() or "")


def test_nobody_else_can_reach_it(tmp_path: Path) -> None:
    with livekit(tmp_path) as server:
        children = psutil.Process().children()
        [process] = [one for one in children if str(tmp_path / "livekit.yaml") in one.cmdline()]
        ours = (psutil.CONN_LISTEN, psutil.CONN_NONE)  # of TCP, of UDP
        listening = [one for one in process.net_connections() if one.status in ours]
        assert {one.laddr.ip for one in listening} == {"127.0.0.1"}
        kinds = {one.type for one in listening}
        assert kinds == {socket.SOCK_STREAM, socket.SOCK_DGRAM}
        assert oct((tmp_path / "livekit.yaml").stat().st_mode & 0o777) == "0o600"
        assert "starting LiveKit server" in server.log()


def test_two_at_once_do_not_meet(tmp_path: Path) -> None:
    with livekit(tmp_path / "one") as one, livekit(tmp_path / "other") as other:
        assert one.port != other.port
        assert one.visio.secret != other.visio.secret
        assert one.visio.secret != one.ours.secret


def test_what_it_said_is_told_when_it_can_t_start(tmp_path: Path) -> None:
    with livekit(tmp_path / "one") as one:
        other = LiveKit(tmp_path / "other")
        settings = tmp_path / "other" / "livekit.yaml"
        settings.write_text(settings.read_text().replace(str(other.port), str(one.port)))
        with pytest.raises(ServerError, match="address already in use"):
            other.start()
        other.stop()


def test_the_server_dies_with_whoever_started_it_even_when_killed(tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from tests.servers.livekit import livekit\n"
        "with livekit(Path(sys.argv[1])):\n"
        "    print('up', flush=True); input()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code, str(tmp_path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as owner:
        assert owner.stdout is not None
        assert owner.stdout.readline() == "up\n"
        servers = psutil.Process(owner.pid).children()
        os.kill(owner.pid, signal.SIGKILL)
    assert servers
    _, alive = psutil.wait_procs(servers, timeout=5)
    assert not alive
