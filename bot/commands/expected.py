"""The part of an answer about colleagues: they sign in, and no link is sent to them."""

from collections.abc import Sequence

from bot.conversation.context import Context
from bot.matrix.events import SalonState
from bridge.domain.colleague import Colleague
from bridge.domain.message import Parameter, person, phrase
from bridge.ids import UserId


def told_of(one: Colleague) -> Parameter:
    """Return a colleague's name, as a mention if their Matrix id is known."""
    if one.user is not None:
        return person(one.user)
    return f"{one.name} ({one.email})" if one.name else one.email


def row_of(one: Colleague, salon: SalonState) -> Parameter:
    """Return how a colleague comes in; one who is not in the salon does not see its card."""
    here = one.user is not None and one.user in salon.members
    key = "invite.colleague" if here else "invite.colleague-elsewhere"
    return phrase(key, {"guest": told_of(one)})


def ringing(colleagues: Sequence[Colleague], salon: SalonState, ctx: Context) -> tuple[UserId, ...]:
    """Return the people to notify by an answer: the colleagues who read it, except its author."""
    if ctx.origin.direct:
        return ()
    users = [one.user for one in colleagues if one.user is not None]
    return tuple(user for user in users if user in salon.members and user != ctx.origin.by)
