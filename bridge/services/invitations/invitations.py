"""Use cases on invitations: issue, resend, extend, withdraw."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from bridge.domain.agenda import Due, Kind
from bridge.domain.cause import Cause
from bridge.domain.codes import Minter
from bridge.domain.guest_terms import GuestTerms
from bridge.domain.invitation import LIVING, Assurance, Delivery, Invitation, meant
from bridge.domain.mail import Mail
from bridge.domain.meeting import Meeting, Occurrence, OccurrenceState
from bridge.domain.message import GuestLink, GuestPin
from bridge.domain.proof import Proof
from bridge.domain.scope import OneOccurrence, Scope, includes
from bridge.domain.window import Phase
from bridge.errors import GuestAmbiguous, GuestUnknown, InvitationRefused
from bridge.ids import ActorId, InvitationId, MailId, uuid7
from bridge.ports import UnitOfWork
from bridge.ports.work import HasInvitations, HasMeetings, HasOutbox, MailsGuests
from bridge.services.cards import refresh_card
from bridge.services.meetings.lifecycle import is_over
from bridge.services.news import tell_guests
from bridge.services.quotas import Quotas
from bridge.services.timebox import arm, arm_seats
from bridge.services.tools import Tools


@dataclass(frozen=True, slots=True)
class Guest:
    """A person to invite, as typed: a name, an address, or both."""

    name: str = ""
    email: str = field(default="", repr=False)

    @property
    def key(self) -> str:
        """The address, or else the name: it distinguishes them from other guests."""
        return self.email.casefold() or self.name.casefold()


@dataclass(frozen=True, slots=True)
class Terms:
    """Terms of invitations beyond the meeting's own rules, if the line says any."""

    until: datetime | None = None
    """Aware: these invitations end earlier or later than the meeting does."""
    proof: Proof | None = None
    scope: Scope | None = None
    """The dates to which they are; `None`: the date at hand alone."""


@dataclass(frozen=True, slots=True)
class Invited:
    """The result of inviting one guest."""

    invitation: Invitation
    again: bool
    """They had this link already, and we sent it once more. False for a new link."""


@dataclass(frozen=True, slots=True)
class Invitations:
    """Use cases on invitations; all take the command's transaction."""

    minter: Minter
    tools: Tools

    async def invite(
        self,
        work: UnitOfWork,
        cause: Cause,
        about: tuple[Meeting, Occurrence],
        guests: Sequence[Guest],
        terms: Terms = Terms(),
    ) -> list[Invited]:
        """Issue an invitation to each guest, or resend the one they have.

        Raises InvitationRefused, LimitReached, and then none is issued.
        """
        _, occurrence = about
        now = self.tools.now()
        wanted = terms.scope or OneOccurrence(occurrence.id)
        # A guest of one date who is invited to the series gets another link, for all dates.
        known = [
            one
            for one in await work.invitations.of_occurrence(occurrence.id)
            if includes(one.scope, wanted)
        ]
        self._check(occurrence, guests, known, terms)
        await self._check_quotas(work, cause, occurrence, guests, known)
        invited = []
        # Sorted, as they are of one moment: lists show guests in the order typed.
        for guest, identity in zip(guests, sorted(uuid7(now) for _ in guests), strict=True):
            found = _same(known, guest)
            if found is None:
                blank = self._blank(InvitationId(identity), cause, occurrence, wanted)
                invitation = self._for(guest, blank, terms)
                await work.invitations.add(invitation)
                known.append(invitation)
            else:
                invitation = self._again(found, guest, occurrence, terms)
                await work.invitations.save(invitation)
                if invitation.number != found.number:
                    # Their browsers must not come in with the next link's guest.
                    await work.visits.invalidate(found.id)
            await self._send(work, cause, invitation)
            same = found is not None and found.number == invitation.number
            invited.append(Invited(invitation, again=same))
        if terms.until is not None:
            await arm(work, occurrence, self.tools.policy, now)
        await refresh_card(work, occurrence.id)
        return invited

    def _check(
        self,
        occurrence: Occurrence,
        guests: Sequence[Guest],
        known: Sequence[Invitation],
        terms: Terms,
    ) -> None:
        now, until = self.tools.now(), terms.until
        if is_over(occurrence, now):
            raise _closed(occurrence)
        if until is not None and until <= now:
            raise InvitationRefused(reason="until-past")
        if until is not None and until <= occurrence.start - self.tools.policy.graces.before:
            raise InvitationRefused(reason="until-early")
        if until is not None and until > occurrence.end + self.tools.policy.longest:
            raise InvitationRefused(reason="until-far", hours=_hours(self.tools.policy.longest))
        if terms.proof is Proof.MAIL and not all(guest.email for guest in guests):
            raise InvitationRefused(reason="code-unmailed")
        coming = [one for one in known if one.revoked_at is None]
        fresh = {guest.key for guest in guests if _same(coming, guest) is None}
        limit = self.tools.policy.guests_per_meeting
        if len(fresh) > limit:
            raise InvitationRefused(reason="too-many-at-once", limit=limit, asked=len(fresh))
        if len(coming) + len(fresh) > limit:
            raise InvitationRefused(reason="too-many", limit=limit)
        for guest in guests:
            domain = guest.email.rpartition("@")[2].casefold()
            if domain in self.tools.policy.denied_domains:
                raise InvitationRefused(reason="domain", domain=domain)

    async def _check_quotas(
        self,
        work: MailsGuests,
        cause: Cause,
        occurrence: Occurrence,
        guests: Sequence[Guest],
        known: Sequence[Invitation],
    ) -> None:
        fresh = [guest.key for guest in guests if _same(known, guest) is None]
        mails = sum(bool(guest.email) for guest in guests)
        quotas = Quotas(self.tools.policy.limits, self.tools.now())
        await quotas.guests(work, cause, fresh, mails=mails, zone=occurrence.zone)

    def _blank(
        self, identity: InvitationId, cause: Cause, occurrence: Occurrence, scope: Scope
    ) -> Invitation:
        return Invitation(
            id=identity,
            meeting=occurrence.meeting,
            scope=scope,
            dated=None if isinstance(scope, OneOccurrence) else occurrence.id,
            invited_by=cause.by,
            created_at=self.tools.now(),
            key=self.minter.current,
            digest=self.minter.digest(identity, 0, self.minter.current),
        )

    def _again(
        self, found: Invitation, guest: Guest, occurrence: Occurrence, terms: Terms
    ) -> Invitation:
        phase = found.window(occurrence, self.tools.policy.graces).phase(self.tools.now())
        named = replace(
            found,
            name=guest.name or found.name,
            until=terms.until or (None if phase is Phase.AFTER else found.until),
            mail_refused=False,
            proof=terms.proof or self._kept(found, guest, terms),
        )
        dead = found.revoked_at is not None or found.locked
        return self.renewed(named) if dead else named

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
            announced_at=None,
            takeovers=0,
            pin_tries=0,
        )

    def _for(self, guest: Guest, blank: Invitation, terms: Terms) -> Invitation:
        delivery = Delivery.MAIL if guest.email else Delivery.DIRECT
        return replace(
            blank,
            name=guest.name,
            email=guest.email,
            delivery=delivery,
            until=terms.until,
            proof=self._proof(guest, terms),
        )

    def _kept(self, found: Invitation, guest: Guest, terms: Terms) -> Proof:
        """Return the proof that the invitation requires; the policy may require one by now."""
        return self._proof(guest, terms) if found.proof is Proof.NONE else found.proof

    def _proof(self, guest: Guest, terms: Terms) -> Proof:
        """Return the proof required of a guest; a PIN if no code can be mailed to them."""
        asked = terms.proof or self.tools.policy.proof
        return Proof.PIN if asked is Proof.MAIL and not guest.email else asked

    async def vouched(
        self,
        work: UnitOfWork,
        occurrence: Occurrence,
        whom: Guest,
        terms: GuestTerms,
        *,
        by: ActorId,
        found: Invitation | None,
    ) -> Invitation:
        """Issue an invitation on a partner's word, or the next link of the one that was `found`.

        Nobody is sent the link: the partner gets it. The caller has checked that it may be given.
        """
        now = self.tools.now()
        if found is None:
            identity, key = InvitationId(uuid7(now)), self.minter.current
            invitation = Invitation(
                id=identity,
                meeting=occurrence.meeting,
                scope=OneOccurrence(occurrence.id),
                invited_by=by,
                created_at=now,
                key=key,
                digest=self.minter.digest(identity, 0, key),
                name=whom.name,
                email=whom.email,
                delivery=Delivery.DIRECT,
                assurance=Assurance.FEDERATED,
                terms=terms,
            )
            await work.invitations.add(invitation)
        else:
            invitation = replace(self.renewed(found), name=whom.name, email=whom.email, terms=terms)
            await work.invitations.save(invitation)
            await work.visits.invalidate(found.id)
        await refresh_card(work, occurrence.id)
        return invitation

    async def _send(self, work: UnitOfWork, cause: Cause, invitation: Invitation) -> None:
        if invitation.proof is Proof.PIN:
            # The digits are derived when the message is sent.
            await _tell_alone(work, cause, GuestPin, invitation)
        if invitation.delivery is Delivery.DIRECT:
            await _tell_alone(work, cause, GuestLink, invitation)
            return
        now = self.tools.now()
        mail = Mail(
            id=MailId(uuid7(now)),
            invitation=invitation.id,
            number=invitation.number,
            asked_at=now,
            asked_by=cause.by,
        )
        await work.mails.add(mail)
        await work.agenda.plan([Due(Kind.MAIL, str(mail.id), now)])

    async def revoke(
        self, work: UnitOfWork, occurrence: Occurrence, whom: Sequence[Invitation]
    ) -> list[Invitation]:
        """Withdraw invitations: their links die at once. Returns those that were alive."""
        now = self.tools.now()
        alive = [one for one in whom if one.revoked_at is None]
        revoked = [replace(one, revoked_at=now) for one in alive]
        if revoked:
            await work.invitations.save(*revoked)
            for date in await self._dates(work, occurrence, revoked):
                await arm_seats(work, date, self.tools.policy, now)
                await refresh_card(work, date.id)
            await tell_guests(work, occurrence, now, {one.id for one in revoked})
        return revoked

    async def _dates(
        self, work: HasMeetings, occurrence: Occurrence, whom: Sequence[Invitation]
    ) -> list[Occurrence]:
        """Return the date at hand and the others that these invitations cover, not yet over."""
        if all(isinstance(one.scope, OneOccurrence) for one in whom):
            return [occurrence]
        after = self.tools.now() - self.tools.policy.graces.after
        planned = await work.meetings.planned_of(occurrence.meeting, ending_after=after)
        others = [one for one in planned if one.id != occurrence.id]
        covered = [one for one in others if any(guest.covers(one) for guest in whom)]
        return sorted([occurrence, *covered], key=lambda one: one.id)

    async def extend(
        self, work: UnitOfWork, occurrence: Occurrence, whom: Sequence[Invitation], by: timedelta
    ) -> list[Invitation]:
        """Extend invitations beyond the meeting's own window. Raises InvitationRefused."""
        now = self.tools.now()
        if occurrence.state is not OccurrenceState.PLANNED:
            raise _closed(occurrence)
        graces = self.tools.policy.graces
        later = [one.extended(by, occurrence, graces, now) for one in whom]
        for one in later:
            if one.until is not None and one.until > occurrence.end + self.tools.policy.longest:
                raise InvitationRefused(
                    reason="extend-far", hours=_hours(self.tools.policy.longest)
                )
        for one in later:
            await work.invitations.save(one)
        await arm(work, occurrence, self.tools.policy, now)
        await tell_guests(work, occurrence, now, {one.id for one in later})
        await refresh_card(work, occurrence.id)
        return later

    async def find(
        self, work: HasInvitations, occurrence: Occurrence, words: str
    ) -> Sequence[Invitation]:
        """Return the invitations that an address, a name or a part of one means.

        Never withdrawn ones. Raises GuestUnknown, GuestAmbiguous.
        """
        exact, partly = meant(await _coming(work, occurrence), words)
        found = exact or partly
        if not found:
            raise GuestUnknown(words=words)
        if len(found) > 1:
            names = sorted(
                (one.email or one.name for one in found), key=lambda name: "@" not in name
            )
            raise GuestAmbiguous(words=words, names=", ".join(names[:5]), first=names[0])
        return found

    async def find_exactly(
        self, work: HasInvitations, occurrence: Occurrence, words: str
    ) -> Sequence[Invitation]:
        """Return the one invitation with this address or name; reveal nothing of any others."""
        exact, _ = meant(await _coming(work, occurrence), words)
        if len(exact) != 1:
            raise GuestUnknown(reason="exact")
        return exact

    async def alive(self, work: HasInvitations, occurrence: Occurrence) -> list[Invitation]:
        """Return the invitations that are neither withdrawn nor over."""
        now, graces = self.tools.now(), self.tools.policy.graces
        known = await work.invitations.of_occurrence(occurrence.id)
        return [one for one in known if one.state(occurrence, graces, now) in LIVING]


async def _tell_alone(
    work: HasOutbox, cause: Cause, secret: type[GuestLink | GuestPin], invitation: Invitation
) -> None:
    """Send a link or a PIN to the inviter alone, once for a cause."""
    if (to := cause.private) is not None:
        await work.outbox.post(
            secret(
                idempotency_key=f"{secret.template}:{cause.key}:{invitation.id}",
                to=to,
                invitation=invitation.id,
                number=invitation.number,
            )
        )


async def _coming(work: HasInvitations, occurrence: Occurrence) -> list[Invitation]:
    known = await work.invitations.of_occurrence(occurrence.id)
    return [one for one in known if one.revoked_at is None]


def _same(known: Sequence[Invitation], guest: Guest) -> Invitation | None:
    for one in known:
        if guest.email and one.email.casefold() == guest.email.casefold():
            return one
        if not guest.email and not one.email and one.name.casefold() == guest.name.casefold():
            return one
    return None


def _closed(occurrence: Occurrence) -> InvitationRefused:
    if occurrence.state is OccurrenceState.CANCELLED:
        return InvitationRefused(reason="cancelled")
    return InvitationRefused(reason="over")


def _hours(span: timedelta) -> int:
    return int(span.total_seconds() // 3600)
