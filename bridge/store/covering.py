"""The invitations that cover an occurrence, in SQL; `bridge/domain/scope.py` says the same."""

from typing import Any

from sqlalchemy import (
    BindParameter,
    CompoundSelect,
    and_,
    bindparam,
    exists,
    or_,
    select,
    union_all,
)

from bridge.store.tables import invitation_dates, invitations, occurrences

_named = (
    exists()
    .where(
        invitation_dates.c.invitation == invitations.c.id,
        invitation_dates.c.occurrence == occurrences.c.id,
    )
    .correlate(invitations, occurrences)
)
SEVERAL = and_(
    invitations.c.occurrence.is_(None),
    invitations.c.meeting == occurrences.c.meeting,
    or_(invitations.c.series, _named),
)
"""An invitation to a series or to named dates covers an occurrence."""
COVERS = or_(invitations.c.occurrence == occurrences.c.id, SEVERAL)
"""An invitation covers an occurrence, for statements that read whole tables."""


def covering(occurrence: str) -> CompoundSelect[*tuple[object, ...]]:
    """Return the ids of the invitations that cover the occurrence of a parameter, by indexes."""
    of: BindParameter[Any] = bindparam(occurrence)
    one = select(invitations.c.id).where(invitations.c.occurrence == of)
    named = select(invitation_dates.c.invitation).where(invitation_dates.c.occurrence == of)
    series = (
        select(invitations.c.id)
        .join(occurrences, occurrences.c.meeting == invitations.c.meeting)
        .where(occurrences.c.id == of, invitations.c.series)
    )
    return union_all(*(each.correlate(None) for each in (one, named, series)))
