"""The program opens the servers that its settings choose."""

import pytest

from bot.program.neighbours import open_neighbours
from bridge.clock import SystemClock
from bridge.metrics import Metrics
from bridge.vitals import Vitals
from config.sections.calendars import CalendarSettings
from tests.defaults import SETTINGS


@pytest.mark.parametrize("enabled", [False, True])
async def test_calendar_servers_are_there_where_they_are_enabled(enabled: bool):
    chosen = SETTINGS.model_copy(update={"calendars": CalendarSettings(enabled=enabled)})
    clock = SystemClock()
    async with open_neighbours(chosen, clock, Vitals(clock), Metrics("1")) as neighbours:
        assert (neighbours.calendars is not None) is enabled
