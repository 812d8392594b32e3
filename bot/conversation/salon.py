"""What a salon is, and so what may be said in it."""

from collections.abc import Collection

from bot.matrix.events import Account, SalonState, SendRefused
from bridge.domain.names import clean_words
from bridge.ids import SalonId, UserId, server_of

SMALL = 20
"""Members up to which a dial-in PIN may be shown: it never expires and skips the waiting room."""

_LONGEST_NAME = 100
"""Of a person in Matrix, with the organisation that Tchap adds."""


def is_agent(user: UserId, servers: Collection[str]) -> bool:
    """Tell whether a person's homeserver is one of the administrations' (setting)."""
    return server_of(user) in servers


async def shown_name(account: Account, user: UserId) -> str:
    """Return the name a person shows, safe to repeat; their id when nothing is left of it."""
    return clean_words(await account.display_name(user), _LONGEST_NAME) or user


async def has_left(account: Account, user: UserId, salon: SalonId) -> bool:
    """Tell whether the homeserver says that a person is not in a salon that we are in."""
    try:
        state = await account.salon(salon)
    except SendRefused:
        return False
    return account.user in state.members and user not in state.members


def may_show_phone(state: SalonState, servers: Collection[str]) -> bool:
    """Tell whether the salon is small, closed, and without anybody from outside, invited or in."""
    readers = state.members | state.invited
    outside = any(not is_agent(reader, servers) for reader in readers)
    return not outside and len(readers) <= SMALL and state.join_rule != "public"
