"""The messages that tell of a handover."""

from dataclasses import dataclass

from bridge.domain.meeting import Handover, Meeting
from bridge.domain.message import (
    Notice,
    Parameter,
    Parameters,
    Priority,
    ToPerson,
    address,
    in_salon,
    person,
    phrase,
)
from bridge.errors import (
    VisioError,
    VisioLevelRefused,
    VisioMisconfigured,
    VisioNotDelegated,
    VisioUnconfirmed,
    VisioUnknownAgent,
)
from bridge.ids import UserId
from bridge.ports.work import HasOutbox
from bridge.services.naming import titled
from bridge.services.telling import to_meeting

_WHY: dict[type[VisioError], str] = {
    VisioUnknownAgent: "handing.why-unknown",
    VisioNotDelegated: "handing.why-not-delegated",
    VisioLevelRefused: "handing.why-level",
    VisioMisconfigured: "handing.why-misconfigured",
    VisioUnconfirmed: "handing.why-unconfirmed",
}


@dataclass(frozen=True, slots=True)
class Handed:
    """A handover, done or under way."""

    meeting: Meeting
    """As it is now."""
    former: UserId
    handover: Handover
    told: int = 0
    """The guests whom a mail tells."""
    kept: bool = False
    """Whether a date under way keeps its room."""
    coming: bool = False
    """Whether the dates to come have another room."""
    apart: bool = False
    """Whether they have a room each."""

    @property
    def parameters(self) -> dict[str, Parameter]:
        """The values that fill its sentences in."""
        found: dict[str, Parameter] = {
            "title": titled(self.meeting),
            "organiser": person(self.handover.to),
            "former": person(self.former),
            "back": str(self.former),
        }
        if self.coming and self.meeting.room is not None:
            found["url"] = address(self.meeting.room.url)
        return found


def done(handed: Handed) -> tuple[str, Parameters]:
    """Return the answer that a meeting has another organiser."""
    template = "handing.done-stays"
    if handed.coming:
        template = "handing.done-kept" if handed.kept else "handing.done"
    if handed.coming and handed.apart:
        template = "handing.done-apart-kept" if handed.kept else "handing.done-apart"
    if not handed.told:
        return template, handed.parameters
    answer = phrase(template, handed.parameters)
    return "answer.mailed", {"answer": answer, "n": handed.told}


def why(error: VisioError) -> Parameter:
    """Return the reason why Visio made no room, for the salon."""
    return phrase(_WHY.get(type(error), "handing.why-misconfigured"))


def outcome(
    meeting: Meeting, handover: Handover, told: tuple[str, Parameters], *, step: str
) -> Notice:
    """Return the answer to the line that asked for a handover, once there is one."""
    return Notice(
        idempotency_key=f"handing:{meeting.id}:{handover.key}:{step}",
        to=to_meeting(meeting, author=handover.to),
        template=told[0],
        parameters=told[1],
        priority=Priority.ANSWER,
        mentions=(handover.to,),
        reply_to=handover.line,
        thread=meeting.thread,
    )


async def tell_both(work: HasOutbox, handed: Handed) -> None:
    """Tell the new and the former organiser by direct message; who asked for it has the answer."""
    handover, meeting = handed.handover, handed.meeting
    yours = "handing.yours" if handed.coming else "handing.yours-stays"
    if meeting.room is None:
        yours = "handing.yours-asked"
    for user, template in ((handover.to, yours), (handed.former, "handing.gone")):
        if user == handover.by:
            continue
        parameters = {**handed.parameters, "by": person(handover.by)}
        if meeting.salon is not None:
            parameters["title"] = in_salon(parameters["title"], meeting.salon)
            parameters["of-salon"] = meeting.salon
        await work.outbox.post(
            Notice(
                idempotency_key=f"handed:{meeting.id}:{handover.key}:{user}",
                to=ToPerson(user=user, account=meeting.account),
                template=template,
                parameters=parameters,
                mentions=(user,),
            )
        )
