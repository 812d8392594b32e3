"""`agenda lier`, `agenda délier`, `agenda état`: an agent's own calendars."""

from dataclasses import dataclass

from bot.language.arguments import alone
from bot.language.command import LONG, Command, Verb
from bot.language.refusals import EN, FR
from bridge.domain.authority import Act


@dataclass(frozen=True, slots=True)
class LinkCalendar(Command):
    """A link to the page on which the author links their calendars."""


@dataclass(frozen=True, slots=True)
class UnlinkCalendar(Command):
    """The end of what links the author's calendars."""


@dataclass(frozen=True, slots=True)
class ShowCalendar(Command):
    """The state of the author's calendars."""


VERBS = (
    Verb(
        key="calendar-link",
        command=LinkCalendar,
        act=Act.CALENDAR,
        names={
            FR: ("agenda lier", "lier agenda", "lier mon agenda"),
            EN: ("calendar link", "link calendar", "link my calendar"),
        },
        read=alone(LinkCalendar()),
        examples={FR: ("agenda lier",), EN: ("calendar link",)},
        help=("calendar",),
        shortest=LONG,
    ),
    Verb(
        key="calendar-unlink",
        command=UnlinkCalendar,
        act=Act.CALENDAR,
        names={
            FR: ("agenda délier", "délier agenda", "délier mon agenda"),
            EN: ("calendar unlink", "unlink calendar", "unlink my calendar"),
        },
        read=alone(UnlinkCalendar()),
        examples={FR: ("agenda délier",), EN: ("calendar unlink",)},
        help=("calendar",),
        shortest=LONG,
        takes_away=True,
    ),
    Verb(
        key="calendar-status",
        command=ShowCalendar,
        act=Act.CALENDAR,
        names={
            FR: ("agenda état", "agenda statut"),
            EN: ("calendar status", "calendar state"),
        },
        read=alone(ShowCalendar()),
        examples={FR: ("agenda état",), EN: ("calendar status",)},
        help=("calendar",),
        shortest=LONG,
        acts=False,
    ),
)
