"""Addressees of messages: a salon, an organiser, the actor alone, or nobody."""

from collections.abc import Sequence

from bridge.domain.cause import user_of
from bridge.domain.invitation import Invitation
from bridge.domain.meeting import Meeting
from bridge.domain.message import (
    MessageRef,
    Notice,
    OwnReaction,
    Parameters,
    Place,
    Prompt,
    ToPerson,
    ToSalon,
)
from bridge.ids import UserId
from bridge.ports import CardPlace
from bridge.ports.work import TellsOfMeetings


def to_meeting(meeting: Meeting | CardPlace, *, author: UserId | None = None) -> Place:
    """Return the meeting's salon as an address; without a salon, its organiser alone.

    `author` gets the message by direct message if the salon refuses it.
    """
    if meeting.salon is not None:
        return ToSalon(salon=meeting.salon, account=meeting.account, author=author)
    return ToPerson(user=meeting.organiser, account=meeting.account)


def answers_to(prompt: Prompt, *keys: str) -> Sequence[OwnReaction]:
    """Return our own reactions to a prompt, so that people need only touch them.

    One person alone gets none: in private, reactions answer nothing.
    """
    to = prompt.to
    if not isinstance(to, ToSalon):
        return ()
    return [
        OwnReaction(
            idempotency_key=f"{prompt.idempotency_key}:{key}",
            to=to,
            on=prompt.about,
            key=key,
            priority=prompt.priority,
        )
        for key in keys
    ]


def touches(notice: Notice, *keys: str) -> Sequence[OwnReaction]:
    """Return our own reactions to a notice in a salon, so that people need only touch them.

    A notice that we send of ourselves to one person alone gets none; an answer does.
    """
    to = notice.to
    if isinstance(to, ToPerson):
        return ()
    return [
        OwnReaction(
            idempotency_key=f"{notice.idempotency_key}:{key}",
            to=ToSalon(salon=to.salon, account=to.account),
            on=MessageRef(notice.idempotency_key),
            key=key,
            priority=notice.priority,
        )
        for key in keys
    ]


async def tell_inviter(
    work: TellsOfMeetings,
    invitation: Invitation,
    *,
    key: str,
    template: str,
    parameters: Parameters,
) -> None:
    """Queue a notice for an invitation's inviter; if they have no account, for the organiser.

    `key`: its idempotency key.
    """
    user = user_of(invitation.invited_by)
    if user is None:  # only then: a meeting is locked before its rows
        meeting = await work.meetings.get(invitation.meeting)
        user = None if meeting is None else meeting.organiser
    if user is not None:
        await work.outbox.post(
            Notice(
                idempotency_key=key,
                to=ToPerson(user=user),
                template=template,
                parameters=parameters,
                mentions=(user,),
            )
        )


def inviter_of(invitation: Invitation, meeting: Meeting) -> UserId:
    """Return the agent responsible for an invitation: its inviter, otherwise the organiser."""
    return user_of(invitation.invited_by) or meeting.organiser
