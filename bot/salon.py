"""What a salon is, and so what may be said in it."""

from collections.abc import Collection

from bot.matrix.events import SalonState
from bridge.ids import UserId, server_of

SMALL = 20
"""Members up to which a dial-in PIN may be shown: it never expires and skips the waiting room."""


def is_agent(user: UserId, servers: Collection[str]) -> bool:
    """Tell whether a person's homeserver is one of the administrations' (setting)."""
    return server_of(user) in servers


def may_show_phone(state: SalonState, servers: Collection[str]) -> bool:
    """Tell whether the salon is small, encrypted or direct, and without anybody from outside."""
    outside = any(not is_agent(member, servers) for member in state.members)
    return not outside and len(state.members) <= SMALL and state.join_rule != "public"
