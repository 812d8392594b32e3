"""An agent invites our address by mail: the card, the answer, the link, and what follows."""

from dataclasses import replace
from datetime import timedelta

import pytest
import pytest_asyncio

from bridge.domain.incoming import Summons
from bridge.errors import MailRefused, MailUnconfirmed, MailUnreachable, VisioUnreachable
from tests.services.house import HOUR, START
from tests.unit.bot.desk import Desk, event_text
from tests.unit.bot.mailroom import BOX, FROM, SERVICE, Mailroom, guests, request, vevent
from tests.unit.bot.office import ALICE, BOB, SALON, Office
from tests.unit.bridge.mail.arriving import READING, mailed, passes

DAY = timedelta(days=1)
DIRECT = "!direct-alice:agent.tchap"


@pytest_asyncio.fixture(loop_scope="session")
async def room(office: Office) -> Mailroom:
    """Alice has not said yet that mails of her address are hers."""
    return Mailroom(Desk(office.house))


@pytest_asyncio.fixture(loop_scope="session")
async def known(room: Mailroom) -> Mailroom:
    """She has."""
    await room.confirmed()
    return room


class TestTheInvitation:
    async def test_it_becomes_a_card_in_her_direct_message(self, known: Mailroom):
        await known.gets(request())
        (card,) = known.cards()
        assert "Comité" in card
        assert await known.walls() == ["12-03 14:00"]
        assert known.count("invitation") == 1

    async def test_it_is_accepted_and_the_link_is_mailed(self, known: Mailroom):
        await known.gets(request())
        (answer,) = known.answers()
        assert "METHOD:REPLY" in answer
        assert "UID:comite@beta.gouv.fr" in answer
        assert f"ATTENDEE;PARTSTAT=ACCEPTED:mailto:{BOX}" in answer
        assert "SEQUENCE:0" in answer
        (link,) = known.links()
        assert (link.to, link.sender) == ("alice@beta.gouv.fr", BOX)
        url = known.desk.house.visio.made[0].url
        assert f"Rejoindre la réunion Visio : {url}" in link.plain.replace("\u00a0", " ")
        assert url in link.html
        assert "Collez la ligne" in link.plain

    async def test_an_update_moves_it_and_is_accepted_once(self, known: Mailroom):
        await known.gets(request())
        moved = {
            "SEQUENCE": "1",
            "DTSTART;TZID=Europe/Paris": "20261203T160000",
            "DTEND;TZID=Europe/Paris": "20261203T170000",
        }
        await known.gets(request(vevent(**moved)), request(vevent(**moved, SUMMARY="Comité 2")))
        assert await known.walls() == ["12-03 16:00"]
        first, second = known.answers()
        assert "SEQUENCE:0" in first
        assert "SEQUENCE:1" in second
        assert len(known.links()) == len(known.desk.house.visio.made) == 1
        assert any("16h00" in one for one in known.private())

    async def test_a_new_title_of_the_same_version_counts_by_its_stamp(self, known: Mailroom):
        await known.gets(request())
        await known.gets(request(vevent(SUMMARY="Budget", DTSTAMP="20261201T083000Z")))
        await known.gets(request(vevent(SUMMARY="Ancien", DTSTAMP="20261201T081000Z")))
        assert "Budget" in known.cards()[0]
        assert len(known.answers()) == 1

    async def test_its_cancellation_cancels(self, known: Mailroom):
        await known.gets(request())
        await known.gets(request(vevent(SEQUENCE="1"), method="CANCEL"))
        assert await known.walls() == []
        assert any("annulée" in one for one in known.private())
        assert len(known.answers()) == 1

    async def test_an_older_mail_after_a_newer_one_says_nothing(self, known: Mailroom):
        newer = vevent(SEQUENCE="2", **{"DTSTART;TZID=Europe/Paris": "20261204T090000"})
        await known.gets(request(newer.replace("20261203T150000", "20261204T100000")), request())
        assert await known.walls() == ["12-04 09:00"]
        assert len(known.answers()) == 1
        assert "SEQUENCE:2" in known.answers()[0]

    async def test_a_cancellation_that_comes_first_counts(self, known: Mailroom):
        await known.gets(request(vevent(SEQUENCE="1", DTSTART="", DTEND=""), method="CANCEL"))
        await known.gets(request())
        assert await known.meetings() == 0
        assert known.letters == []

    async def test_who_invites_again_after_a_cancellation_gets_another_meeting(
        self, known: Mailroom
    ):
        await known.gets(request())
        await known.gets(request(vevent(SEQUENCE="1"), method="CANCEL"))
        await known.gets(request(vevent(SEQUENCE="2")))
        assert await known.walls() == ["12-03 14:00"]
        assert len(known.links()) == 2

    async def test_a_calendar_that_takes_the_method_out_is_understood(self, known: Mailroom):
        await known.gets(request().replace("METHOD:REQUEST\r\n", ""))
        assert await known.walls() == ["12-03 14:00"]
        gone = request(vevent(SEQUENCE="1", STATUS="CANCELLED"))
        await known.gets(gone.replace("METHOD:REQUEST\r\n", ""))
        assert await known.walls() == []

    async def test_a_mail_that_comes_twice_is_one(self, known: Mailroom):
        await known.gets(request(), request())
        await known.gets(request(), message_id="<1@beta.gouv.fr>")
        assert await known.meetings() == 1
        assert len(known.letters) == 2

    async def test_what_was_changed_by_a_line_stays(self, known: Mailroom):
        await known.gets(request())
        card = next(one for one in known.private_events() if "Rejoindre" in one.body)
        here = {"salon": card.salon, "reply_to": card.event}
        await known.desk.says("!visio déplacer à 17h", "move", **here)
        assert await known.walls() == ["12-03 17:00"]
        await known.gets(request(vevent(SUMMARY="Budget", DTSTAMP="20261201T085000Z")))
        assert await known.walls() == ["12-03 17:00"]
        assert "Budget" in known.cards()[0]


class TestSeries:
    RULE = {"RRULE": "FREQ=WEEKLY;COUNT=3"}  # noqa: RUF012

    def date(self, day: str, hour: str, sequence: str = "1", **more: str) -> str:
        return vevent(
            SEQUENCE=sequence,
            **{
                "RECURRENCE-ID;TZID=Europe/Paris": f"{day}T140000",
                "DTSTART;TZID=Europe/Paris": f"{day}T{hour}0000",
                "DTEND;TZID=Europe/Paris": f"{day}T{int(hour) + 1}0000",
                **more,
            },
        )

    async def test_it_is_one_meeting_with_one_room(self, known: Mailroom):
        await known.gets(request(vevent(**self.RULE)))
        assert await known.walls() == ["12-03 14:00", "12-10 14:00", "12-17 14:00"]
        assert "Toutes les dates" in known.links()[0].plain
        assert len(known.answers()) == 1

    async def test_one_date_moves(self, known: Mailroom):
        await known.gets(request(vevent(**self.RULE)))
        await known.gets(request(self.date("20261210", "16")))
        assert await known.walls() == ["12-03 14:00", "12-10 16:00", "12-17 14:00"]
        assert "RECURRENCE-ID;TZID=Europe/Paris:20261210T140000" in known.answers()[1]

    async def test_the_cancellation_of_one_date_leaves_the_others(self, known: Mailroom):
        await known.gets(request(vevent(**self.RULE)))
        gone = self.date("20261210", "14", STATUS="CANCELLED")
        await known.gets(request(gone, method="CANCEL"))
        assert await known.walls() == ["12-03 14:00", "12-17 14:00"]
        assert len(known.answers()) == 1

    @pytest.mark.parametrize("together", [True, False])
    async def test_a_date_that_comes_before_its_series(self, known: Mailroom, together: bool):
        one, series = request(self.date("20261210", "16")), request(vevent(**self.RULE))
        if together:
            await known.gets(one, series)
        else:
            await known.gets(one)
            assert await known.walls() == ["12-10 16:00"]
            await known.gets(series)
        assert await known.walls() == ["12-03 14:00", "12-10 16:00", "12-17 14:00"]
        assert await known.meetings() == 1

    async def test_each_date_has_a_version_of_its_own(self, known: Mailroom):
        await known.gets(request(vevent(**self.RULE, SEQUENCE="1")))
        await known.gets(request(self.date("20261217", "15", "3")))
        later = {
            "DTSTART;TZID=Europe/Paris": "20261203T143000",
            "DTEND;TZID=Europe/Paris": "20261203T153000",
        }
        await known.gets(request(vevent(**self.RULE, SEQUENCE="2", **later)))
        assert await known.walls() == ["12-03 14:30", "12-10 14:30", "12-17 15:00"]

    async def test_a_bomb_is_its_first_date(self, known: Mailroom):
        await known.gets(request(vevent(RRULE="FREQ=SECONDLY;INTERVAL=0")))
        assert await known.walls() == ["12-03 14:00"]


class TestWhoSends:
    """Nobody but a verified, known, confirmed organiser is answered in any way."""

    @pytest.mark.parametrize(
        "headers",
        [
            {"verdicts": ()},
            {"verdicts": ("mx.parvis.example; dmarc=fail header.from=beta.gouv.fr",)},
            {"verdicts": (passes("beta.gouv.fr", "elsewhere.example"), passes("beta.gouv.fr"))},
            {
                "verdicts": (
                    "mx.parvis.example; dmarc=fail header.from=beta.gouv.fr",
                    passes("beta.gouv.fr"),
                )
            },
            {"sender": "Eve <eve@beta.gouv.fr>"},
            {"sender": f"Parvis <{BOX}>"},
            {"Auto_Submitted": "auto-generated"},
            {"Auto_Submitted": "auto-replied; owner"},
            {"Precedence": "bulk"},
            {"Precedence": "list"},
            {"List_Id": "<agents.beta.gouv.fr>"},
            {"Return_Path": "<>"},
        ],
    )
    async def test_others_get_no_answer(self, known: Mailroom, headers: dict[str, object]):
        before = len(known.office.account.sent)
        await known.gets(request(), **headers)
        assert len(known.office.account.sent) == before
        assert known.letters == []
        assert known.count("ignored") == 1

    @pytest.mark.parametrize(
        "text",
        [
            request(vevent(ATTENDEE="mailto:bob@beta.gouv.fr")),
            request(vevent(), vevent(UID="other")),
            request(vevent()).replace("METHOD:REQUEST", "METHOD:PUBLISH"),
            request(vevent(UID="")),
            request(vevent(DTSTART="", DTEND="")),
            "BEGIN:VCALENDAR\r\n" * 50,
            request(*(vevent() for _ in range(1_001))),
        ],
    )
    async def test_what_is_no_invitation_of_ours_is_nothing(self, known: Mailroom, text: str):
        before = len(known.office.account.sent)
        await known.gets(text)
        assert len(known.office.account.sent) == before
        assert known.letters == []

    async def test_an_address_of_two_agents_is_nobodys(self, known: Mailroom):
        known.desk.house.identities.emails[BOB] = "alice@beta.gouv.fr"
        await known.gets(request())
        assert await known.meetings() == 0
        assert known.letters == []

    async def test_somebody_of_another_homeserver_gets_nothing(self, room: Mailroom):
        room.office.servers = ("other.tchap",)
        room.office.wire(room.desk.house.store)
        await room.gets(request())
        assert room.letters == []
        assert await room.meetings() == 0

    @pytest.mark.parametrize(
        "organizer",
        [
            {"ORGANIZER": "mailto:bob@beta.gouv.fr"},
            {'ORGANIZER;SENT-BY="mailto:alice@beta.gouv.fr"': "mailto:bob@beta.gouv.fr"},
        ],
    )
    async def test_somebody_elses_event_is_told_once(
        self, known: Mailroom, organizer: dict[str, str]
    ):
        await known.gets(request(vevent(**organizer)))
        await known.gets(request(vevent(**organizer, SEQUENCE="1")))
        told = [one for one in known.private() if "quelqu’un d’autre organise" in one]
        assert len(told) == 1
        assert await known.meetings() == 0
        assert known.letters == []

    async def test_before_she_is_known_even_that_is_not_told(self, room: Mailroom):
        await room.gets(request(vevent(ORGANIZER="mailto:bob@beta.gouv.fr")))
        assert room.private() == []

    async def test_a_calendar_service_mails_for_its_users(self, known: Mailroom):
        await known.gets(request(), sender=f"La Suite <{SERVICE}>")
        assert await known.walls() == ["12-03 14:00"]
        assert [one.to for one in known.letters] == ["alice@beta.gouv.fr"] * 2
        other = {"ORGANIZER": "mailto:eve@else.example"}
        await known.gets(request(vevent(UID="other", **other)), sender=f"La Suite <{SERVICE}>")
        await known.gets(request(vevent(UID="third")), sender=f"La Suite <{SERVICE}>", verdicts=())
        assert await known.meetings() == 1

    async def test_her_delegate_may_send_it_in_her_name(self, known: Mailroom):
        said = {'ORGANIZER;SENT-BY="mailto:bob@beta.gouv.fr"': "mailto:alice@beta.gouv.fr"}
        await known.gets(request(vevent(**said)), Sender="bob@beta.gouv.fr")
        assert await known.walls() == ["12-03 14:00"]

    @pytest.mark.long
    async def test_so_many_mails_are_too_many(self, known: Mailroom):
        same = [request(vevent(SEQUENCE=str(n))) for n in range(70)]
        await known.gets(*same)
        assert (known.count("invitation"), known.count("ignored")) == (60, 10)
        assert sum("Trop d’invitations" in one for one in known.private()) == 1


class TestTheFirstTime:
    async def test_she_is_asked_and_nothing_is_made(self, room: Mailroom):
        await room.gets(request())
        (asked,) = room.private()
        assert "alice@beta.gouv.fr" in asked
        assert "Comité" in asked
        assert await room.meetings() == 0
        assert room.letters == []

    async def test_her_reaction_has_it_made(self, room: Mailroom):
        await room.gets(request())
        await room.office.reacts(room.question(), "📨", sender=ALICE, salon=DIRECT)
        await room.desk.settle()
        assert len(room.cards()) == 1
        assert len(room.answers()) == len(room.links()) == 1
        await room.gets(request(vevent(UID="second@beta.gouv.fr")))
        assert await room.meetings() == 2

    async def test_her_words_do_as_well(self, room: Mailroom):
        await room.gets(request())
        await room.confirmed()
        assert len(room.cards()) == 1
        assert any("C’est noté" in one for one in room.private())

    async def test_nobody_else_says_it_for_her(self, room: Mailroom):
        await room.gets(request())
        await room.office.reacts(room.question(), "📨", sender=BOB, salon=DIRECT)
        await room.desk.says("!visio agenda mails oui", "bobs", sender=BOB)
        assert await room.meetings() == 0

    async def test_what_she_refuses_is_forgotten_and_not_asked_again(self, room: Mailroom):
        await room.gets(request())
        await room.office.reacts(room.question(), "🚫", sender=ALICE, salon=DIRECT)
        before = len(room.private())
        await room.gets(request(vevent(SEQUENCE="1")))
        room.desk.house.clock.at = START + 2 * DAY
        await room.gets(request(vevent(SEQUENCE="2")))
        assert len(room.private()) == before
        assert await room.meetings() == 0
        assert room.letters == []

    async def test_a_question_that_she_ignores_is_asked_again_a_day_later(self, room: Mailroom):
        far = {"DTSTART;TZID=Europe/Paris": "20261220T140000", "DTEND": ""}
        await room.gets(request(vevent(**far)))
        await room.gets(request(vevent(**far, SEQUENCE="1")))
        assert len(room.private()) == 1
        room.desk.house.clock.at = START + DAY + HOUR
        await room.gets(request(vevent(**far, SEQUENCE="2")))
        assert len(room.private()) == 2
        await room.confirmed()
        assert await room.meetings() == 1
        assert len(room.answers()) == 1

    async def test_what_is_said_again_is_known_already(self, room: Mailroom):
        await room.gets(request())
        await room.confirmed()
        await room.desk.says("!visio agenda mails oui", "again")
        assert any("déjà noté" in one for one in room.private())
        assert len(room.letters) == 2

    async def test_she_may_change_her_mind(self, room: Mailroom):
        await room.desk.says("!visio agenda mails non", "no")
        await room.gets(request())
        assert await room.meetings() == 0
        await room.confirmed()
        await room.gets(request(vevent(SEQUENCE="1")))
        assert await room.meetings() == 1

    async def test_a_cancellation_asks_nothing(self, room: Mailroom):
        await room.gets(request(method="CANCEL"))
        assert room.private() == []

    async def test_so_many_events_wait_and_no_more(self, room: Mailroom):
        await room.gets(*(request(vevent(UID=f"u{n}@beta.gouv.fr")) for n in range(25)))
        async with room.desk.house.store.reading() as work:
            assert len(await work.mailed.waiting(ALICE)) == 20
        assert len(room.private()) == 1


class TestWhatGetsNoRoom:
    async def test_a_whole_day_is_told_once(self, known: Mailroom):
        day = {"DTSTART;VALUE=DATE": "20261203", "DTEND": ""}
        await known.gets(request(vevent(**day)))
        await known.gets(request(vevent(**day, SEQUENCE="1")))
        assert sum("toute la journée" in one for one in known.private()) == 1
        assert await known.meetings() == 0
        assert known.letters == []

    async def test_an_event_with_a_link_keeps_it(self, known: Mailroom):
        await known.gets(request(vevent(LOCATION="https://meet.jit.si/Comite")))
        assert any("a déjà un lien" in one for one in known.private())
        assert known.desk.house.visio.made == []
        assert known.letters == []

    async def test_once_the_link_is_gone_it_gets_a_room(self, known: Mailroom):
        await known.gets(request(vevent(LOCATION="https://meet.jit.si/Comite")))
        await known.gets(request(vevent(SEQUENCE="1")))
        assert await known.meetings() == 1
        assert "SEQUENCE:1" in known.answers()[0]

    async def test_our_link_pasted_into_the_event_changes_nothing(self, known: Mailroom):
        await known.gets(request())
        url = known.desk.house.visio.made[0].url
        await known.gets(request(vevent(SEQUENCE="1", LOCATION=url)))
        assert await known.meetings() == len(known.desk.house.visio.made) == 1

    async def test_the_past_is_past(self, known: Mailroom):
        past = {"DTSTART;TZID=Europe/Paris": "20261101T140000", "DTEND": ""}
        await known.gets(request(vevent(**past)))
        assert await known.meetings() == 0
        assert known.letters == []

    async def test_a_private_event_shows_no_words_and_no_people(self, known: Mailroom):
        said = {"CLASS": "PRIVATE", **guests("lea@partenaire.example")}
        said["ATTENDEE;CN=Parvis"] = f"mailto:{BOX}"
        await known.gets(request(vevent(**said)))
        assert await known.meetings() == 1
        assert not any("Comité" in one or "lea@" in one for one in known.private())
        assert not any("Comité" in f"{one.subject}{one.plain}" for one in known.links())

    async def test_a_quota_is_told(self, known: Mailroom):
        limits = replace(known.desk.house.policy.limits, rooms=1)
        known.office.choose(limits=limits)
        await known.gets(request(), request(vevent(UID="second@beta.gouv.fr")))
        assert await known.meetings() == 1
        assert any("n’a rien changé ici" in one for one in known.private())


class TestPeople:
    async def test_agents_are_named_and_outsiders_proposed(self, known: Mailroom):
        people = guests("bob@beta.gouv.fr", "lea@partenaire.example", BOX)
        await known.gets(request(vevent(**people)))
        (card,) = known.cards()
        assert "bob" in card.lower()
        (told,) = [one for one in known.private() if "invite aussi" in one]
        assert told.endswith("!visio inviter lea@partenaire.example")
        assert all(one.to == "alice@beta.gouv.fr" for one in known.letters)

    async def test_the_line_that_is_proposed_invites(self, known: Mailroom):
        await known.gets(request(vevent(**guests("lea@partenaire.example", BOX))))
        card = next(one for one in known.private_events() if "Rejoindre" in one.body)
        await known.desk.says(
            "!visio inviter lea@partenaire.example", "i", salon=card.salon, reply_to=card.event
        )
        await known.desk.later(HOUR)
        assert "lea@partenaire.example" in [one.to for one in known.letters]

    async def test_only_new_outsiders_are_proposed_again(self, known: Mailroom):
        await known.gets(request(vevent(**guests("lea@partenaire.example", BOX))))
        more = guests("lea@partenaire.example", "max@partenaire.example", BOX)
        await known.gets(request(vevent(SEQUENCE="1", **more)))
        told = [one for one in known.private() if "invite aussi" in one]
        assert len(told) == 2
        assert "lea@" not in told[1]
        assert "max@partenaire.example" in told[1]


class TestWhoSpeaks:
    async def test_without_an_address_there_is_nothing_to_say(self, room: Mailroom):
        del room.desk.house.identities.emails[ALICE]
        await room.confirmed()
        assert "ne connaît pas votre adresse" in room.private()[-1]

    async def test_without_a_box_it_says_so(self, office: Office):
        told = await office.says("!visio agenda mails oui")
        assert "ne lit pas d’invitations" in told[0].body

    async def test_a_meeting_of_a_salon_follows_as_its_organiser_may_there(self, known: Mailroom):
        known.desk.office.state(levels={ALICE: 50})
        await known.desk.link(salon=SALON)
        await known.desk.create(event_text("comite@beta.gouv.fr", title="Comité"))
        await known.gets(request())
        moved = {"DTSTART;TZID=Europe/Paris": "20261203T160000", "DTEND": "", "SEQUENCE": "1"}
        await known.gets(request(vevent(**moved)))
        assert await known.walls() == ["12-03 16:00"]
        assert known.cards() == []

    async def test_what_she_may_not_is_told(self, known: Mailroom):
        await known.gets(request())
        async with known.desk.house.store() as work:
            ((meeting, _),) = await work.meetings.of_organiser(ALICE, ending_after=START, most=9)
            await work.meetings.save(replace(meeting, organiser=BOB, salon=SALON))
        moved = {"DTSTART;TZID=Europe/Paris": "20261203T160000", "DTEND": "", "SEQUENCE": "1"}
        await known.gets(request(vevent(**moved)))
        assert "n’a rien changé ici" in known.private()[-1]
        assert len(known.answers()) == 1


class TestTwoProcesses:
    async def test_what_another_one_kept_meanwhile_is_read_anew(self, known: Mailroom):
        reading = known.open().summons
        assert reading is not None
        mail = READING.read_now(mailed(request(vevent(SEQUENCE="1")), sender=FROM))
        assert isinstance(mail.content, Summons)
        found = await reading.find(mail, mail.content)
        assert found is not None
        await known.gets(request())
        with pytest.raises(RuntimeError):
            async with known.desk.house.store() as work:
                await reading.keep(work, found)


class TestTheMails:
    """Each leaves once; the card has the link whatever becomes of them."""

    async def test_a_mail_server_that_is_away_gets_them_later(self, known: Mailroom):
        known.desk.house.post.troubles.extend([MailUnreachable("away"), MailUnreachable("away")])
        await known.gets(request())
        assert known.letters == []
        await known.desk.later(HOUR)
        assert len(known.answers()) == len(known.links()) == 1

    async def test_a_lost_answer_sends_none_again(self, known: Mailroom):
        known.desk.house.post.troubles.extend([MailUnconfirmed("late"), MailUnconfirmed("late")])
        await known.gets(request())
        await known.desk.later(DAY)
        assert len(known.letters) == 2

    async def test_a_refused_link_is_told(self, known: Mailroom):
        known.desk.house.post.troubles.extend([MailRefused("no"), MailRefused("no")])
        await known.gets(request())
        assert sum("n’est pas parti" in one for one in known.private()) == 1
        await known.desk.later(DAY)
        assert known.letters == []

    @pytest.mark.long
    async def test_a_mail_server_that_stays_away_is_given_up_and_told(self, known: Mailroom):
        far = {"DTSTART;TZID=Europe/Paris": "20261220T140000", "DTEND": ""}
        known.desk.house.post.troubles.extend([MailUnreachable("away")] * 1_000)
        await known.gets(request(vevent(**far)))
        await known.desk.later(DAY + HOUR)
        assert sum("n’est pas parti" in one for one in known.private()) == 1
        known.desk.house.post.troubles.clear()
        await known.desk.later(DAY)
        assert known.letters == []

    async def test_the_link_waits_for_its_room(self, known: Mailroom):
        known.desk.house.visio.troubles.append(VisioUnreachable("away"))
        await known.gets(request())
        assert known.links() == []
        await known.desk.later(HOUR)
        assert len(known.links()) == 1

    async def test_what_is_cancelled_meanwhile_is_not_mailed(self, known: Mailroom):
        known.desk.house.visio.troubles.extend([VisioUnreachable("away")] * 50)
        await known.gets(request(), request(vevent(SEQUENCE="1"), method="CANCEL"))
        await known.desk.later(HOUR)
        assert known.links() == []


class TestCalendars:
    """One UID is one meeting, by whatever way we hear of it."""

    async def test_an_event_that_her_calendar_shows_too(self, known: Mailroom):
        await known.desk.link()
        await known.gets(request())
        assert known.desk.hrefs() == []
        seen = event_text(
            "comite@beta.gouv.fr", title="Comité", lines=("ORGANIZER:mailto:alice@beta.gouv.fr",)
        )
        await known.desk.create(seen)
        assert await known.meetings() == len(known.desk.house.visio.made) == 1
        assert (await known.desk.event()).link

    async def test_a_colleague_whom_the_event_invites_gets_no_second_event(self, known: Mailroom):
        await known.desk.link(BOB)
        await known.gets(request(vevent(**guests("bob@beta.gouv.fr", BOX))))
        assert "bob" in known.cards()[0].lower()
        assert known.desk.hrefs(BOB) == []

    async def test_an_event_that_her_calendar_tagged_before(self, known: Mailroom):
        await known.desk.link()
        await known.desk.create(event_text("comite@beta.gouv.fr"))
        await known.gets(request())
        assert await known.meetings() == len(known.desk.house.visio.made) == 1
        assert len(known.answers()) == 1
