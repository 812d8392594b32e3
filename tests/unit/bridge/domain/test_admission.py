"""The ways in which guests are admitted, and what each of them does."""

import pytest

from bridge.domain.admission import KNOCK, KNOCK_KEYED, LIVEKIT, REDIRECT, AdmissionMode

DOES = ("ours", "asks_salon", "knocks", "ejects", "counts")


@pytest.mark.parametrize(
    ("mode", "does"),
    [
        (REDIRECT, set()),
        (KNOCK, {"ours", "knocks"}),
        (KNOCK_KEYED, {"ours", "knocks", "ejects", "counts"}),
        (LIVEKIT, {"ours", "asks_salon", "ejects", "counts"}),
    ],
    ids=["redirect", "knock", "knock with a key", "livekit"],
)
def test_each_mode_has_its_consequences(mode: AdmissionMode, does: set[str]):
    assert {name for name in DOES if getattr(mode, name)} == does


def test_a_key_changes_not_the_way_but_what_it_enforces():
    assert KNOCK_KEYED.name == KNOCK.name
