"""Requests of partners' people that the salon decides before there is a link."""

import re
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from bridge.domain.effective import PolicyRefusal
from bridge.domain.grant import GrantRequest
from bridge.domain.home import HomeInstance
from bridge.domain.meeting import Meeting, Occurrence
from bridge.domain.message import (
    Edit,
    MessageRef,
    Notice,
    Parameters,
    Priority,
    guest,
    moment,
    person,
)
from bridge.domain.partner import Partner
from bridge.domain.quota import HOUR, Pace
from bridge.domain.vouched import Assertion
from bridge.ids import ActorId, GrantRequestId, uuid7
from bridge.ports import UnitOfWork
from bridge.services.federation import recording
from bridge.services.naming import titled
from bridge.services.telling import to_meeting
from bridge.services.tools import Tools

INTERVAL = 5
"""Seconds between two requests of a partner about the same person."""
_KEY = re.compile(r"partner-asks:([0-9a-f-]{36})")
_EARLY = timedelta(seconds=INTERVAL - 1)


@dataclass(frozen=True, slots=True)
class Undecided:
    """The answer while there is no decision."""

    error: str
    request: GrantRequestId
    interval: int = INTERVAL


@dataclass(frozen=True, slots=True)
class Approvals:
    """Use cases on requests that wait for a salon."""

    tools: Tools
    home: HomeInstance

    async def poll(
        self,
        work: UnitOfWork,
        partner: Partner,
        assertion: Assertion,
        about: tuple[Meeting, Occurrence],
        *,
        subjects: tuple[bytes, ...],
        request: str,
    ) -> GrantRequest | Undecided | PolicyRefusal:
        """Return a request that was approved; else what the partner is told now.

        The first time, ask the salon. A refusal holds for the whole date. `request`: the id that
        the partner names, if it polls.
        """
        now, (_, occurrence) = self.tools.now(), about
        known = await work.grants.requests_of(partner.issuer, subjects, occurrence.id)
        last = known[0] if known else None
        if last is not None and last.decided_at is not None:
            return last if last.approved else PolicyRefusal("access_denied", "approval.refused")
        if last is None or now >= last.expires_at:
            if last is not None and request == str(last.id):
                return PolicyRefusal("expired_token", "approval.expired")
            pace = Pace(partner.limits.grants_per_hour, HOUR)
            if await work.once.take(f"grant-asks:{partner.issuer}", now, pace) is not None:
                return PolicyRefusal("access_denied", "limits.grants_per_hour")
            return await self._ask(work, partner, assertion, about, subjects[0])
        await work.grants.save_request(replace(last, polled_at=now))
        early = now < last.polled_at + _EARLY
        return Undecided("slow_down" if early else "authorization_pending", last.id)

    async def _ask(
        self,
        work: UnitOfWork,
        partner: Partner,
        assertion: Assertion,
        about: tuple[Meeting, Occurrence],
        subject: bytes,
    ) -> Undecided:
        now, (_, occurrence) = self.tools.now(), about
        request = GrantRequest(
            id=GrantRequestId(uuid7(now)),
            issuer=partner.issuer,
            subject=subject,
            occurrence=occurrence.id,
            name=assertion.name,
            organisation=partner.label,
            asked_at=now,
            expires_at=now + self.home.approval,
            polled_at=now,
        )
        await work.grants.ask(request)
        await work.outbox.post(_question(about, request))
        recording.asked(request.id, partner.issuer)
        return Undecided("authorization_pending", request.id)


async def decide(
    work: UnitOfWork,
    about: tuple[Meeting, Occurrence],
    request: GrantRequest,
    *,
    by: ActorId,
    now: datetime,
    approved: bool,
) -> None:
    """Decide a request, and say so in its message; a decision made too late changes nothing.

    The partner hears of it when it asks again.
    """
    if request.decided_at is not None or now >= request.expires_at:
        return
    await work.grants.save_request(request.decided(now, by, approved=approved))
    key = _key(request.id)
    await work.outbox.post(
        Edit(
            idempotency_key=f"{key}:decided",
            to=to_meeting(about[0]),
            of=MessageRef(key),
            template="partner.approved" if approved else "partner.refused",
            parameters={**_told(about, request), "by": person(by)},
            priority=Priority.EDIT,
        )
    )
    recording.decided(request.id, request.issuer, approved=approved)


def request_named(key: str) -> GrantRequestId | None:
    """Return the request that a message's idempotency key is about, if it is about one."""
    found = _KEY.fullmatch(key)
    return None if found is None else GrantRequestId(UUID(found[1]))


def _key(request: GrantRequestId) -> str:
    return f"partner-asks:{request}"


def _question(about: tuple[Meeting, Occurrence], request: GrantRequest) -> Notice:
    meeting, _ = about
    return Notice(
        idempotency_key=_key(request.id),
        to=to_meeting(meeting),
        template="partner.asks",
        mentions=(meeting.organiser,),
        thread=meeting.thread,
        parameters={
            **_told(about, request),
            "until": moment(request.expires_at, about[1].zone),
        },
    )


def _told(about: tuple[Meeting, Occurrence], request: GrantRequest) -> Parameters:
    meeting, occurrence = about
    return {
        "name": guest(request.name, meeting.salon, request.name),
        "partner": request.organisation,
        "title": titled(meeting, occurrence),
    }
