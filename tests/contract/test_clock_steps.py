"""The wall clock is set while an engine runs: nothing waits for a time that it showed before."""

from datetime import timedelta
from pathlib import Path

import pytest

from tests.contract.clock_steps import stepped_engine
from tests.servers import faketime
from tests.servers.require import need

HOUR = timedelta(hours=1)
AT_MOST = 2.0
"""Seconds by which a step of an hour may delay anything."""


@pytest.mark.long
async def test_a_step_of_an_hour_delays_nothing(tmp_path: Path) -> None:
    need(not faketime.missing(), faketime.missing() or "")
    async with stepped_engine(tmp_path) as engine:
        assert await engine.step(-HOUR) <= AT_MOST
        assert await engine.step(HOUR) <= AT_MOST
