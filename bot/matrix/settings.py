"""The settings of an account, and the place of its access."""

from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Protocol

from pydantic import SecretStr

from bridge.ids import UserId


@dataclass(frozen=True, slots=True, kw_only=True)
class MatrixOptions:
    """One account. Durations without a unit in their type are seconds."""

    homeserver: str
    """The client URL; never derived from the server's name (the RIE's differ)."""
    user: UserId
    store: Path
    """A folder for the device's keys, on a durable volume, ours alone."""
    pickle_secret: SecretStr
    access_token: SecretStr | None = None
    """With `device_id`, the better way: issued once by the operator."""
    device_id: str | None = None
    password: SecretStr | None = None
    """Used for a first login, and to heal a lost store or a replaced identity."""
    device_name: str
    proxy: str | None = None
    """An HTTP or SOCKS proxy, `http://host:port`."""
    ca_file: Path | None = None
    sync_timeout: float = 30.0
    request_timeout: float = 30.0
    send_timeout: float = 60.0
    device_query_timeout: float = 2.0
    """How long the homeserver may wait for other servers' device lists and one-time keys."""
    parking: float = 120.0
    """How long a server that keeps not answering is not asked again, at most."""
    key_patience: float = 60.0
    """How long a line may wait for its key before its author is told."""
    backoff_first: float = 1.0
    backoff_longest: float = 60.0
    timeline_limit: int = 30
    """Lines per salon in one sync; beyond, the gap is fetched."""
    gap_age: timedelta = field(default=timedelta(hours=24))
    """Lines missed during an outage that are dated as older than this are not read."""
    gap_pages: int = 20
    """At most this many hundreds of them are fetched per salon."""
    gap_timeout: float = 20.0
    """How long a salon's later lines wait, for their order, behind lines being fetched."""
    sessions_kept: timedelta = field(default=timedelta(weeks=8))


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """The result of a login."""

    access_token: SecretStr
    device_id: str
    refresh_token: SecretStr | None = None


class Credentials(Protocol):
    """Stores the account's access, encrypted; the configuration is not written to."""

    async def load(self) -> Access | None:
        """Return the access saved last, None at the first start."""
        ...

    async def save(self, access: Access) -> None:
        """Store the access durably: returns once a crash can't lose it."""
        ...
