"""Checks of the one table of rights, with the reason for a refusal."""

from bridge.domain.authority import Act, Requester, Role, may, role_of
from bridge.domain.cause import Actor, Cause
from bridge.domain.meeting import Meeting
from bridge.domain.message import person
from bridge.domain.policy import Policy
from bridge.errors import NotAllowed
from bridge.ids import SalonId
from bridge.services.naming import titled


def role_in(asker: Requester, meeting: Meeting, policy: Policy) -> Role:
    """Return a person's role in a meeting now; without a salon only the organiser has one."""
    if meeting.salon is None and asker.user == meeting.organiser and not asker.outside:
        return Role.ORGANISER
    return role_of(asker, organiser=meeting.organiser, moderator_level=policy.moderator_level)


def allows(act: Act, cause: Cause, meeting: Meeting, policy: Policy) -> bool:
    """Tell whether the actor may do this to the meeting now."""
    return may(act, role_in(cause.actor.person(meeting.salon), meeting, policy))


def demand(act: Act, cause: Cause, meeting: Meeting, policy: Policy) -> None:
    """Raise NotAllowed, with the reason, unless the actor may do this to the meeting now."""
    asker = cause.actor.person(meeting.salon)
    role = role_in(asker, meeting, policy)
    if may(act, role):
        return
    title = titled(meeting)
    match role:
        case Role.ABSENT_ORGANISER if asker.membership is None:
            raise NotAllowed(reason="unsure", title=title)
        case Role.ABSENT_ORGANISER:
            raise NotAllowed(reason="left", title=title)
        case Role.OUTSIDER:
            raise NotAllowed(reason="outside")
        case Role.STRANGER:
            raise NotAllowed(reason="elsewhere")
        case _:
            raise NotAllowed(reason="organiser", organiser=person(meeting.organiser), title=title)


def demand_here(act: Act, actor: Actor, salon: SalonId, policy: Policy) -> None:
    """Raise NotAllowed, with the reason, unless the actor may do this in a salon now."""
    asker = actor.person(salon)
    role = role_of(asker, organiser=None, moderator_level=policy.moderator_level)
    if may(act, role):
        return
    match role:
        case Role.OUTSIDER:
            raise NotAllowed(reason="outside")
        case Role.STRANGER:
            raise NotAllowed(reason="gone")
        case _ if act is Act.RECORD:
            raise NotAllowed(reason="moderator")
        case _:
            raise NotAllowed(reason="moderators")
