"""The line that is offered where guests can't be invited as they were: it keeps who was named."""

from collections.abc import Mapping
from zoneinfo import ZoneInfo

from bot.commands.context import Context
from bot.language.command import Invite
from bot.language.moments import clear_after, typed
from bridge.domain.meeting import Occurrence
from bridge.domain.proof import Proof
from bridge.i18n import Language

_PROOFS: Mapping[Language, Mapping[Proof | None, str]] = {
    Language.FR: {Proof.MAIL: "avec code", Proof.PIN: "avec pin"},
    Language.EN: {Proof.MAIL: "with code", Proof.PIN: "with pin"},
}
"""What is asked of guests at the door, as one types it."""


def listed(asked: Invite) -> str:
    """Return all people as one types them."""
    return ", ".join(one.typed for one in asked.people)


def with_proof(people: str, proof: Proof | None, language: Language) -> str:
    """Return whom a line invites with what is asked of them, as one types it."""
    words = _PROOFS[language].get(proof)
    return people if words is None else f"{people} {words}"


def last_moment(ctx: Context, occurrence: Occurrence) -> str:
    """Return the meeting's end as one types it: a limit that is never refused."""
    zone = ZoneInfo(occurrence.zone)
    end = clear_after(occurrence.end.astimezone(zone).replace(tzinfo=None), zone)
    return typed(end, now=ctx.now, zone=zone, language=ctx.salon.language)
