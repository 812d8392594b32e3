"""Heads of the audit's chain, written down where the operator says."""

import os
import socket
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from bot.program.heads import HeadFile, HeadSyslog
from bridge.domain.audit import AuditFact, AuditKind, Head, head_of
from bridge.ports.audit import HeadKeeper
from bridge.services.audit.keeping import AuditUpkeep
from bridge.services.audit.wire import audit
from bridge.store.work import Store
from tests.contract.store_samples import audit_keys

HEAD = Head(7, b"\xcd" * 32, datetime(2026, 12, 1, 9, 27, tzinfo=UTC))
NOW = HEAD.at


def upkeep(store: Store, *places: HeadKeeper) -> AuditUpkeep:
    other = Store(store.engines, store.vault, store.clock, alone=False, audit=audit_keys())
    assert other.audit is not None
    return AuditUpkeep(
        keeper=other.audit, heads=places, keep=timedelta(days=365), forget_after=timedelta(days=31)
    )


async def note(store: Store) -> None:
    other = Store(store.engines, store.vault, store.clock, alone=False, audit=audit_keys())
    async with other() as work:
        await work.audit.note(AuditFact(kind=AuditKind.ENDED))


class TestAFile:
    async def test_grows_by_a_line(self, tmp_path: Path):
        kept = HeadFile(tmp_path / "heads")
        await kept.keep(HEAD)
        await kept.keep(HEAD)
        lines = (tmp_path / "heads").read_text().splitlines()
        assert [head_of(one) for one in lines] == [HEAD, HEAD]
        assert (tmp_path / "heads").stat().st_mode & 0o777 == 0o640 & ~umask()

    async def test_that_takes_nothing(self, tmp_path: Path):
        with pytest.raises(OSError, match="No such file"):
            await HeadFile(tmp_path / "none" / "heads").keep(HEAD)


def umask() -> int:
    found = os.umask(0)
    os.umask(found)
    return found


class TestSyslog:
    async def test_gets_a_datagram(self, tmp_path: Path):
        path = tmp_path / "log"
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as heard:
            heard.bind(str(path))
            await HeadSyslog(path).keep(HEAD)
            said = heard.recv(1000).decode()
        assert said.startswith("<85>parvis: ")
        assert head_of(said) == HEAD

    async def test_that_is_away(self, tmp_path: Path):
        with pytest.raises(OSError, match="No such file"):
            await HeadSyslog(tmp_path / "log").keep(HEAD)


class TestUpkeep:
    async def test_writes_the_head_down(self, own: Store, tmp_path: Path):
        await note(own)
        with capture_logs() as logs:
            await upkeep(own, HeadFile(tmp_path / "heads")).anchor(NOW)
        (line,) = (tmp_path / "heads").read_text().splitlines()
        kept = head_of(line)
        assert kept is not None
        assert kept.position == 1
        (logged,) = [one for one in logs if one["event"] == "audit.head"]
        assert (logged["position"], logged["link"]) == (1, kept.link.hex())

    async def test_of_nothing_writes_nothing(self, own: Store, tmp_path: Path):
        await upkeep(own, HeadFile(tmp_path / "heads")).anchor(NOW)
        assert not (tmp_path / "heads").exists()

    async def test_reports_a_place_that_takes_nothing_and_tells_the_others(
        self, own: Store, tmp_path: Path
    ):
        await note(own)
        away, kept = HeadSyslog(tmp_path / "log"), HeadFile(tmp_path / "heads")
        with capture_logs() as logs:
            await upkeep(own, away, kept).anchor(NOW)
        assert [one["place"] for one in logs if one["event"] == "audit.head_lost"] == ["HeadSyslog"]
        assert (tmp_path / "heads").exists()

    async def test_links_and_retains(self, own: Store):
        await note(own)
        keeping = upkeep(own)
        await keeping.link(NOW)
        await keeping.anchor(NOW)
        await note(own)
        await keeping.link(NOW)
        with capture_logs() as logs:
            await keeping.retain(NOW + timedelta(days=500))
        assert [(one["deleted"], one["months"]) for one in logs] == [(1, 2)]
        with capture_logs() as logs:
            await keeping.retain(NOW)
        assert logs == []

    async def test_is_nothing_if_the_audit_is_off(self, own: Store):
        assert (audit(None).periodic, audit(None).hourly) == ((), ())
        assert [one.name for one in audit(upkeep(own)).hourly] == ["audit.anchor", "audit.retain"]
