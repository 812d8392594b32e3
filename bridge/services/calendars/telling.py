"""Tells salons what changed in a calendar, and owners what was not taken."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from bridge.domain.cause import Cause
from bridge.domain.change import ChangeKind
from bridge.domain.meeting import Meeting, Occurrence, OccurrenceState
from bridge.domain.message import Notice, Parameter, Parameters, ToPerson, person, phrase
from bridge.ids import OccurrenceId, UserId
from bridge.ports import UnitOfWork
from bridge.services.naming import titled, when
from bridge.services.series.changes import DateChanged, SeriesChanged
from bridge.services.series.restorations import Restorations
from bridge.services.telling import to_meeting


@dataclass(frozen=True, slots=True)
class TellingOfCalendars:
    """Records changes that a calendar caused, so that they can be taken back, and tells them."""

    restoring: Restorations

    async def tell(self, work: UnitOfWork, cause: Cause, done: Sequence[SeriesChanged]) -> None:
        """Record what a calendar changed as one change, and tell the meeting's salon."""
        if not done:
            return
        whole = _combined(done)
        moved, gone, named = _sorted(whole)
        kind = ChangeKind.MOVE
        if not moved and not whole.added:
            kind = ChangeKind.CLOSE if gone else ChangeKind.RENAME
        await self.restoring.record(work, cause, kind, whole)
        told = [
            *([_moved(whole, moved)] if moved else []),
            *([_gone(whole, gone)] if gone else []),
            *([_named(whole, named)] if named else []),
            *([_added(whole)] if whole.added and not moved else []),
        ]
        for number, one in enumerate(told):
            await self._say(work, cause, whole.meeting, one, number)

    async def _say(
        self,
        work: UnitOfWork,
        cause: Cause,
        meeting: Meeting,
        told: tuple[str, Parameters],
        number: int,
    ) -> None:
        """Tell the salon; without one, the organiser. A reply to it is a reply to the change."""
        await work.outbox.post(
            Notice(
                idempotency_key=f"answer:{cause.event}:{number}",
                to=to_meeting(meeting),
                template="calendar.told",
                parameters={"who": person(_user(cause)), "told": phrase(*told)},
                thread=meeting.thread,
            )
        )


def refusal_of(cause: Cause, title: Parameter, refusal: tuple[str, Parameters]) -> Notice | None:
    """Return the message to an owner that a change in their calendar is put back, and why."""
    private = cause.private
    if private is None:
        return None
    return Notice(
        idempotency_key=f"answer:{cause.event}:refused",
        to=ToPerson(user=private.user, account=private.account),
        template="calendar.put-back",
        parameters={"title": title, "refusal": phrase(*refusal)},
        mentions=(private.user,),
    )


def _combined(done: Sequence[SeriesChanged]) -> SeriesChanged:
    """Return several changes of a meeting as one: its dates as they were first and are last."""
    dates: dict[OccurrenceId, DateChanged] = {}
    for one in (date for change in done for date in change.dates):
        before = dates[one.before.id].before if one.before.id in dates else one.before
        dates[one.before.id] = DateChanged(before, one.after)
    return replace(
        done[-1],
        before=done[0].before,
        dates=tuple(sorted(dates.values(), key=lambda one: (one.before.start, one.before.id))),
        added=tuple(added for change in done for added in change.added),
        series_before=done[0].series_before,
    )


def _sorted(
    whole: SeriesChanged,
) -> tuple[list[DateChanged], list[DateChanged], list[DateChanged]]:
    """Return the dates that moved, those that are cancelled, and those with another title."""
    gone = [one for one in whole.dates if one.after.state is not OccurrenceState.PLANNED]
    there = [one for one in whole.dates if one not in gone]
    moved = [one for one in there if _times(one.before) != _times(one.after)]
    named = [
        one for one in there if one.before.titled(whole.before) != one.after.titled(whole.meeting)
    ]
    return moved, gone, named


def _times(one: Occurrence) -> tuple[datetime, datetime]:
    return one.start, one.end


def _moved(whole: SeriesChanged, moved: Sequence[DateChanged]) -> tuple[str, Parameters]:
    first = moved[0]
    told = "series.date-moved" if whole.series is not None else "meeting.moved"
    return "series.moved" if len(moved) > 1 else told, {
        "title": titled(whole.meeting, first.after),
        "when": when(first.after),
        "before": when(first.before),
        "dates": len(moved),
    }


def _gone(whole: SeriesChanged, gone: Sequence[DateChanged]) -> tuple[str, Parameters]:
    first = gone[0].after
    told = "series.date-cancelled" if whole.series is not None else "meeting.cancelled"
    return "series.cancelled" if len(gone) > 1 else told, {
        "title": titled(whole.meeting, first),
        "when": when(first, planned=True),
        "dates": len(gone),
    }


def _named(whole: SeriesChanged, named: Sequence[DateChanged]) -> tuple[str, Parameters]:
    first = named[0]
    return "meeting.renamed", {
        "title": titled(whole.meeting, first.after),
        "before": titled(whole.before, first.before),
    }


def _added(whole: SeriesChanged) -> tuple[str, Parameters]:
    return "calendar.added", {
        "title": titled(whole.meeting, whole.added[0]),
        "when": when(whole.added[0]),
        "dates": len(whole.added),
    }


def _user(cause: Cause) -> UserId:
    user = cause.actor.user
    assert user is not None  # a calendar's owner is an agent
    return user
