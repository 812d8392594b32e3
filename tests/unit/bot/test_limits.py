"""No handler is cut while it waits for an answer that its own deadlines allow."""

from pathlib import Path

from bot.program.wiring import build
from bridge.domain.agenda import Kind
from bridge.domain.capability import LONGEST
from config.load import load
from tests.unit.bot.test_cli import write


async def test_a_limit_is_longer_than_the_sum_of_what_it_covers(tmp_path: Path):
    async with build(load(write(tmp_path))) as core:
        for kind in (Kind.MAIL, Kind.CODE):
            assert core.work.limits[kind] - LONGEST >= 10 * core.settings.mail.timeout
        assert core.work.limits[Kind.CREATE] - LONGEST >= 10 * core.settings.visio.total_timeout
