"""Lost and damaged keys and databases: one sentence that names the file, and an end for good."""

import asyncio
import secrets
import shutil
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from typer.testing import Result

from bot.matrix.crosssigning import new_seeds
from bot.program.access import StoredSeeds
from bot.program.checks import machine
from bot.program.checks.findings import Severity
from bot.program.wiring import build, open_database
from bridge.ids import UserId
from config.load import load
from tests.unit.bot.test_cli import BOT, invited, parvis, write

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("undone")]

ENGLISH, FRENCH = "en_GB.UTF-8", "fr_FR.UTF-8"


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A deployment that has run: keys, a database with an invitation, a device."""
    home = tmp_path_factory.mktemp("ran")
    write(home)
    invited(home)
    asyncio.run(_seeds(home))
    (home / "matrix").mkdir()
    (home / "matrix" / "keys-ABC.db").write_bytes(b"")
    return home


@pytest.fixture
def home(ran: Path, tmp_path: Path) -> Path:
    """One that may be broken."""
    shutil.copytree(ran, tmp_path, dirs_exist_ok=True)
    text = write(tmp_path).read_text()
    given = text.replace("store =", 'password = "another of a dozen"\nstore =', 1)
    (tmp_path / "parvis.toml").write_text(given)
    return tmp_path


async def _seeds(home: Path) -> None:
    async with open_database(load(home / "parvis.toml")) as store:
        await StoredSeeds(store.secrets, UserId(BOT)).save(new_seeds())


def another_key(path: Path) -> None:
    """Put another good key in the place of one."""
    path.unlink()
    path.write_text(secrets.token_hex(32))
    path.chmod(0o400)


def broken(path: Path, at: int = 100) -> None:
    """Write nonsense into a file, as a failing disk does."""
    raw = bytearray(path.read_bytes())
    raw[at : at + 2000] = secrets.token_bytes(2000)
    path.write_bytes(raw)


def newer(home: Path) -> None:
    with sqlite3.connect(home / "parvis.db") as database:
        database.execute("UPDATE alembic_version SET version_num = '9999'")
    database.close()


def emptied(home: Path) -> None:
    for path in home.glob("parvis.db*"):
        path.unlink()
    (home / "parvis.db").write_bytes(b"")


@dataclass(frozen=True)
class Loss:
    """A loss, and the sentence of the next start."""

    happens: Callable[[Path], object]
    file: str
    english: str
    french: str


def gone(*files: Path) -> None:
    for file in files:
        file.unlink()


def garbage(home: Path) -> None:
    key = home / "keys" / "rows-0001.key"
    key.chmod(0o600)
    key.write_text("zz")


GONE, EMPTY = ("is gone", "a disparu"), ("missing or empty", "absente ou vide")
OTHER, DAMAGED = ("is not the one", "n’est pas celle"), ("is damaged", "est abîmé")
ROWS, LINKS = "keys/rows-0001.key", "keys/links-0001.key"
LOSSES = {
    "rows lost": Loss(lambda home: gone(home / ROWS), ROWS, *GONE),
    "links lost": Loss(lambda home: gone(home / LINKS), LINKS, *GONE),
    "rows of another": Loss(lambda home: another_key(home / ROWS), ROWS, *OTHER),
    "rows garbage": Loss(garbage, ROWS, "is no key", "n’est pas une clé"),
    "newer": Loss(newer, "9999", "newer version", "plus récente"),
    "damaged head": Loss(lambda home: broken(home / "parvis.db", 0), "parvis.db", *DAMAGED),
    "damaged page": Loss(lambda home: broken(home / "parvis.db"), "parvis.db", *DAMAGED),
    "emptied": Loss(emptied, "parvis.db", *EMPTY),
    "gone": Loss(lambda home: gone(*home.glob("parvis.db*")), "parvis.db", *EMPTY),
}


@pytest.mark.parametrize("loss", LOSSES.values(), ids=LOSSES.keys())
def test_a_start_says_what_is_lost_and_is_not_tried_again(
    loss: Loss, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    loss.happens(home)
    before = {path: path.read_bytes() for path in sorted((home / "keys").iterdir())}
    for language, sentence in ((ENGLISH, loss.english), (FRENCH, loss.french)):
        monkeypatch.setenv("LC_ALL", language)
        told(parvis(home, "run"), loss.file, sentence)
    after = {path: path.read_bytes() for path in sorted((home / "keys").iterdir())}
    assert after == before, "no key takes the place of one that is lost"


def told(result: Result, file: str, sentence: str) -> None:
    lines = [line for line in result.stderr.splitlines() if line.startswith("parvis: ")]
    assert len(lines) == 1, result.output
    assert file in lines[0]
    assert sentence in lines[0]
    assert "docs/operator.md" in lines[0]
    assert "Traceback" not in result.output
    assert result.exit_code == 2, "the guide's unit is not started again after that"


def test_migrating_a_newer_database_says_the_same(home: Path) -> None:
    newer(home)
    told(parvis(home, "migrate"), "9999", "newer version")


def test_what_may_pass_by_itself_is_tried_again(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PARVIS_STORE__URL", "postgresql://parvis:x@127.0.0.1:1/parvis")
    assert parvis(home, "run").exit_code == 1


def test_what_was_never_there_is_made(tmp_path: Path) -> None:
    """A migrated database without keys is one before its first start."""
    write(tmp_path)
    assert parvis(tmp_path, "migrate").exit_code == 0
    asyncio.run(_started(tmp_path))
    assert sorted(path.name for path in (tmp_path / "keys").iterdir()) == [
        "audit-0001.key",
        "links-0001.key",
        "rows-0001.key",
    ]
    (tmp_path / "keys" / "links-0001.key").unlink()
    asyncio.run(_started(tmp_path))
    assert (tmp_path / "keys" / "links-0001.key").exists(), "no link was made with it"


async def _started(home: Path) -> None:
    async with build(load(home / "parvis.toml"), alone=True):
        pass


def found(home: Path) -> list[tuple[str, str, str]]:
    """Return the faults that `parvis check` finds in keys and database."""

    async def look() -> list[tuple[str, str, str]]:
        settings = load(home / "parvis.toml")
        url = settings.store.url.get_secret_value()
        every = [*await machine.opens(settings), *await machine.database(url)]
        return [
            (one.check, one.found, str(one.parameters.get("file", one.parameters.get("has", ""))))
            for one in every
            if one.outcome is Severity.FAIL
        ]

    return asyncio.run(look())


def test_check_finds_nothing_where_all_is_there(home: Path) -> None:
    another_key_of_the_device(home)
    assert found(home) == []


def another_key_of_the_device(home: Path) -> None:
    path = home / "keys" / "device-0001.key"
    path.write_text(secrets.token_hex(32))
    path.chmod(0o400)


@pytest.mark.parametrize(
    ("loss", "wrong"),
    [
        ("rows lost", ("keys", "lost")),
        ("links lost", ("keys", "lost")),
        ("rows of another", ("keys", "foreign")),
        ("newer", ("database", "newer")),
        ("damaged head", ("database", "damaged")),
        ("damaged page", ("database", "damaged")),
    ],
)
def test_check_says_the_same(loss: str, wrong: tuple[str, str], home: Path) -> None:
    another_key_of_the_device(home)
    LOSSES[loss].happens(home)
    [(check, what, where)] = found(home)
    assert (check, what) == wrong
    assert where.endswith(LOSSES[loss].file)


def test_check_misses_the_key_of_the_device(home: Path) -> None:
    [(check, what, where)] = found(home)
    assert (check, what) == ("keys", "lost")
    assert where.endswith("keys/device-0001.key")


def test_check_finds_damage_that_nothing_meets(home: Path) -> None:
    """In an index that a start does not read."""
    path = home / "parvis.db"
    with sqlite3.connect(path) as database:
        [[page]] = database.execute(
            "SELECT rootpage FROM sqlite_master WHERE name = 'ix_mails_asked_by_asked_at'"
        )
        [[size]] = database.execute("PRAGMA page_size")
    database.close()
    raw = bytearray(path.read_bytes())
    raw[(page - 1) * size : (page - 1) * size + 8] = b"\x00" * 8
    path.write_bytes(raw)
    another_key_of_the_device(home)
    assert ("database", "damaged", str(path)) in found(home)
