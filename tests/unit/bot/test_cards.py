"""The words of a card, at each moment of a meeting, in both languages."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from bot.conversation.cards import CardFacts, card
from bot.conversation.guests import NOBODY, Admitted
from bot.conversation.salon import may_show_phone
from bot.conversation.text import Text
from bot.matrix.events import SalonState
from bridge.domain.admission import KNOCK, LIVEKIT, REDIRECT
from bridge.domain.answer import NO_ANSWERS, Tally
from bridge.domain.invitation import Invitation
from bridge.domain.meeting import (
    AccessLevel,
    Meeting,
    MeetingState,
    Occurrence,
    OccurrenceState,
    Phone,
    VisioRoom,
)
from bridge.domain.presence import Presence
from bridge.domain.scope import OneOccurrence, WholeSeries
from bridge.domain.series import Recurrence, Series
from bridge.i18n import Language, catalogues, utc_offset
from bridge.ids import (
    EventId,
    InvitationId,
    MeetingId,
    OccurrenceId,
    SalonId,
    UserId,
    VisioRoomId,
)
from tests.defaults import default_policy
from tests.spaces import as_typed

FR, EN = catalogues()[Language.FR], catalogues()[Language.EN]
START = datetime(2026, 12, 1, 13, 30, tzinfo=UTC)
ONE = UUID(int=1)
ROOM = VisioRoom(
    id=VisioRoomId(ONE),
    slug="abc-defg-hij",
    url="https://visio.example/abc-defg-hij",
    level=AccessLevel.TRUSTED,
    phone=Phone("+33 1 80 00 00 00", "3638741631"),
)
MEETING = Meeting(
    id=MeetingId(ONE),
    salon=SalonId("!s"),
    organiser=UserId("@alice:agents.example"),
    title="Budget <2027>",
    source=EventId("$c"),
    level=AccessLevel.TRUSTED,
    state=MeetingState.READY,
    created_at=START,
    room=ROOM,
)
OCCURRENCE = Occurrence(
    id=OccurrenceId(ONE),
    meeting=MEETING.id,
    start=START,
    end=START + timedelta(hours=1),
    zone="Europe/Paris",
)
GUEST = Invitation(
    id=InvitationId(ONE),
    meeting=MEETING.id,
    scope=OneOccurrence(OCCURRENCE.id),
    invited_by=MEETING.organiser,
    created_at=START,
    digest=b"",
    key="0001",
    name="Jean Dupont",
    email="jean@partenaire.example",
)


def shown(
    *,
    at=START,
    catalogue=FR,
    phone=False,
    guests=(),
    meeting=MEETING,
    occurrence=OCCURRENCE,
    mode=REDIRECT,
    admitted=NOBODY,
    presence=None,
    answers=NO_ANSWERS,
    **more,
):
    facts = CardFacts(
        meeting=meeting,
        occurrence=occurrence,
        invitations=guests,
        organiser=Text.of("Alice Martin"),
        graces=default_policy().graces,
        now=at,
        phone=phone,
        prefix="!visio",
        mode=mode,
        admitted=admitted,
        presence=presence,
        answers=answers,
        **more,
    )
    made = card(catalogue, facts)
    return Text(as_typed(made.plain), as_typed(made.html))


def test_the_plain_text_alone_says_everything():
    assert shown(at=START - timedelta(days=1)).plain == (
        "Réunion Visio : Budget <2027>\n"
        "mardi 1er décembre 2026, 14h30–15h30 (heure de Paris), 1 h, par Alice Martin\n"
        "État : prévue\n\n"
        "Rejoindre la réunion : https://visio.example/abc-defg-hij\n\n"
        "Pour agir sur cette réunion, répondez à sa carte : !visio inviter,"
        " !visio prolonger 30min, !visio terminer. Une erreur ? ↩️ sur la carte l’annule pendant"
        " dix minutes, !visio annuler à tout moment."
    )


@pytest.mark.parametrize(
    ("answers", "french", "english"),
    [
        (Tally(3, 1, 2), "Réponses : 3 oui, 1 peut-être, 2 non", "Answers: 3 yes, 1 maybe, 2 no"),
        (Tally(yes=1), "Réponses : 1 oui", "Answers: 1 yes"),
        (Tally(maybe=2, no=1), "Réponses : 2 peut-être, 1 non", "Answers: 2 maybe, 1 no"),
    ],
)
def test_answers_are_counted_while_it_is_planned(answers, french, english):
    assert french in shown(answers=answers).plain.split("\n")
    assert english in shown(answers=answers, catalogue=EN).plain.split("\n")
    over = replace(OCCURRENCE, state=OccurrenceState.CANCELLED)
    assert "Réponses" not in shown(answers=answers, occurrence=over).plain
    assert "Réponses" not in shown().plain


def test_the_same_card_in_english():
    plain = shown(at=START - timedelta(days=1), catalogue=EN).plain
    assert "Tuesday, 1 December 2026, 14:30–15:30 (Paris time)" in plain
    assert "Join the meeting: https://visio.example" in plain


AHEAD = replace(MEETING, created_at=START - timedelta(days=3))
PARIS = "mardi 1er décembre 2026, 14h30–15h30 (heure de Paris"


@pytest.mark.parametrize(
    ("zone", "french", "english"),
    [
        (None, f"{PARIS}, UTC+1)", "(Paris time, UTC+1)"),
        (
            "America/Cayenne",
            f"{PARIS}, UTC+1 ; 10h30–11h30 à Cayenne)",
            "(Paris time, UTC+1; 10:30–11:30 in Cayenne)",
        ),
        (
            "Pacific/Noumea",
            f"{PARIS}, UTC+1 ; le mer. 2 déc., 00h30–01h30 à Nouméa)",
            "(Paris time, UTC+1; Wed 2 Dec, 00:30–01:30 in Noumea)",
        ),
    ],
)
def test_planned_ahead_it_tells_the_offset_and_a_second_zone(zone, french, english):
    known = {"meeting": AHEAD, "at": START - timedelta(days=1), "other_zone": zone}
    assert f"{french}, 1 h, par Alice Martin" in shown(**known).plain.split("\n")
    assert english in shown(**known, catalogue=EN).plain
    over = replace(OCCURRENCE, state=OccurrenceState.CANCELLED)
    assert f"{PARIS}), par" in shown(**known | {"occurrence": over}).plain


@pytest.mark.parametrize(
    ("zone", "day", "offset"),
    [
        ("America/Cayenne", START, "UTC−3"),
        ("Asia/Kolkata", START, "UTC+5:30"),
        ("Europe/London", START, "UTC"),
        ("Europe/Paris", START + timedelta(days=180), "UTC+2"),
        ("America/St_Johns", START, "UTC−3:30"),
        ("Pacific/Chatham", START, "UTC+13:45"),
    ],
)
def test_offsets_are_those_of_the_day(zone, day, offset):
    assert utc_offset(day, zone) == offset


WEEKLY = Series(
    meeting=MEETING.id,
    start=datetime(2026, 12, 1, 14, 30),
    length=timedelta(hours=1),
    zone="Europe/Paris",
    recurrence=Recurrence(rule="FREQ=WEEKLY;BYDAY=TU"),
)


def of_rule(rule, **more):
    return replace(WEEKLY, recurrence=Recurrence(rule=rule, **more))


def tuesdays(first, many):
    return tuple(WEEKLY.start + timedelta(weeks=week) for week in range(first, first + many))


@pytest.mark.parametrize(
    ("series", "french", "english"),
    [
        (WEEKLY, "Revient : tous les mardis", "Comes again: every Tuesday"),
        (
            of_rule("FREQ=WEEKLY;BYDAY=TU;UNTIL=20270105T142959", holidays="FR"),
            "Revient : tous les mardis sauf jours fériés jusqu’au 4 janvier 2027",
            "Comes again: every Tuesday except public holidays until 4 January 2027",
        ),
        (
            of_rule("FREQ=WEEKLY;BYDAY=TU;COUNT=10", without=tuesdays(-1, 3)),
            "Revient : tous les mardis sauf le 8 décembre 2026 10 fois",
            "Comes again: every Tuesday except 8 December 2026 10 times",
        ),
        (
            of_rule("FREQ=WEEKLY;BYDAY=TU", without=tuesdays(1, 4)),
            "Revient : tous les mardis, sauf 4 dates",
            "Comes again: every Tuesday, except 4 dates",
        ),
        (
            of_rule("FREQ=MONTHLY;BYDAY=1TU"),
            "Revient : le premier mardi de chaque mois",
            "Comes again: the first Tuesday of each month",
        ),
        (
            of_rule("FREQ=MONTHLY;BYDAY=-2TU"),
            "Revient à d’autres dates",
            "Comes again on other dates",
        ),
        (of_rule("FREQ=WEEKLY"), "Revient à d’autres dates", "Comes again on other dates"),
    ],
)
def test_a_series_tells_that_it_comes_again(series, french, english):
    dated = replace(OCCURRENCE, original=WEEKLY.start)
    assert shown(series=series, occurrence=dated).plain.split("\n")[2] == french
    assert shown(series=series, occurrence=dated, catalogue=EN).plain.split("\n")[2] == english
    over = replace(dated, state=OccurrenceState.CANCELLED)
    assert "Revient" not in shown(series=series, occurrence=over).plain


def test_html_escapes_what_people_typed_and_links_the_room():
    html = shown().html
    assert "Budget &lt;2027&gt;" in html
    assert '<a href="https://visio.example/abc-defg-hij">Rejoindre la réunion</a>' in html


@pytest.mark.parametrize(
    ("minutes", "state"),
    [(-11, "prévue"), (-10, "ouverte"), (0, "en cours"), (60, "ouverte"), (75, "heure de fin")],
)
def test_the_state_follows_the_clock(minutes, state):
    assert state in shown(at=START + timedelta(minutes=minutes), guests=[GUEST]).plain


@pytest.mark.parametrize(
    ("minutes", "state"), [(-10, "prévue"), (0, "en cours"), (60, "heure de fin")]
)
@pytest.mark.parametrize("withdrawn", [False, True])
def test_without_guests_it_is_open_to_nobody(minutes, state, withdrawn):
    guests = [replace(GUEST, revoked_at=START)] if withdrawn else []
    plain = shown(at=START + timedelta(minutes=minutes), guests=guests).plain
    assert f"État : {state}" in plain.replace("l’", "")
    assert "Rejoindre la réunion" in plain, "whoever is late still finds the way"


def test_phone_and_pin_leave_the_card_when_the_meeting_is_over():
    """A PIN never expires, and who joins the salon later reads its last card."""
    over = OCCURRENCE.end + default_policy().graces.after
    assert "3638741631" in shown(phone=True, at=over - timedelta(seconds=1)).plain
    assert "3638741631" not in shown(phone=True, at=over).plain


def test_phone_and_pin_are_for_small_salons_of_agents():
    assert "3638741631" not in shown().plain
    assert "3638741631" in shown(phone=True).plain


def test_a_guest_has_a_window_and_a_state():
    plain = shown(at=START, guests=[GUEST]).plain
    assert (
        "Partenaire externe (1), de 14h20 à 15h45\n\n"
        "- Jean Dupont (partenaire.example) : lien pas encore suivi" in plain
    )


def test_the_window_names_a_day_only_where_it_is_not_the_meetings():
    plain = shown(at=START - timedelta(days=3), guests=[GUEST]).plain
    assert "Partenaire externe (1), de 14h20 à 15h45\n" in plain
    night = replace(OCCURRENCE, start=START + timedelta(hours=8), end=START + timedelta(hours=9))
    plain = shown(at=START, guests=[GUEST], occurrence=night).plain
    assert "Partenaire externe (1), de 22h20 à 23h45\n" in plain
    later = replace(GUEST, until=START + timedelta(days=1))
    plain = shown(at=START, guests=[later]).plain
    assert "de 14h20 à 14h30 le mer. 2 déc." in plain


def test_guests_with_windows_of_their_own_have_them_on_their_lines():
    longer = replace(GUEST, name="Léa Roux", until=START + timedelta(hours=2))
    plain = shown(guests=[GUEST, longer]).plain
    assert "Partenaires externes (2), de 14h20 à 15h45\n" in plain
    assert "- Jean Dupont (partenaire.example) : lien pas encore suivi\n" in plain
    assert "- Léa Roux (partenaire.example), de 14h20 à 16h30 : lien pas encore suivi" in plain


def test_where_no_link_has_the_meetings_window_each_has_its_own():
    longer = replace(GUEST, until=START + timedelta(hours=2))
    longest = replace(GUEST, name="Léa Roux", until=START + timedelta(hours=3))
    plain = shown(guests=[longer, longest]).plain
    assert "Partenaires externes (2)\n" in plain
    assert "- Jean Dupont (partenaire.example), de 14h20 à 16h30 : lien pas encore suivi" in plain
    assert "- Léa Roux (partenaire.example), de 14h20 à 17h30 : lien pas encore suivi" in plain


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"waiting_since": START}, "a suivi son lien"),
        ({"revoked_at": START}, "lien retiré"),
        ({"mail_refused": True}, "adresse mail refusée"),
        ({"name": "", "email": ""}, "nom effacé"),
    ],
)
def test_each_state_of_a_guest_has_words(change, words):
    assert words in shown(guests=[replace(GUEST, **change)]).plain


def test_a_link_that_is_dead_is_said_to_be_no_good_at_any_time():
    plain = shown(at=START, guests=[replace(GUEST, revoked_at=START)]).plain
    assert "Jean Dupont (partenaire.example) : lien retiré" in plain
    assert "valable" not in plain


def test_a_meeting_that_ended_before_it_began_has_no_end_of_its_own():
    ended = replace(OCCURRENCE, end=OCCURRENCE.start, state=OccurrenceState.ENDED)
    assert "14h30 (heure de Paris), par" in shown(occurrence=ended).plain


def test_an_ended_meeting_shows_no_link_and_says_who_may_still_be_in():
    ended = replace(OCCURRENCE, state=OccurrenceState.ENDED)
    plain = shown(occurrence=ended, guests=[replace(GUEST, waiting_since=START)]).plain
    assert "https://" not in plain
    assert "Une personne déjà admise dans Visio y reste, et peut y revenir sans nouvel" in plain
    assert "tant que l’organisateur ne l’a pas exclue" in plain


def test_a_restricted_room_says_that_colleagues_wait():
    restricted = replace(MEETING, room=replace(ROOM, level=AccessLevel.RESTRICTED))
    assert "les collègues attendent aussi" in shown(meeting=restricted).plain


@pytest.mark.parametrize(
    ("members", "join_rule", "may"),
    [
        ({"@a:agents.example"}, "invite", True),
        ({"@a:agents.example", "@x:outside.example"}, "invite", False),
        ({f"@a{n}:agents.example" for n in range(21)}, "invite", False),
        ({"@a:agents.example"}, "public", False),
    ],
)
def test_where_dial_in_may_be_shown(members, join_rule, may):
    state = SalonState(
        salon=SalonId("!s"), members=frozenset(map(UserId, members)), join_rule=join_rule
    )
    assert may_show_phone(state, ["agents.example"]) is may


def test_dial_in_is_hidden_from_who_is_invited_and_may_have_the_keys_already():
    state = SalonState(
        salon=SalonId("!s"),
        members=frozenset({UserId("@a:agents.example")}),
        invited=frozenset({UserId("@x:outside.example")}),
    )
    assert not may_show_phone(state, ["agents.example"])


def test_a_card_promises_nothing_and_explains_nothing_once_somebody_is_invited():
    plain = shown(guests=[GUEST]).plain
    assert "personnel" not in plain
    assert "répondez" not in plain


@pytest.mark.parametrize(
    ("admitted", "change", "words"),
    [
        (Admitted(waiting=frozenset({GUEST.id})), {}, "attend à la porte"),
        (Admitted(inside=frozenset({GUEST.id})), {}, "entrée accordée"),
        (Admitted(frozenset({GUEST.id}), frozenset({GUEST.id})), {}, "entrée accordée"),
        (Admitted(inside=frozenset({GUEST.id})), {"mail_refused": True}, "entrée accordée"),
        (Admitted(inside=frozenset({GUEST.id})), {"revoked_at": START}, "lien retiré"),
        (Admitted(inside=frozenset({InvitationId(UUID(int=2))})), {}, "lien pas encore suivi"),
    ],
)
def test_whom_the_salon_let_in(admitted, change, words):
    guest = replace(GUEST, **change)
    assert words in shown(guests=[guest], mode=LIVEKIT, admitted=admitted).plain


@pytest.mark.parametrize("state", [OccurrenceState.ENDED, OccurrenceState.CANCELLED])
@pytest.mark.parametrize(
    ("mode", "after", "told"),
    [
        (LIVEKIT, timedelta(), False),
        (REDIRECT, timedelta(hours=6) - timedelta(seconds=1), True),
        (REDIRECT, timedelta(hours=6), False),
        (KNOCK, timedelta(hours=6), False),
    ],
)
def test_a_closed_meeting_tells_of_guests_as_long_as_they_may_be_there(state, mode, after, told):
    closed = replace(OCCURRENCE, state=state)
    guest = replace(GUEST, waiting_since=START)
    plain = shown(occurrence=closed, guests=[guest], mode=mode, at=OCCURRENCE.end + after).plain
    assert ("sont fermés" in plain) is told


def test_a_cancelled_meeting_shows_when_it_was_to_be():
    cancelled = OCCURRENCE.cancelled(START - timedelta(days=1))
    plain = shown(occurrence=cancelled).plain
    assert "14h30–15h30" in plain
    assert "État : annulée" in plain


LIVE = Presence(
    occurrence=OCCURRENCE.id,
    began_at=START + timedelta(minutes=2),
    looked_at=START,
    people=3,
    guests=2,
    peak=5,
)
DESERTED = "État : plus personne dans la réunion pour le moment"
OVER = replace(LIVE, people=0, guests=0, closed_at=START + timedelta(minutes=47))


@pytest.mark.parametrize(
    ("presence", "at", "words"),
    [
        (None, START, "État : en attente des participants"),
        (None, START - timedelta(minutes=5), "État : prévue"),
        (LIVE, START, "État : en cours, 3 personnes dont 2 externes"),
        (
            replace(LIVE, people=1, guests=1),
            START,
            "État : en cours, 1 personne dont 1 externe",
        ),
        (replace(LIVE, guests=0), START, "État : en cours, 3 personnes, depuis 14h32"),
        (
            replace(LIVE, people=0, guests=0, empty_since=START),
            START,
            DESERTED,
        ),
        (
            OVER,
            START + timedelta(minutes=50),
            f"{DESERTED} ; durée 45 min, au plus 5 personnes",
        ),
        (
            OVER,
            START + timedelta(hours=2),
            "État : l’heure de fin est passée ; durée 45 min, au plus 5 personnes",
        ),
        (
            replace(OVER, closed_at=OVER.began_at, peak=1),
            START + timedelta(hours=2),
            "État : l’heure de fin est passée ; durée 1 min, au plus 1 personne",
        ),
    ],
)
def test_who_is_there(presence, at, words):
    assert shown(at=at, presence=presence, mode=LIVEKIT).plain.split("\n")[2] == words


def test_how_long_an_ended_meeting_lasted():
    ended = replace(OCCURRENCE, state=OccurrenceState.ENDED)
    french = shown(occurrence=ended, presence=OVER, mode=LIVEKIT).plain
    assert "État : terminée ; durée 45 min, au plus 5 personnes" in french
    english = shown(occurrence=ended, presence=OVER, mode=LIVEKIT, catalogue=EN).plain
    assert "State: ended; lasted 45 min, at most 5 people" in english


def test_in_english_who_is_there():
    english = shown(presence=LIVE, mode=LIVEKIT, catalogue=EN).plain
    assert "State: in progress, 3 people with 2 guests" in english


SERIES = Series(
    meeting=MEETING.id,
    start=datetime(2026, 12, 1, 14, 30),
    length=timedelta(hours=1),
    zone="Europe/Paris",
    recurrence=Recurrence(rule="FREQ=WEEKLY"),
)


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({}, True),
        ({"guests": [replace(GUEST, scope=WholeSeries())]}, False),
        ({"guests": []}, False),
        ({"series": None}, False),
        ({"mode": KNOCK}, True),
        ({"mode": LIVEKIT}, False),
        ({"occurrence": replace(OCCURRENCE, apart=True, own_room=ROOM)}, False),
    ],
)
def test_one_room_for_all_dates_is_told_where_nothing_keeps_a_former_guest_out(changed, told):
    facts = {"guests": [GUEST], "series": SERIES, **changed}
    assert ("Une seule salle Visio sert à toutes les dates" in shown(**facts).plain) is told
    assert ("One Visio room is used for all dates" in shown(**facts, catalogue=EN).plain) is told


def test_a_date_apart_shows_its_own_room_alone():
    own = replace(ROOM, url="https://visio.example/xyz-own")
    apart = replace(OCCURRENCE, apart=True)
    assert "https://visio.example/xyz-own" in shown(occurrence=replace(apart, own_room=own)).plain
    assert ROOM.url not in shown(occurrence=apart).plain
