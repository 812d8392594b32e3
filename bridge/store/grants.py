"""Grants to partners' people, the requests for them, and the meetings that are open to partners."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

from sqlalchemy import bindparam, delete, func, select, update

from bridge.domain.grant import Grant, GrantRequest
from bridge.domain.partner import Issuer
from bridge.ids import ActorId, GrantId, GrantRequestId, InvitationId, MeetingId, OccurrenceId
from bridge.ports.grants import KeptStatement
from bridge.store.statements import Query, insert, query, upsert
from bridge.store.tables import (
    grant_requests,
    grants,
    invitations,
    opened_meetings,
    partner_statements,
    used_assertions,
)
from bridge.store.tx import Tx, fields

_USE = insert(used_assertions, unless="digest")
_ADD = insert(grants)
_END = update(grants).where(grants.c.id == bindparam("saved"))
_GET = query(select(grants).where(grants.c.id == bindparam("id")))
_OF_TOKEN = query(select(grants).where(grants.c.token == bindparam("token")))
_live = select(grants).where(grants.c.ended_at.is_(None)).order_by(grants.c.id)
_OF_INVITATION = query(_live.where(grants.c.invitation == bindparam("invitation")))
_OF_PARTNER = query(_live.where(grants.c.issuer == bindparam("issuer")))
_OF_MEETING = query(
    _live.join(invitations, invitations.c.id == grants.c.invitation).where(
        invitations.c.meeting == bindparam("meeting"), grants.c.issuer == bindparam("issuer")
    )
)
_dates = (
    select(grants.c.id, invitations.c.occurrence)
    .join(invitations, invitations.c.id == grants.c.invitation)
    .where(grants.c.id.in_(bindparam("grants", expanding=True)))
)
_DATES = Query(_dates, _dates)
_OF_PERSON = query(
    _live.where(
        grants.c.issuer == bindparam("issuer"),
        grants.c.subject.in_(bindparam("subjects", expanding=True)),
    )
)
_GIVEN = select(func.count()).where(grants.c.created_at > bindparam("since"))
_GIVEN_TO = _GIVEN.where(grants.c.issuer == bindparam("issuer"))
_ASK = insert(grant_requests)
_REQUEST = query(select(grant_requests).where(grant_requests.c.id == bindparam("id")))
_REQUEST_AS_IT_IS = Query(_REQUEST.plain, _REQUEST.plain)
_REQUESTS_OF = query(
    select(grant_requests)
    .where(
        grant_requests.c.occurrence == bindparam("occurrence"),
        grant_requests.c.issuer == bindparam("issuer"),
        grant_requests.c.subject.in_(bindparam("subjects", expanding=True)),
    )
    .order_by(grant_requests.c.asked_at.desc(), grant_requests.c.id.desc())
)
_SAVE_REQUEST = update(grant_requests).where(grant_requests.c.id == bindparam("saved"))
_OPEN = upsert(opened_meetings, "meeting", "issuer", replace=["issuer"])
_opened = select(opened_meetings.c.issuer).where(opened_meetings.c.meeting == bindparam("meeting"))
_OPENED = Query(_opened, _opened)
_CLOSE = delete(opened_meetings).where(
    opened_meetings.c.meeting == bindparam("of"), opened_meetings.c.issuer == bindparam("to")
)
_KEEP = upsert(partner_statements, "issuer", replace=["text", "fetched_at"])
_kept = select(partner_statements).where(partner_statements.c.issuer == bindparam("issuer"))
_KEPT = Query(_kept, _kept)


@dataclass(frozen=True, slots=True)
class GrantRows:
    """Implements `bridge.ports.GrantRepository`."""

    tx: Tx

    async def use(self, digest: bytes, *, until: datetime) -> bool:
        """Note a signed text as used; `False` if it was used before. Kept until a moment."""
        return bool(await self.tx.run(_USE, {"digest": digest, "until": until}))

    async def add(self, grant: Grant) -> None:
        """Insert a grant."""
        await self.tx.run(_ADD, asdict(grant))

    async def save(self, *grants: Grant) -> None:
        """Replace grants' ends."""
        rows = [{"saved": one.id, "ended_at": one.ended_at, "why": one.why} for one in grants]
        if rows:
            await self.tx.run(_END, rows)

    async def get(self, grant: GrantId) -> Grant | None:
        """Return a grant."""
        row = await self.tx.one(_GET, id=grant)
        return None if row is None else Grant(**fields(row))

    async def of_token(self, token: str) -> Grant | None:
        """Return the grant with this access token's `jti`."""
        row = await self.tx.one(_OF_TOKEN, token=token)
        return None if row is None else Grant(**fields(row))

    async def of_invitation(self, invitation: InvitationId) -> Sequence[Grant]:
        """Return the grants of an invitation that have not ended."""
        rows = await self.tx.all(_OF_INVITATION, invitation=invitation)
        return [Grant(**fields(row)) for row in rows]

    async def of_person(self, issuer: Issuer, subjects: Collection[bytes]) -> Sequence[Grant]:
        """Return a person's grants that have not ended, by any of their digests."""
        rows = await self.tx.all(_OF_PERSON, issuer=issuer, subjects=list(subjects))
        return [Grant(**fields(row)) for row in rows]

    async def dates(self, grants: Collection[GrantId]) -> Mapping[GrantId, OccurrenceId]:
        """Return the date to which each grant's invitation is, without locking."""
        rows = await self.tx.all(_DATES, grants=list(grants)) if grants else []
        return {row.id: row.occurrence for row in rows if row.occurrence is not None}

    async def of_meeting(self, meeting: MeetingId, issuer: Issuer) -> Sequence[Grant]:
        """Return a partner's grants for a meeting that have not ended."""
        rows = await self.tx.all(_OF_MEETING, meeting=meeting, issuer=issuer)
        return [Grant(**fields(row)) for row in rows]

    async def of_partner(self, issuer: Issuer) -> Sequence[Grant]:
        """Return a partner's grants that have not ended."""
        return [Grant(**fields(row)) for row in await self.tx.all(_OF_PARTNER, issuer=issuer)]

    async def given(self, issuer: Issuer | None, since: datetime) -> int:
        """Count the grants to a partner, or to all, since a moment."""
        if issuer is None:
            return int(await self.tx.scalar(_GIVEN, since=since))
        return int(await self.tx.scalar(_GIVEN_TO, since=since, issuer=issuer))

    async def ask(self, request: GrantRequest) -> None:
        """Insert a request."""
        await self.tx.run(_ASK, asdict(request))

    async def request(self, request: GrantRequestId, *, held: bool = True) -> GrantRequest | None:
        """Return a request; without locking it unless `held`."""
        row = await self.tx.one(_REQUEST if held else _REQUEST_AS_IT_IS, id=request)
        return None if row is None else GrantRequest(**fields(row))

    async def requests_of(
        self, issuer: Issuer, subjects: Collection[bytes], occurrence: OccurrenceId
    ) -> Sequence[GrantRequest]:
        """Return a person's requests for one date, newest first."""
        rows = await self.tx.all(
            _REQUESTS_OF, issuer=issuer, subjects=list(subjects), occurrence=occurrence
        )
        return [GrantRequest(**fields(row)) for row in rows]

    async def save_request(self, request: GrantRequest) -> None:
        """Replace a request's row."""
        await self.tx.run(_SAVE_REQUEST, {"saved": request.id, **asdict(request)})

    async def open(self, meeting: MeetingId, issuer: Issuer, by: ActorId, now: datetime) -> bool:
        """Open a meeting to a partner; `False` if it was open."""
        if issuer in await self.opened(meeting):
            return False
        values = {"meeting": meeting, "issuer": issuer, "opened_by": by, "opened_at": now}
        return bool(await self.tx.run(_OPEN, values))

    async def close(self, meeting: MeetingId, issuer: Issuer) -> bool:
        """Close it; `False` if it was not open."""
        return bool(await self.tx.run(_CLOSE, {"of": meeting, "to": issuer}))

    async def opened(self, meeting: MeetingId) -> frozenset[Issuer]:
        """Return the partners to whom a meeting's organiser opened it."""
        rows = await self.tx.all(_OPENED, meeting=meeting)
        return frozenset(Issuer(row.issuer) for row in rows)

    async def keep_statement(self, issuer: Issuer, statement: KeptStatement) -> None:
        """Keep a partner's newest statement, for all processes."""
        await self.tx.run(_KEEP, {"issuer": issuer, **asdict(statement)})

    async def statement(self, issuer: Issuer) -> KeptStatement | None:
        """Return the statement that was fetched last."""
        row = await self.tx.one(_KEPT, issuer=issuer)
        return None if row is None else KeptStatement(row.text, row.fetched_at)
