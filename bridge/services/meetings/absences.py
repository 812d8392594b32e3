"""Organisers who left the salon: its moderators are told how a meeting gets another one."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from bridge.domain.meeting import Meeting, Occurrence
from bridge.domain.message import Notice, Parameter, ToSalon, person, phrase
from bridge.ids import MeetingId, SalonId, UserId
from bridge.ports.work import HasMeetings, TellsOfMeetings
from bridge.services.naming import titled
from bridge.services.tools import Tools

_SHOWN = 10
"""The most meetings that one message names."""


@dataclass(frozen=True, slots=True)
class Absences:
    """Notices that an organiser is no longer there. Nothing is cancelled."""

    tools: Tools

    async def any_meeting(self, work: HasMeetings, salon: SalonId) -> bool:
        """Tell whether a salon has a meeting in progress or to come."""
        return bool(await work.meetings.of_salon(salon, ending_after=self.tools.now(), most=1))

    async def note(
        self,
        work: TellsOfMeetings,
        salon: SalonId,
        departed: Collection[UserId],
        moderators: Sequence[UserId],
    ) -> None:
        """Tell a salon's moderators once which organisers have left it, and what to type.

        Of one who came back, and leaves again, they are told again. After a salon's upgrade an
        organiser who has not come to its successor has not left it.
        """
        found = await work.meetings.of_salon(salon, ending_after=self.tools.now())
        first: dict[MeetingId, tuple[Meeting, Occurrence]] = {}
        for meeting, occurrence in found:
            first.setdefault(meeting.id, (meeting, occurrence))
        fresh: dict[UserId, list[tuple[Meeting, Occurrence]]] = {}
        for meeting, occurrence in first.values():
            gone = meeting.organiser if meeting.organiser in departed else None
            if gone == meeting.missing:
                continue
            await work.meetings.save(replace(meeting, missing=gone))
            if gone is not None:
                fresh.setdefault(gone, []).append((meeting, occurrence))
        for user, about in fresh.items():
            at = self.tools.now().isoformat()
            await work.outbox.post(_absent(user, about, moderators, key=f"{about[0][0].id}:{at}"))


def _absent(
    user: UserId,
    about: Sequence[tuple[Meeting, Occurrence]],
    moderators: Sequence[UserId],
    *,
    key: str,
) -> Notice:
    """Return one message: about one meeting in answer to its card, or with a row for each."""
    meeting, occurrence = about[0]
    assert meeting.salon is not None
    parameters: dict[str, Parameter] = {"organiser": person(user)}
    alone = len(about) == 1
    if alone:
        parameters["title"] = titled(meeting)
    else:
        parameters["rows"] = [_row(one) for one, _ in about[:_SHOWN]]
    return Notice(
        idempotency_key=f"absent:{user}:{key}",
        to=ToSalon(salon=meeting.salon, account=meeting.account),
        template="organiser.absent" if alone else "organiser.absent-several",
        parameters=parameters,
        mentions=tuple(moderators),
        reply_to=occurrence.card if alone else None,
        thread=meeting.thread if alone else None,
    )


def _row(meeting: Meeting) -> Parameter:
    if meeting.title:
        return phrase("organiser.absent-row", {"title": meeting.title})
    return phrase("organiser.absent-untitled")
