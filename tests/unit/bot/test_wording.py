"""The wording of messages kept as data: words, form and mentions."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.conversation.content import content, edit_content
from bot.conversation.text import Text
from bridge.domain.agent import Agent
from bridge.domain.cause import OPERATOR
from bridge.domain.meeting import Phone
from bridge.domain.message import (
    Card,
    CardEdit,
    GuestLink,
    Notice,
    Parameter,
    ToPerson,
    ToSalon,
    course,
    guest,
    moment,
    person,
    phrase,
    span,
    stretch,
)
from bridge.domain.salon import Salon
from bridge.i18n import Language
from bridge.ids import EventId, InvitationId, OccurrenceId, SalonId, UserId, uuid7
from bridge.services.cards import card_message
from tests.spaces import as_typed
from tests.unit.bot.office import ALICE, BOB, PAUL, SALON, START, Office

HOUR = timedelta(hours=1)
DIRECT = SalonId("!direct-alice:agent.tchap")
WORDS = Text("Bonjour <b>", "Bonjour &lt;b&gt;")
HERE = ToSalon(salon=SALON)
NOTE = Notice(
    idempotency_key="n", to=HERE, template="meeting.ended", parameters={"title": "Budget"}
)
CARD = Card(idempotency_key="c", to=HERE, occurrence=OccurrenceId(uuid7(START)))


class TestForm:
    def test_an_answer_is_a_silent_notice(self):
        assert content(NOTE, WORDS) == {
            "msgtype": "m.notice",
            "body": "Bonjour <b>",
            "format": "org.matrix.custom.html",
            "formatted_body": "Bonjour &lt;b&gt;",
            "m.mentions": {},
        }

    def test_what_rings_is_a_text_that_mentions(self):
        made = content(replace(NOTE, mentions=(BOB, ALICE)), WORDS)
        assert made["msgtype"] == "m.text"
        assert made["m.mentions"] == {"user_ids": [ALICE, BOB]}

    def test_a_card_is_a_text_that_rings_nobody(self):
        made = content(CARD, WORDS)
        assert (made["msgtype"], made["m.mentions"]) == ("m.text", {})

    def test_a_reply(self):
        made = content(replace(NOTE, reply_to=EventId("$ask")), WORDS)
        assert made["m.relates_to"] == {"m.in_reply_to": {"event_id": "$ask"}}

    def test_a_thread_with_its_fallback_for_clients_without_threads(self):
        made = content(replace(NOTE, thread=EventId("$root")), WORDS)
        assert made["m.relates_to"] == {
            "rel_type": "m.thread",
            "event_id": "$root",
            "is_falling_back": True,
            "m.in_reply_to": {"event_id": "$root"},
        }

    def test_a_reply_in_a_thread(self):
        made = content(replace(NOTE, thread=EventId("$root"), reply_to=EventId("$ask")), WORDS)
        assert made["m.relates_to"] == {
            "rel_type": "m.thread",
            "event_id": "$root",
            "is_falling_back": False,
            "m.in_reply_to": {"event_id": "$ask"},
        }

    def test_an_edit_replaces_silently(self):
        edit = CardEdit(idempotency_key="e", to=HERE, occurrence=CARD.occurrence)
        made = edit_content(edit, WORDS, EventId("$card"))
        new = {
            "msgtype": "m.text",
            "body": "Bonjour <b>",
            "format": "org.matrix.custom.html",
            "formatted_body": "Bonjour &lt;b&gt;",
            "m.mentions": {},
        }
        assert made == {
            **new,
            "body": "* Bonjour <b>",
            "formatted_body": "* Bonjour &lt;b&gt;",
            "m.new_content": new,
            "m.relates_to": {"rel_type": "m.replace", "event_id": "$card"},
        }


async def body(
    office: Office, template: str, salon: SalonId = SALON, **parameters: Parameter
) -> str:
    message = Notice(
        idempotency_key="x", to=ToSalon(salon=salon), template=template, parameters=parameters
    )
    made = await office.wording.content(message, salon)
    assert made is not None
    return as_typed(str(made["body"]))


async def html(office: Office, template: str, **parameters: Parameter) -> str:
    message = Notice(idempotency_key="x", to=HERE, template=template, parameters=parameters)
    made = await office.wording.content(message, SALON)
    assert made is not None
    return str(made["formatted_body"])


class TestParameters:
    async def test_moments_in_the_zone_and_language_of_the_reader(self, office: Office):
        today = moment(START + 3 * HOUR, "Europe/Paris")
        assert (await body(office, "diagnose.zone", zone=today)).endswith(" 13h00")
        tomorrow = moment(START + 27 * HOUR, "Indian/Reunion")
        told = await body(office, "diagnose.zone", zone=tomorrow)
        assert told.endswith(" mer. 2 déc. à 16h00")

    async def test_stretches_of_time(self, office: Office):
        meeting = course(START, START + HOUR, "Europe/Paris")
        told = await body(office, "diagnose.zone", zone=meeting)
        assert told.endswith(" mardi 1er décembre 2026, 10h00–11h00 (heure de Paris)")
        window = stretch(START, START + HOUR, "Europe/Paris")
        assert (await body(office, "diagnose.zone", zone=window)).endswith(" de 10h00 à 11h00")

    async def test_phrases_within_phrases_and_lists(self, office: Office):
        row = phrase("meeting.row", {"title": phrase("meeting.untitled"), "when": "demain"})
        assert await body(office, "meeting.list", rows=[row, row]) == (
            "Réunions à venir ou en cours :\n- Réunion Visio, demain\n- Réunion Visio, demain"
        )
        made = await html(office, "meeting.list", rows=[row, "<i>"])
        assert made.endswith(
            "<ul><li><strong>Réunion Visio</strong>, demain</li><li>&lt;i&gt;</li></ul>"
        )

    async def test_durations(self, office: Office):
        told = await body(office, "diagnose.zone", zone=span(timedelta(minutes=90)))
        assert told.endswith("1 h 30")

    async def test_commands_begin_as_the_operator_chose(self, office: Office):
        office.wording = replace(office.wording, prefix="!reunion")
        row = phrase("help.now")
        assert "\n- !reunion Point budget" in await body(office, "help.all", topics=[row])

    async def test_one_and_several(self, office: Office):
        assert "une réunion." in await body(office, "salon.removed", n=1)
        assert "3 réunions." in await body(office, "salon.removed", n=3)

    async def test_a_person_is_a_mention(self, office: Office):
        async with office.house.store() as work:
            await work.agents.save(
                Agent(user=ALICE, name="Alice Martin", identity=None, seen_at=START)
            )
        made = await html(office, "diagnose.zone", zone=person(ALICE))
        assert made.endswith('<a href="https://matrix.to/#/@alice:agent.tchap">Alice Martin</a>')
        office.account.names[BOB] = "Bob\u202e"
        assert (await html(office, "diagnose.zone", zone=person(BOB))).endswith(">Bob</a>")

    async def test_a_guest_with_a_members_name_is_marked_for_the_salon(self, office: Office):
        office.account.enter(SALON, [ALICE], names=frozenset({"Alice Martin [Dinum]"}))
        office.account.enter(DIRECT, [ALICE], direct=True)
        mark = ", homonyme d’un membre du salon"
        for salon in (SALON, DIRECT):  # the members of the meeting's salon count, not the readers
            for name, told in (("Аlісе Маrtіn", f"x{mark}"), ("Jean", "x")):
                parameter = guest(name, SALON, "x")
                assert (await body(office, "diagnose.zone", salon, zone=parameter)).endswith(
                    f" {told}"
                )
        del office.account.salons[SALON]  # we were put out of it
        parameter = guest("Alice Martin", SALON, "x")
        assert (await body(office, "diagnose.zone", DIRECT, zone=parameter)).endswith(" x")

    async def test_what_people_typed_is_never_markup(self, office: Office):
        title = "**gras** `code` {title} <script>alert(1)</script> &amp;"
        assert title in await body(office, "meeting.retrying", title=title)
        made = await html(office, "meeting.retrying", title=title)
        assert "&lt;script&gt;" in made
        assert "<strong>" not in made
        assert "<code>" not in made

    async def test_the_language_of_the_salon(self, office: Office):
        async with office.house.store() as work:
            await work.salons.save(Salon(id=SALON, language=Language.EN))
        assert await body(office, "text.colon") == ": "
        office.account.enter(DIRECT, [ALICE], direct=True)
        assert await body(office, "text.colon", DIRECT) == " : "


class TestLinks:
    async def test_only_in_a_direct_message(self, office: Office):
        await office.says("!visio")
        await office.says("!visio inviter Jean", "b")
        (guest,) = await office.house.guests()
        office.account.enter(DIRECT, [ALICE], direct=True)
        to = ToPerson(user=ALICE)
        link = GuestLink(idempotency_key="l", to=to, invitation=guest.id, number=0)
        made = await office.wording.confidence(link, DIRECT)
        assert made is not None
        assert made.to == ALICE
        assert "/j/" in str(made.content["body"])
        with pytest.raises(ValueError, match="one person alone"):
            await office.wording.content(link, SALON)
        with pytest.raises(ValueError, match="whole salon"):
            await office.wording.confidence(NOTE, DIRECT)

    @pytest.mark.parametrize("what", ["number", "unknown", "revoked", "ended", "over"])
    async def test_not_one_that_leads_nowhere(self, office: Office, what: str):
        await office.says("!visio")
        await office.says("!visio inviter Jean", "b")
        (guest,) = await office.house.guests()
        invitation, number = guest.id, 0
        if what == "number":
            number = 1
        elif what == "unknown":
            invitation = InvitationId(uuid7(START))
        elif what == "revoked":
            await office.says("!visio retirer Jean", "c")
        elif what == "ended":
            await office.says("!visio terminer", "c")
        else:
            office.house.clock.forward(2 * HOUR)
        to = ToPerson(user=ALICE)
        link = GuestLink(idempotency_key="l", to=to, invitation=invitation, number=number)
        office.account.enter(DIRECT, [ALICE], direct=True)
        assert await office.wording.confidence(link, DIRECT) is None


class TestCards:
    async def test_as_it_is_when_it_leaves(self, office: Office):
        await office.record(office.line("!visio Budget"))
        await office.handle()
        await office.house.run_due()
        await office.record(office.line("!visio prolonger 30min", "b"))
        await office.handle()
        await office.flush()
        first = office.account.sent[0]
        assert first.edits is None
        assert "10h00–11h30" in first.body

    async def test_an_edit_of_what_never_appeared(self, office: Office):
        await office.house.met()
        _, occurrence = await office.house.of()
        edit = CardEdit(idempotency_key="e", to=HERE, occurrence=occurrence.id)
        assert await office.wording.content(edit, SALON) is None

    async def test_without_a_room_there_is_no_link(self, office: Office):
        await office.house.asked()
        meeting, occurrence = await office.house.of()
        made = await office.wording.content(card_message(meeting, occurrence), SALON)
        assert made is not None
        assert "Rejoindre" not in str(made["body"])

    async def test_of_what_is_gone(self, office: Office):
        assert await office.wording.content(CARD, SALON) is None
        gone = CardEdit(idempotency_key="e", to=HERE, occurrence=CARD.occurrence)
        assert await office.wording.content(gone, SALON) is None

    @pytest.mark.parametrize(("members", "shown"), [([ALICE], True), ([ALICE, PAUL], False)])
    async def test_the_phone_only_where_nobody_is_from_outside(
        self, office: Office, members: list[UserId], shown: bool
    ):
        office.account.enter(SALON, members)
        office.house.visio.phone = Phone("+33 1 23 45 67 89", "123456")
        meeting, occurrence = await office.house.met()
        made = await office.wording.content(card_message(meeting, occurrence), SALON)
        assert made is not None
        assert ("123456" in str(made["body"])) is shown


async def test_a_party_without_an_account_is_named_in_words(office: Office):
    parameters = {"name": "Jean", "outcome": "admitted", "by": person(OPERATOR.name)}
    note = Notice(
        idempotency_key="n", to=HERE, template="guest.waits.outcome", parameters=parameters
    )
    async with office.house.store() as work:
        await work.outbox.post(note)
    await office.flush()
    assert office.bodies()[-1] == "Jean : entrée accordée par l’exploitant de Parvis."
