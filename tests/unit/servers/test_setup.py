"""The script that installs what Debian lacks, on a machine that has next to nothing."""

import shutil
import subprocess
from pathlib import Path

import pytest

SETUP = Path(__file__).parents[3] / ".ci" / "setup"


@pytest.fixture
def machine(tmp_path: Path) -> Path:
    """A folder of programs; its apt-get writes down what it is asked, and makes a Chromium."""
    for name in ("bash", "env", "id", "tr", "head", "grep"):
        (tmp_path / name).symlink_to(str(shutil.which(name)))
    program(
        tmp_path / "apt-get",
        f'echo "$*" >>{tmp_path}/asked\n'
        f'case "$*" in *install*) printf "#!/bin/sh\\n" >{tmp_path}/chromium;'
        f" /bin/chmod +x {tmp_path}/chromium ;; esac",
    )
    program(tmp_path / "id", "echo 0")
    return tmp_path


def program(path: Path, does: str) -> None:
    path.unlink(missing_ok=True)
    path.write_text(f"#!/bin/sh\n{does}\n")
    path.chmod(0o755)


def ran(machine: Path, *wanted: str, **environ: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [SETUP, *wanted],
        env={"PATH": str(machine), **environ},
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
    )


def asked(machine: Path) -> list[str]:
    file = machine / "asked"
    return file.read_text().splitlines() if file.exists() else []


def test_what_is_lacking_is_installed_and_said_before(machine: Path) -> None:
    done = ran(machine, "chromium")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == "apt: installing chromium (PARVIS_APT=no forbids it)\n"
    assert asked(machine) == [
        "update -qq",
        "install -qq -y --no-install-recommends chromium",
    ]
    again = ran(machine, "chromium")
    assert (again.returncode, again.stdout) == (0, "")
    assert len(asked(machine)) == 2, "nothing is lacking any more"


def test_by_sudo_where_it_asks_for_no_password(machine: Path) -> None:
    program(machine / "id", "echo 1000")
    program(machine / "sudo", 'shift\nexec "$@"')
    program(machine / "true", "exit 0")
    assert ran(machine, "chromium").returncode == 0
    assert len(asked(machine)) == 2
    (machine / "chromium").unlink()
    program(machine / "sudo", "exit 1")
    assert "apt-get install chromium" in ran(machine, "chromium").stderr
    assert len(asked(machine)) == 2


@pytest.mark.parametrize("why", ["forbidden", "no apt-get", "no way to be root", "apt-get fails"])
def test_else_it_is_said_what_to_install_and_what_is_left_out(why: str, machine: Path) -> None:
    environ = {"PARVIS_APT": "no"} if why == "forbidden" else {}
    if why == "no apt-get":
        (machine / "apt-get").unlink()
    if why == "no way to be root":
        program(machine / "id", "echo 1000")
    if why == "apt-get fails":
        program(machine / "apt-get", "exit 100")
    done = ran(machine, "chromium", **environ)
    assert done.returncode == 0, "the rest goes on"
    line = (
        "lacking: apt-get install chromium   (left out without it: scenes and tests in a browser)"
    )
    assert line in done.stderr


def test_without_python_nothing_goes_on(machine: Path) -> None:
    done = ran(machine, "python", "chromium", PARVIS_APT="no")
    assert done.returncode == 1
    assert "apt-get install python3 python3-venv" in done.stderr
