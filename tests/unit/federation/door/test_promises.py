"""Each way of admitting is named on the guest's page, with what it does not enforce."""

import pytest

from bridge.domain.policy import Policy, Way
from bridge.i18n import Language, catalogues
from federation.door.pages import Pages, promise
from federation.door.settings import DoorSettings
from federation.door.statics import assets

SETTINGS = DoorSettings(public_url="https://door.example", visio_origin="https://visio.example")


@pytest.mark.parametrize(
    ("policy", "promised", "admits"),
    [
        (Policy(), "link", "door.next.admit"),
        (Policy(keyed=True), "link", "door.next.admit"),
        (Policy(way=Way.KNOCK), "page", "door.knock.admit"),
        (Policy(way=Way.KNOCK, keyed=True), "out", "door.knock.admit"),
        (Policy(way=Way.LIVEKIT, keyed=True), "out", "door.ours.admit"),
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
