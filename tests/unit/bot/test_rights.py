"""Nobody acts on, or reads, a meeting that they have no right to, whatever anybody does."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import timedelta
from itertools import count
from typing import TypeAlias

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.matrix.events import Deleted, MembersChanged, Reaction, Upgraded
from bridge.domain.admission import LIVEKIT
from bridge.domain.host import Deed
from bridge.domain.invitation import Invitation
from bridge.domain.meeting import Meeting, Occurrence, OccurrenceState
from bridge.domain.quota import QuotaLimits
from bridge.domain.seat import Seat
from bridge.ids import EventId, OccurrenceId, SalonId, UserId, VisitId
from bridge.services.host_page.desk import Desks, Opened
from bridge.services.host_page.links import code_of
from bridge.services.invitations.invitations import Guest
from tests.unit.bot.office import ALICE, BOB, PAUL, Office
from tests.wiring import minter

CAROL = UserId("@carol:agent.tchap")
PEOPLE = (ALICE, BOB, CAROL, PAUL)
HOUR = timedelta(hours=1)
VERBS = (
    "terminer",
    "annuler",
    "prolonger 30min",
    "inviter espion@ailleurs.example",
    "retirer tous",
    "invités",
    "lien",
    "admettre",
    "accueil",
)
OWN, PLACES = "own", ("one", "two", "own")
NUMBERS = count()
UNLIMITED = QuotaLimits(**dict.fromkeys((one.name for one in fields(QuotaLimits)), 1_000_000))

who = st.sampled_from(PEOPLE)
Step: TypeAlias = tuple[str, UserId, str, str, str]
steps = st.lists(
    st.tuples(
        st.sampled_from(
            [
                *("says", "says", "says", "says", "kicked", "back", "level", "moves", "reacts"),
                *("page", "undoes", "deletes"),
            ]
        ),
        who,
        st.sampled_from(PLACES),
        st.sampled_from(VERBS),
        st.sampled_from(["", "card", "notice", "forwarded", "other card"]),
    ),
    min_size=20,
    max_size=int(os.environ.get("PARVIS_TEST_STEPS", "60")),
)


@dataclass(frozen=True)
class Known:
    """A meeting as it stands."""

    meeting: Meeting
    occurrence: Occurrence
    invitations: Mapping[object, Invitation]
    seats: Mapping[object, Seat]

    @property
    def seats_free(self) -> bool:
        """Whether nobody was let in and nobody's link withdrawn."""
        withdrawn = any(one.revoked_at is not None for one in self.invitations.values())
        return not self.seats and not withdrawn


@dataclass
class World:
    """Two salons with a meeting each, at whose doors somebody waits."""

    office: Office
    number: int = field(default_factory=lambda: next(NUMBERS))
    pages: dict[UserId, list[Opened]] = field(default_factory=dict)
    notices: dict[str, EventId] = field(default_factory=dict)
    moved: dict[str, int] = field(default_factory=lambda: {"one": 0, "two": 0})
    again: dict[str, int] = field(default_factory=lambda: {"one": 0, "two": 0})
    seen: int = 0

    def place(self, name: str, user: UserId) -> SalonId:
        if name == OWN:
            return SalonId(f"!direct-{user[1:]}")
        return SalonId(f"!{name}{self.number}-{self.moved[name]}:agent.tchap")

    def title(self, name: str) -> str:
        """Return a word that no other meeting has."""
        return f"Titre{name}x{self.number}x"

    def asks(self, name: str) -> str:
        return f"ask-{name}-{self.number}-{self.again[name]}"

    def event(self, name: str) -> EventId:
        return EventId(f"${name}-{self.number}-{next(NUMBERS)}")

    async def begin(self) -> None:
        office = self.office
        office.account.enter(self.place("one", ALICE), [ALICE, BOB, PAUL], levels={BOB: 50})
        office.account.enter(self.place("two", BOB), [BOB, CAROL])
        for user in PEOPLE:
            office.account.enter(self.place(OWN, user), [user], direct=True)
        await self.meet("one")
        await self.meet("two")

    async def meet(self, name: str) -> None:
        """Have a meeting in a salon, at whose door Jean waits."""
        office, user = self.office, {"one": ALICE, "two": BOB}[name]
        place = self.place(name, user)
        self.again[name] += 1
        was, ask = office.account.salons[place], self.asks(name)
        office.state(place, members=was.members | {user})
        await office.says(f"!visio {self.title(name)}", ask, sender=user, salon=place)
        office.account.salons[place] = was
        guest = Guest("Jean", f"jean-{self.title(name).lower()}@partenaire.example")
        (invited,) = await office.house.invited(guest, event=f"inv-{ask}", to=ask)
        await office.house.visited(invited, "Jean")
        await office.flush()
        async with office.house.store.reading() as work:
            (question,) = await work.questions.open(invited.invitation.id)
        assert question.notice is not None
        self.notices[name] = question.notice
        self.seen = len(office.account.sent)

    async def known(self) -> dict[str, Known]:
        found = {}
        async with self.office.house.store.reading() as work:
            for name in ("one", "two"):
                pair = await work.meetings.by_card(EventId(f"${self.asks(name)}"))
                assert pair is not None
                of = pair[1].id
                found[name] = Known(
                    *pair,
                    {one.id: one for one in await work.invitations.of_occurrence(of)},
                    {one.id: one for one in await work.seats.held(of)},
                )
        return found

    # --- what people do -------------------------------------------------------------------------

    async def play(self, step: Step) -> None:
        deed, user, name, verb, to = step
        if (
            deed == "says"
            and user not in self.office.account.salons[self.place(name, user)].members
        ):
            name = OWN
        place = self.place(name, user)
        match deed:
            case "says":
                target = await self.target(name, to)
                line = self.office.line(f"!visio {verb}", self.event("say")[1:])
                await self.office.hears(replace(line, sender=user, salon=place, reply_to=target))
                await self.collect(user)
            case "reacts":
                target = await self.target(name, "notice") or EventId("$none")
                await self.office.hears(
                    Reaction(
                        event=self.event("react"),
                        salon=place,
                        sender=user,
                        sent_at=self.office.house.clock.now(),
                        target=target,
                        key="✅" if verb < "j" else "❌",
                    )
                )
            case "undoes":
                card = await self.target(name, to if "card" in to else "card")
                if card is not None:
                    await self.office.reacts(
                        card, "↩️", self.event("undo")[1:], sender=user, salon=place
                    )
            case "deletes":
                about = {"one": "two", "two": "one", OWN: "two"}[name] if "other" in to else name
                await self.office.hears(
                    Deleted(
                        event=self.event("delete"),
                        salon=place,
                        sender=user,
                        sent_at=self.office.house.clock.now(),
                        target=EventId(f"${self.asks('one' if about == OWN else about)}"),
                    )
                )
            case "page":
                await self.press(user, Deed.ADMIT if verb < "j" else Deed.REFUSE)
            case "moves" if name != OWN:
                await self.moves(name, user, truly=to != "other card")
            case _ if name != OWN:
                await self.changes(deed, user, place)

    async def target(self, name: str, to: str) -> EventId | None:
        other = {"one": "two", "two": "one", OWN: "two"}[name]
        here = "one" if name == OWN else name
        known = await self.known()
        match to:
            case "card":
                return known[here].occurrence.card
            case "other card":
                return known[other].occurrence.card
            case "notice":
                return self.notices[here]
            case "forwarded":
                return self.event("forwarded")
            case _:
                return None

    async def changes(self, deed: str, user: UserId, place: SalonId) -> None:
        state = self.office.account.salons[place]
        levels = {**state.levels, user: 0 if state.level(user) else 50}
        match deed:
            case "kicked":
                self.office.state(place, members=state.members - {user})
            case "back":
                self.office.state(place, members=state.members | {user})
            case _:
                self.office.state(place, levels=levels)
        now = self.office.house.clock.now()
        await self.office.hears(
            MembersChanged(event=self.event("change"), salon=place, sent_at=now)
        )

    async def moves(self, name: str, user: UserId, *, truly: bool) -> None:
        """Upgrade a salon, or close it in favour of one that knows nothing of it."""
        account, old = self.office.account, self.place(name, user)
        if truly:
            self.moved[name] += 1
            was, new = account.salons[old], self.place(name, user)
            account.enter(new, was.members, levels=was.levels, predecessor=old)
        else:
            new = self.place({"one": "two", "two": "one"}[name], user)
        account.tombstones[old] = new
        await self.office.hears(
            Upgraded(
                event=self.event("moves"),
                salon=old,
                sent_at=self.office.house.clock.now(),
                replacement=new,
                by=user,
            )
        )

    async def collect(self, user: UserId) -> None:
        """Open the host's links that somebody was sent."""
        for name in ("one", "two"):
            for link in await self.office.house.hosts(self.place(name, user)):
                if link.user == user and link.session is None:
                    opened = await Desks(self.office.house.tools, self.office.house.seats).open(
                        code_of(link, minter())
                    )
                    if isinstance(opened, Opened):
                        self.pages.setdefault(user, []).append(opened)

    async def press(self, user: UserId, deed: Deed) -> None:
        desks = Desks(self.office.house.tools, self.office.house.seats)
        for page in self.pages.get(user, []):
            desk = await desks.read(page.host, page.secret)
            if desk is None:
                async with self.office.house.store.reading() as work:
                    link = await work.hosts.get(page.host)
                # A newer link of the same person may have taken its place.
                visits = [] if link is None else await self.visits(link.occurrence)
            else:
                assert self.stands(user, desk.meeting)[1], "an open page that shows nothing else"
                visits = [row.admission.visit.id for row in desk.rows]
            for visit in visits:
                await desks.act(page.host, page.secret, visit, deed)
        await self.office.flush()

    async def visits(self, occurrence: OccurrenceId) -> Sequence[VisitId]:
        async with self.office.house.store.reading() as work:
            return [one.id for one in await work.visits.of_occurrence(occurrence)]

    # --- what must be so ------------------------------------------------------------------------

    def stands(self, user: UserId, meeting: Meeting) -> tuple[bool, bool]:
        """Tell whether somebody is an agent in the salon, and whether they steward the meeting."""
        assert meeting.salon is not None
        state = self.office.account.salons[meeting.salon]
        agent = user in state.members and user != PAUL
        return agent, agent and (user == meeting.organiser or state.level(user) >= 50)

    def check(self, user: UserId, name: str, before: Known, after: Known) -> None:
        meeting = before.meeting
        assert after.meeting.salon == self.place(name, user), "it follows its own salon alone"
        agent, steward = self.stands(user, meeting)
        organises = user == meeting.organiser
        gone = [one for key, one in after.invitations.items() if _withdrawn(before, key, one)]
        if before.occurrence.end > after.occurrence.end:
            assert steward or organises, "ended"
        if before.occurrence.end < after.occurrence.end:
            assert steward, "extended"
        if len(after.invitations) > len(before.invitations):
            assert agent, "invited"
        if any(one.invited_by != user for one in gone):
            assert steward or organises, "withdrawn"
        if gone:
            assert agent or organises, "withdrawn their own"
        if set(after.seats) - set(before.seats):
            assert agent, "admitted"

    def read(self, known: Mapping[str, Known]) -> None:
        """Nobody is told of a meeting but its salon, and its organiser in private."""
        for sent in self.office.account.sent[self.seen :]:
            for name, one in known.items():
                if self.title(name).lower() not in str(sent.content).lower():
                    continue
                salon = one.meeting.salon
                assert salon is not None
                reader = next((u for u in PEOPLE if sent.salon == self.place(OWN, u)), None)
                inside = reader in self.office.account.salons[salon].members
                assert sent.salon == salon or reader == one.meeting.organiser or inside, sent
        self.seen = len(self.office.account.sent)


def _withdrawn(before: Known, key: object, one: Invitation) -> bool:
    old = before.invitations.get(key)
    return old is not None and old.revoked_at is None and one.revoked_at is not None


@settings(
    max_examples=int(os.environ.get("PARVIS_TEST_EXAMPLES", "3")),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(steps=steps)
@pytest.mark.filterwarnings("ignore::hypothesis.errors.HypothesisWarning")  # a long repr
async def test_nobody_does_or_reads_anything_without_a_right(office: Office, steps: list[Step]):
    if not office.house.policy.mode.asks_salon:
        office.choose(mode=LIVEKIT, limits=UNLIMITED)
    world = World(office)
    await world.begin()
    before = await world.known()
    for step in steps:
        await world.play(step)
        after = await world.known()
        for name in before:
            world.check(step[1], name, before[name], after[name])
        world.read(after)
        for name, one in after.items():
            if one.occurrence.state is not OccurrenceState.PLANNED or not one.seats_free:
                await world.meet(name)
        before = await world.known()
