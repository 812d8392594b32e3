"""The card: the one message that shows an occurrence, from the database's rows."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.conversation.card_times import again, when
from bot.conversation.guests import NOBODY, Admitted, leads, state_key
from bot.conversation.text import Text, blocks, bullets, lines, link, say
from bridge.domain.admission import REDIRECT, AdmissionMode
from bridge.domain.answer import NO_ANSWERS, Tally
from bridge.domain.course import stays_until
from bridge.domain.invitation import Invitation, has_namesake
from bridge.domain.meeting import AccessLevel, Meeting, Occurrence, OccurrenceState
from bridge.domain.names import unlinked
from bridge.domain.presence import Presence
from bridge.domain.scope import WholeSeries
from bridge.domain.series import Series
from bridge.domain.window import Graces, Phase, Window, window_of
from bridge.i18n import Catalogue

_SHORTEST = timedelta(minutes=1)
"""A card never says that a meeting lasted less."""
_MENTIONED = 5
"""The most colleagues that a card names."""
_LIVE = frozenset({"open", "running", "waiting", "deserted"})
"""The states that a card replaces with the people who are there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CardFacts:
    """The facts that a card shows."""

    meeting: Meeting
    occurrence: Occurrence
    invitations: Sequence[Invitation]
    organiser: Text
    graces: Graces
    now: datetime
    phone: bool
    """The salon is small and without anybody from outside, so dial-in may be shown."""
    prefix: str
    """The prefix of commands."""
    mode: AdmissionMode = REDIRECT
    admitted: Admitted = NOBODY
    presence: Presence | None = None
    """The people there now and earlier; `None` before anybody came, or if we can't know."""
    colleagues: Sequence[Text] = ()
    """Agents who are expected."""
    answers: Tally = NO_ANSWERS
    """How many of those who are invited answered what."""
    other_zone: str | None = None
    """The zone of the organiser or the salon whose clocks show other times."""
    series: Series | None = None
    """The series of which the occurrence is one date."""


def card(catalogue: Catalogue, facts: CardFacts) -> Text:
    """Return the card's words; the plain text alone says everything."""
    meeting, occurrence = facts.meeting, facts.occurrence
    head = lines(
        [
            _title(catalogue, meeting, facts.occurrence),
            _when(catalogue, facts),
            again(catalogue, facts.series, occurrence),
            _standing(catalogue, facts),
            _colleagues(catalogue, facts.colleagues),
            _answers(catalogue, facts),
        ]
    )
    guests = _guests(catalogue, facts)
    if occurrence.state is not OccurrenceState.PLANNED:
        return blocks([head, _ended(catalogue, facts), *guests])
    # After an invitation people know how to act on a meeting, and a card must stay short.
    hint = None if guests else say(catalogue, "card.hint", prefix=facts.prefix)
    return blocks([head, _join(catalogue, facts), *guests, hint])


def _title(catalogue: Catalogue, meeting: Meeting, occurrence: Occurrence) -> Text:
    if title := occurrence.titled(meeting):
        return say(catalogue, "card.titled", title=title)
    return say(catalogue, "card.untitled")


def _when(catalogue: Catalogue, facts: CardFacts) -> Text:
    one = facts.occurrence
    times = when(catalogue, facts.meeting, one, facts.other_zone)
    if one.state is not OccurrenceState.PLANNED:
        return say(catalogue, "card.when-over", when=times, organiser=facts.organiser)
    span = catalogue.span(one.end - one.start)
    return say(catalogue, "card.when", when=times, span=span, organiser=facts.organiser)


def _standing(catalogue: Catalogue, facts: CardFacts) -> Text:
    """Return the state, and the people who are or were there."""
    state = say(catalogue, f"card.state.{_worded(facts)}")
    there = facts.presence
    if there is None:
        return state
    if there.closed_at is None:
        return _live(catalogue, facts, there)
    length = catalogue.span(max(there.length(facts.now), _SHORTEST))
    most = catalogue.count("people.count", there.peak)
    return say(catalogue, "card.lasted", state=state, span=length, people=most)


def _live(catalogue: Catalogue, facts: CardFacts, there: Presence) -> Text:
    people = catalogue.count("people.count", there.people)
    state = _state(facts)
    if state not in _LIVE:
        over = say(catalogue, f"card.state.{_worded(facts)}")
        return say(catalogue, "card.still", state=over, people=people) if there.people else over
    if not there.people:
        return say(catalogue, "card.state.deserted")
    since = catalogue.short(there.began_at, facts.occurrence.zone, facts.now)
    if not there.guests:
        return say(catalogue, "card.state.live", people=people, since=since)
    guests = catalogue.count("people.outside", there.guests)
    return say(catalogue, "card.state.live-guests", people=people, guests=guests)


def _state(facts: CardFacts) -> str:
    occurrence = facts.occurrence
    if occurrence.state is not OccurrenceState.PLANNED:
        return occurrence.state.value
    if occurrence.end <= facts.now:
        phase = window_of(occurrence, facts.graces).phase(facts.now)
        return "over" if phase is Phase.AFTER else "open"
    if occurrence.start <= facts.now:
        return _begun(facts)
    phase = window_of(occurrence, facts.graces).phase(facts.now)
    return "planned" if phase is Phase.BEFORE else "open"


def _worded(facts: CardFacts) -> str:
    """Return the state as people read it: without guests, a meeting is open to nobody."""
    state = _state(facts)
    if state != "open" or any(one.revoked_at is None for one in facts.invitations):
        return state
    return "planned" if facts.now < facts.occurrence.start else "over"


def _begun(facts: CardFacts) -> str:
    """Return the state of a meeting during its time: if we know the people there, they decide."""
    if not facts.mode.ejects:
        return "running"
    return "waiting" if facts.presence is None else "deserted"


def _colleagues(catalogue: Catalogue, expected: Sequence[Text]) -> Text | None:
    if not expected:
        return None
    first, more = expected[:_MENTIONED], len(expected) - _MENTIONED
    named = Text(", ".join(one.plain for one in first), ", ".join(one.html for one in first))
    if more > 0:
        return say(catalogue, "card.colleagues-more", names=named, n=more)
    return say(catalogue, "card.colleagues", names=named)


def _answers(catalogue: Catalogue, facts: CardFacts) -> Text | None:
    """Return how many answered what, while it matters."""
    if facts.occurrence.state is not OccurrenceState.PLANNED:
        return None
    counts = (("yes", facts.answers.yes), ("maybe", facts.answers.maybe), ("no", facts.answers.no))
    told = [catalogue.text(f"card.answers.{name}", n=n) for name, n in counts if n]
    return say(catalogue, "card.answers", answers=", ".join(told)) if told else None


def _join(catalogue: Catalogue, facts: CardFacts) -> Text | None:
    room = facts.occurrence.room_in(facts.meeting)
    if room is None:
        return None
    phone = None
    if room.phone is not None and facts.phone and _state(facts) != "over":
        phone = say(catalogue, "card.phone", number=room.phone.number, pin=room.phone.pin)
    restricted = None
    if room.level is AccessLevel.RESTRICTED:
        restricted = say(catalogue, "card.restricted")
    join = link(room.url, catalogue.text("card.join"), catalogue.text("text.colon"))
    return lines([join, phone, restricted, _one_room(catalogue, facts)])


def _one_room(catalogue: Catalogue, facts: CardFacts) -> Text | None:
    """Return the line about guests of one date who may come to another: nothing ejects them."""
    if facts.series is None or facts.occurrence.apart or facts.mode.ejects:
        return None
    single = any(not isinstance(one.scope, WholeSeries) for one in facts.invitations)
    return say(catalogue, "card.one-room") if single else None


def _ended(catalogue: Catalogue, facts: CardFacts) -> Text | None:
    """Return the line about guests who may still be inside after the end, as long as they may."""
    known, occurrence = facts.invitations, facts.occurrence
    until = stays_until(occurrence, known, facts.mode)
    if until is None or until <= facts.now:
        return None
    return say(catalogue, "card.inside-leaves" if facts.mode.ours else "card.inside-stays")


def _guests(catalogue: Catalogue, facts: CardFacts) -> list[Text]:
    """Return the invited guests: the window of most links is told once, above them."""
    shown = facts.invitations
    if not shown:
        return []
    common = _common(catalogue, facts)
    if common is None:
        head = say(catalogue, "card.guests", n=len(shown))
    else:
        head = say(catalogue, "card.guests-window", n=len(shown), window=common)
    return [head, bullets(_guest_line(catalogue, one, facts, common) for one in shown)]


def _common(catalogue: Catalogue, facts: CardFacts) -> str | None:
    """Return the window to tell above the list: the meeting's if a link has it, or the only one."""
    windows = {_window(catalogue, one, facts) for one in facts.invitations if _leads(one, facts)}
    whole = _stretch(catalogue, window_of(facts.occurrence, facts.graces), facts)
    if whole in windows:
        return whole
    return windows.pop() if len(windows) == 1 else None


def _leads(one: Invitation, facts: CardFacts) -> bool:
    return leads(one, facts.occurrence, facts.graces, facts.now)


def _window(catalogue: Catalogue, one: Invitation, facts: CardFacts) -> str:
    return _stretch(catalogue, one.window(facts.occurrence, facts.graces), facts)


def _stretch(catalogue: Catalogue, window: Window, facts: CardFacts) -> str:
    """Return a window in words, with its days only if they differ from the meeting's."""
    occurrence = facts.occurrence
    return catalogue.between(window.opens, window.closes, occurrence.zone, occurrence.start)


def _guest_line(
    catalogue: Catalogue, one: Invitation, facts: CardFacts, common: str | None
) -> Text:
    """Return one guest with their state, and with their link's window if it is not `common`."""
    key = state_key(one, facts.occurrence, facts.graces, now=facts.now, known=facts.admitted)
    name: Text | str = one.shown or catalogue.text("guest.forgotten")
    if one.name and one.organisation:
        whence = one.email if has_namesake(one, facts.invitations) else one.organisation
        name = Text.of(f"{unlinked(one.name)} ({whence})")
    window = _window(catalogue, one, facts)
    return say(
        catalogue,
        "card.guest-apart" if window != common and _leads(one, facts) else "card.guest",
        guest=name,
        window=window,
        state=catalogue.text(key),
    )
