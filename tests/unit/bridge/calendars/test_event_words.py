"""The words, people and links of events that other calendars wrote."""

import pytest

from bridge.domain.answer import Answer
from bridge.domain.calendar_event import Attendee
from tests.unit.bridge.calendars.objects import (
    LINK,
    MEETING,
    TEXTS,
    TIMES,
    VISIO,
    WEEKLY,
    read,
    text,
    vcalendar,
    vevent,
)


class TestWords:
    @pytest.mark.parametrize(
        ("said", "title", "tagged"),
        [
            ("Point", "Point", False),
            ("#VISIO Point \\, suite", "Point , suite", True),
            ("Point #visio et #Visio encore", "Point et encore", True),
            ("#visio", "", True),
            ("Point #visioconference", "Point #visioconference", False),
            ("Point#visio", "Point#visio", False),
            ("Point\\nsur\\\\n deux\u202e lignes", "Point sur\\n deux lignes", False),
            ("x" * 300, "x" * 200, False),
        ],
    )
    async def test_titles(self, said: str, title: str, tagged: bool):
        found = await read(*TIMES, f"SUMMARY:{said}")
        assert (found.title, found.tagged) == (title, tagged)

    async def test_a_title_in_pieces_of_letters(self):
        """libical/libical#427, icalendar/icalendar#158."""
        said = text(*TIMES, "SUMMARY:Réunion du comité – délégués").encode()
        at = said.index("é – ".encode()) + 1
        cut = said[:at] + b"\r\n " + said[at:]
        found = await TEXTS.read(cut.decode(errors="surrogateescape"))
        assert found.title == "Réunion du comité – délégués"

    @pytest.mark.parametrize("breaks", ["\n", "\r\n", "\r", "\r\r\n"])
    async def test_line_breaks_of_all_kinds(self, breaks: str):
        said = "\ufeff" + text(*TIMES, "SUMMARY:Po\n int\0\ud800").replace("\n", breaks)
        assert (await TEXTS.read(said)).title.startswith("Point")

    @pytest.mark.parametrize("kind", ["PRIVATE", "confidential", "X-SECRET"])
    async def test_a_private_event_shows_no_words(self, kind: str):
        """linagora/esn-sabre#48, owncloud/core#22914."""
        found = await read(
            *TIMES, f"CLASS:{kind}", "SUMMARY:Entretien RH #visio", "LOCATION:Nanterre"
        )
        assert (found.hidden, found.title, found.tagged) == (True, "", True)
        assert not (await read(*TIMES, "CLASS:PUBLIC")).hidden

    async def test_a_private_date_of_a_public_series_shows_no_words(self):
        found = await TEXTS.read(
            vcalendar(
                vevent(*WEEKLY, "SUMMARY:Point"),
                vevent(
                    "RECURRENCE-ID;TZID=Europe/Paris:20270111T100000",
                    "DTSTART;TZID=Europe/Paris:20270111T110000",
                    "CLASS:PRIVATE",
                    "SUMMARY:Entretien RH",
                ),
            )
        )
        assert [one.title for one in found.dates] == [""]

    async def test_state_version_and_copy(self):
        found = await read(
            *TIMES, "STATUS:cancelled", "SEQUENCE:7", f"X-TCHAP-VISIO-ID:{str(MEETING).upper()}"
        )
        assert (found.cancelled, found.sequence, found.meeting) == (True, 7, MEETING)
        odd = await read(*TIMES, "STATUS:TENTATIVE", "SEQUENCE:²", "X-TCHAP-VISIO-ID:" + "-" * 36)
        assert (odd.cancelled, odd.sequence, odd.meeting) == (False, 0, None)


class TestPeople:
    async def test_addresses_are_compared_without_case(self):
        """linagora/esn-sabre#285."""
        found = await read(
            *TIMES,
            "ORGANIZER;CN=Alice Martin:MAILTO:Alice.Martin@ministere.example",
            "ATTENDEE;PARTSTAT=ACCEPTED:mailto:alice.martin@ministere.example",
            "ATTENDEE;PARTSTAT=NEEDS-ACTION;CN=L\u00e9a:mailto:lea@partenaire.example",
            'ATTENDEE;partstat=accepted;CN="Roux, Léa ^\'":MAILTO:Lea@Partenaire.example',
            "ATTENDEE;PARTSTAT=TENTATIVE:mailto:o%27brien%2Btest@partenaire.example",
            "ATTENDEE;PARTSTAT=DECLINED;EMAIL=ali@partenaire.example:urn:uuid:1",
            "ATTENDEE;PARTSTAT=DELEGATED:bob@partenaire.example",
            "ATTENDEE;CUTYPE=ROOM:mailto:salle@ministere.example",
            "ATTENDEE:mailto:nobody",
        )
        assert found.organizer == "alice.martin@ministere.example"
        assert found.attendees == (
            Attendee(address="ali@partenaire.example", answer=Answer.NO),
            Attendee(address="bob@partenaire.example"),
            Attendee(address="lea@partenaire.example", name='Roux, Léa "', answer=Answer.YES),
            Attendee(address="o'brien+test@partenaire.example", answer=Answer.MAYBE),
        )


class TestLinks:
    @pytest.mark.parametrize(
        ("lines", "link"),
        [
            ((f"CONFERENCE;VALUE=URI:{LINK}",), LINK),
            (("CONFERENCE;FEATURE=PHONE:tel:+33123456789", f"URL;VALUE=URI:{LINK}"), LINK),
            (("CONFERENCE;FEATURE=CHAT:https://chat.example/x",), ""),
            ((f"X-OPENPAAS-VIDEOCONFERENCE:{LINK}", "URL:https://zoom.us/j/1"), LINK),
            (("URL:https://example.org/agenda", f"LOCATION:Salle 3\\, {LINK}."), LINK),
            ((f"DESCRIPTION:Ici <{LINK}?from=outlook-addin>\\nMerci",), LINK),
            ((f"DESCRIPTION:({LINK}).",), LINK),
            (
                ("DESCRIPTION:https://us02web.zoom.us/j/1?pwd=a",),
                "https://us02web.zoom.us/j/1?pwd=a",
            ),
            (("DESCRIPTION:https://bbb.exemple.fr/rooms/a",), "https://bbb.exemple.fr/rooms/a"),
            (("DESCRIPTION:https://zoom.us.evil.example/j/1",), ""),
            ((f"DESCRIPTION:{VISIO}/",), VISIO + "/" if "visio." in VISIO else ""),
            (("X-GOOGLE-CONFERENCE:https://meet.google.com/a",), "https://meet.google.com/a"),
            (("LOCATION:Nanterre",), ""),
            (("LOCATION:https://[oops",), ""),
        ],
    )
    async def test_where_they_are_found(self, lines: tuple[str, ...], link: str):
        assert (await read(*TIMES, *lines)).link == link

    async def test_one_of_another_platform_is_one(self):
        """mattermost/mattermost-plugin-zoom#54."""
        link = "https://teams.example/l/meetup-join/19%3ameeting_x/0"
        found = await read(
            *TIMES,
            "LOCATION:Réunion Microsoft Teams",
            f"X-MICROSOFT-SKYPETEAMSMEETINGURL:{link}",
            f"DESCRIPTION:________________\\nRejoindre : {link}",
        )
        assert found.link == link

    async def test_that_of_a_copy_is_ours_before_all(self):
        lines = ("CONFERENCE:https://zoom.us/j/1", f"DESCRIPTION:{LINK}")
        assert (await read(*TIMES, *lines)).link == "https://zoom.us/j/1"
        assert (await read(*TIMES, *lines, f"X-TCHAP-VISIO-ID:{MEETING}")).link == LINK
