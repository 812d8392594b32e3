"""The build of the media server, with a `go` of our own in place of the environment's."""

import subprocess
import sys
import threading
from pathlib import Path

import pytest

from tests.servers.livekit_build import SOURCE, VERSION, build, executable, missing

GO = """#!/bin/sh
echo "$@" >>{calls}
echo "go: downloading example.org/module v1" >&2
echo example.org/module >&2
{does}
"""
BUILDS = "printf built >$GOBIN/server"


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    monkeypatch.setenv("PYTHONPATH", str(tmp_path / "packages"))  # for programs that a test runs
    monkeypatch.syspath_prepend(tmp_path / "packages")
    (tmp_path / "packages" / "go" / "bin").mkdir(parents=True)
    (tmp_path / "packages" / "go" / "__init__.py").touch()
    return tmp_path


def calls(home: Path) -> list[str]:
    log = home / "calls"
    return log.read_text().splitlines() if log.exists() else []


def install_go(home: Path, does: str) -> None:
    program = home / "packages" / "go" / "bin" / "go"
    program.write_text(GO.format(calls=home / "calls", does=does))
    program.chmod(0o700)


def test_it_is_built_once_into_a_folder_of_its_version(
    home: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    install_go(home, BUILDS)
    assert missing() == "the LiveKit server is not built (make livekit)"

    assert (build(), build()) == (0, 0)

    assert calls(home) == [f"install -v {SOURCE}"]
    assert executable() == home / "cache" / "parvis" / f"livekit-v{VERSION}" / "server"
    assert executable().read_text() == "built"
    assert missing() is None
    told = capfd.readouterr().out
    assert SOURCE in told
    assert told.endswith("s, 1 packages\n")


def test_two_at_once_build_once(home: Path) -> None:
    install_go(home, f"/bin/sleep 0.2; {BUILDS}")
    both = [threading.Thread(target=build) for _ in range(2)]
    for one in both:
        one.start()
    for one in both:
        one.join()
    assert len(calls(home)) == 1


def test_without_go_it_says_what_lacks_and_goes_on(
    home: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert build() == 0
    assert "Go is neither in the environment" in capfd.readouterr().out
    assert "Go is neither in the environment" in (missing() or "")


def test_a_build_that_failed_shows_why_and_leaves_nothing(
    home: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    install_go(home, "printf half >$GOBIN/server; echo 'no space left' >&2; exit 1")
    assert build() == 1
    assert "no space left" in capfd.readouterr().err
    assert not executable().exists()
    assert [one.name for one in executable().parent.iterdir()] == ["lock"]


def test_a_build_that_was_killed_leaves_no_half_of_a_server(home: Path) -> None:
    install_go(home, "printf half >$GOBIN/server; kill -KILL $PPID")
    root = Path(__file__).parents[3]
    done = subprocess.run([sys.executable, "-m", "tests.servers.livekit"], cwd=root, check=False)
    assert done.returncode < 0
    assert not executable().exists()

    install_go(home, BUILDS)
    assert build() == 0
    assert sorted(one.name for one in executable().parent.iterdir()) == ["lock", "server"]
