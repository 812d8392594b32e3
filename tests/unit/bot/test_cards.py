"""What a card says, at each moment of a meeting, in both languages."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from bot.cards import CardFacts, card
from bot.guests import NOBODY, Admitted
from bot.matrix.events import SalonState
from bot.salon import may_show_phone
from bot.text import Text
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
from bridge.domain.policy import Way
from bridge.domain.presence import Presence
from bridge.domain.proof import Proof
from bridge.domain.window import Graces
from bridge.i18n import Language, catalogues
from bridge.ids import (
    EventId,
    InvitationId,
    MeetingId,
    OccurrenceId,
    SalonId,
    UserId,
    VisioRoomId,
)

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
    occurrence=OCCURRENCE.id,
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
    way=Way.REDIRECT,
    admitted=NOBODY,
    presence=None,
    walk_in=False,
):
    facts = CardFacts(
        meeting=meeting,
        occurrence=occurrence,
        invitations=guests,
        organiser=Text.of("Alice Martin"),
        graces=Graces(),
        now=at,
        phone=phone,
        prefix="!visio",
        way=way,
        admitted=admitted,
        presence=presence,
        walk_in=walk_in,
    )
    return card(catalogue, facts)


def test_the_plain_text_alone_says_everything():
    assert shown(at=START - timedelta(days=1)).plain == (
        "Réunion Visio : Budget <2027>\n"
        "Organisée par Alice Martin\n"
        "mardi 1er décembre 2026, 14h30–15h30 (heure de Paris), 1 h\n"
        "État : prévue\n\n"
        "Rejoindre la réunion : https://visio.example/abc-defg-hij\n\n"
        "Pour agir sur cette réunion, répondez à sa carte : !visio inviter,"
        " !visio prolonger 30min, !visio terminer. Une erreur ? ↩️ sur la carte l’annule pendant"
        " dix minutes, !visio annuler à tout moment."
    )


def test_the_same_card_in_english():
    plain = shown(at=START - timedelta(days=1), catalogue=EN).plain
    assert "Tuesday, 1 December 2026, 14:30–15:30 (Paris time)" in plain
    assert "Join the meeting: https://visio.example" in plain


def test_html_escapes_what_people_typed_and_links_the_room():
    html = shown().html
    assert "Budget &lt;2027&gt;" in html
    assert '<a href="https://visio.example/abc-defg-hij">Rejoindre la réunion</a>' in html


@pytest.mark.parametrize(
    ("minutes", "state"),
    [(-11, "prévue"), (-10, "ouverte"), (0, "en cours"), (60, "ouverte"), (75, "heure de fin")],
)
def test_the_state_follows_the_clock(minutes, state):
    assert state in shown(at=START + timedelta(minutes=minutes)).plain


def test_phone_and_pin_leave_the_card_when_the_meeting_is_over():
    """A PIN never expires, and who joins the salon later reads its last card."""
    over = OCCURRENCE.end + Graces().after
    assert "3638741631" in shown(phone=True, at=over - timedelta(seconds=1)).plain
    assert "3638741631" not in shown(phone=True, at=over).plain


def test_phone_and_pin_are_for_small_salons_of_agents():
    assert "3638741631" not in shown().plain
    assert "3638741631" in shown(phone=True).plain


def test_a_guest_has_a_window_and_a_state():
    plain = shown(at=START, guests=[GUEST]).plain
    assert "Partenaire externe (1)" in plain
    assert (
        "Jean Dupont (partenaire.example) : lien valable de 14h20 à 15h45, lien pas encore suivi"
        in plain
    )
    assert "qui a été admis reste, et peut revenir pendant six heures au plus" in plain


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
    assert "Jean Dupont (partenaire.example) : lien retiré\n" in plain
    assert "valable" not in plain


def test_a_meeting_that_ended_before_it_began_has_no_end_of_its_own():
    ended = replace(OCCURRENCE, end=OCCURRENCE.start, state=OccurrenceState.ENDED)
    assert "14h30 (heure de Paris)" in shown(occurrence=ended).plain


def test_an_ended_meeting_shows_no_link_and_says_who_may_still_be_in():
    ended = replace(OCCURRENCE, state=OccurrenceState.ENDED)
    plain = shown(occurrence=ended, guests=[replace(GUEST, waiting_since=START)]).plain
    assert "https://" not in plain
    assert "Qui a été admis dans Visio y reste, et peut y revenir sans nouvelle admission" in plain
    assert "jusqu’à ce que l’organisateur l’en exclue" in plain


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


@pytest.mark.parametrize("catalogue", [FR, EN])
def test_what_is_promised_follows_the_way(catalogue):
    redirect = shown(guests=[GUEST], catalogue=catalogue).plain
    ours = shown(guests=[GUEST], catalogue=catalogue, way=Way.LIVEKIT).plain
    assert catalogue.text("card.redirect-promise") in redirect
    assert catalogue.text("card.livekit-promise") in ours


@pytest.mark.parametrize("catalogue", [FR, EN])
def test_whether_the_names_are_kept_is_said_with_what_is_promised(catalogue):
    ways = {
        "card.names-typed": shown(guests=[GUEST], catalogue=catalogue),
        "card.names-open": shown(guests=[GUEST], catalogue=catalogue, way=Way.KNOCK),
        None: shown(guests=[GUEST], catalogue=catalogue, way=Way.LIVEKIT),
    }
    for said, worded in ways.items():
        for key in ("card.names-typed", "card.names-open"):
            assert (catalogue.text(key) in worded.plain) is (key == said)


@pytest.mark.parametrize("proof", list(Proof))
@pytest.mark.parametrize("walk_in", [False, True])
def test_who_comes_in_without_an_answer_is_told_where_it_may_happen(proof: Proof, walk_in: bool):
    guests = [replace(GUEST, proof=proof)]
    said = FR.text("card.walk-in") in shown(guests=guests, way=Way.LIVEKIT, walk_in=walk_in).plain
    assert said is (walk_in and proof is not Proof.NONE)


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
    assert words in shown(guests=[guest], way=Way.LIVEKIT, admitted=admitted).plain


@pytest.mark.parametrize("state", [OccurrenceState.ENDED, OccurrenceState.CANCELLED])
@pytest.mark.parametrize(
    ("way", "after", "told"),
    [
        (Way.LIVEKIT, timedelta(), False),
        (Way.REDIRECT, timedelta(hours=6) - timedelta(seconds=1), True),
        (Way.REDIRECT, timedelta(hours=6), False),
        (Way.KNOCK, timedelta(hours=6), False),
    ],
)
def test_a_closed_meeting_tells_of_guests_as_long_as_they_may_be_there(state, way, after, told):
    closed = replace(OCCURRENCE, state=state)
    guest = replace(GUEST, waiting_since=START)
    plain = shown(occurrence=closed, guests=[guest], way=way, at=OCCURRENCE.end + after).plain
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
        (None, START - timedelta(minutes=5), "État : ouverte aux partenaires externes"),
        (LIVE, START, "État : en cours, 3 personnes, depuis 14h32, dont 2 partenaires externes"),
        (
            replace(LIVE, people=1, guests=1),
            START,
            "État : en cours, 1 personne, depuis 14h32, dont 1 partenaire externe",
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
    assert shown(at=at, presence=presence, way=Way.LIVEKIT).plain.split("\n")[3] == words


def test_how_long_an_ended_meeting_lasted():
    ended = replace(OCCURRENCE, state=OccurrenceState.ENDED)
    french = shown(occurrence=ended, presence=OVER, way=Way.LIVEKIT).plain
    assert "État : terminée ; durée 45 min, au plus 5 personnes" in french
    english = shown(occurrence=ended, presence=OVER, way=Way.LIVEKIT, catalogue=EN).plain
    assert "State: ended; lasted 45 min, at most 5 people" in english


def test_in_english_who_is_there():
    english = shown(presence=LIVE, way=Way.LIVEKIT, catalogue=EN).plain
    assert "State: in progress, 3 people, since 14:32, 2 guests among them" in english
