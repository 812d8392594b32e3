"""Addressees of messages: a salon, an organiser, the actor alone, or nobody."""

from dataclasses import replace

from bridge.domain.cause import user_of
from bridge.domain.invitation import Invitation
from bridge.domain.meeting import Meeting
from bridge.domain.message import Message
from bridge.ids import UserId
from bridge.ports import UnitOfWork


def to_meeting(meeting: Meeting, message: Message) -> Message:
    """Address a message to the meeting's salon; without a salon, to its organiser alone."""
    message = replace(message, account=meeting.account)
    if meeting.salon is not None:
        return replace(message, salon=meeting.salon)
    return replace(message, user=meeting.organiser, author=None)


async def tell(work: UnitOfWork, message: Message | None) -> None:
    """Queue a message; `None` stands for an actor without an account, and queues nothing."""
    if message is not None:
        await work.outbox.post(message)


async def tell_inviter(work: UnitOfWork, invitation: Invitation, message: Message) -> None:
    """Queue a message for an invitation's inviter; if they have no account, for the organiser."""
    user = user_of(invitation.invited_by)
    if user is None:  # only then: a meeting is locked before its rows
        meeting = await work.meetings.get(invitation.meeting)
        user = None if meeting is None else meeting.organiser
    if user is not None:
        await work.outbox.post(replace(message, user=user, mentions=(user,)))


def inviter_of(invitation: Invitation, meeting: Meeting) -> UserId:
    """Return the agent responsible for an invitation: its inviter, otherwise the organiser."""
    return user_of(invitation.invited_by) or meeting.organiser
