"""The box of answers is off, or has all that it needs."""

from typing import Any

import pytest
from pydantic import ValidationError

from bot.program.values import answers_to, box_server
from config.sections import InboxSettings
from tests.defaults import SETTINGS

WHOLE = {"host": "imap.example.org", "user": "u", "password": "p", "authserv_id": "mx.example.org"}


def test_it_is_off() -> None:
    assert box_server(SETTINGS) is None
    assert answers_to(SETTINGS) is None


@pytest.mark.parametrize("name", ["user", "password", "authserv_id"])
def test_it_needs_all_of_these(name: str) -> None:
    given: dict[str, Any] = {key: value for key, value in WHOLE.items() if key != name}
    with pytest.raises(ValidationError, match=f"inbox.{name}"):
        InboxSettings(**given)


def test_no_password_travels_in_clear() -> None:
    given: dict[str, Any] = {**WHOLE, "tls": "none"}
    with pytest.raises(ValidationError):
        InboxSettings(**given)


@pytest.mark.parametrize(
    ("address", "answered"), [(None, SETTINGS.mail.sender), ("r@example.org", "r@example.org")]
)
def test_calendars_answer_to_its_address(address: str | None, answered: str) -> None:
    given: dict[str, Any] = {**WHOLE, "address": address}
    settings = SETTINGS.model_copy(update={"inbox": InboxSettings(**given)})
    assert answers_to(settings) == answered
    server = box_server(settings)
    assert server is not None
    assert (server.host, server.port, server.folder) == ("imap.example.org", 993, "INBOX")
