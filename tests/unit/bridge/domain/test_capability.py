"""Parts of the product are merged, and none hides another."""

from datetime import datetime, timedelta

import pytest

from bridge.domain.agenda import Due, Kind
from bridge.domain.capability import Capability, HourlyTask, PeriodicTask, merged


async def handle(_: Due) -> None:
    pass


async def again(_: datetime) -> None:
    pass


def test_what_each_part_can_do_is_done():
    second = timedelta(seconds=1)
    first = Capability(handlers={Kind.MAIL: handle}, limits={Kind.MAIL: second})
    other = Capability(
        handlers={Kind.EJECT: handle},
        periodic=[PeriodicTask("a", second, again)],
        hourly=[HourlyTask("b", 17, again)],
    )
    whole = merged([first, other])
    assert set(whole.handlers) == {Kind.MAIL, Kind.EJECT}
    assert whole.limits == {Kind.MAIL: second}
    assert [one.name for one in whole.periodic] == ["a"]
    assert [one.name for one in whole.hourly] == ["b"]
    assert set(whole.urgent) == {Kind.EJECT}


def test_two_parts_that_want_to_do_the_same_are_refused():
    part = Capability(handlers={Kind.MAIL: handle})
    with pytest.raises(ValueError, match=r"mail\.send"):
        merged([part, part])
    task = PeriodicTask("media.sweep", timedelta(seconds=1), again)
    with pytest.raises(ValueError, match=r"media\.sweep"):
        merged([Capability(periodic=[task]), Capability(periodic=[task])])
    with pytest.raises(ValueError, match=r"media\.sweep"):
        merged([Capability(periodic=[task], hourly=[HourlyTask(task.name, 1, again)])])
