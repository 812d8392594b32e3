"""`parvis simulate`: what is to come, as its readers will read it; nothing is claimed or sent."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, cast
from zoneinfo import ZoneInfo

from bot.conversation.wording import Wording
from bot.matrix.events import Account, SalonState
from bot.program.existing import as_it_is
from bot.program.letters import guest_letter
from bot.program.values import drafting_of, mail_sender, policy_of
from bot.program.wiring import open_database
from bridge.clock import Clock, SystemClock
from bridge.domain.codes import Minter
from bridge.domain.message import (
    CalendarPageLink,
    Card,
    CardEdit,
    FeedAddress,
    GuestLink,
    GuestPin,
    HostPageLink,
    OwnReaction,
    ToSalon,
)
from bridge.i18n import Catalogue, Language, catalogues
from bridge.ids import SalonId, UserId
from bridge.ports import UnitOfWork
from bridge.services.foresight.ahead import Foresight
from bridge.services.foresight.foreseen import Foreseen
from bridge.services.invitations.invitations import Invitations
from bridge.services.meetings.lifecycle import Meetings
from bridge.services.seats.end_warnings import Endings
from bridge.services.tools import Tools
from config.settings import Settings

_NOWHERE = SalonId("")
_LONGEST = 100
"""Characters of a text in a line."""


class SpanRefused(Exception):
    """Give two moments, such as 2026-12-01T00:00, the first before the second."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """One thing to come, in words."""

    at: datetime
    """In the zone of its meeting."""
    what: str
    title: str
    to: str
    text: str

    def line(self, words: Catalogue) -> str:
        """Return it as one line."""
        text = " ".join(self.text.split())
        short = text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"
        what = words.text(f"cli.coming.{self.what}")
        parts = (f"{self.at:%Y-%m-%d %H:%M %Z}", what, self.title, self.to, short)
        return "  ".join(part for part in parts if part)

    def json(self) -> Mapping[str, str]:
        """Return it as JSON has it."""
        return {
            "at": self.at.isoformat(),
            "what": self.what,
            "title": self.title,
            "to": self.to,
            "text": self.text,
        }


def moment_of(typed: str, zone: str) -> datetime:
    """Return an ISO moment, in `zone` if it names no offset. Raises SpanRefused."""
    try:
        moment = datetime.fromisoformat(typed)
    except ValueError as error:
        raise SpanRefused(typed) from error
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=ZoneInfo(zone))


async def foreseen(
    settings: Settings, start: str, end: str, *, clock: Clock | None = None
) -> Sequence[Shown]:
    """Return the events to come between two ISO moments. Raises SpanRefused, and as `as_it_is`."""
    zone = settings.meetings.zone
    first, last = moment_of(start, zone), moment_of(end, zone)
    if last <= first:
        raise SpanRefused(f"{start} … {end}")
    clock = clock or SystemClock()
    settings = await as_it_is(settings)
    async with open_database(settings, clock=clock) as store:
        minter = _NoLinks({}, "")
        tools = Tools(store, clock, policy_of(settings))
        invited = Invitations(minter, tools)
        foresight = Foresight(
            tools=tools,
            drafting=drafting_of(settings, tools.policy, minter),
            endings=Endings(tools=tools, media=None, meetings=Meetings(tools), invitations=invited),
        )
        found = await foresight.look(first, last)
        rendering = Rendering(settings, tools, minter)
        async with store.reading() as work:
            return [await rendering.shown(work, one) for one in found]


_UNSAID = (OwnReaction, GuestLink, GuestPin, HostPageLink, CalendarPageLink, FeedAddress)
"""Messages without words, or with a secret."""


class _NoLinks(Minter):
    """Makes no code: an operator who looks ahead needs no key of links, and reads none."""

    def code(self, *_: object) -> str:
        return ""


class _Still:
    """The clock of one message: the moment at which it is sent."""

    def __init__(self, at: datetime) -> None:
        self.at = at

    def now(self) -> datetime:
        return self.at


class _Offline:
    """The account of a bot that asks nobody: it knows of a salon no more than its id."""

    def __init__(self, user: UserId) -> None:
        self.user = user

    async def salon(self, salon: SalonId) -> SalonState:
        # "public": nobody can tell who reads it, so no phone number is shown.
        return SalonState(salon=salon, join_rule="public")

    async def display_name(self, user: UserId) -> str:
        return user


@dataclass(frozen=True, slots=True)
class Rendering:
    """Words what is to come, in the language of its salon, or of direct messages."""

    settings: Settings
    tools: Tools
    minter: Minter

    async def shown(self, work: UnitOfWork, one: Foreseen) -> Shown:
        """Return it in words."""
        language, zone = await self._reader(work, one)
        text, to = await self._text(one), ""
        if one.mail is not None:
            to = one.mail.to
        elif one.message is not None:
            to = one.message.lane
        elif one.meeting is not None:
            to = one.meeting.salon or one.meeting.organiser
        return Shown(
            at=one.at.astimezone(ZoneInfo(zone)),
            what=one.what.value,
            title=_title(one, language),
            to=to,
            text=text,
        )

    async def _reader(self, work: UnitOfWork, one: Foreseen) -> tuple[Language, str]:
        """Return the language and the zone of who reads it."""
        zone = self.settings.meetings.zone if one.occurrence is None else one.occurrence.zone
        if one.message is not None and one.message.confidant is not None:
            zone = await work.agents.zone(one.message.confidant) or zone
        language = Language(self.settings.language)
        salon = None if one.meeting is None else one.meeting.salon
        chosen = None if salon is None else await work.salons.get(salon)
        return (language if chosen is None else chosen.language), zone

    async def _text(self, one: Foreseen) -> str:
        if one.mail is not None:
            return guest_letter(one.mail, sender=mail_sender(self.settings)).subject
        message = one.message
        if message is None or isinstance(message, _UNSAID):
            return ""
        if isinstance(message, CardEdit):  # the same words, whether or not its card was sent
            key, of = message.idempotency_key, message.occurrence
            message = Card(idempotency_key=key, to=message.to, occurrence=of)
        wording = replace(self._wording, tools=replace(self.tools, clock=_Still(one.at)))
        if isinstance(message.to, ToSalon):
            content = await wording.content(message, message.to.salon)
        else:
            confidence = await wording.confidence(message, _NOWHERE)
            content = None if confidence is None else dict(confidence.content)
        return "" if content is None else str(content.get("body", ""))

    @property
    def _wording(self) -> Wording:
        account: Any = _Offline(UserId(self.settings.matrix.user))
        return Wording(
            tools=self.tools,
            account=cast("Account", account),
            catalogues=catalogues(),
            language=Language(self.settings.language),
            minter=self.minter,
            servers=self.settings.matrix.agents,
            door=self.settings.door.public_url,
            prefix=self.settings.matrix.prefix,
        )


def _title(one: Foreseen, language: Language) -> str:
    if one.mail is not None:
        return one.mail.title
    if one.meeting is None:
        return ""
    title = one.meeting.title if one.occurrence is None else one.occurrence.titled(one.meeting)
    return title or catalogues()[language].text("meeting.untitled")


def as_text(found: Sequence[Shown], words: Catalogue) -> str:
    """Return the lines of all, or a line that says that there is nothing."""
    return "\n".join(one.line(words) for one in found) or words.text("cli.coming.nothing")


def as_json(found: Sequence[Shown], _: Catalogue) -> str:
    """Return a JSON array of all."""
    return json.dumps([one.json() for one in found], ensure_ascii=False, indent=2)
