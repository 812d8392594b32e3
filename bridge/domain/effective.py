"""The terms that hold for a partner's person in one meeting: what all sides allow.

Deny by default. Every refusal names its rule, for the audit; the partner learns the protocol's
error alone.
"""

import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from bridge.domain.guest_terms import GuestTerms
from bridge.domain.meeting import Meeting, Occurrence
from bridge.domain.partner import Acr, EntryTerm, OpenedBy, Partner, Vouching
from bridge.domain.policy import Policy
from bridge.domain.vouched import Assertion

ACCESS_DENIED = "access_denied"
INVALID_TARGET = "invalid_target"
_TAG = re.compile(r"#([\w-]+)")
_LEVELS = (Acr.LOW, Acr.SUBSTANTIAL, Acr.HIGH)
_STRONG = frozenset({Vouching.BRIDGE, Vouching.OIDC})
"""The proofs strong enough that nobody need be asked at the door."""


@dataclass(frozen=True, slots=True)
class PolicyRefusal:
    """The protocol's error, and the rule that says so."""

    error: str
    rule: str


def tags_of(title: str) -> frozenset[str]:
    """Return the words of a title that begin with `#`, case-folded."""
    return frozenset(one.casefold() for one in _TAG.findall(title))


def closed_to(
    partner: Partner, meeting: Meeting, occurrence: Occurrence, *, opened: bool
) -> PolicyRefusal | None:
    """Return the reason why a meeting is not open to a partner; `None` if it is.

    `opened`: its organiser opened it to this partner.
    """
    terms, tags = partner.meetings, tags_of(occurrence.titled(meeting))
    if terms.tags_denied & tags:
        return PolicyRefusal(INVALID_TARGET, "meetings.tags_denied")
    match terms.open_by:
        case OpenedBy.ALL:
            return None
        case OpenedBy.TAG:
            tagged = bool(terms.tags_allowed & tags)
            return (
                None if tagged or opened else PolicyRefusal(INVALID_TARGET, "meetings.tags_allowed")
            )
        case OpenedBy.ORGANISER:
            return None if opened else PolicyRefusal(INVALID_TARGET, "meetings.open_by")


def refused_person(partner: Partner, assertion: Assertion) -> PolicyRefusal | None:
    """Return the reason why a person does not come under an agreement; `None` if they may.

    A list that is empty says nothing; of lists that are not, the person must be in each.
    """
    subjects = partner.subjects
    if not partner.takes(Vouching.BRIDGE):
        return PolicyRefusal(ACCESS_DENIED, "methods")
    if subjects.email_domains and not _in_domain(assertion, subjects.email_domains):
        return PolicyRefusal(ACCESS_DENIED, "subjects.email_domains")
    server = assertion.user.partition(":")[2].casefold()
    if subjects.mxid_servers and server not in subjects.mxid_servers:
        return PolicyRefusal(ACCESS_DENIED, "subjects.mxid_servers")
    known = assertion.acr or Acr.LOW
    if _LEVELS.index(known) < _LEVELS.index(subjects.assurance_min):
        return PolicyRefusal(ACCESS_DENIED, "subjects.assurance_min")
    return None


def _in_domain(assertion: Assertion, domains: Collection[str]) -> bool:
    domain = assertion.email.rpartition("@")[2].casefold()
    return assertion.email_verified and domain in domains


def refused_domain(policy: Policy, assertion: Assertion) -> PolicyRefusal | None:
    """Return the refusal of an address that no guest of ours may have."""
    domain = assertion.email.rpartition("@")[2].casefold()
    return (
        PolicyRefusal(ACCESS_DENIED, "denied_domains") if domain in policy.denied_domains else None
    )


def refused_time(partner: Partner, occurrence: Occurrence) -> PolicyRefusal | None:
    """Return the reason why a meeting's time is not the partner's; `None` if it is."""
    times = partner.times
    if occurrence.end - occurrence.start > times.longest:
        return PolicyRefusal(ACCESS_DENIED, "time.max_duration")
    if times.hours is not None and not times.hours.hold(occurrence.start):
        return PolicyRefusal(ACCESS_DENIED, "time.hours")
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Used:
    """The grants that count against quotas."""

    partner_hour: int
    """Those of this partner in the last hour."""
    all_hour: int
    partner_here: int
    """This partner's living ones in this meeting."""
    guests_here: int
    """All invitations of this meeting that are not withdrawn."""


def refused_quota(
    partner: Partner, policy: Policy, used: Used, *, most: int
) -> PolicyRefusal | None:
    """Return the quota that one more person would exceed; `most` is for all partners together."""
    limits = partner.limits
    if used.partner_hour >= limits.grants_per_hour:
        return PolicyRefusal(ACCESS_DENIED, "limits.grants_per_hour")
    if used.all_hour >= most:
        return PolicyRefusal(ACCESS_DENIED, "federation.grants_per_hour")
    if used.partner_here >= limits.guests_per_meeting:
        return PolicyRefusal(ACCESS_DENIED, "limits.guests_per_meeting")
    if used.guests_here >= policy.guests_per_meeting:
        return PolicyRefusal(ACCESS_DENIED, "meetings.guests_per_meeting")
    return None


def entry_of(partner: Partner, method: Vouching) -> EntryTerm:
    """Return the way in: a weak proof is never let in without a question."""
    if partner.entry is EntryTerm.DIRECT and method not in _STRONG:
        return EntryTerm.WAITING_ROOM
    return partner.entry


def terms_of(partner: Partner, policy: Policy, *, walks_in: bool) -> GuestTerms:
    """Return the terms of a partner's person: what our policy and the agreement both allow."""
    return GuestTerms(
        before=min(partner.times.before, policy.graces.before),
        after=min(partner.times.after, policy.graces.after),
        takeovers=min(partner.limits.takeovers, policy.takeovers),
        sources=partner.sources & policy.sources,
        chat=partner.chat,
        walks_in=walks_in,
    )


def in_force(partner: Partner | None, now: datetime) -> bool:
    """Tell whether a partner is known, and its agreement in force."""
    return partner is not None and partner.in_force(now)
