"""The outcome of every request: read from salons, mailboxes, Visio and the database."""

import asyncio
import contextlib
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from benchmarks.statistics import percentile
from tests.e2e.house import House, Salon
from tests.e2e.storm.agendas import Agenda
from tests.e2e.storm.fates import Kills
from tests.e2e.storm.stage import Stage
from tests.e2e.storm.story import (
    AFTER,
    PARIS,
    CalendarStory,
    PlannedStory,
    Story,
    moment_of,
    replied_to,
)
from tests.servers.smtp import Mail

LASTS = 90 * 60
"""Seconds of a meeting of an hour that was prolonged once."""
LEADS = ("Invitation : ", "Lien valable ")
"""Mails with a link. Where the server took the first and lost it, the next one brings it."""
UNKEPT = timedelta(seconds=2)
"""A sender killed so soon after it read the answer may not have kept it."""
FOLLOWS = 300.0
"""Seconds within which a calendar and its meetings agree once all is calm."""
_STATES = (
    "SELECT m.title, o.starts_at, o.ends_at, m.room_url, i.revoked_at IS NOT NULL,"
    " (SELECT count(*) FROM visits v WHERE v.invitation = i.id), o.state FROM meetings m"
    " JOIN occurrences o ON o.meeting = m.id JOIN invitations i ON i.meeting = m.id"
)


@dataclass(slots=True)
class Verdict:
    """Counts; a list names what is wrong, for whoever looks into it."""

    commands: int = 0
    forms: int = 0
    mails: int = 0
    events: int = 0
    """In the organiser's calendar."""
    lost: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    orphaned: int = 0
    twice: int = 0
    """Copies of mails beyond the first."""
    unheard: int = 0
    """Of these those whose earlier copy's answer never reached its sender."""
    unkept: int = 0
    """Of these those whose sender was killed before it kept the answer."""
    first_answers: list[float] = field(default_factory=list)
    """Seconds from a start to what was said first."""

    @property
    def unexplained(self) -> int:
        """Return how many copies nothing excuses."""
        return self.twice - self.unheard - self.unkept

    @property
    def good(self) -> bool:
        """Tell whether the promise was kept."""
        return not (self.lost or self.doubled or self.wrong or self.unexplained)


async def judged(stage: Stage, stories: Sequence[Story], rooms: int, kills: Kills) -> Verdict:
    """Look everything up; `rooms` is how many Visio had before."""
    verdict = Verdict()
    by_salon: dict[str, list[Story]] = {}
    for story in stories:
        by_salon.setdefault(story.salon.id, []).append(story)
    links: dict[str, str] = {}
    answers: dict[str, str] = {}
    for each in by_salon.values():
        links |= await _said(each[0].salon, each, verdict, answers)
    await _states(stage.house, stories, links, verdict)
    verdict.wrong += await unaudited(stage.house)
    # What was answered tells a line that was refused from one whose effect is gone.
    verdict.wrong = [f"{one}; answered: {answers.get(one.split()[0], '')}" for one in verdict.wrong]
    _mails(stage.house, stories, kills, verdict)
    made = stage.house.world.visio.rooms_created - rooms
    verdict.orphaned = made - len(set(links.values()))
    verdict.first_answers = list(_first_answers(stage.house, kills))
    return verdict


async def _said(
    salon: Salon, stories: Sequence[Story], verdict: Verdict, answers: dict[str, str]
) -> dict[str, str]:
    """Count answers and cards of one salon; return each meeting's link.

    Into `answers` goes what was said of each meeting's extension.
    """
    contents = [content for _, content in await salon.contents()]
    told = {replied_to(content): str(content["body"]) for content in contents}
    replies = Counter(replied_to(content) for content in contents)
    links: dict[str, str] = {}
    for story in stories:
        cards = [
            str(content["body"])
            for content in contents
            if story.title in str(content["body"]) and "Rejoindre" in str(content["body"])
        ]
        _count(f"{story.title} made", len(cards), verdict)
        if cards:
            links[story.title] = _link(cards[0])
        for act in story.ACTS:
            _count(f"{story.title} {act}", replies[story.lines.get(act, "?")], verdict)
        answers[story.title] = told.get(story.lines.get(story.ACTS[1], "?"), "")
        verdict.commands += len(story.lines)
        followed = [
            content
            for content in contents
            if story.name in str(content["body"]) and "a suivi son lien" in str(content["body"])
        ]
        if story.comes:
            verdict.forms += 1
            _count(f"{story.title} announced", len(followed), verdict)
    return links


def _count(what: str, times: int, verdict: Verdict) -> None:
    if times == 0:
        verdict.lost.append(what)
    elif times > 1:
        verdict.doubled.append(f"{what} {times} times")


def _link(card: str) -> str:
    words = [word for word in card.split() if word.startswith("http")]
    return words[0] if words else ""


async def _states(
    house: House, stories: Sequence[Story], links: dict[str, str], verdict: Verdict
) -> None:
    """Compare the database with what was asked, and seen."""
    known = {str(row[0]): row[1:] for row in await house.rows(_STATES)}
    for story in stories:
        if story.title not in known:
            verdict.lost.append(f"{story.title} unknown")
            continue
        start, end, room, revoked, visits, state = known[story.title]
        if room != links.get(story.title):
            verdict.wrong.append(f"{story.title}: {room} and not {links.get(story.title)}")
        if isinstance(story, PlannedStory | CalendarStory):
            hour = f"{moment_of(start).astimezone(PARIS):%Hh}"
            if (hour, state, bool(revoked)) != (AFTER, "planned", False):
                verdict.wrong.append(f"{story.title}: at {hour}, {state}, withdrawn: {revoked}")
            continue
        lasts = (moment_of(end) - moment_of(start)).total_seconds()
        if round(lasts) != LASTS:
            verdict.wrong.append(f"{story.title} lasts {lasts} s")
        if not revoked:
            verdict.wrong.append(f"{story.title}: its guest may still come")
        if story.comes and not story.answered <= int(str(visits)) <= story.tried:
            verdict.wrong.append(
                f"{story.title}: {visits} visits of {story.answered} answered, {story.tried} sent"
            )
        if story.comes and not story.entered:
            verdict.lost.append(f"{story.title}: its guest never came in")


async def agreed(agenda: Agenda, stories: Sequence[Story], verdict: Verdict) -> None:
    """Compare the organiser's calendar with what was asked, once it had the time to follow."""
    planned = [one for one in stories if isinstance(one, PlannedStory | CalendarStory)]
    wanted = {one.title: [int(AFTER.removesuffix("h"))] for one in planned}
    there: dict[str, list[int]] = {}
    with contextlib.suppress(TimeoutError):  # what differs then is counted
        async with asyncio.timeout(FOLLOWS):
            while not wanted.items() <= there.items():
                await asyncio.sleep(1)
                there = {
                    title: [one.start.hour for *_, one in events if not one.cancelled]
                    for title, events in (await agenda.events()).items()
                }
    for story in stories:
        hours = there.get(story.title, [])
        if len(hours) > 1:
            verdict.doubled.append(f"{story.title} {len(hours)} times in the calendar")
        elif story in planned and not hours:
            verdict.lost.append(f"{story.title} in the calendar")
        elif story in planned and hours != wanted[story.title]:
            verdict.wrong.append(f"{story.title}: at {hours[0]}h in the calendar")
        verdict.events += len(hours)


async def unaudited(house: House) -> list[str]:
    """Return faults of the audit: its chain does not hold, or an invitation has not one record."""
    code, said, complaint = await house.world.parvis.run("audit", "verify")
    faults = [] if code == 0 else [f"audit: {said}{complaint}"]
    issued, known = [
        (await house.rows(asked))[0][0]
        for asked in (
            "SELECT count(*) FROM audit WHERE kind = 'invitation.issued'",
            "SELECT count(*) FROM invitations",
        )
    ]
    if issued != known:
        faults.append(f"audit: {issued} invitations issued, and there are {known}")
    return faults


def _mails(house: House, stories: Sequence[Story], kills: Kills, verdict: Verdict) -> None:
    """Count mails: a guest has an invitation and news of it, each by one Message-ID."""
    heard = {id(mail) for mail in house.world.mail.heard}
    for story in stories:
        copies: dict[str, list[Mail]] = {}
        for copy in house.world.mail.to(story.address):
            copies.setdefault(str(copy.message["Message-ID"]), []).append(copy)
        subjects = Counter(first.subject for first, *_ in copies.values())
        invited = any(subject.startswith(LEADS) for subject in subjects)
        verdict.mails += invited
        if not invited:
            verdict.lost.append(f"{story.title} mail")
        elif isinstance(story, PlannedStory | CalendarStory):
            last = max(copies.values(), key=lambda same: same[0].at)[0].subject
            if AFTER not in last or last.startswith("Annul"):
                verdict.wrong.append(f"{story.title}: its guest was told last: {last}")
        verdict.doubled += [f"{story.title} {one}" for one, n in subjects.items() if n > 1]
        for copy in (copy for same in copies.values() for copy in same[:-1]):
            verdict.twice += 1
            if id(copy) not in heard:
                verdict.unheard += 1
            elif any(timedelta(0) <= at - copy.at <= UNKEPT for _, at in kills.died):
                verdict.unkept += 1


def _first_answers(house: House, kills: Kills) -> Iterable[float]:
    """Return for each start how long it took until something was said, if it was."""
    spoken = sorted(
        event.sent_at
        for room in house.alice.nio.rooms
        for event in house.alice.history(room)
        if event.sender == house.world.bot.user
    )
    starts = [at for name, at in kills.born if name in ("parvis", "bot")]
    ends = [at for name, at in kills.died if name in ("parvis", "bot")]
    for start, end in zip(starts, ends, strict=False):
        first = next((at for at in spoken if start < at < end), None)
        if first is not None:
            yield (first - start).total_seconds()


def shown(verdict: Verdict, kills: Kills, stories: Sequence[Story]) -> str:
    """Return the table of one run."""
    answers = verdict.first_answers
    quantiles = (
        f"{percentile(answers, 0.5):.1f} s, {percentile(answers, 0.95):.1f} s" if answers else "–"
    )
    rows = {
        "kills (at a commit)": f"{len(kills.died)} ({kills.at_commits})",
        "commands, forms, mails": f"{verdict.commands}, {verdict.forms}, {verdict.mails}",
        "events in the calendar": verdict.events,
        "asked for again, as told": sum(story.repeated for story in stories),
        "lost": len(verdict.lost),
        "doubled": len(verdict.doubled),
        "wrong": len(verdict.wrong),
        "orphaned rooms": verdict.orphaned,
        "mails twice": verdict.twice,
        "  of these: the answer was lost": verdict.unheard,
        "  of these: killed before it was kept": verdict.unkept,
        "processes that ended by themselves": len(kills.failures),
        "first answer after a start, p50, p95": quantiles,
    }
    width = max(map(len, rows))
    lines = [f"{name:<{width}}  {value}" for name, value in rows.items()]
    return "\n".join([*lines, *verdict.lost, *verdict.doubled, *verdict.wrong, *kills.failures])
