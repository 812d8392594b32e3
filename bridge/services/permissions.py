"""Asks the one table who may do what, and says why not."""

from bridge.domain.authority import Act, Person, Role, may, role_of
from bridge.domain.meeting import Meeting
from bridge.domain.message import person
from bridge.domain.origin import Origin
from bridge.domain.policy import Policy
from bridge.errors import NotAllowed
from bridge.services.naming import titled


def role_in(asker: Person, meeting: Meeting, policy: Policy) -> Role:
    """Return what somebody is to a meeting now."""
    return role_of(asker, organiser=meeting.organiser, moderator_level=policy.moderator_level)


def allows(act: Act, origin: Origin, meeting: Meeting, policy: Policy) -> bool:
    """Tell whether the author may do this to the meeting now."""
    return may(act, role_in(origin.person(meeting.salon), meeting, policy))


def demand(act: Act, origin: Origin, meeting: Meeting, policy: Policy) -> None:
    """Raise NotAllowed, with the reason, unless the author may do this to the meeting now."""
    asker = origin.person(meeting.salon)
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


def demand_here(act: Act, origin: Origin, policy: Policy) -> None:
    """Raise NotAllowed, with the reason, unless the author may do this in their salon now."""
    asker = origin.person(origin.salon)
    role = role_of(asker, organiser=None, moderator_level=policy.moderator_level)
    if may(act, role):
        return
    match role:
        case Role.OUTSIDER:
            raise NotAllowed(reason="outside")
        case Role.STRANGER:
            raise NotAllowed(reason="gone")
        case _:
            raise NotAllowed(reason="moderator")
