"""`parvis audit`, and what our other commands add to it, in this process on a real database."""

import asyncio
import json
import os
import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from bot.program.auditing import noted
from bot.program.wiring import open_database
from bridge.domain.audit import AuditFact, AuditKind, Head
from bridge.ids import UserId
from tests.contract.lasting import without_triggers
from tests.unit.bot.test_cli import parvis, settings, write

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("undone")]

LEA, ALICE = "lea.canari@exemple.fr", UserId("@alice.canari:agent.tchap")


@pytest.fixture
def home(tmp_path: Path, set_up: Callable[[Path], None]) -> Path:
    """A home after `parvis migrate`."""
    write(tmp_path)
    set_up(tmp_path)
    return tmp_path


def filled(home: Path, count: int = 4, *, linked: bool = True) -> Head | None:
    """Put records into the audit; return its head."""

    async def fill() -> Head | None:
        async with open_database(settings(home)) as store:
            for n in range(count):
                async with store() as work:
                    fact = AuditFact(
                        kind=AuditKind.REFUSED if n % 2 else AuditKind.ADMITTED,
                        actor=ALICE,
                        subject=LEA,
                        ms=n,
                    )
                    await work.audit.note(fact)
            assert store.audit is not None
            if linked:
                await store.audit.chain(store.clock.now())
            return await store.audit.head(store.clock.now())

    return asyncio.run(fill())


def tamper(home: Path, statement: str) -> None:
    with closing(sqlite3.connect(home / "parvis.db", isolation_level=None)) as raw:
        without_triggers(raw.cursor(), statement)


def commands(home: Path) -> list[tuple[str, str]]:
    """Return the operator's commands that the audit holds."""
    lines = parvis(home, "audit", "export").stdout.splitlines()
    said = [json.loads(line)["body"] for line in lines]
    return [(one["command"], one["outcome"]) for one in said if "command" in one]


class TestVerify:
    def test_an_audit_that_is_intact(self, home: Path):
        filled(home)
        result = parvis(home, "audit", "verify")
        assert result.exit_code == 0, result.output
        assert "The audit is intact: 4 records checked, 1 to 4; not linked yet: 0." in result.stdout
        assert "Without --head" in result.stdout

    def test_an_empty_one(self, home: Path):
        assert parvis(home, "audit", "verify").exit_code == 0

    @pytest.mark.parametrize(
        ("statement", "sentence"),
        [
            ("UPDATE audit SET kind = 'guest.out' WHERE position = 2", "2: record"),
            ("DELETE FROM audit WHERE position = 2", "2: records are missing (1)"),
            ("DELETE FROM audit WHERE position < 3", "1: the beginning is missing (2"),
        ],
    )
    def test_one_that_was_changed(self, home: Path, statement: str, sentence: str):
        filled(home)
        tamper(home, statement)
        result = parvis(home, "audit", "verify")
        assert result.exit_code == 1
        assert sentence in result.stdout
        assert "The audit is not intact" in result.stdout

    def test_one_whose_end_was_cut_off_shows_with_a_head_alone(self, home: Path):
        head = filled(home)
        assert head is not None
        heads = home / "heads"
        heads.write_text(f"something else\n{head.line}\n")
        assert parvis(home, "audit", "verify", "--head", str(heads)).exit_code == 0
        tamper(home, "DELETE FROM audit WHERE position > 2")
        assert parvis(home, "audit", "verify").exit_code == 0
        result = parvis(home, "audit", "verify", "--head", str(heads))
        assert result.exit_code == 1
        assert "3: the end is missing (2 records" in result.stdout
        assert "Heads compared: 1." in result.stdout

    def test_a_file_without_heads(self, home: Path):
        (home / "heads").write_text("nothing\n")
        result = parvis(home, "audit", "verify", "--head", str(home / "heads"))
        assert result.exit_code == 1
        assert "holds no head of the chain" in result.stderr
        assert parvis(home, "audit", "verify", "--head", str(home / "none")).exit_code == 1

    def test_a_lost_key(self, home: Path):
        filled(home)
        (home / "keys" / "audit-0001.key").unlink()
        result = parvis(home, "audit", "verify")
        assert result.exit_code != 0
        assert "audit-0001.key" in result.stderr

    def test_another_key(self, home: Path):
        filled(home)
        (home / "keys" / "audit-0001.key").chmod(0o600)
        (home / "keys" / "audit-0001.key").write_text(os.urandom(32).hex())
        result = parvis(home, "audit", "verify")
        assert result.exit_code != 0
        assert "audit-0001.key" in result.stderr

    def test_a_next_key(self, home: Path):
        filled(home, 2)
        key = home / "keys" / "audit-0002.key"
        key.write_text(os.urandom(32).hex())
        key.chmod(0o400)
        filled(home, 2)
        assert "5 records checked" in parvis(home, "audit", "verify").stdout
        key.unlink()
        result = parvis(home, "audit", "verify")
        assert result.exit_code == 1
        assert "the key audit-0002.key is not in keys.folder" in result.stdout

    def test_the_audit_is_off(self, home: Path):
        write(home, more="[audit]\nenabled = false\n")
        result = parvis(home, "audit", "verify")
        assert result.exit_code == 1
        assert "audit.enabled = true" in result.stderr

    def test_in_french(self, home: Path, monkeypatch: pytest.MonkeyPatch):
        monkeypatch.setenv("LC_ALL", "fr_FR.UTF-8")
        filled(home)
        assert "audit est intact" in parvis(home, "audit", "verify").stdout


class TestShow:
    def test_shows_pseudonyms(self, home: Path):
        filled(home)
        result = parvis(home, "audit", "show")
        assert len(result.stdout.splitlines()) == 4
        assert "canari" not in result.stdout
        assert "guest.admitted" in result.stdout.splitlines()[0]

    def test_finds_a_person(self, home: Path):
        filled(home, 2, linked=False)
        for whom in (LEA.upper(), ALICE):
            assert len(parvis(home, "audit", "show", "--person", whom).stdout.splitlines()) == 2
        assert "No record" in parvis(home, "audit", "show", "--person", "x@y.fr").stdout

    def test_finds_by_kind_and_time(self, home: Path):
        filled(home)
        kinds = ("--kind", "guest.refused")
        assert len(parvis(home, "audit", "show", *kinds).stdout.splitlines()) == 2
        assert "No record" in parvis(home, "audit", "show", "--since", "2999-01-01").stdout
        assert "No record" in parvis(home, "audit", "show", "--meeting", "abc").stdout
        refused = parvis(home, "audit", "show", "--since", "demain")
        assert refused.exit_code == 1
        assert "is no moment" in refused.stderr

    def test_shows_the_last_ones(self, home: Path):
        filled(home)
        shown = parvis(home, "audit", "show", "--limit", "1").stdout.splitlines()
        assert len(shown) == 2
        assert "ms=3" in shown[0]
        assert "1 of 4" in shown[1]


def test_what_is_exported_can_be_read_elsewhere(home: Path) -> None:
    filled(home)
    lines = [json.loads(one) for one in parvis(home, "audit", "export").stdout.splitlines()]
    assert [one["position"] for one in lines] == [1, 2, 3, 4]
    assert set(lines[0]) == {
        *("position", "id", "at", "kind", "body", "key", "mac", "link", "link_key")
    }


class TestOurCommands:
    def test_a_rotation(self, home: Path):
        assert parvis(home, "keys", "rotate").exit_code == 0
        for path in (home / "keys" / "federation").glob("key-*.pem"):
            aged = path.stat().st_mtime - timedelta(days=1).total_seconds()
            os.utime(path, (aged, aged))
        parvis(home, "keys", "rotate", "--compromised")
        assert commands(home) == [("keys.rotate", "done"), ("keys.rotate-compromised", "done")]

    def test_a_rotation_while_there_is_no_database(self, home: Path):
        (home / "parvis.db").unlink()
        result = parvis(home, "keys", "rotate")
        assert result.exit_code == 0, result.stderr
        assert "keys rotate is done, but could not be noted in the audit" in result.stderr

    def test_a_reseal(self, home: Path):
        assert parvis(home, "keys", "reseal").exit_code == 0
        assert commands(home) == [("keys.reseal", "begun"), ("keys.reseal", "done")]

    def test_nothing_if_the_audit_is_off(self, home: Path):
        write(home, more="[audit]\nenabled = false\n")
        assert asyncio.run(noted(settings(home), "keys.rotate"))
        write(home)
        assert commands(home) == []

    @pytest.mark.long
    def test_a_migration_makes_the_key(self, home: Path):
        (home / "parvis.db").unlink()
        for key in (home / "keys").iterdir():
            key.unlink()
        assert parvis(home, "migrate").exit_code == 0
        assert (home / "keys" / "audit-0001.key").exists()
        assert parvis(home, "audit", "verify").exit_code == 0
