"""The address to which guests' calendars answer is one that people read."""

import pytest
from pydantic import ValidationError

from config.sections import MailSettings


@pytest.mark.parametrize(
    "address",
    [
        "noreply@example.org",
        "no-reply@example.org",
        "No.Reply@example.org",
        "do-not-reply@example.org",
        "donotreply@example.org",
        "ne-pas-repondre@example.org",
        "nepasrepondre@example.org",
        "personne",
        "",
    ],
)
def test_it_is_refused_if_nobody_reads_it(address: str):
    with pytest.raises(ValidationError):
        MailSettings(sender="visio@example.org", organizer=address)


@pytest.mark.parametrize("address", ["reunions@example.org", "norbert@example.org", None])
def test_others_are_taken(address: str | None):
    assert MailSettings(sender="visio@example.org", organizer=address).organizer == address
