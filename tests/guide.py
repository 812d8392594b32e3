"""docs/operator.md, followed to the letter by a shell: only the places are others."""

import re
import subprocess
from collections.abc import Mapping
from pathlib import Path

GUIDE_FOLDER = Path(__file__).parents[1] / "docs"
GUIDE = (GUIDE_FOLDER / "operator.md").read_text(encoding="utf-8")
_OTHERS = ("# PostgreSQL",)
"""The guide's words about another database than SQLite."""


def block(holding: str) -> str:
    """Return the one block of shell that holds these words, without what is for PostgreSQL."""
    fenced = re.findall(r"^```(\w*)\n(.*?)^```$", GUIDE, re.DOTALL | re.MULTILINE)
    blocks = [text for language, text in fenced if not language and holding in text]
    assert len(blocks) == 1, f"{len(blocks)} blocks hold {holding!r}"
    lines = blocks[0].splitlines()
    return "\n".join(line for line in lines if not any(mark in line for mark in _OTHERS))


def followed(commands: str, places: Mapping[str, Path], *, systemctl: str = ":") -> str:
    """Do what the guide says in a checkout, and return what was printed.

    The paths of the guide are those of `places`; services are the test's own to stop and start,
    no account is made, and files stay their owner's. Whatever is to be pasted is empty.
    """
    for said, meant in places.items():
        commands = commands.replace(said, str(meant))
    instead = f"systemctl() {{ {systemctl}; }}\nchown() {{ :; }}\nuseradd() {{ :; }}\n"
    done = subprocess.run(
        ["sh", "-eu", "-c", instead + commands],
        stdin=subprocess.DEVNULL,
        cwd=GUIDE_FOLDER.parent,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout
