"""Resolvers of agents' e-mails, by which Visio knows agents.

A wrong one would open meetings in somebody else's name, so resolvers never use what a person types,
nor a display name. An operator's table is reliable; a homeserver's rule is a guess, good only if
nobody chooses their Matrix id (on Tchap several addresses give the same id, so the Tchap profiles
refuse rules: they read `methods`).
"""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from bridge.domain.addresses import read_address
from bridge.domain.agent import Holder, Identity, Method
from bridge.ids import UserId, server_of
from bridge.ports import Identities

PLACE = "{localpart}"
"""The place in a rule for the local part of a Matrix id."""

_LOCALPART = re.compile(r"[a-z0-9._=/+-]{1,64}")
"""User ids of today (Matrix, appendices); older ids may have other characters: no e-mail."""


class Resolver(Identities, Protocol):
    """Finds e-mails, and names its methods."""

    @property
    def methods(self) -> frozenset[Method]:
        """Return every method this may use."""
        ...


@dataclass(frozen=True, slots=True)
class StaticMap:
    """The operator's own table, read at each use, so that it may reload itself."""

    table: Mapping[UserId, str] = field(repr=False)

    @property
    def methods(self) -> frozenset[Method]:
        """Return every method this may use."""
        return frozenset({Method.MAP})

    async def resolve(self, user: UserId) -> Identity | None:
        """Return the agent's e-mail, or `None` if the table has none or an unusable one."""
        email = read_address(self.table.get(user, ""))
        return None if email is None else Identity(email, Method.MAP)

    async def holder(self, email: str) -> Holder | None:
        """Return the agent to whom the table gives this address."""
        return next(map(Holder, self._having(email)), None)

    async def owners(self, email: str) -> frozenset[UserId]:
        """Return all agents to whom the table gives this address."""
        return frozenset(self._having(email))

    def _having(self, email: str) -> Iterator[UserId]:
        wanted = email.casefold()
        return (user for user, known in self.table.items() if known.casefold() == wanted)


@dataclass(frozen=True, slots=True)
class ServerRule:
    """A rule for each homeserver, with `{localpart}` in it: `{localpart}@example.org`.

    A template, not a pattern: nothing in it can be slow or match more than intended.
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
        """Return the guess of the agent's own homeserver, or `None` if it has no rule."""
        template = self.rules.get(server_of(user).lower())
        localpart = user.partition(":")[0].removeprefix("@")
        if template is None or not _LOCALPART.fullmatch(localpart):
            return None
        email = self._filled(template, localpart)
        return None if email is None else Identity(email, Method.RULE)

    async def holder(self, email: str) -> Holder | None:
        """Return the agent to whom their homeserver's rule gives this address."""
        return next(map(Holder, self._having(email)), None)

    async def owners(self, email: str) -> frozenset[UserId]:
        """Return the agents of all homeservers whose rules give this address."""
        return frozenset(self._having(email))

    def _having(self, email: str) -> Iterator[UserId]:
        wanted = email.casefold()
        for server, template in self.rules.items():
            before, _, after = template.casefold().partition(PLACE)
            localpart = wanted.removeprefix(before).removesuffix(after)
            whole = before + localpart + after == wanted
            if whole and _LOCALPART.fullmatch(localpart):
                yield UserId(f"@{localpart}:{server}")

    @staticmethod
    def _filled(template: str, localpart: str) -> str | None:
        return read_address(template.replace(PLACE, localpart))


@dataclass(frozen=True, slots=True)
class AgentDomains:
    """E-mail domains of agents alone; only the other resolvers know whose an address is."""

    domains: Collection[str]

    @property
    def methods(self) -> frozenset[Method]:
        """Return none: this gives no identity."""
        return frozenset()

    async def resolve(self, user: UserId) -> Identity | None:  # noqa: ARG002 - for nobody
        """Return `None`."""
        return None

    async def holder(self, email: str) -> Holder | None:
        """Return an agent without an id, if the address is in one of the domains."""
        domain = email.rpartition("@")[2].casefold()
        return Holder() if domain in self.domains else None

    async def owners(self, email: str) -> frozenset[UserId]:  # noqa: ARG002 - nobody known by id
        """Return nobody."""
        return frozenset()


@dataclass(frozen=True, slots=True)
class Chain:
    """Several resolvers: the first answer counts."""

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
        """Return the first holder with a known Matrix id, otherwise any."""
        first: Holder | None = None
        for resolver in self.resolvers:
            found = await resolver.holder(email)
            if found is not None and found.user is not None:
                return found
            first = first or found
        return first

    async def owners(self, email: str) -> frozenset[UserId]:
        """Return the agents of all resolvers, without those who have another address by now."""
        found = {user for one in self.resolvers for user in await one.owners(email)}
        theirs = {user: await self.resolve(user) for user in found}
        same = email.casefold()
        return frozenset(
            user for user, one in theirs.items() if one is not None and one.email.casefold() == same
        )
