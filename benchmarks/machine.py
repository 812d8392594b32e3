"""Describes the machine that the numbers come from; without it they mean nothing."""

import os
import platform
import shutil
import subprocess
from pathlib import Path

import psutil

from bridge.clock import SystemClock


def described() -> str:
    """Return one paragraph: processor, memory, system, Python, commit, day, load."""
    cores = psutil.cpu_count() or 1
    memory = psutil.virtual_memory().total / 2**30
    load = os.getloadavg()[0]
    return (
        f"{SystemClock().now():%Y-%m-%d}, commit {_commit()}. {_processor()}, {cores} cores, "
        f"{memory:.0f} GiB of memory, {_system()}, Python {platform.python_version()}. "
        f"Load before the run: {load:.1f}."
    )


def pin(core: int) -> None:
    """Pin this process to one core, if there is more than one."""
    cores = sorted(os.sched_getaffinity(0))
    if len(cores) > 1:
        os.sched_setaffinity(0, {cores[core % len(cores)]})


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()


def _system() -> str:
    name = platform.freedesktop_os_release().get("PRETTY_NAME", platform.system())
    return f"{name}, Linux {platform.release().partition('-')[0]}"


def _commit() -> str:
    git = shutil.which("git")
    if git is None:
        return "unknown"
    argv = [git, "describe", "--always", "--dirty"]
    done = subprocess.run(argv, capture_output=True, text=True, check=False, timeout=10)
    return done.stdout.strip() or "unknown"
