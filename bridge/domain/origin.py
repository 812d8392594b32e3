"""Where a command comes from: what every use case needs to know of it."""

from dataclasses import dataclass

from bridge.domain.message import Facts, Message, Worth
from bridge.ids import EventId, SalonId, UserId


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """A command's event, its author and the place where answers belong."""

    event: EventId
    salon: SalonId
    by: UserId
    thread: EventId | None = None
    about: EventId | None = None
    """The event it replies to: a card, perhaps."""
    direct: bool = False
    """Typed in a direct message with Parvis."""
    prefixed: bool = True
    """It begins with the prefix, as no bot's answer does by chance; not with a mention of us."""
    level: int = 0
    """The author's power level in the salon, from the server's state."""

    def answer(self, template: str, facts: Facts | None = None, *, n: int = 0) -> Message:
        """Return an answer to this command; the `n`-th one where it has several."""
        return Message(
            dedupe=f"answer:{self.event}:{n}",
            template=template,
            salon=self.salon,
            facts=facts or {},
            worth=Worth.ANSWER,
            reply_to=self.event,
            thread=self.thread,
        )

    def privately(self, template: str, facts: Facts | None = None, *, n: int = 0) -> Message:
        """Return an answer that only the author reads, by direct message."""
        return Message(
            dedupe=f"direct:{self.event}:{n}",
            template=template,
            user=self.by,
            facts=facts or {},
            worth=Worth.ANSWER,
            rings=(self.by,),
        )
