"""Where a command comes from: what every use case needs to know of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from bridge.domain.authority import Membership, Person
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
    at: datetime | None = None
    """When it was sent, as its homeserver says."""
    direct: bool = False
    """Typed in a direct message where its author and Parvis are alone."""
    silent: bool = False
    """Parvis may not write in the salon: nothing may be made that its card would show."""
    prefixed: bool = True
    """It begins with the prefix, as no bot's answer does by chance; not with a mention of us."""
    level: int = 0
    """The author's power level in the salon, from the server's state."""
    present: bool = True
    """Whether the author is in the salon now, from the server's state."""
    corrects: EventId | None = None
    """The line that it corrects: what was said there is what its author sees it as."""
    outside: bool = False
    """Whether the author's homeserver is none of the administrations'."""
    elsewhere: Mapping[SalonId, Membership] = field(default_factory=dict)
    """What the author is in other salons, whose meetings a direct message may be about."""

    @property
    def line(self) -> EventId:
        """The line as its author sees it, however often it was corrected."""
        return self.corrects or self.event

    def person(self, salon: SalonId) -> Person:
        """Return the author as they are in a salon now."""
        here = Membership(self.present, self.level)
        known = here if salon == self.salon else self.elsewhere.get(salon)
        return Person(user=self.by, outside=self.outside, membership=known)

    def answer(self, template: str, facts: Facts | None = None, *, n: int = 0) -> Message:
        """Return an answer to this command; the `n`-th one where it has several.

        In a direct message it may tell of the author's meetings in other salons: it is for the
        author alone, whoever was invited since.
        """
        return Message(
            dedupe=f"answer:{self.event}:{n}",
            template=template,
            salon=self.salon,
            author=self.by,
            alone=self.direct,
            facts=facts or {},
            worth=Worth.ANSWER,
            reply_to=self.line,
            thread=self.thread,
        )

    def reaction(self, key: str) -> Message:
        """Return a reaction to the line, which everybody sees without reading."""
        return Message(
            dedupe=f"reaction:{self.event}",
            template="line.heard",
            salon=self.salon,
            facts={"key": key},
            worth=Worth.ANSWER,
            reply_to=self.event,
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
