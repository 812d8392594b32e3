"""Parvis on a telephone: a card fits on its screen, and the guides have a picture of a salon."""

from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
import pytest_asyncio
from playwright.async_api import Page

from bot.conversation.cards import CardFacts, card
from bot.conversation.guests import Admitted
from bot.conversation.text import Text, pill
from bridge.domain.admission import LIVEKIT
from bridge.domain.meeting import AccessLevel, MeetingState, OccurrenceState, VisioRoom
from bridge.domain.presence import Presence
from bridge.domain.series import Recurrence, Series
from bridge.i18n import catalogues
from bridge.ids import InvitationId, VisioRoomId
from tests.defaults import default_policy
from tests.door.element import FONT, PHONE, Bubble, draw, lines
from tests.door.looks import SCREENS
from tests.servers.chromium import chromium, missing, open_page
from tests.servers.require import need
from tests.services.house import ALICE, SALON
from tests.unit.bot.office import Office
from tests.unit.bot.porch import opened, waits
from tests.unit.bridge.domain.samples import END, ID, START, invitation, meeting, occurrence

MOST = 12
"""Lines of a card with three guests: two thirds of a telephone."""
MORE = {"series elsewhere": 7}
"""Lines more: the rule of a series, times in a second zone, and what a former guest can do."""
PERMALINKS = "https://tchap.gouv.fr/#/user/"
GUESTS = tuple(
    invitation(id=InvitationId(UUID(int=number)), name=name, email=email)
    for number, (name, email) in enumerate(
        [
            ("Claire Martin", "claire.martin@partenaire.example"),
            ("Nadia Belkacem", "nadia.belkacem@laboratoire.example"),
            ("", "paul.petit@collectivite.example"),
        ],
        start=1,
    )
)
ROOM = VisioRoom(
    id=VisioRoomId(ID),
    slug="abc-defg-hij",
    url="https://visio.example/abc-defg-hij",
    level=AccessLevel.TRUSTED,
)
LIVE = Presence(
    occurrence=occurrence().id, began_at=START, looked_at=START, people=12, guests=3, peak=12
)
WEEKLY = Series(
    meeting=meeting().id,
    start=occurrence().wall_start,
    length=END - START,
    zone="Europe/Paris",
    recurrence=Recurrence(rule="FREQ=WEEKLY;BYDAY=TU", holidays="FR"),
)
CARDS: dict[str, dict[str, Any]] = {
    "planned": {"now": START - timedelta(days=1)},
    "open": {"now": START},
    "waiting": {"now": START, "mode": LIVEKIT},
    "live": {"now": START, "mode": LIVEKIT, "presence": LIVE},
    "admitted": {
        "now": START,
        "mode": LIVEKIT,
        "presence": LIVE,
        "admitted": Admitted(inside=frozenset(one.id for one in GUESTS)),
    },
    "apart": {
        "now": START,
        "invitations": [replace(GUESTS[0], until=END + timedelta(hours=3)), *GUESTS[1:]],
    },
    "series elsewhere": {
        "now": START - timedelta(days=1),
        "occurrence": occurrence(original=WEEKLY.start),
        "meeting": meeting(
            title="Point budget",
            state=MeetingState.READY,
            room=ROOM,
            created_at=START - timedelta(days=2),
        ),
        "series": WEEKLY,
        "other_zone": "Pacific/Noumea",
    },
    "over": {"now": END + timedelta(hours=1)},
    "ended": {
        "now": START,
        "occurrence": occurrence(state=OccurrenceState.ENDED),
        "invitations": [replace(one, revoked_at=START) for one in GUESTS],
    },
}


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def page() -> AsyncIterator[Page]:
    need(not missing(), missing() or "")
    need(FONT.exists(), "a typeface is missing (apt-get install fonts-dejavu-extra)")
    async with chromium() as browser, open_page(browser, viewport=PHONE) as opened_page:
        yield opened_page


def cards() -> Iterator[tuple[str, Text]]:
    for language, catalogue in catalogues().items():
        for state, changes in CARDS.items():
            known: dict[str, Any] = {
                "meeting": meeting(title="Point budget", state=MeetingState.READY, room=ROOM),
                "occurrence": occurrence(),
                "invitations": GUESTS,
                "organiser": pill(ALICE, "Alice Martin", PERMALINKS),
                "graces": default_policy().graces,
                "phone": False,
                "prefix": "!visio",
            }
            yield f"{language} {state}", card(catalogue, CardFacts(**known | changes))


@pytest.mark.asyncio(loop_scope="session")
async def test_a_card_of_three_guests_takes_few_lines_of_a_telephone(page: Page):
    found = dict(cards())
    await draw(page, [Bubble("Parvis", text.html) for text in found.values()])
    taken = {name: await lines(page, number) for number, name in enumerate(found)}
    most = {name: MOST + MORE.get(name.partition(" ")[2], 0) for name in found}
    assert {name: count for name, count in taken.items() if count > most[name]} == {}
    assert await page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]


async def test_a_salon_for_the_guides(page: Page, office: Office):
    """The drawing shows the sent messages; the layout is ours, with Element's sizes."""
    office.account.names[ALICE] = "Alice Martin"
    await opened(office)
    said = await office.says("!visio inviter claire.martin@partenaire.example", "invite")
    _, notice = await waits(office, name="Jean Dupont")
    assert len(said) == 1
    shown = {one.event: one for one in office.account.seen(SALON)}
    card_seen, *others = shown.values()
    bubbles = [
        Bubble("Alice Martin", "!visio Budget", asker=True),
        Bubble.of(card_seen.content),
        Bubble("Alice Martin", "!visio inviter claire.martin@partenaire.example", asker=True),
        *(
            replace(Bubble.of(one.content), reactions=("✅", "❌") if one.event == notice else ())
            for one in others
        ),
    ]
    await draw(page, bubbles)
    assert await page.locator("article").count() == len(bubbles)
    await photograph(page, "salon")


async def photograph(page: Page, name: str) -> None:
    """Take a picture where that was asked for (`make screens`)."""
    if SCREENS.is_dir():
        await page.screenshot(path=SCREENS / f"{name}-fr-light.png", full_page=True)
