"""Mails with a code: they get their words and digits only when they are sent."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import TypeAlias
from uuid import UUID

import structlog

from bridge.domain.agenda import Due, pace
from bridge.domain.codes import Minter
from bridge.domain.invitation import Invitation, Standing
from bridge.domain.proof import LASTS, Challenge
from bridge.errors import MailRefused, MailUnconfirmed, MailUnreachable
from bridge.ids import ChallengeId
from bridge.metrics import Metrics
from bridge.ports import Letter, Post
from bridge.services.telling import tell_inviter
from bridge.services.tools import Tools
from bridge.services.visits.proofs import code_of
from bridge.services.visits.snapshot import admission_of

log = structlog.get_logger()

_OFTEN = timedelta(seconds=30)


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeFacts:
    """The facts of such a mail."""

    to: str = field(repr=False)
    title: str
    code: str = field(repr=False)
    minutes: int
    message_id: str


ComposeCode: TypeAlias = Callable[[CodeFacts], Letter]
"""Words the mail in French and English (`bridge.mail.code`)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeLetters:
    """Sends the codes that guests ask for."""

    tools: Tools
    post: Post
    compose: ComposeCode
    minter: Minter
    domain: str
    """The right-hand side of our Message-IDs."""
    metrics: Metrics | None = None

    async def deliver(self, due: Due) -> datetime | None:
        """Agenda handler: send one code, or return when to retry: its guest is waiting.

        It counts as sent from right before it leaves. If the mail server's answer is lost, we do
        not send it again: the guest, who knows whether it came, asks for another.
        """
        found = await self._load(ChallengeId(UUID(due.key)))
        if found is None:
            return None
        challenge, invitation, letter = found
        try:
            await self.post.send(letter, lambda: self._note(challenge, self.tools.now()))
        except MailRefused:
            self._count("refused")
            await self._failed(challenge, invitation, "refused")
            return None
        except MailUnreachable:
            self._count("unreachable")
            return await self._keep_trying(challenge, invitation)
        except MailUnconfirmed:
            self._count("unconfirmed")
            log.warning("code.unconfirmed", invitation=str(invitation.id))
            return None
        self._count("sent")
        log.info("code.sent", invitation=str(invitation.id))
        return None

    async def _keep_trying(self, challenge: Challenge, invitation: Invitation) -> datetime | None:
        now = self.tools.now()
        waited = now - challenge.asked_at
        if waited >= LASTS:
            self._count("abandoned")
            await self._failed(challenge, invitation, "unreachable")
            return None
        await self._note(challenge, None)
        return now + pace(waited, _OFTEN)

    async def _note(self, challenge: Challenge, sent_at: datetime | None) -> None:
        """Record since when a code may have arrived, if it may."""
        async with self.tools.works() as work:
            present = await work.challenges.get(challenge.id)
            if present is not None and present.sent_at != sent_at:
                await work.challenges.save(replace(present, sent_at=sent_at))

    async def _load(self, wanted: ChallengeId) -> tuple[Challenge, Invitation, Letter] | None:
        async with self.tools.works.reading() as work:
            challenge = await work.challenges.get(wanted)
            if challenge is None or challenge.sent_at is not None or challenge.failed is not None:
                return None
            admission = await admission_of(work, challenge.visit, self.tools.policy)
        if admission is None or challenge.key not in self.minter.keys:
            return None
        if admission.standing(self.tools.now()) is not Standing.PROVING:
            return None  # withdrawn, over, or proved otherwise: the code would open nothing
        invitation = admission.invitation
        letter = self.compose(
            CodeFacts(
                to=invitation.email,
                title=admission.title,
                code=code_of(challenge, self.minter),
                minutes=int(LASTS.total_seconds() // 60),
                message_id=f"<{challenge.id}@{self.domain}>",
            )
        )
        return challenge, invitation, letter

    async def _failed(self, challenge: Challenge, invitation: Invitation, why: str) -> None:
        """Record that no code comes; the guest's page says so, and we tell the inviter."""
        log.warning("code.failed", invitation=str(invitation.id), reason=why)
        async with self.tools.works() as work:
            present = await work.challenges.get(challenge.id)
            if present is not None:
                await work.challenges.save(replace(present, failed=why))
            await tell_inviter(
                work,
                invitation,
                key=f"code-failed:{challenge.id}",
                template="mail.code-failed",
                parameters={"guest": invitation.shown, "email": invitation.email},
            )

    def _count(self, outcome: str) -> None:
        if self.metrics is not None:
            self.metrics.mail(outcome)
