"""Colleagues who are expected at a meeting: its card names them, and no mail reaches them."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from bridge.domain.agenda import Kind
from bridge.domain.colleague import MOST, Colleague, joined
from bridge.domain.invitation import meant
from bridge.domain.meeting import Occurrence
from bridge.errors import InvitationRefused
from bridge.ports import UnitOfWork
from bridge.ports.work import HasFeeds, NamesColleagues
from bridge.services.cards import refresh_card
from bridge.services.meetings.lifecycle import is_over


async def expect(
    work: NamesColleagues, occurrence: Occurrence, colleagues: Sequence[Colleague], now: datetime
) -> Occurrence:
    """Name colleagues on the card. Raises InvitationRefused."""
    if not colleagues:
        return occurrence
    if is_over(occurrence, now):
        raise InvitationRefused(reason="over")
    named = replace(occurrence, colleagues=joined(occurrence.colleagues, colleagues))
    if len(named.colleagues) > MOST:
        raise InvitationRefused(reason="colleagues", limit=MOST)
    await work.meetings.save_occurrence(named)
    await _show(work, named)
    await work.expected.note(named)
    await refresh_card(work, occurrence.id)
    known = [one.user for one in colleagues if one.user is not None]
    if known and await work.calendars.accounts_of(known):
        await work.agenda.at_once(Kind.SHARE, str(occurrence.meeting))
    return named


async def release(work: UnitOfWork, occurrence: Occurrence, words: str) -> Colleague | None:
    """Remove from the card the one colleague of this name; `None` if there is none, or several.

    If a guest has the name too, the guest is meant.
    """
    called = [one for one in occurrence.colleagues if one.is_called(words)]
    if len(called) != 1:
        return None
    known = await work.invitations.of_occurrence(occurrence.id)
    guests, _ = meant([one for one in known if one.revoked_at is None], words)
    if guests:
        return None
    left = tuple(one for one in occurrence.colleagues if one not in called)
    rest = replace(occurrence, colleagues=left)
    await work.meetings.save_occurrence(rest)
    await work.expected.note(rest)
    await _show(work, rest)
    await refresh_card(work, occurrence.id)
    return called[0]


async def _show(work: HasFeeds, occurrence: Occurrence) -> None:
    """Have the feeds of the agents who are expected now show it, and no others."""
    known = {one.user for one in occurrence.colleagues if one.user is not None}
    await work.feeds.expects(occurrence.id, known)
