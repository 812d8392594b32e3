"""A series planned in French: one date moves, is cancelled and comes back, and all follows.

The date moves to less than a quarter of an hour from now, so that its guest is told at once; the
door opens ten minutes before, and is not open yet. Nothing else depends on the hour of the play.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import aiohttp

from bridge.clock import SystemClock
from tests.sandbox.ahead import BEFORE, Filed, coming
from tests.sandbox.guest import Guest, Page
from tests.sandbox.story import (
    Cast,
    expect,
    head,
    is_card,
    link_in,
    opening,
    when,
)
from tests.servers.smtp import Mail

GUEST = "hugo@partenaire.example"
TITLE = "Point d’équipe"
_PARIS = ZoneInfo("Europe/Paris")
_DAYS = ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche")
_IN_RULES = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_WEEK, _HOUR, _NEAR = timedelta(days=7), timedelta(hours=1), timedelta(minutes=14)


@dataclass(slots=True)
class SeriesPlay:
    """The series, and the page that its guest keeps open."""

    cast: Cast
    hugo: Guest
    first: datetime
    """Its first date, as planned: the day after tomorrow at nine."""
    moved: datetime
    """The time to which that date moves."""
    card: str = ""
    page: Page = field(default_factory=lambda: Page("", 0, ""))


async def play(cast: Cast) -> None:
    """Play the scenes; raises at the first promise that does not hold."""
    now = SystemClock().now()
    day = now.astimezone(_PARIS).date() + timedelta(days=2)
    near = (now.astimezone(UTC) + _NEAR).replace(second=0, microsecond=0)
    async with aiohttp.ClientSession() as session:
        first, moved = datetime.combine(day, time(9), _PARIS), near.astimezone(_PARIS)
        scenes = SeriesPlay(cast, Guest(session), first, moved)
        await _planned(scenes)
        await _invited(scenes)
        await _moves(scenes)
        await _cancelled(scenes)
        await _restored(scenes)


async def _planned(scenes: SeriesPlay) -> None:
    tell, alice = scenes.cast.tell, scenes.cast.alice
    tell.scene("Alice planifie une série d’une phrase, avec un partenaire")
    rule = f"tous les {_DAYS[scenes.first.weekday()]}s"
    line = f"!visio {rule} à 9h « {TITLE} » avec {GUEST}"
    tell.say("Alice", line)
    with tell.step("Alice", "lit la règle et les premières dates") as seen:
        await alice.send(scenes.cast.salon, line)
        answer = await alice.wait_for(lambda event: f"« {TITLE} » revient" in event.body)
        seen.words = answer.body
    expect(rule in answer.body, "the answer has the rule in words")
    with tell.step("Alice", "voit la carte de la première date") as seen:
        card = await alice.wait_for(lambda event: is_card(event, TITLE))
        seen.words = head(card)
    expect(when(scenes.first) in card.body, "the card has the first date")
    scenes.card = card.event


async def _invited(scenes: SeriesPlay) -> None:
    tell = scenes.cast.tell
    with tell.step("Hugo", "reçoit le mail ; son agenda y lit toute la série") as seen:
        letter = await scenes.cast.world.mail.wait_for(lambda one: GUEST in one.recipients)
        filed = Filed.of(letter)
        seen.words = f"{letter.subject}\nRRULE:{filed.text('RRULE')}"
    rule = f"FREQ=WEEKLY;BYDAY={_IN_RULES[scenes.first.weekday()]}"
    expect(filed.text("RRULE") == rule, "the mail has the rule")
    expect(filed.at("DTSTART") == scenes.first, "the mail has the first date")
    with tell.step("Hugo", "lit sur sa page quand revenir") as seen:
        scenes.page = await scenes.hugo.enter(link_in(letter), "Hugo Petit")
        seen.words = opening(scenes.page)
    expect(when(scenes.first - BEFORE) in seen.words, "the window is that of the first date")
    await _foresees(scenes, scenes.first)


async def _moves(scenes: SeriesPlay) -> None:
    tell = scenes.cast.tell
    tell.scene("Elle en déplace une date : carte, page, mail et rappel suivent")
    line = f"!visio déplacer au {scenes.moved:%d/%m/%Y à %Hh%M}"
    # Late in the evening it ends on another day, which is then told before the hour.
    await _changes(scenes, line, said="est déplacée", shown=f"{when(scenes.moved)}–")
    with tell.step("Hugo", "reçoit le mail ; son agenda déplace cette date") as seen:
        letter = await scenes.cast.world.mail.wait_for(_about("Déplacée"))
        filed, before = Filed.of(letter), Filed.of(_letters(scenes)[0])
        about = f"RECURRENCE-ID:{filed.text('RECURRENCE-ID')}, SEQUENCE:{filed.text('SEQUENCE')}"
        seen.words = f"{letter.subject}\n{about}"
    expect(filed.text("UID") == before.text("UID"), "the mail is about the same event")
    expect(int(filed.text("SEQUENCE")) > int(before.text("SEQUENCE")), "it is an update")
    expect(filed.at("RECURRENCE-ID") == scenes.first, "the mail is about the first date")
    expect(filed.at("DTSTART") == scenes.moved, "the mail has the new time")
    await _opens(scenes, "lit sur sa page, restée ouverte, quand revenir")
    await _foresees(scenes, scenes.moved)


async def _cancelled(scenes: SeriesPlay) -> None:
    scenes.cast.tell.scene("Elle annule cette date")
    await _changes(scenes, "!visio annuler", said="est annulée", shown="État : annulée")
    with scenes.cast.tell.step("Hugo", "le lit sur sa page") as seen:
        page = await scenes.hugo.again(scenes.page.url)
        seen.words = next((line for line in page.text.splitlines() if "annulée" in line), "")
    expect(seen.words, "the page says that the date is cancelled")
    with scenes.cast.tell.step("Hugo", "reçoit aussitôt le mail : elle allait commencer") as seen:
        letter = await scenes.cast.world.mail.wait_for(_about("Annulée"))
        seen.words = letter.subject
    await _foresees(scenes, None)


async def _restored(scenes: SeriesPlay) -> None:
    scenes.cast.tell.scene("Elle se reprend : tout revient")
    await _changes(scenes, "!visio rétablir", said="est rétablie", shown="État : prévue")
    await _opens(scenes, "lit de nouveau quand revenir")
    with scenes.cast.tell.step(
        "Hugo", "reçoit le mail ; son agenda montre de nouveau la date"
    ) as seen:
        letter = await scenes.cast.world.mail.wait_for(_about("La réunion a lieu"))
        seen.words = letter.subject
    expect(Filed.of(letter).at("DTSTART") == scenes.moved, "the mail has the moved date")
    await _foresees(scenes, scenes.moved)
    expect(len(_letters(scenes)) == 4, "one mail for each change, no more")


async def _changes(scenes: SeriesPlay, line: str, *, said: str, shown: str) -> None:
    """Type a line in reply to the card, and wait for the answer and the card."""
    tell, alice, salon = scenes.cast.tell, scenes.cast.alice, scenes.cast.salon
    earlier = {event.event for event in alice.history(salon)}
    tell.say("Alice", f"répond à la carte : {line}")
    with tell.step("Alice", "lit ce qui est fait") as seen:
        reply = {"m.relates_to": {"m.in_reply_to": {"event_id": scenes.card}}}
        await alice.send(salon, line, extra=reply)
        answer = await alice.wait_for(
            lambda event: event.event not in earlier and said in event.body
        )
        seen.words = answer.body
    with tell.step("Alice", "voit la carte suivre") as seen:
        edit = await alice.wait_for(
            lambda event: (
                event.event not in earlier and event.replaces == scenes.card and shown in event.body
            )
        )
        seen.words = head(edit)


async def _opens(scenes: SeriesPlay, promise: str) -> None:
    with scenes.cast.tell.step("Hugo", promise) as seen:
        scenes.page = await scenes.hugo.again(scenes.page.url)
        seen.words = opening(scenes.page)
    expect(when(scenes.moved - BEFORE) in seen.words, "the window is that of the moved date")


async def _foresees(scenes: SeriesPlay, date: datetime | None) -> None:
    """Show what is to come of the first date, now at `date` or cancelled, and of the second."""
    second = scenes.first + _WEEK
    begin, end = scenes.moved - _HOUR, second + _HOUR
    with scenes.cast.tell.step("Parvis", "montre ce qui viendra (parvis simulate)") as seen:
        ahead = await coming(scenes.cast, TITLE, begin, end)
        seen.words = ahead.words
    ahead.holds([second] if date is None else [date, second])
    expect(ahead.mails() == [], "of a date that is near a guest hears at once")


def _about(subject: str) -> Callable[[Mail], bool]:
    return lambda letter: GUEST in letter.recipients and letter.subject.startswith(subject)


def _letters(scenes: SeriesPlay) -> list[Mail]:
    return scenes.cast.world.mail.to(GUEST)
