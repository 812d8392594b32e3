"""The line that is offered when guests can't be invited as asked: it keeps their names."""

from collections.abc import Mapping
from zoneinfo import ZoneInfo

from bot.conversation.context import Context
from bot.language.commands.invite import Invite
from bot.language.moments import clear_after, typed
from bridge.domain.meeting import Occurrence
from bridge.domain.proof import Proof
from bridge.i18n import Language

_PROOFS: Mapping[Language, Mapping[Proof | None, str]] = {
    Language.FR: {Proof.MAIL: "avec code", Proof.PIN: "avec pin"},
    Language.EN: {Proof.MAIL: "with code", Proof.PIN: "with pin"},
}
"""The proof asked of guests at the door, as people type it."""


def listed(asked: Invite) -> str:
    """Return all people, as one types them."""
    return ", ".join(one.typed for one in asked.people)


def with_proof(people: str, proof: Proof | None, language: Language) -> str:
    """Return the people of a line with the proof asked of them, as people type it."""
    words = _PROOFS[language].get(proof)
    return people if words is None else f"{people} {words}"


def last_moment(ctx: Context, occurrence: Occurrence) -> str:
    """Return the meeting's end as people type it: a limit that is never refused."""
    zone = ZoneInfo(occurrence.zone)
    end = clear_after(occurrence.end.astimezone(zone).replace(tzinfo=None), zone)
    return typed(end, now=ctx.now, zone=zone, language=ctx.salon.language)
