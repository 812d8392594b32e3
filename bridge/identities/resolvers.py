"""How the e-mail that Visio knows an agent by is found.

Whoever gets this wrong opens meetings in somebody else's name, so nothing a person types, and no
display name, is ever asked. An operator's table is believed; a homeserver's rule is a guess, good
only where nobody chooses their Matrix id (on Tchap several addresses give the same id, so the
Tchap profiles refuse rules: `methods` is what they look at).
"""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from bridge.domain.addresses import read_address
from bridge.domain.agent import Holder, Identity, Method
from bridge.ids import UserId, server_of
from bridge.ports import Identities

PLACE = "{localpart}"
"""Where a rule puts the local part of a Matrix id."""

_LOCALPART = re.compile(r"[a-z0-9._=/+-]{1,64}")
"""What user ids may hold today (Matrix, appendices); older ids may hold more and give nothing."""


class Resolver(Identities, Protocol):
    """Finds e-mails, and says by which methods."""

    @property
    def methods(self) -> frozenset[Method]:
        """Return every method this may use."""
        ...


@dataclass(frozen=True, slots=True)
class StaticMap:
    """The operator's own table, read at each use: a table that reloads itself may be given."""

    table: Mapping[UserId, str] = field(repr=False)

    @property
    def methods(self) -> frozenset[Method]:
        """Return every method this may use."""
        return frozenset({Method.MAP})

    async def resolve(self, user: UserId) -> Identity | None:
        """Return the agent's e-mail, or `None` when the table has none or an unusable one."""
        email = read_address(self.table.get(user, ""))
        return None if email is None else Identity(email, Method.MAP)

    async def holder(self, email: str) -> Holder | None:
        """Return whom the table gives this address."""
        wanted = email.casefold()
        found = (user for user, known in self.table.items() if known.casefold() == wanted)
        return next(map(Holder, found), None)


@dataclass(frozen=True, slots=True)
class ServerRule:
    """For each homeserver, an address with `{localpart}` in it: `{localpart}@example.org`.

    A template and not a pattern: nothing in it can be slow or match more than was meant.
    """

    rules: Mapping[str, str]

    def __post_init__(self) -> None:
        """Refuse a template that gives everybody the same address, or no address."""
        for server, template in self.rules.items():
            name, _, domain = template.partition("@")
            if name.count(PLACE) != 1 or PLACE in domain or self._filled(template, "a") is None:
                raise ValueError(f"{server}: {template}")

    @property
    def methods(self) -> frozenset[Method]:
        """Return every method this may use."""
        return frozenset({Method.RULE} if self.rules else ())

    async def resolve(self, user: UserId) -> Identity | None:
        """Return the guess of the agent's own homeserver, or `None` when it has no rule."""
        template = self.rules.get(server_of(user).lower())
        localpart = user.partition(":")[0].removeprefix("@")
        if template is None or not _LOCALPART.fullmatch(localpart):
            return None
        email = self._filled(template, localpart)
        return None if email is None else Identity(email, Method.RULE)

    async def holder(self, email: str) -> Holder | None:
        """Return whose address it is by the rule of their homeserver."""
        wanted = email.casefold()
        for server, template in self.rules.items():
            before, _, after = template.casefold().partition(PLACE)
            localpart = wanted.removeprefix(before).removesuffix(after)
            whole = before + localpart + after == wanted
            if whole and _LOCALPART.fullmatch(localpart):
                return Holder(UserId(f"@{localpart}:{server}"))
        return None

    @staticmethod
    def _filled(template: str, localpart: str) -> str | None:
        return read_address(template.replace(PLACE, localpart))


@dataclass(frozen=True, slots=True)
class AgentDomains:
    """E-mail domains where only agents have an address: whose, only the other resolvers know."""

    domains: Collection[str]

    @property
    def methods(self) -> frozenset[Method]:
        """Return none: no identity comes of it."""
        return frozenset()

    async def resolve(self, user: UserId) -> Identity | None:  # noqa: ARG002 - of nobody
        """Return `None`."""
        return None

    async def holder(self, email: str) -> Holder | None:
        """Return an agent without an id, where the address is in one of the domains."""
        domain = email.rpartition("@")[2].casefold()
        return Holder() if domain in self.domains else None


@dataclass(frozen=True, slots=True)
class Chain:
    """Several resolvers: the first that knows is believed."""

    resolvers: Sequence[Resolver]

    @property
    def methods(self) -> frozenset[Method]:
        """Return every method this may use."""
        return frozenset().union(*(resolver.methods for resolver in self.resolvers))

    async def resolve(self, user: UserId) -> Identity | None:
        """Return the first identity found."""
        for resolver in self.resolvers:
            found = await resolver.resolve(user)
            if found is not None:
                return found
        return None

    async def holder(self, email: str) -> Holder | None:
        """Return the first holder whose Matrix id is known, else any."""
        first: Holder | None = None
        for resolver in self.resolvers:
            found = await resolver.holder(email)
            if found is not None and found.user is not None:
                return found
            first = first or found
        return first
