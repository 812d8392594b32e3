"""The promises follow the admission mode, and mention names if they may change."""

import pytest

from bot.conversation.promises import promises
from bridge.domain.admission import KNOCK, KNOCK_KEYED, LIVEKIT
from bridge.domain.policy import Policy
from bridge.i18n import Language, catalogues
from tests.defaults import default_policy


@pytest.mark.parametrize(
    ("policy", "said"),
    [
        (default_policy(), ("promise.redirect", "promise.names-typed")),
        (default_policy(mode=KNOCK), ("promise.knock", "promise.names-open")),
        (default_policy(mode=KNOCK_KEYED), ("promise.knock-out",)),
        (default_policy(mode=LIVEKIT), ("promise.livekit",)),
    ],
)
def test_what_is_promised_follows_the_way(policy: Policy, said: tuple[str, ...]):
    assert promises(policy, proof=False) == said
    for catalogue in catalogues().values():
        assert all(catalogue.text(key) for key in said)


@pytest.mark.parametrize("proof", [False, True])
@pytest.mark.parametrize("waiting_room", [False, True])
def test_who_comes_in_without_an_answer_is_told_where_it_may_happen(
    proof: bool, waiting_room: bool
):
    policy = default_policy(mode=LIVEKIT, waiting_room=waiting_room)
    said = "promise.walk-in" in promises(policy, proof=proof)
    assert said is (proof and not waiting_room)


def test_the_end_is_promised_in_both_languages():
    assert "six heures au plus" in catalogues()[Language.FR].text("promise.redirect")
    assert "six hours" in catalogues()[Language.EN].text("promise.redirect")
