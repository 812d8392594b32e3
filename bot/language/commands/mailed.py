"""`agenda mails oui`, `agenda mails non`: whether invitations by mail are the author's."""

from dataclasses import dataclass

from bot.language.arguments import alone
from bot.language.command import LONG, Command, Verb
from bot.language.refusals import EN, FR
from bridge.domain.authority import Act


@dataclass(frozen=True, slots=True)
class AcceptMails(Command):
    """The author's word that the invitations from their address are theirs."""


@dataclass(frozen=True, slots=True)
class DeclineMails(Command):
    """The author's wish that these be ignored."""


VERBS = (
    Verb(
        key="mails-accept",
        command=AcceptMails,
        act=Act.CALENDAR,
        names={FR: ("agenda mails oui",), EN: ("calendar mails yes",)},
        read=alone(AcceptMails()),
        examples={FR: ("agenda mails oui",), EN: ("calendar mails yes",)},
        help=("mails",),
        shortest=LONG,
    ),
    Verb(
        key="mails-decline",
        command=DeclineMails,
        act=Act.CALENDAR,
        names={FR: ("agenda mails non",), EN: ("calendar mails no",)},
        read=alone(DeclineMails()),
        examples={FR: ("agenda mails non",), EN: ("calendar mails no",)},
        help=("mails",),
        shortest=LONG,
        takes_away=True,
    ),
)
