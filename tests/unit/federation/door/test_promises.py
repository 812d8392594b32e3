"""Each way of admitting is named on the guest's page, with what it does not enforce."""

from datetime import UTC, datetime, timedelta

import pytest

from bridge.domain.admission import KNOCK, KNOCK_KEYED, LIVEKIT
from bridge.domain.invitation import Standing
from bridge.domain.policy import Policy
from bridge.domain.window import Window
from bridge.i18n import Language, catalogues
from bridge.ids import UserId
from bridge.services.visits.snapshot import View
from federation.door.pages import Pages, promise
from federation.door.statics import assets
from tests.defaults import default_policy, door_options
from tests.servers.require import need

START = datetime(2026, 12, 1, 13, tzinfo=UTC)
END = START + timedelta(hours=1)
VIEW = View(
    standing=Standing.WAITING,
    name="Claire Martin",
    language="fr",
    title="Point budget",
    start=START,
    end=END,
    zone="Europe/Paris",
    window=Window(START, END),
    organiser=UserId("@alice:agent.example"),
)
SETTINGS = door_options(public_url="https://door.example", visio_origin="https://visio.example")


@pytest.mark.parametrize(
    ("policy", "promised", "admits"),
    [
        (default_policy(), "link", "door.next.admit"),
        (default_policy(mode=KNOCK), "page", "door.knock.admit"),
        (default_policy(mode=KNOCK_KEYED), "out", "door.knock.admit"),
        (default_policy(mode=LIVEKIT), "out", "door.ours.admit"),
    ],
)
def test_the_page_of_a_link_says_who_admits_and_what_the_end_does(policy, promised, admits):
    assert promise(policy) == promised
    pages = Pages(SETTINGS, assets(), policy)
    for language in Language:
        words = catalogues()[language]
        page = pages.entries[language].decode()
        for name in ("link", "page", "out"):
            assert (words.text(f"door.promise.{name}") in page) is (name == promised)
        assert words.text(admits) in page


@pytest.mark.parametrize(
    ("policy", "promised"),
    [
        (default_policy(mode=KNOCK), "recorded-inside"),
        (default_policy(mode=KNOCK_KEYED), "recorded"),
        (default_policy(mode=LIVEKIT), "recorded"),
        (default_policy(), None),
    ],
)
@pytest.mark.parametrize("language", Language)
def test_that_a_meeting_is_recorded_is_promised_before_entry_where_it_is_known(
    policy: Policy, promised: str | None, language: Language
) -> None:
    """Without a key nobody tells the door what is written on a room."""
    built = assets()
    need(built.joins, "the page where guests meet is not built (make web)")
    pages = Pages(SETTINGS, built, policy)
    page = pages.visit(VIEW, language, organiser="Alice", now=START, visit="0" * 32).decode()
    words = catalogues()[language]
    for name in ("recorded", "recorded-inside"):
        assert (words.text(f"door.data.{name}") in page) is (name == promised)
