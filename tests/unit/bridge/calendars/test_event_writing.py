"""A write changes our fields of an object, and leaves all else."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bridge.domain.answer import Answer
from bridge.domain.calendar_event import Attendee, CalendarEvent, EventDate
from bridge.domain.series import Recurrence
from bridge.errors import EventUnreadable
from tests.unit.bridge.calendars.objects import (
    BLOCK,
    HALF,
    JOINED,
    LINK,
    MEETING,
    RULED,
    STAMP,
    TEXTS,
    TIMES,
    VISIO,
    changed,
    differences,
    event,
    mondays,
    rows,
    text,
    vcalendar,
    vevent,
    wall,
)

PHONE = "Par téléphone : 01 23 45 67 89, PIN 456"
FULL = (
    f"DESCRIPTION:{JOINED}\\nPar téléphone : 01 23 45 67 89\\, PIN 456"
    f"\\n\\nOrdre du jour\u00a0:\\nBudget\\n\\nDivers\\n{RULED}"
)


async def new(of: CalendarEvent) -> list[str]:
    return rows(await TEXTS.write(of, None, stamp=STAMP))


class TestNew:
    async def test_it_has_what_calendars_need(self):
        lines = await new(
            event(link=LINK, meeting=MEETING, phone=PHONE, topics="Budget\n\nDivers", sequence=3)
        )
        assert lines[:4] == [
            "BEGIN:VCALENDAR",
            "VERSION:2.0",
            "PRODID:-//Parvis//Parvis//FR",
            "CALSCALE:GREGORIAN",
        ]
        assert lines[lines.index("BEGIN:VEVENT") :] == [
            "BEGIN:VEVENT",
            "UID:c@exemple",
            "DTSTAMP:20261201T090000Z",
            "DTSTART;TZID=Europe/Paris:20270112T100000",
            "DTEND;TZID=Europe/Paris:20270112T103000",
            "SUMMARY:Revue",
            "STATUS:CONFIRMED",
            "SEQUENCE:3",
            f"URL:{LINK}",
            f"LOCATION:{LINK}",
            FULL,
            f"CONFERENCE;VALUE=URI;FEATURE=VIDEO;LABEL=Visio:{LINK}",
            f"X-TCHAP-VISIO-ID:{MEETING}",
            "END:VEVENT",
            "END:VCALENDAR",
        ]
        assert "TZID:Europe/Paris" in lines
        assert not [one for one in lines if one.startswith(("METHOD", "BEGIN:VALARM", "RDATE"))]

    async def test_a_series_with_dates_that_differ(self):
        date = wall("2027-01-11T10:00")
        lines = await new(
            mondays(
                title="Point",
                recurrence=Recurrence(
                    rule="FREQ=WEEKLY;UNTIL=20270628T100000",
                    without=(wall("2027-02-01T10:00"),),
                    besides=(wall("2027-02-02T10:00"),),
                ),
                dates=(
                    EventDate(original=date, start=date + HALF, length=HALF, title="Bilan"),
                    EventDate(
                        original=wall("2027-01-18T10:00"),
                        start=wall("2027-01-18T10:00"),
                        length=HALF,
                        cancelled=True,
                    ),
                ),
            )
        )
        assert "RRULE:FREQ=WEEKLY;UNTIL=20270628T080000Z" in lines
        assert "EXDATE;TZID=Europe/Paris:20270201T100000" in lines
        assert "RDATE;TZID=Europe/Paris:20270202T100000" in lines
        at = lines.index("RECURRENCE-ID;TZID=Europe/Paris:20270111T100000")
        assert lines[at + 1 : at + 4] == [
            "DTSTART;TZID=Europe/Paris:20270111T103000",
            "DTEND;TZID=Europe/Paris:20270111T110000",
            "SUMMARY:Bilan",
        ]
        assert lines.count("STATUS:CANCELLED") == 1
        assert sum(one.startswith("RRULE:FREQ=WEEKLY") for one in lines) == 1

    async def test_whole_days_and_people(self):
        lines = await new(
            event(
                all_day=True,
                start=wall("2027-01-12"),
                length=timedelta(days=2),
                organizer="alice.martin@exemple.gouv.fr",
                attendees=(
                    Attendee(address="a%b@exemple.gouv.fr", name="Roux, Léa"),
                    Attendee(address="bob@exemple.gouv.fr", answer=Answer.MAYBE),
                ),
            )
        )
        assert "DTSTART;VALUE=DATE:20270112" in lines
        assert "DTEND;VALUE=DATE:20270114" in lines
        assert "BEGIN:VTIMEZONE" not in lines
        assert "ORGANIZER:mailto:alice.martin@exemple.gouv.fr" in lines
        assert (
            'ATTENDEE;CN="Roux, Léa";ROLE=REQ-PARTICIPANT;PARTSTAT=NEEDS-ACTION;RSVP=TRUE'
            ":mailto:a%25b@exemple.gouv.fr"
        ) in lines
        assert (
            "ATTENDEE;ROLE=REQ-PARTICIPANT;PARTSTAT=TENTATIVE:mailto:bob@exemple.gouv.fr" in lines
        )

    @pytest.mark.parametrize("fold", [0, 1])
    async def test_an_hour_that_comes_twice(self, fold: int):
        twice = wall("2027-10-31T02:30").replace(fold=fold)
        lines = await new(event(start=twice))
        assert f"DTSTART:20271031T0{fold}3000Z" in lines or (
            not fold and "DTSTART;TZID=Europe/Paris:20271031T023000" in lines
        )
        ends = await new(mondays(start=wall("2027-10-31T02:15"), length=timedelta(hours=1)))
        assert "DURATION:PT3600S" in ends


class TestChange:
    """A write over what another program and a person wrote."""

    SAID = text(
        "CREATED:20270101T000000Z",
        "LAST-MODIFIED:20270101T000000Z",
        *TIMES,
        "SUMMARY;LANGUAGE=fr:Point #visio",
        "SEQUENCE:4",
        'LOCATION;ALTREP="https://salles.example/3":Salle 3',
        "DESCRIPTION:Apportez vos dossiers\\, merci",
        'X-ODD;X-P="a;b:c";Y=2:kept\\, as it is',
        "CATEGORIES:un,deux",
        'ATTENDEE;CN="Bob";X-NUM-GUESTS=0;PARTSTAT=ACCEPTED;RSVP=TRUE:mailto:Bob@exemple.gouv.fr',
        "ATTENDEE;CUTYPE=ROOM:mailto:salle@exemple.gouv.fr",
        "a line that is none",
        "BEGIN:VALARM\nACTION:DISPLAY\nTRIGGER:-PT10M\nDESCRIPTION:Rappel\nEND:VALARM",
    )  # fmt: skip

    async def test_nothing(self):
        was = await TEXTS.read(self.SAID)
        assert await TEXTS.write(was, self.SAID, stamp=STAMP) == self.SAID

    async def test_the_time(self):
        lines = await changed(self.SAID, start=wall("2027-01-13T11:00"), length=2 * HALF)
        assert differences(self.SAID, lines) == (
            ["LAST-MODIFIED:20270101T000000Z", *TIMES, "SEQUENCE:4"],
            [
                "LAST-MODIFIED:20261201T090000Z",
                "DTSTART;TZID=Europe/Paris:20270113T110000",
                "DTEND;TZID=Europe/Paris:20270113T120000",
                "SEQUENCE:5",
            ],
        )
        assert "DTSTAMP:20261201T090000Z" in lines

    async def test_the_title_which_keeps_its_tag_and_its_version(self):
        lines = await changed(self.SAID, title="Revue; suite")
        gone, come = differences(self.SAID, lines)
        assert gone == ["LAST-MODIFIED:20270101T000000Z", "SUMMARY;LANGUAGE=fr:Point #visio"]
        assert come[1:] == ["SUMMARY;LANGUAGE=fr:Revue\\; suite #visio"]

    async def test_a_cancellation_and_back(self):
        lines = await changed(self.SAID, cancelled=True)
        assert {"STATUS:CANCELLED", "SEQUENCE:5"} <= set(lines)
        back = await changed("\n".join(lines), cancelled=False, sequence=9)
        assert {"STATUS:CONFIRMED", "SEQUENCE:10"} <= set(back)

    async def test_an_answer_and_who_is_invited(self):
        lines = await changed(
            self.SAID, attendees=(Attendee(address="bob@exemple.gouv.fr", answer=Answer.NO),)
        )
        _, come = differences(self.SAID, lines)
        assert come[1:] == [
            'ATTENDEE;CN="Bob";X-NUM-GUESTS=0;PARTSTAT=DECLINED;RSVP=TRUE:mailto:Bob@exemple.gouv.fr'
        ]
        lines = await changed(self.SAID, attendees=(Attendee(address="lea@exemple.gouv.fr"),))
        gone, come = differences(self.SAID, lines)
        assert [one for one in gone if "Bob" in one]
        assert [one for one in come if "lea@" in one]
        assert "ATTENDEE;CUTYPE=ROOM:mailto:salle@exemple.gouv.fr" in lines

    async def test_an_answer_that_we_do_not_know_stays(self):
        was = await TEXTS.read(self.SAID)
        people = tuple(replace(one, answer=None) for one in was.attendees)
        assert (
            await TEXTS.write(replace(was, attendees=people), self.SAID, stamp=STAMP) == self.SAID
        )

    async def test_a_link_beside_a_room_and_words(self):
        lines = await changed(self.SAID, link=LINK, meeting=MEETING)
        gone, come = differences(self.SAID, lines)
        assert gone == [
            "LAST-MODIFIED:20270101T000000Z",
            "SEQUENCE:4",
            "DESCRIPTION:Apportez vos dossiers\\, merci",
        ]
        assert come == [
            "LAST-MODIFIED:20261201T090000Z",
            "SEQUENCE:5",
            f"DESCRIPTION:Apportez vos dossiers\\, merci\\n\\n{BLOCK}",
            f"URL:{LINK}",
            f"CONFERENCE;VALUE=URI;FEATURE=VIDEO;LABEL=Visio:{LINK}",
            f"X-TCHAP-VISIO-ID:{MEETING}",
        ]
        other = f"{VISIO}/new-room-now"
        moved = await changed("\n".join(lines), link=other, topics="Budget")
        assert f"{LINK}" not in "\n".join(moved)
        assert sum(other in one for one in moved) == 3
        without = await changed("\n".join(moved), link="", topics="", meeting=None)
        assert differences(self.SAID, without) == (
            ["LAST-MODIFIED:20270101T000000Z", "SEQUENCE:4"],
            ["LAST-MODIFIED:20261201T090000Z", "SEQUENCE:7"],
        )

    async def test_what_a_person_wrote_around_our_block_stays(self):
        said = text(*TIMES, f"DESCRIPTION:Avant\\n\\n{BLOCK}\\nAprès", f"LOCATION:{LINK}")
        lines = await changed(said, phone=PHONE)
        (told,) = [one for one in lines if one.startswith("DESCRIPTION")]
        assert told.startswith(f"DESCRIPTION:Avant\\n\\n{JOINED}\\nPar téléphone")
        assert told.endswith(f"\\n{RULED}\\nAprès")

    async def test_links_of_a_person_and_of_other_platforms_stay(self):
        said = text(
            *TIMES,
            "URL:https://example.org/dossier",
            "CONFERENCE;VALUE=URI;FEATURE=PHONE:tel:+33123456789",
            "CONFERENCE;VALUE=URI;FEATURE=VIDEO:https://zoom.us/j/1",
            "X-OPENPAAS-VIDEOCONFERENCE:https://visio.exemple.gouv.fr/old-room-then",
        )
        lines = await changed(said, link=LINK, meeting=MEETING)
        gone, _ = differences(said, lines)
        assert gone == ["X-OPENPAAS-VIDEOCONFERENCE:https://visio.exemple.gouv.fr/old-room-then"]

    async def test_a_link_of_another_platform_is_let_alone(self):
        said = text(*TIMES, "LOCATION:https://zoom.us/j/1", "SUMMARY:Point")
        gone, _ = differences(said, await changed(said, title="Revue"))
        assert gone == ["SUMMARY:Point"]

    async def test_a_private_event_keeps_its_words(self):
        said = text(*TIMES, "CLASS:PRIVATE", "SUMMARY:Entretien RH", "LOCATION:", "DESCRIPTION:RH")
        was = await TEXTS.read(said)
        now = replace(was, start=was.start + HALF, title="Revue", link=LINK, phone=PHONE)
        lines = rows(await TEXTS.write(now, said, stamp=STAMP))
        gone, come = differences(said, lines)
        assert gone == list(TIMES)
        assert len(come) == 5
        assert {f"URL:{LINK}", "SEQUENCE:1"} <= set(come)

    async def test_the_name_that_the_object_has_for_the_zone_stays(self):
        said = text(
            "DTSTART;TZID=Romance Standard Time:20270112T100000",
            "DTEND;TZID=Romance Standard Time:20270112T103000",
            zone="",
        )
        lines = await changed(said, start=wall("2027-07-12T10:00"))
        assert "DTSTART;TZID=Romance Standard Time:20270712T100000" in lines
        assert "BEGIN:VTIMEZONE" not in lines
        (added,) = [
            one
            for one in await changed(
                text("DTSTART:20270112T090000Z", zone=""),
                zone="Europe/Paris",
                all_day=False,
                start=wall("2027-07-12T10:00"),
            )
            if one.startswith("TZID")
        ]
        assert added == "TZID:Europe/Paris"

    async def test_what_says_nothing_of_a_series_is_let_alone(self):
        said = text(*TIMES, "EXDATE:20270112T090000Z", "SUMMARY:Point", zone="")
        gone, _ = differences(said, await changed(said, title="Revue"))
        assert gone == ["SUMMARY:Point"]

    async def test_a_method_goes(self):
        said = vcalendar("METHOD:REQUEST\n", vevent(*TIMES, "SUMMARY:Point"))
        assert "METHOD:REQUEST" not in await changed(said, title="Revue")

    async def test_a_text_that_can_not_be_read_is_refused(self):
        with pytest.raises(EventUnreadable):
            await TEXTS.write(event(), "BEGIN:VCALENDAR", stamp=STAMP)
