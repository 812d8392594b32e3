"""Turns messages, kept as data, into Matrix content: when they are sent, never before."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TypeAlias, assert_never
from uuid import UUID

from bot.conversation.card_times import second_zone
from bot.conversation.cards import CardFacts, card
from bot.conversation.content import Content, Spoken, content, edit_content, reaction_content
from bot.conversation.guests import admitted
from bot.conversation.lookalikes import is_homonym
from bot.conversation.older import as_today
from bot.conversation.salon import has_left, may_show_phone, shown_name
from bot.conversation.text import Text, lines, link, pill, say
from bot.matrix.events import Account, Confidence, SalonState, SendLater, SendRefused
from bridge.domain.answer import tally
from bridge.domain.cause import user_of
from bridge.domain.codes import Minter
from bridge.domain.colleague import Colleague
from bridge.domain.invitation import LIVING, Invitation
from bridge.domain.message import (
    CalendarPageLink,
    Card,
    CardEdit,
    Edit,
    FeedAddress,
    GuestLink,
    GuestPin,
    HostPageLink,
    JoinLink,
    LineRef,
    Message,
    MessageRef,
    Notice,
    OfferRef,
    OwnReaction,
    Parameter,
    Prompt,
    QuestionRef,
    Secret,
    Sentence,
    ToPerson,
)
from bridge.domain.names import clean_words, unlinked
from bridge.domain.proof import Proof
from bridge.i18n import Catalogue, Language
from bridge.ids import EventId, InvitationId, OccurrenceId, PartyId, QuestionId, SalonId, UserId
from bridge.ports import UnitOfWork
from bridge.services.answers import of_occurrence
from bridge.services.calendars.links import code_of as calendar_code_of
from bridge.services.feeds.addresses import address_of
from bridge.services.host_page.links import code_of
from bridge.services.scopes import date_of, led_to
from bridge.services.tools import Tools
from bridge.services.visits.proofs import pin_of

_LONGEST_SALON = 60
"""The longest name of a salon in a list."""
Worded: TypeAlias = Spoken | Edit | CardEdit
"""A message that has words."""

_PRIVATELY: Mapping[str, str] = {"guest.waits": "guest.waits-privately"}
"""Sentences that read otherwise to one person alone: in private, reactions answer nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wording:
    """Words messages in the language of their salon; `None` for a message that became obsolete."""

    tools: Tools
    account: Account
    catalogues: Mapping[Language, Catalogue]
    language: Language
    """For salons that chose none, and for direct messages."""
    minter: Minter
    servers: Collection[str]
    door: str
    prefix: str
    """The prefix of commands: sentences show it as `{prefix}`."""
    permalinks: str = "https://matrix.to/#/"

    async def content(self, message: Message, salon: SalonId) -> Content | None:
        """Return the event's content for a message that a salon reads.

        Raises ValueError for one that is for one person alone.
        """
        if message.confidant is not None:
            raise ValueError(f"{message.template} is for one person alone")
        return await self._content(message, salon)

    async def confidence(self, message: Message, place: SalonId) -> Confidence | None:
        """Return the words of a message for one person alone, said in `place`."""
        to = message.confidant
        if to is None:
            raise ValueError(f"{message.template} is for a whole salon")
        of = message.parameters.get("of-salon") if isinstance(message, Notice) else None
        if isinstance(of, str) and await has_left(self.account, to, SalonId(of)):
            return None
        if isinstance(message, Notice | Prompt | Card) and place != message.to.salon:
            message = _out_of_its_salon(message)
        content = await self._content(message, place)
        return None if content is None else Confidence(to=to, content=content)

    async def _content(self, posted: Message, salon: SalonId) -> Content | None:
        message = as_today(posted)
        if message is None:
            return None
        if isinstance(message, OwnReaction):
            return await self._reaction(message)
        state = await self.account.salon(salon)
        async with self.tools.works.reading() as work:
            chosen = await work.salons.get(salon)
            catalogue = self.catalogues[chosen.language if chosen else self.language]
            text = await self._text(work, message, catalogue, state)
            if text is None:
                return None
            if not isinstance(message, Edit | CardEdit):
                return content(await _on_card(work, message, salon), text)
            edited = await _edited(work, message)
            return None if edited is None else edit_content(message, text, edited)

    async def _reaction(self, reaction: OwnReaction) -> Content | None:
        async with self.tools.works.reading() as work:
            event = await _event_of(work, reaction.on)
        return None if event is None else reaction_content(reaction, event)

    async def _text(
        self, work: UnitOfWork, message: Worded, catalogue: Catalogue, state: SalonState
    ) -> Text | None:
        match message:
            case Card() | CardEdit():
                return await self._card(work, message.occurrence, catalogue, state)
            case Notice() | Prompt() | Edit():
                return await self._sentence(work, message, catalogue)
            case (
                GuestLink()
                | GuestPin()
                | HostPageLink()
                | CalendarPageLink()
                | FeedAddress()
                | JoinLink()
            ):
                return await self._secret(work, message, catalogue)
            case _:
                assert_never(message)

    async def _sentence(self, work: UnitOfWork, message: Sentence, catalogue: Catalogue) -> Text:
        parameters = {
            name: await self._parameter(work, catalogue, value)
            for name, value in message.parameters.items()
        }
        asked = _asked(message)
        question = None if asked is None else await work.questions.get(asked)
        if question is not None and isinstance(name := parameters.get("name"), str):
            parameters["name"] = await _apart(work, self.tools, name, question.invitation)
        if "outcome" in parameters:
            parameters["outcome"] = catalogue.text(f"guest.outcome.{parameters['outcome']}")
        key = message.template
        if isinstance(message.to, ToPerson):
            key = _PRIVATELY.get(key, key)
        return self._say(catalogue, key, parameters)

    async def _card(
        self, work: UnitOfWork, card_of: OccurrenceId, catalogue: Catalogue, state: SalonState
    ) -> Text | None:
        occurrence = await work.meetings.occurrence(card_of)
        meeting = None if occurrence is None else await work.meetings.get(occurrence.meeting)
        if occurrence is None or meeting is None:
            return None
        invitations = await work.invitations.of_occurrence(occurrence.id)
        gone = {one.id for one in invitations if one.revoked_at is not None}
        answers = await of_occurrence(work, occurrence.id)
        return card(
            catalogue,
            CardFacts(
                meeting=meeting,
                occurrence=occurrence,
                invitations=invitations,
                answers=tally(one for one in answers if one.who not in gone),
                organiser=await self._person(work, meeting.organiser),
                colleagues=[await self._colleague(work, one) for one in occurrence.colleagues],
                graces=self.tools.policy.graces,
                now=self.tools.now(),
                phone=may_show_phone(state, self.servers),
                prefix=self.prefix,
                mode=self.tools.policy.mode,
                admitted=await admitted(work, occurrence, self.tools.policy),
                presence=await work.presences.get(occurrence.id),
                other_zone=await second_zone(
                    work, meeting, occurrence, default=self.tools.policy.zone
                ),
                series=None if occurrence.original is None else await work.series.get(meeting.id),
            ),
        )

    async def _secret(self, work: UnitOfWork, secret: Secret, catalogue: Catalogue) -> Text | None:
        match secret:
            case GuestLink():
                return await self._link(work, secret, catalogue)
            case GuestPin():
                return await self._pin(work, secret, catalogue)
            case HostPageLink():
                return await self._host(work, secret, catalogue)
            case CalendarPageLink():
                return await self._calendar(work, secret, catalogue)
            case FeedAddress():
                return await self._feed(work, secret, catalogue)
            case JoinLink():
                return await self._join(work, secret, catalogue)
            case _:
                assert_never(secret)

    async def _pin(self, work: UnitOfWork, secret: GuestPin, catalogue: Catalogue) -> Text | None:
        invitation = await _present(work, secret)
        if invitation is None or invitation.proof is not Proof.PIN or invitation.revoked_at:
            return None
        pin = pin_of(invitation, self.minter)
        return say(catalogue, "invite.pin", guest=invitation.shown, pin=f"{pin[:3]} {pin[3:]}")

    async def _link(self, work: UnitOfWork, secret: GuestLink, catalogue: Catalogue) -> Text | None:
        invitation = await _present(work, secret)
        if invitation is None:
            return None
        now, graces = self.tools.now(), self.tools.policy.graces
        occurrence = await led_to(work, invitation, self.tools.policy, now)
        if occurrence is None or invitation.state(occurrence, graces, now) not in LIVING:
            return None
        window = invitation.window(occurrence, graces)
        code = self.minter.code(invitation.id, invitation.number, invitation.key)
        return say(
            catalogue,
            "invite.link",
            guest=invitation.shown,
            link=link(f"{self.door}/j/{code}"),
            window=catalogue.between(window.opens, window.closes, occurrence.zone, now),
        )

    async def _host(
        self, work: UnitOfWork, secret: HostPageLink, catalogue: Catalogue
    ) -> Text | None:
        found = await work.hosts.get(secret.host)
        occurrence = None if found is None else await work.meetings.occurrence(found.occurrence)
        meeting = None if occurrence is None else await work.meetings.get(occurrence.meeting)
        if found is None or occurrence is None or meeting is None or found.user != secret.to.user:
            return None
        title = occurrence.titled(meeting) or catalogue.text("meeting.untitled")
        return say(
            catalogue,
            "host.link",
            title=title,
            link=link(f"{self.door}/h/{code_of(found, self.minter)}"),
        )

    async def _calendar(
        self, work: UnitOfWork, secret: CalendarPageLink, catalogue: Catalogue
    ) -> Text | None:
        found = await work.calendar_links.get(secret.link)
        now = self.tools.now()
        if found is None or found.owner != secret.to.user or not found.is_open(now):
            return None
        code = calendar_code_of(found, self.minter)
        zone = await work.agents.zone(found.owner) or self.tools.policy.zone
        return say(
            catalogue,
            "calendar.link",
            link=link(f"{self.door}/calendar/{code}"),
            until=catalogue.short(found.expires_at, zone, now),
        )

    async def _feed(
        self, work: UnitOfWork, secret: FeedAddress, catalogue: Catalogue
    ) -> Text | None:
        """Word an address, unless its feed was withdrawn before it could be told."""
        feed = await work.feeds.get(secret.feed)
        if feed is None or (feed.agent is not None and feed.agent != secret.to.user):
            return None
        address = link(address_of(feed, self.minter, self.door))
        if feed.agent is not None:
            return self._say(catalogue, "feed.link-own", {"link": address})
        salon = feed.name or catalogue.text("feed.unnamed")
        return self._say(catalogue, "feed.link-salon", {"link": address, "salon": salon})

    async def _join(self, work: UnitOfWork, secret: JoinLink, catalogue: Catalogue) -> Text | None:
        """Word a person's own link to a partner's meeting, unless the grant is over by now."""
        one, now = await work.received_grants.get(secret.received), self.tools.now()
        if one is None or one.grant != secret.grant or one.user != secret.to.user:
            return None
        if not one.is_to_come(now) or one.opens is None or one.closes is None:
            return None
        zone = await work.agents.zone(one.user) or self.tools.policy.zone
        notice = say(catalogue, "join.privacy", link=link(one.privacy)) if one.privacy else ""
        return say(
            catalogue,
            "join.link",
            title=one.title or catalogue.text("meeting.untitled"),
            host=one.host,
            link=link(one.link),
            when=catalogue.between(one.starts or one.opens, one.ends or one.closes, zone, now),
            window=catalogue.between(one.opens, one.closes, zone, now),
            door=catalogue.text("join.waits" if one.waiting_room else "join.walks-in"),
            privacy=notice,
        )

    async def _parameter(self, work: UnitOfWork, catalogue: Catalogue, value: Parameter) -> object:
        match value:
            case {"$person": str(user)} if user_of(PartyId(user)) is not None:
                return await self._person(work, UserId(user))
            case {"salon": str(salon), "told": told, **what}:
                worded = await self._parameter(work, catalogue, told)
                return await self._placed(catalogue, SalonId(salon), worded, what.get("$guest"))
            case {"$phrase": str(key), "facts": dict(inner)}:
                filled = {k: await self._parameter(work, catalogue, v) for k, v in inner.items()}
                return self._say(catalogue, key, filled)
            case {"$people": list(items)} | list(items):
                texts = [await self._parameter(work, catalogue, item) for item in items]
                return _listed(texts) if isinstance(value, list) else _beside(texts)
            case _:
                return await self._kept(work, catalogue, value)

    async def _kept(self, work: UnitOfWork, catalogue: Catalogue, value: Parameter) -> object:
        """Return the words of which the database has the rest."""
        match value:
            case {"$visitor": str(name), "invitation": str(link)}:
                return await _apart(work, self.tools, name, InvitationId(UUID(link)))
            case {"$topics": str(date)}:
                return await _topics(work, OccurrenceId(UUID(date)), catalogue)
            case _:
                return _simple(catalogue, value, self.tools.now())

    def _say(self, catalogue: Catalogue, key: str, parameters: Mapping[str, object]) -> Text:
        return say(catalogue, key, **{"prefix": self.prefix, **parameters})

    async def _placed(
        self, catalogue: Catalogue, salon: SalonId, told: object, guest: object
    ) -> object:
        """Word what depends on a salon's state: a guest's name, or something of that salon."""
        if isinstance(guest, str):
            return await self._guest(catalogue, guest, salon, told)
        return await self._in_salon(catalogue, told, salon)

    async def _guest(self, catalogue: Catalogue, name: str, salon: SalonId, told: object) -> object:
        """Mark a guest if a member has their name, which only the bot knows."""
        try:
            members = (await self.account.salon(salon)).names
        except SendRefused:  # we left that salon, and don't know its members any more
            return told
        return say(catalogue, "guest.homonym", told=told) if is_homonym(name, members) else told

    async def _in_salon(self, catalogue: Catalogue, told: object, salon: SalonId) -> object:
        """Name a salon whose name we can read now."""
        try:
            name = clean_words((await self.account.salon(salon)).name, _LONGEST_SALON)
        except (SendLater, SendRefused):
            return told
        return say(catalogue, "meeting.in-salon", told=told, salon=name) if name else told

    async def _colleague(self, work: UnitOfWork, one: Colleague) -> Text:
        if one.user is not None:
            return await self._person(work, one.user)
        return Text.of(unlinked(one.name) or one.email)

    async def _person(self, work: UnitOfWork, user: UserId) -> Text:
        known = await work.agents.get(user)
        name = known.name if known is not None else await shown_name(self.account, user)
        return pill(user, name, self.permalinks)


async def _present(work: UnitOfWork, secret: GuestLink | GuestPin) -> Invitation | None:
    """Return the invitation whose secret one person is to read, unless it has a newer link."""
    invitation = await work.invitations.get(secret.invitation)
    return invitation if invitation and invitation.number == secret.number else None


async def _topics(work: UnitOfWork, date: OccurrenceId, catalogue: Catalogue) -> Text:
    """Return the topics of a date's meeting on lines of their own, or the word for none."""
    both = await work.meetings.both(date)
    if both is None or not both[0].topics:
        none = catalogue.text("meeting.no-topics")
        return Text.of(f" {none}")
    rows = [Text.of(unlinked(row)) for row in both[0].topics.split("\n")]
    return lines([Text.of(""), *rows])


async def _on_card(work: UnitOfWork, message: Spoken, salon: SalonId) -> Spoken:
    """Return the topics of a date in its card's thread, which is there by now."""
    match message:
        case Notice(thread=None, parameters={"topics": {"$topics": str(date)}}):
            both = await work.meetings.both(OccurrenceId(UUID(date)))
            if both is not None and both[0].salon == salon:
                return replace(message, thread=both[1].card)
    return message


def _out_of_its_salon(message: Notice | Prompt | Card) -> Notice | Prompt | Card:
    """Return a message for another place: neither a reply nor a thread can leave its salon."""
    if isinstance(message, Notice):
        return replace(message, reply_to=None, thread=None)
    return replace(message, thread=None)


async def _apart(work: UnitOfWork, tools: Tools, name: str, link: InvitationId) -> str:
    """Return a name that a guest typed, with their address if another guest has the same name."""
    one = await work.invitations.get(link)
    if one is None or not one.email:
        return name
    date = await date_of(work, one, tools.policy, tools.now())
    if date is None:
        return name
    invited = await work.invitations.of_occurrence(date)
    visits = await work.visits.of_occurrence(date)
    others = [other.name for other in invited if other.id != link]
    others += [visit.name for visit in visits if visit.invitation != link]
    shared = name.casefold() in {other.casefold() for other in others}
    return f"{name} ({one.email})" if shared else name


def _asked(message: Sentence) -> QuestionId | None:
    match message:
        case Prompt(about=QuestionRef(question)) | Edit(of=QuestionRef(question)):
            return question
        case _:
            return None


async def _edited(work: UnitOfWork, edit: Edit | CardEdit) -> EventId | None:
    """Return the event that an edit replaces, once it has been sent."""
    if isinstance(edit, Edit):
        return await _event_of(work, edit.of)
    occurrence = await work.meetings.occurrence(edit.occurrence)
    return None if occurrence is None else occurrence.card


async def _event_of(
    work: UnitOfWork, ref: QuestionRef | OfferRef | MessageRef | LineRef
) -> EventId | None:
    """Return the event of a message, once it has been sent."""
    match ref:
        case QuestionRef():
            question = await work.questions.get(ref.question)
            return None if question is None else question.notice
        case OfferRef():
            offer = await work.offers.get(ref.offer)
            return None if offer is None else offer.notice
        case MessageRef():
            return await work.outbox.event_of(ref.idempotency_key)
        case LineRef():
            return ref.event
        case _:
            assert_never(ref)


_read = datetime.fromisoformat


def _simple(catalogue: Catalogue, value: Parameter, now: datetime) -> object:
    match value:
        case {"$link": str(url)}:
            return link(url)
        case {"$person": str(party)} if party.startswith("partner:"):
            return party.partition("//")[2]
        case {"$person": str(party)}:  # without an account
            return catalogue.text(f"party.{party}")
        case _:
            return _time(catalogue, value, now)


def _time(catalogue: Catalogue, value: Parameter, now: datetime) -> object:
    match value:
        case {"$at": str(at), "zone": str(zone)}:
            return catalogue.short(_read(at), zone, now)
        case {"$when": [str(start), str(end)], "zone": str(zone)}:
            return catalogue.when(_read(start), _read(end), zone)
        case {"$between": [str(start), str(end)], "zone": str(zone)}:
            return catalogue.between(_read(start), _read(end), zone, now)
        case _:
            return _apart_from_now(catalogue, value)


def _apart_from_now(catalogue: Catalogue, value: Parameter) -> object:
    match value:
        case {"$hours": [str(start), str(end)], "zone": str(zone)}:
            return catalogue.times(_read(start), _read(end), zone)
        case {"$day": str(at), "zone": str(zone)}:
            return catalogue.date(_read(at), zone)
        case {"$zone": str(zone)}:
            return catalogue.zone(zone)
        case _:
            return _quantity(catalogue, value)


def _quantity(catalogue: Catalogue, value: Parameter) -> object:
    match value:
        case {"$span": float(seconds) | int(seconds)}:
            return catalogue.span(timedelta(seconds=seconds))
        case {"$seconds": float(seconds) | int(seconds)}:
            return catalogue.seconds(timedelta(seconds=seconds))
        case {"$number": int(many)}:
            return catalogue.number(many)
        case _:
            return value


def _texts(items: list[object]) -> list[Text]:
    return [item if isinstance(item, Text) else Text.of(str(item)) for item in items]


def _beside(items: list[object]) -> Text:
    texts = _texts(items)
    return Text(", ".join(one.plain for one in texts), ", ".join(one.html for one in texts))


def _listed(items: list[object]) -> Text:
    texts = _texts(items)
    rows = "".join(f"<li>{text.html}</li>" for text in texts)
    plain = "".join("\n- " + text.plain.replace("\n", "\n  ") for text in texts)
    return Text(plain, f"<ul>{rows}</ul>")
