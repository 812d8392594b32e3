"""Each line of the guide for a bad day is played by a test, which this page names."""

import re
from pathlib import Path

import pytest

from tests.guide import GUIDE

TESTS = Path(__file__).parents[2]
PLAYED = {
    "a host's link was seen by somebody": (
        "services/test_host_page.py",
        "test_a_new_one_ends_the_one_before_of_the_same_person",
    ),
    "a guest's link is locked (five wrong PINs)": (
        "services/test_proofs.py",
        "test_five_wrong_ones_lock_the_link_on_every_device",
    ),
    "a link went to the wrong person": (
        "unit/bot/test_cli.py",
        "test_an_invitation_is_revoked_once",
    ),
    "somebody who should not be in the call is in it": (
        "services/test_ejection_times.py",
        "test_the_salon_reads_how_long_a_withdrawal_took",
    ),
    '`ORG_MATRIX_EXPIRED_ACCOUNT`, "account expired"': (
        "bot/test_session.py",
        "test_an_expired_account_is_told_from_a_dead_token",
    ),
    "the bot answers by direct message instead of in the salon": (
        "unit/bot/test_comings.py",
        "test_a_card_that_cannot_be_shown_is_told_and_shown_later",
    ),
    "the bot leaves a space": (
        "unit/bot/test_comings.py",
        "test_it_leaves_and_tells_who_invited_it",
    ),
    "the bot does not read an encrypted salon": (
        "unit/bot/test_commands.py",
        "test_what_it_does_not_see",
    ),
    '"the application … rooms:create"': (
        "unit/bridge/visio/test_refusals.py",
        "test_a_scope_given_later_counts_at_once",
    ),
    "the secret of Visio leaked": (
        "unit/bot/test_check.py",
        "test_what_visio_refuses_is_told",
    ),
    "the folder of keys leaked": (
        "unit/bot/test_link_keys.py",
        "test_a_key_replaced_as_the_guide_says_kills_every_link",
    ),
    "`matrix.position_ahead` in the log": (
        "bot/test_sync.py",
        "test_a_position_from_the_future_is_noticed_and_nothing_is_missed",
    ),
    "Parvis's own database must be put back": (
        "e2e/test_backup.py",
        "test_an_older_database_beside_the_device_of_today",
    ),
    "`/readyz` names something": (
        "e2e/test_on_call.py",
        "test_visio_mail_and_the_media_server_away",
    ),
    "a process was killed": ("e2e/test_kill.py", "test_killed_around_each_effect"),
    "`identity` is degraded, or `matrix.identity_unknown` in the log": (
        "e2e/test_identity.py",
        "test_a_reset_elsewhere_is_seen_and_undone",
    ),
    **dict.fromkeys(
        (
            '"the key … is gone", "is missing, or is not the one"',
            '"… is no key of 32 bytes in hexadecimal"',
            '"the file … is damaged"',
            '"the database is missing or empty, though the bot has run before"',
            '"a newer version has migrated the database"',
        ),
        ("unit/bot/test_losses.py", "test_a_start_says_what_is_lost_and_is_not_tried_again"),
    ),
}


def lines() -> list[str]:
    table = GUIDE.partition("## When something happens")[2].partition("\n## ")[0]
    return [line.split(" | ")[0].removeprefix("| ") for line in table.strip().splitlines()[2:]]


def test_every_line_is_played() -> None:
    assert set(lines()) == set(PLAYED)


@pytest.mark.parametrize(("file", "name"), PLAYED.values(), ids=PLAYED.keys())
def test_by_a_test_that_is_there(file: str, name: str) -> None:
    text = (TESTS / file).read_text(encoding="utf-8")
    assert re.search(rf"^\s*(?:async )?def {name}\(", text, re.MULTILINE)
