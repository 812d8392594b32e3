"""Sorts the people in a line into colleagues and guests.

An address decides, whatever the name beside it; then a Matrix id; a bare name is a colleague's if
it is the whole name of one member of the salon. A person who could be either is refused.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

import structlog

from bot.conversation.lookalikes import readings
from bot.conversation.salon import is_agent
from bot.language.line import without_organisation
from bot.language.people import Person
from bot.matrix.events import Account, SalonState, SendLater, SendRefused
from bridge.domain.colleague import Colleague
from bridge.domain.names import clean_name
from bridge.errors import HandoverRefused, InvitationRefused
from bridge.ids import SalonId, UserId
from bridge.ports import Identities
from bridge.services.invitations.invitations import Guest

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Sorted:
    """The people in a line."""

    colleagues: Sequence[Colleague]
    guests: Sequence[Guest]


@dataclass(frozen=True, slots=True)
class Colleagues:
    """Distinguishes colleagues from guests."""

    identities: Identities
    account: Account
    servers: Collection[str]
    """Homeservers of agents."""

    async def sort(self, people: Sequence[Person], salon: SalonState) -> Sorted:
        """Sort the people in a line. Raises InvitationRefused for a person who could be either."""
        colleagues: list[Colleague] = []
        guests: list[Guest] = []
        for person in people:
            known = await self._colleague(person, salon)
            if known is not None:
                colleagues.append(known)
            else:
                guests.append(Guest(self._name(person, salon), person.email))
        return Sorted(colleagues, guests)

    async def agent(self, person: Person, salon: SalonState) -> UserId:
        """Return the agent of a salon who is named by an address, a Matrix id or a name.

        Raises HandoverRefused, also if several members may be meant.
        """
        user = await self._named(person, salon)
        if user == self.account.user:
            raise HandoverRefused(reason="parvis")
        if not is_agent(user, self.servers):
            raise HandoverRefused(reason="outside", who=_shown(user, person, salon) or user)
        if user not in salon.members:
            raise HandoverRefused(reason="absent", who=_shown(user, person, salon) or user)
        return user

    async def _named(self, person: Person, salon: SalonState) -> UserId:
        if person.user is not None:
            return person.user
        if not person.email:
            return self._called(person, salon)
        holder = await self.identities.holder(person.email)
        if holder is None:
            raise HandoverRefused(reason="outside", who=person.email)
        if holder.user is None:
            raise HandoverRefused(reason="unknown", who=person.email)
        return holder.user

    def _called(self, person: Person, salon: SalonState) -> UserId:
        try:
            found = self._member(replace(person, colleague=True), salon)
        except InvitationRefused as error:
            if error.parameters["reason"] == "member":
                members = error.parameters["members"]
                raise HandoverRefused(reason="several", who=person.name, members=members) from error
            raise HandoverRefused(reason="nobody", who=person.name) from error
        assert found is not None, "a colleague is one member, or refused"
        return found

    async def state(self, salon: SalonId) -> SalonState:
        """Return a salon's state; with no members if it can't be read now."""
        try:
            return await self.account.salon(salon)
        except (SendLater, SendRefused) as error:
            log.info("members.unknown", salon=salon, error=type(error).__name__)
            return SalonState(salon=salon)

    async def _colleague(self, person: Person, salon: SalonState) -> Colleague | None:
        if person.email:
            holder = await self.identities.holder(person.email)
            if holder is None:
                return None
            return Colleague(holder.user, _shown(holder.user, person, salon), person.email)
        user = person.user or self._member(person, salon)
        if user is None or not is_agent(user, self.servers):
            return None
        return Colleague(user, _shown(user, person, salon))

    def _member(self, person: Person, salon: SalonState) -> UserId | None:
        """Return the member with this name; for a colleague, a part of it is enough.

        Raises InvitationRefused if several members may be meant, or if no member is the colleague.
        """
        name = person.name
        wanted = set(_words(name))
        known = {
            user: set(_words(without_organisation(shown)))
            for user, shown in salon.shown.items()
            if user != self.account.user and is_agent(user, self.servers)
        }
        same = [user for user, words in known.items() if words == wanted]
        near = same or [user for user, words in known.items() if wanted and wanted < words]
        if len(near) == 1 and (same or person.colleague):
            return near[0]
        if not near and person.colleague:
            raise InvitationRefused(reason="colleague-unknown", name=name)
        if not near:
            return None
        names = ", ".join(f"{without_organisation(salon.shown[one])} ({one})" for one in near[:5])
        raise InvitationRefused(reason="member", name=name, members=names, first=near[0])

    def _name(self, person: Person, salon: SalonState) -> str:
        """Return a guest's name. Raises InvitationRefused for an id that no member has."""
        if person.user is None or person.name:
            return person.name
        if person.user not in salon.members:
            raise InvitationRefused(reason="matrix-id", user=person.user)
        local = person.user[1:].partition(":")[0]
        return _shown(person.user, person, salon) or clean_name(local)


def _shown(user: UserId | None, person: Person, salon: SalonState) -> str:
    """Return a colleague's name as the salon shows it, otherwise as typed."""
    shown = "" if user is None else salon.shown.get(user, "")
    return clean_name(without_organisation(shown or person.name))


def _words(name: str) -> Sequence[str]:
    """Return the words of a name in lower case, without accents."""
    return readings(name)[0]
