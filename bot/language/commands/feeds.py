"""`agenda flux`, `agenda flux retirer`: a calendar to subscribe to."""

from dataclasses import dataclass

from bot.language.arguments import alone
from bot.language.command import LONG, Command, Verb
from bot.language.refusals import EN, FR
from bridge.domain.authority import Act


@dataclass(frozen=True, slots=True)
class AskFeed(Command):
    """The address of the salon's feed; in a direct message, of the author's own."""


@dataclass(frozen=True, slots=True)
class WithdrawFeed(Command):
    """The end of the address that `AskFeed` sends."""


VERBS = (
    Verb(
        key="feed",
        command=AskFeed,
        act=Act.FEED,
        names={
            FR: ("agenda flux", "flux agenda", "flux d'agenda", "flux ics"),
            EN: ("calendar feed", "feed calendar", "ics feed"),
        },
        read=alone(AskFeed()),
        examples={FR: ("agenda flux",), EN: ("calendar feed",)},
        help=("feed", "feed-withdraw"),
        shortest=LONG,
        acts=False,
    ),
    Verb(
        key="feed-withdraw",
        command=WithdrawFeed,
        act=Act.FEED,
        names={
            FR: ("agenda flux retirer", "agenda flux révoquer", "flux agenda retirer"),
            EN: ("calendar feed revoke", "calendar feed remove", "calendar feed withdraw"),
        },
        read=alone(WithdrawFeed()),
        examples={FR: ("agenda flux retirer",), EN: ("calendar feed revoke",)},
        help=("feed", "feed-withdraw"),
        shortest=LONG,
        takes_away=True,
    ),
)
