"""Guests' passes: issued, sent again, extended, revoked."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from bridge.clock import Clock
from bridge.domain.agenda import Due, Kind
from bridge.domain.codes import Minter
from bridge.domain.invitation import Delivery, Invitation, InvitationState
from bridge.domain.mail import Mail
from bridge.domain.meeting import Meeting, Occurrence
from bridge.domain.message import Facts
from bridge.domain.origin import Origin
from bridge.domain.policy import Policy
from bridge.errors import GuestAmbiguous, GuestUnknown, InvitationRefused
from bridge.ids import InvitationId, MailId, uuid7
from bridge.ports import Work
from bridge.services.meetings import is_over, refresh_card


@dataclass(frozen=True, slots=True)
class Guest:
    """Somebody to invite, as typed: a name, an address, or both."""

    name: str = ""
    email: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Invited:
    """What became of one guest's invitation."""

    invitation: Invitation
    again: bool
    """They had a link already: it was sent once more."""


@dataclass(frozen=True, slots=True)
class Invitations:
    """Use cases on guests' passes; all take the command's transaction."""

    minter: Minter
    clock: Clock
    policy: Policy

    async def invite(
        self,
        work: Work,
        origin: Origin,
        about: tuple[Meeting, Occurrence],
        guests: Sequence[Guest],
        until: datetime | None = None,
    ) -> list[Invited]:
        """Issue a pass to each guest, or send again the one they have.

        `until` (aware) ends these passes earlier or later than the meeting does. Raises
        InvitationRefused, and then none is issued.
        """
        meeting, occurrence = about
        known = list(await work.invitations.of_occurrence(occurrence.id))
        self._check(occurrence, guests, known, until)
        invited = []
        for guest in guests:
            found = _same(known, guest)
            if found is None:
                invitation = self._issue(origin, meeting, occurrence, guest, until)
                await work.invitations.add(invitation)
                known.append(invitation)
            else:
                invitation = self._again(found, guest, until)
                await work.invitations.save(invitation)
            await _arm(work, invitation)
            await self._send(work, origin, invitation)
            invited.append(Invited(invitation, again=found is not None))
        await refresh_card(work, occurrence.id)
        return invited

    def _check(
        self,
        occurrence: Occurrence,
        guests: Sequence[Guest],
        known: Sequence[Invitation],
        until: datetime | None,
    ) -> None:
        now = self.clock.now()
        if is_over(occurrence, now):
            raise InvitationRefused(reason="over")
        if until is not None and until <= now:
            raise InvitationRefused(reason="until-past")
        if until is not None and until > occurrence.end + self.policy.longest:
            raise InvitationRefused(reason="until-far", hours=_hours(self.policy.longest))
        fresh = sum(1 for guest in guests if _same(known, guest) is None)
        if fresh + len(known) > self.policy.guests_per_meeting:
            raise InvitationRefused(reason="too-many", limit=self.policy.guests_per_meeting)
        for guest in guests:
            domain = guest.email.rpartition("@")[2].casefold()
            if domain in self.policy.denied_domains:
                raise InvitationRefused(reason="domain", domain=domain)

    def _issue(
        self,
        origin: Origin,
        meeting: Meeting,
        occurrence: Occurrence,
        guest: Guest,
        until: datetime | None,
    ) -> Invitation:
        now = self.clock.now()
        identity = InvitationId(uuid7(now))
        return Invitation(
            id=identity,
            meeting=meeting.id,
            occurrence=occurrence.id,
            invited_by=origin.by,
            created_at=now,
            key=self.minter.current,
            digest=self.minter.digest(identity, 0, self.minter.current),
            name=guest.name,
            email=guest.email,
            delivery=Delivery.MAIL if guest.email else Delivery.DIRECT,
            until=until,
        )

    def _again(self, found: Invitation, guest: Guest, until: datetime | None) -> Invitation:
        named = replace(
            found,
            name=guest.name or found.name,
            until=until if until is not None else found.until,
            mail_refused=False,
        )
        return named if found.revoked_at is None else self.renewed(named)

    def renewed(self, invitation: Invitation) -> Invitation:
        """Return it with the next link; the old one is dead."""
        number, key = invitation.number + 1, self.minter.current
        return replace(
            invitation,
            number=number,
            key=key,
            digest=self.minter.digest(invitation.id, number, key),
            revoked_at=None,
            waiting_since=None,
        )

    async def _send(self, work: Work, origin: Origin, invitation: Invitation) -> None:
        if invitation.delivery is Delivery.DIRECT:
            facts: Facts = {"invitation": str(invitation.id), "number": invitation.number}
            message = origin.privately("invite.link", facts)
            dedupe = f"link:{origin.event}:{invitation.id}"
            await work.outbox.post(replace(message, dedupe=dedupe))
            return
        now = self.clock.now()
        mail = Mail(
            id=MailId(uuid7(now)),
            invitation=invitation.id,
            number=invitation.number,
            asked_at=now,
        )
        await work.mails.add(mail)
        await work.agenda.plan([Due(Kind.MAIL, str(mail.id), now)])

    async def revoke(
        self, work: Work, occurrence: Occurrence, whom: Sequence[Invitation]
    ) -> list[Invitation]:
        """Withdraw passes: their links are dead at once. Returns those that were alive."""
        now = self.clock.now()
        alive = [one for one in whom if one.revoked_at is None]
        revoked = [replace(one, revoked_at=now) for one in alive]
        for one in revoked:
            await work.invitations.save(one)
        await refresh_card(work, occurrence.id)
        return revoked

    async def extend(
        self, work: Work, occurrence: Occurrence, whom: Sequence[Invitation], by: timedelta
    ) -> list[Invitation]:
        """Let these passes work longer than the meeting's own window. Raises InvitationRefused."""
        now = self.clock.now()
        graces = self.policy.graces
        later = [one.extended(by, occurrence, graces, now) for one in whom]
        for one in later:
            if one.until is not None and one.until > occurrence.end + self.policy.longest:
                raise InvitationRefused(reason="until-far", hours=_hours(self.policy.longest))
        for one in later:
            await work.invitations.save(one)
            await _arm(work, one)
        await refresh_card(work, occurrence.id)
        return later

    async def find(self, work: Work, occurrence: Occurrence, words: str) -> Sequence[Invitation]:
        """Return the invitations meant by an address, a name or a part of one.

        Raises GuestUnknown, GuestAmbiguous.
        """
        known = await work.invitations.of_occurrence(occurrence.id)
        wanted = words.casefold().strip()
        exact = [one for one in known if wanted in (one.email.casefold(), one.name.casefold())]
        partly = [one for one in known if wanted in f"{one.name} {one.email}".casefold()]
        found = exact or partly
        if not wanted or not found:
            raise GuestUnknown(words=words)
        if len(found) > 1:
            raise GuestAmbiguous(words=words, names=", ".join(one.shown for one in found[:5]))
        return found

    async def alive(self, work: Work, occurrence: Occurrence) -> list[Invitation]:
        """Return the invitations that were not withdrawn and are not over."""
        now, graces = self.clock.now(), self.policy.graces
        living = (InvitationState.CREATED, InvitationState.WAITING)
        known = await work.invitations.of_occurrence(occurrence.id)
        return [one for one in known if one.state(occurrence, graces, now) in living]


async def _arm(work: Work, invitation: Invitation) -> None:
    """Plan that the card shows the end of a pass with a limit of its own."""
    if invitation.until is not None:
        key = f"{invitation.occurrence}/{invitation.id}"
        await work.agenda.plan([Due(Kind.CLOSE, key, invitation.until)])


def _same(known: Sequence[Invitation], guest: Guest) -> Invitation | None:
    for one in known:
        if guest.email and one.email.casefold() == guest.email.casefold():
            return one
        if not guest.email and not one.email and one.name.casefold() == guest.name.casefold():
            return one
    return None


def _hours(span: timedelta) -> int:
    return int(span.total_seconds() // 3600)
