"""One table of rights, read for every cause (a line, a reaction, a page).

A right comes from what the homeserver says of a person now. That somebody organised a meeting, or
was sent a link, is a row of the past: a person outside the salon may by it only do acts that close
something.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from bridge.ids import ActorId, UserId


class Act(StrEnum):
    """An act that needs a right; docs/security.md shows the same names."""

    MEET = "meet"
    """Ask for a meeting in a salon."""
    LINK = "link"
    """Read a meeting's title, time and address; have Visio asked for its room again."""
    GUESTS = "guests"
    """Read the list of the invited, and of the people in the meeting."""
    COME = "come"
    """Say whether one comes."""
    INVITE = "invite"
    EXTEND = "extend"
    """Extend a meeting, or one guest's link."""
    CHANGE = "change"
    """Move a meeting, rename it, take a change of it back."""
    HAND_OVER = "hand-over"
    """Hand a meeting over to another organiser, or take it over oneself."""
    WITHDRAW_OWN = "withdraw-own"
    """Withdraw the link of a guest whom they invited themselves."""
    WITHDRAW = "withdraw"
    END = "end"
    """End a meeting, or cancel it: also by deleting the line that asked for it."""
    UNDO = "undo"
    """Take a meeting back by a reaction to its card: a mistake of its author."""
    ANSWER = "answer"
    """Admit or refuse somebody at the door."""
    HOST = "host"
    """Hold a host's page: admit, refuse, remove, let back in."""
    SETTINGS = "settings"
    """Read a salon's settings and diagnosis, choose its language."""
    RECORD = "record"
    """Choose for a salon whether names are shown and stored, and its line for its guests."""
    CALENDAR = "calendar"
    """Link one's own calendars, unlink them, read their state."""
    SALON_CALENDAR = "salon-calendar"
    """Have new events of one's calendar become a salon's meetings; end that for anybody's."""
    FEED = "feed"
    """Hand out a salon's feed, or withdraw it."""
    JOIN = "join"
    """Ask a partner for a seat in its meeting for oneself, or give it back."""
    HELP = "help"


class Role(StrEnum):
    """A person's part in a meeting, or in a salon, at this moment."""

    ORGANISER = "organiser"
    """The agent in whose name the meeting is, in its salon."""
    MODERATOR = "moderator"
    """An agent of the salon with the power level of `Policy.moderator_level` or more."""
    AGENT = "agent"
    """Another agent in the salon."""
    ABSENT_ORGANISER = "absent-organiser"
    """The organiser who is no longer in the meeting's salon, or not known to be."""
    OUTSIDER = "outsider"
    """A member of the salon whose homeserver is none of the agents'."""
    STRANGER = "stranger"
    """Anybody else."""


_STEWARDS = frozenset({Role.ORGANISER, Role.MODERATOR})
_AGENTS = _STEWARDS | {Role.AGENT}
_CLOSING = _STEWARDS | {Role.ABSENT_ORGANISER}

MAY: Mapping[Act, frozenset[Role]] = {
    Act.MEET: _AGENTS,
    Act.LINK: _AGENTS | {Role.ABSENT_ORGANISER},
    Act.GUESTS: _AGENTS,
    Act.COME: _AGENTS,
    Act.INVITE: _AGENTS,
    Act.EXTEND: _STEWARDS,
    Act.CHANGE: _STEWARDS,
    Act.HAND_OVER: _STEWARDS,
    Act.WITHDRAW_OWN: _AGENTS | {Role.ABSENT_ORGANISER},
    Act.WITHDRAW: _CLOSING,
    Act.END: _CLOSING,
    Act.UNDO: frozenset({Role.ORGANISER, Role.ABSENT_ORGANISER}),
    Act.ANSWER: _AGENTS,
    Act.HOST: _STEWARDS,
    Act.SETTINGS: _AGENTS,
    Act.RECORD: frozenset({Role.MODERATOR}),
    Act.CALENDAR: _AGENTS,
    Act.SALON_CALENDAR: frozenset({Role.MODERATOR}),
    Act.FEED: frozenset({Role.MODERATOR}),
    Act.JOIN: _AGENTS,
    Act.HELP: frozenset(Role),
}
"""The roles that may do each act."""

CLOSING = frozenset({Act.WITHDRAW_OWN, Act.WITHDRAW, Act.END, Act.UNDO})
"""Acts that take something away: only ever done to the meeting that was replied to."""


@dataclass(frozen=True, slots=True)
class Membership:
    """A person's membership of a salon, as the homeserver's state says now."""

    present: bool
    level: int = 0
    """Their power level."""


ABSENT = Membership(present=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Requester:
    """A person who asks for an act, as they are known now."""

    user: ActorId
    outside: bool = False
    """Whether their homeserver is none of the agents'."""
    membership: Membership | None
    """In the salon in question; `None` if it can't be read now."""


def role_of(person: Requester, *, organiser: UserId | None, moderator_level: int) -> Role:
    """Return a person's role in a meeting of `organiser`; without one, in the salon alone."""
    known = person.membership or ABSENT
    organises = person.user == organiser and not person.outside
    if not known.present:
        return Role.ABSENT_ORGANISER if organises else Role.STRANGER
    if person.outside:
        return Role.OUTSIDER
    if organises:
        return Role.ORGANISER
    return Role.MODERATOR if known.level >= moderator_level else Role.AGENT


def may(act: Act, role: Role) -> bool:
    """Tell whether a person in this role may do this."""
    return role in MAY[act]
