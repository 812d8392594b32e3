"""Helpers for the tests of the Visio client."""

from datetime import UTC, datetime

from pydantic import SecretStr

from bridge.http import Timeouts
from bridge.visio import VisioAccess
from tests.doubles.visio import VisioDouble

AGENT = "agent@beta.gouv.fr"
NOW = datetime(2026, 9, 1, 9, 0, tzinfo=UTC)
TIMEOUTS = Timeouts(connect=0.5, total=0.5)


def access(url: str, double: VisioDouble | None = None) -> VisioAccess:
    """Return credentials for `url`; the double's where there is one."""
    return VisioAccess(
        base_url=url,
        public_url="https://visio.test",
        client_id=double.client_id if double else "parvis",
        client_secret=SecretStr(double.client_secret if double else "swordfish"),
    )
