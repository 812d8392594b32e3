"""Facts of a salon that decide what we may say in it."""

from collections.abc import Collection

from bot.matrix.events import Account, SalonState, SendRefused
from bridge.domain.names import clean_words
from bridge.ids import SalonId, UserId, server_of

SMALL = 20
"""Members up to which a dial-in PIN may be shown: it never expires and skips the waiting room."""

_LONGEST_NAME = 100
"""The longest name of a person in Matrix, with the organisation that Tchap adds."""


def is_agent(user: UserId, servers: Collection[str]) -> bool:
    """Tell whether a person's homeserver is one of the agents' (`matrix.agents`)."""
    return server_of(user) in servers


async def shown_name(account: Account, user: UserId) -> str:
    """Return a person's display name, safe to repeat; their id if nothing is left of it."""
    return clean_words(await account.display_name(user), _LONGEST_NAME) or user


async def has_left(account: Account, user: UserId, salon: SalonId) -> bool:
    """Tell whether a person is not in a salon that we are in, by the homeserver's state."""
    try:
        state = await account.salon(salon)
    except SendRefused:
        return False
    return account.user in state.members and user not in state.members


def may_show_phone(state: SalonState, servers: Collection[str]) -> bool:
    """Tell whether the salon is small, closed, and nobody from outside is in it or invited."""
    readers = state.members | state.invited
    outside = any(not is_agent(reader, servers) for reader in readers)
    return not outside and len(readers) <= SMALL and state.join_rule != "public"
