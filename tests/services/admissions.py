"""Visits, locked by a transaction."""

from bridge.domain.policy import Policy
from bridge.ids import VisitId
from bridge.ports import UnitOfWork
from bridge.services.visits.snapshot import Admission, admission_held


async def held(work: UnitOfWork, visit: VisitId, policy: Policy) -> Admission:
    """Return a visit with all it depends on, locked until the transaction ends."""
    found = await admission_held(work, visit, policy)
    assert found is not None
    return found
