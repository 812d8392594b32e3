"""The router handles each Matrix event once, checks rights, and answers in words."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy.exc import IntegrityError

from bot.conversation.context import Context, Runner
from bot.conversation.refusals import refusal
from bot.conversation.router import in_lane
from bot.conversation.talk import Talk
from bot.language.meeting import Meet
from bot.matrix.events import Reaction, Removed, SendLater, SendRefused, Trust, Undecryptable
from bridge.domain.agent import Agent, Identity, Method
from bridge.errors import NoMeeting, NotAllowed
from bridge.ids import EventId, SalonId, UserId
from bridge.store.claims import InboxRow
from tests.doubles.ports import FailingWorks
from tests.unit.bot.office import ALICE, BOB, PAUL, SALON, START, Office

MINUTE = timedelta(minutes=1)
OURS = "Une erreur de ma part"


async def fail(ctx: Context, asked: object) -> None:
    """Post something, then find a fault."""
    await ctx.answer("language.set")
    raise ZeroDivisionError(str(asked))


async def refused(ctx: Context, asked: object) -> None:
    """Ask the database for what it never gives."""
    raise IntegrityError("INSERT", {}, Exception(str(asked)))


def broken(office: Office, command: Runner = fail) -> None:
    """Have `!visio titre` meet a fault of ours."""
    office.router = replace(
        office.router, talk=Talk(commands={**office.talk().commands, Meet: command})
    )


class TestOnce:
    async def test_a_line_makes_a_meeting_and_a_card(self, office: Office):
        (card,) = await office.says("!visio Point budget")
        assert card.body.startswith("Réunion Visio : Point budget\n")
        assert "Rejoindre la réunion : https://visio.example/abc-defg-000" in card.body

    async def test_the_same_event_three_times(self, office: Office):
        for _ in range(3):
            await office.says("!visio Point budget")
        assert len(office.bodies()) == 1
        assert len(office.house.visio.made) == 1

    async def test_a_row_that_is_handled_twice(self, office: Office):
        await office.record(office.line("!visio liste"))
        (row,) = await office.house.store.inbox.pending(office.account.user, 9)
        await office.router.handle(row)
        await office.router.handle(row)
        assert len(await office.house.messages()) == 1

    @pytest.mark.parametrize("line", ["!visio liste", "!visio lien", "bonjour", None])
    async def test_another_process_was_quicker(self, office: Office, line: str | None):
        lost = Undecryptable(event=EventId("$ask"), salon=SALON, sender=BOB, sent_at=START)
        await office.record(lost if line is None else office.line(line))
        (row,) = await office.house.store.inbox.pending(office.account.user, 9)
        await office.router.handle(row)
        before = await office.house.messages()
        assert await replace(office.router, metrics=None).handle(row) == 0
        assert await office.house.messages() == before

    async def test_a_line_that_is_not_for_us_after_all(self, office: Office):
        assert await office.says("bonjour") == []
        assert await office.handle() == 0

    async def test_a_reaction_is_noted_and_nothing_more(self, office: Office):
        await office.hears(
            Reaction(
                event=EventId("$r"),
                salon=SALON,
                sender=ALICE,
                sent_at=office.house.clock.now(),
                target=EventId("$x"),
                key="👍",
            )
        )
        assert office.bodies() == []
        assert await office.handle() == 0


class TestWho:
    async def test_a_forged_sender_is_not_answered(self, office: Office):
        assert await office.says("!visio Point", trust=Trust.FORGED) == []
        assert office.house.visio.made == []
        assert await office.handle() == 0

    @pytest.mark.parametrize("trust", [Trust.CLEAR, Trust.DEVICE, Trust.SIGNED])
    async def test_any_other_is(self, office: Office, trust: Trust):
        assert len(await office.says("!visio Point", trust=trust)) == 1

    @pytest.mark.parametrize(
        "line",
        [
            "!visio Point",
            "!visio liste",
            "!visio lien",
            "!visio inviter x@y.example",
            "!visio langue en",
            "!visio diagnostic",
            "!visio demain 25h",
            "!visio inviter",
        ],
    )
    async def test_somebody_from_outside_may_only_ask_for_help(self, office: Office, line: str):
        (answer,) = await office.says(line, sender=PAUL)
        assert answer.body.startswith("Seuls les agents peuvent me donner cette commande.")
        async with office.house.store.reading() as work:
            assert await work.agents.get(PAUL) is None

    async def test_help_for_somebody_from_outside_leaves_no_trace_of_them(self, office: Office):
        (answer,) = await office.says("!visio aide", sender=PAUL)
        assert "un agent peut vous inviter" in answer.body
        async with office.house.store.reading() as work:
            assert await work.agents.get(PAUL) is None

    async def test_an_agent_is_known_by_the_name_they_show(self, office: Office):
        office.account.names[ALICE] = "Alice Martin [Dinum]"
        await office.says("!visio liste")
        async with office.house.store.reading() as work:
            assert await work.agents.get(ALICE) == Agent(
                user=ALICE,
                name="Alice Martin [Dinum]",
                identity=Identity("alice@beta.gouv.fr", Method.MAP),
                seen_at=office.house.clock.now(),
            )

    async def test_a_name_that_would_mislead_or_break(self, office: Office):
        office.account.names[ALICE] = "Alice\u202e\x00\ud800 Martin\n[Dinum]"
        office.account.names[BOB] = "\u200b"
        await office.says("!visio liste", "a")
        await office.says("!visio liste", "b", sender=BOB)
        async with office.house.store.reading() as work:
            alice, bob = await work.agents.get(ALICE), await work.agents.get(BOB)
        assert alice is not None
        assert bob is not None
        assert (alice.name, bob.name) == ("Alice Martin [Dinum]", BOB)

    async def test_what_changes_of_an_agent_is_followed(self, office: Office):
        await office.says("!visio liste", "a")
        office.house.clock.forward(MINUTE)
        await office.says("!visio liste", "b")
        async with office.house.store.reading() as work:
            first = await work.agents.get(ALICE)
        assert first is not None
        assert first.seen_at == office.house.clock.now() - MINUTE, "nothing changed"
        office.account.names[ALICE] = "Alice M."
        await office.says("!visio liste", "c")
        office.house.identities.emails.clear()
        await office.says("!visio liste", "d")
        async with office.house.store.reading() as work:
            last = await work.agents.get(ALICE)
        assert last is not None
        assert (last.name, last.identity) == ("Alice M.", None)

    async def test_an_agent_without_an_address(self, office: Office):
        office.house.identities.emails.clear()
        (answer,) = await office.says("!visio Point")
        assert answer.body.startswith("Je ne connais pas votre adresse mail pour Visio")
        assert office.house.visio.made == []


class TestWords:
    async def test_a_refusal_in_the_salons_language(self, office: Office):
        (french,) = await office.says("!visio lien", "a")
        assert french.body.startswith("Je ne vois pas de réunion")
        await office.says("!visio langue en", "b")
        (english,) = await office.says("!visio lien", "c")
        assert english.body.startswith("I see no current or upcoming meeting")
        assert english.content["m.relates_to"]["m.in_reply_to"]["event_id"] == "$c"

    async def test_what_was_not_understood_comes_with_an_example(self, office: Office):
        (answer,) = await office.says("!visio demain 25h Point")
        assert "!visio demain" in answer.body

    async def test_a_line_that_comes_late_is_asked_about(self, office: Office):
        late = office.house.clock.now() - 11 * MINUTE
        (answer,) = await office.says("!visio Point", sent_at=late)
        assert "plus de 10 min de retard" in answer.body
        assert office.house.visio.made == []

    async def test_a_line_just_in_time(self, office: Office):
        recent = office.house.clock.now() - 10 * MINUTE
        (card,) = await office.says("!visio Point", sent_at=recent)
        assert "Réunion Visio" in card.body

    async def test_tomorrow_is_the_one_of_the_day_it_was_typed(self, office: Office):
        office.house.clock.at = datetime(2026, 12, 1, 23, 2, tzinfo=UTC)
        before = office.house.clock.now() - 4 * MINUTE
        (card,) = await office.says("!visio demain 9h Point", sent_at=before)
        assert "mercredi 2 décembre 2026, 09h00" in card.body

    async def test_a_clock_ahead_of_ours(self, office: Office):
        soon = office.house.clock.now() + 5 * MINUTE
        assert len(await office.says("!visio Point", sent_at=soon)) == 1

    async def test_an_answer_stays_in_its_thread(self, office: Office):
        root = EventId("$root")
        (answer,) = await office.says("!visio liste", thread=root)
        assert answer.content["m.relates_to"] == {
            "rel_type": "m.thread",
            "event_id": "$root",
            "is_falling_back": False,
            "m.in_reply_to": {"event_id": "$ask"},
        }


class TestFaults:
    @pytest.mark.parametrize("command", [fail, refused])
    async def test_a_fault_of_ours_is_told_and_undoes_everything(
        self, office: Office, command: Runner
    ):
        broken(office, command)
        (answer,) = await office.says("!visio Point")
        assert answer.body.startswith(OURS)
        async with office.house.store.reading() as work:
            assert await work.agents.get(ALICE) is None
        assert await office.handle() == 0

    async def test_it_stops_nobody_else(self, office: Office):
        broken(office)
        await office.hears(office.line("!visio Point", "a"), office.line("!visio liste", "b"))
        fault, listed = office.bodies()
        assert fault.startswith(OURS)
        assert listed.startswith("Aucune réunion")

    async def test_a_command_nobody_runs(self, office: Office):
        office.router = replace(office.router, talk=Talk())
        (answer,) = await office.says("!visio liste")
        assert answer.body.startswith(OURS)

    async def test_a_row_that_another_release_wrote(self, office: Office):
        """Its line can't be read: it is done with, and does not come again."""
        store, account = office.house.store, office.account.user
        odd = InboxRow(
            event=EventId("$odd"),
            account=account,
            salon=SALON,
            kind="poll",
            payload={"what": 1},
            received_at=office.house.clock.now(),
        )
        await store.inbox.record(account, "s1", [odd])
        await office.record(office.line("!visio liste"))
        await office.handle()
        assert await store.inbox.pending(account, 9) == []
        assert [one.template for one in await office.house.messages()] == ["meeting.list-empty"]

    async def test_a_fault_over_what_nobody_typed_is_only_noted(self, office: Office):
        await office.says("!visio Point")
        salon, there = SALON, EventId("$x")
        await office.record(Removed(event=there, salon=salon, sent_at=START, by=BOB))
        office.router = replace(
            office.router,
            tools=replace(office.house.tools, policy=None),  # type: ignore[arg-type]  # a fault
        )
        await office.handle()
        assert await office.handle() == 0
        assert await office.house.messages() == []

    async def test_a_database_that_fails_is_no_answer(self, office: Office):
        await office.record(office.line("!visio liste"))
        (row,) = await office.house.store.inbox.pending(office.account.user, 9)
        failing = FailingWorks(office.house.store, [OSError("down")])
        tools = replace(office.house.tools, works=failing)
        with pytest.raises(OSError, match="down"):
            await replace(office.router, tools=tools).handle(row)
        await office.handle()
        assert [one.template for one in await office.house.messages()] == ["meeting.list-empty"]

    async def test_a_homeserver_that_does_not_answer_loses_nothing(self, office: Office):
        office.account.blind = SendLater(7, "unreachable")
        await office.record(office.line("!visio liste"))
        (row,) = await office.house.store.inbox.pending(office.account.user, 9)
        assert await office.router.handle(row) == 7, "for so long its salon rests"
        assert await office.house.messages() == []
        office.account.blind = None
        await office.router.handle(row)
        assert len(await office.house.messages()) == 1

    async def test_a_salon_we_are_not_in_any_more(self, office: Office):
        office.account.blind = SendRefused("M_FORBIDDEN")
        await office.record(office.line("!visio liste"))
        await office.handle()
        assert await office.house.messages() == []
        assert await office.handle() == 0


class TestUnread:
    async def test_once_for_a_salon_and_a_day_whoever_wrote(self, office: Office):
        async def lost(event: str, salon: SalonId = SALON, by: UserId = ALICE) -> int:
            before = len(office.account.sent)
            await office.hears(
                Undecryptable(
                    event=EventId(f"${event}"),
                    salon=salon,
                    sender=by,
                    sent_at=office.house.clock.now(),
                )
            )
            return len(office.account.sent) - before

        other = SalonId("!other:agent.tchap")
        office.account.enter(other, [ALICE])
        assert await lost("a") == 1
        (told,) = office.account.sent
        assert told.body.startswith("Je n’ai pas pu lire ce message")
        assert told.content["m.relates_to"]["m.in_reply_to"]["event_id"] == "$a"
        assert await lost("a") == 0
        assert await lost("b") == 0
        assert [await lost(f"c{n}", by=UserId(f"@{n}:agent.tchap")) for n in range(12)] == [0] * 12
        assert await lost("d", other) == 1
        office.house.clock.forward(timedelta(days=1))
        assert await lost("e") == 1


class TestBare:
    """In a direct message nobody else can be meant: every line is read."""

    DIRECT = SalonId("!direct-alice:agent.tchap")

    async def test_a_command_needs_no_prefix(self, office: Office):
        office.account.enter(self.DIRECT, [ALICE], direct=True)
        (answer,) = await office.says("aide", "a", salon=self.DIRECT)
        assert answer.body.startswith("Voici ce que je sais faire")
        (card, *_) = await office.says("demain 14h Revue", "b", salon=self.DIRECT)
        assert "Revue" in card.body

    async def test_words_alone_make_nothing_and_are_always_answered(self, office: Office):
        office.account.enter(self.DIRECT, [ALICE], direct=True)
        (answer,) = await office.says("Point budget", "a", salon=self.DIRECT)
        assert answer.body == (
            "Ici, des mots seuls ne font pas de réunion. Pour une réunion maintenant, tapez :"
            ' !visio "Point budget"'
        )
        assert len(await office.says("Revue", "b", salon=self.DIRECT)) == 1
        assert office.house.visio.made == []

    async def test_thanks_get_a_reaction(self, office: Office):
        office.account.enter(self.DIRECT, [ALICE], direct=True)
        (sent,) = await office.says("bonjour", "a", salon=self.DIRECT)
        assert sent.kind == "m.reaction"

    @pytest.mark.parametrize(
        ("line", "said"),
        [
            ("aide", "Voici ce que je sais faire"),
            ("!aide", "Voici ce que je sais faire"),
            ("visio liste", "Aucune réunion à venir"),
            ("! visio liste", "Aucune réunion à venir"),
            ("aide inviter", "Voici le détail"),
            ("demain", "J’ai compris le jour « demain », mais pas l’heure."),
            ("inviter", "Je ne vois pas de qui il s’agit."),
        ],
    )
    async def test_a_bare_line_is_a_command(self, office: Office, line: str, said: str):
        office.account.enter(self.DIRECT, [ALICE], direct=True)
        (answer,) = await office.says(line, salon=self.DIRECT)
        assert answer.body.startswith(said)

    async def test_lines_without_end_are_not_answered_without_end(self, office: Office):
        office.account.enter(self.DIRECT, [ALICE], direct=True)
        said = [await office.says("Revue", f"e{n}", salon=self.DIRECT) for n in range(40)]
        assert sum(map(len, said)) == 21  # the last says that there are too many

    async def test_an_old_one_is_told_to_be_late(self, office: Office):
        office.account.enter(self.DIRECT, [ALICE], direct=True)
        line = office.line("Revue", salon=self.DIRECT)
        office.house.clock.forward(timedelta(hours=1))
        await office.hears(line)
        (answer,) = office.account.sent
        assert answer.body.startswith("J’ai reçu cette commande avec plus de 10 min de retard")

    async def test_in_a_salon_it_is_other_peoples(self, office: Office):
        for line in ("bonjour", "aide", "visio liste", "demain 14h30"):
            assert await office.says(line) == []

    async def test_in_a_salon_help_and_a_slip_are_read(self, office: Office):
        (answer,) = await office.says("!aide", "a")
        assert answer.body.startswith("Voici ce que je sais faire")
        (answer,) = await office.says("! visio liste", "b")
        assert answer.body.startswith("Aucune réunion à venir")


async def test_a_sign_of_work_comes_before_visio_is_asked(office: Office):
    await office.record(office.line("!visio Point budget"))
    await office.handle()
    assert office.account.signs == [(SALON, 0)]
    assert office.house.visio.made == []


async def test_what_is_refused_or_answered_at_once_needs_no_sign(office: Office):
    for number, line in enumerate(("!visio aide", "!visio demain", "!visio liste")):
        await office.says(line, f"e{number}")
    assert office.account.signs == []


async def test_commands_are_counted(office: Office):
    await office.says("!visio liste", "a")
    await office.says("!visio lien", "b")
    count = office.metrics.registry.get_sample_value
    name = "parvis_commands_total"
    assert count(name, {"verb": "list", "outcome": "done"}) == 1
    assert count(name, {"verb": "refused", "outcome": "no-meeting"}) == 1


def test_parameters_of_a_refusal_are_words_or_numbers():
    key, parameters = refusal(NotAllowed(reason="organiser", organiser=ALICE, n=3, at=START))
    assert key == "error.not-allowed.organiser"
    assert parameters == {"organiser": ALICE, "n": 3, "at": str(START)}
    assert refusal(NoMeeting()) == ("error.no-meeting", {})


def test_one_salon_is_one_lane():
    row = InboxRow(
        event=EventId("$a"),
        account=ALICE,
        salon=SALON,
        kind="message",
        payload={},
        received_at=START,
    )
    assert in_lane(row) == SALON
