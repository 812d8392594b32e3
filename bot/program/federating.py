"""The federation with partners: our keys, and the clients that read what partners publish."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from bridge.clock import Clock
from bridge.domain.home import HomeInstance
from bridge.domain.partner import Issuer
from bridge.partners.asking import PartnerAsking
from bridge.partners.directory import StatementDirectory
from bridge.partners.fetching import PartnerNetworks, PartnerRequests, open_requests
from bridge.partners.statements import TYP
from bridge.partners.tokens import KeyedTokens
from bridge.ports import UnitsOfWork
from bridge.tokens import SigningKey
from config.settings import Settings
from federation.keys import KeyRing, LiveRing

RING = "federation"
"""The folder of our signing keys, within the folder of all keys."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Federation:
    """Our side of the federation, shared by all roles of a process."""

    home: HomeInstance
    pinned: SigningKey = field(repr=False)
    ring: LiveRing
    requests: PartnerRequests
    directory: StatementDirectory
    tokens: KeyedTokens
    asking: PartnerAsking
    """Asks partners' instances."""


@asynccontextmanager
async def open_federation(
    settings: Settings, works: UnitsOfWork, clock: Clock
) -> AsyncIterator[Federation | None]:
    """Open our keys and the client of partners' servers; `None` without `federation.issuer`.

    Raises KeysUnusable.
    """
    home = home_of(settings)
    if home is None:
        yield None
        return
    ring, pinned = our_keys(settings)
    async with open_directory(settings, works, clock) as (requests, directory):
        yield Federation(
            home=home,
            pinned=pinned,
            ring=ring,
            requests=requests,
            directory=directory,
            tokens=KeyedTokens(directory, clock, home.issuer),
            asking=PartnerAsking(requests, directory, ring, clock, home.issuer),
        )


@asynccontextmanager
async def open_directory(
    settings: Settings, works: UnitsOfWork, clock: Clock
) -> AsyncIterator[tuple[PartnerRequests, StatementDirectory]]:
    """Open the client of partners' servers, and what keeps their statements."""
    opening = open_requests(partner_networks(settings), ca_file=settings.federation.ca_file)
    async with opening as requests:
        get = partial(requests.get, accept=f"application/{TYP}")
        yield requests, StatementDirectory(works, clock, get)


def our_keys(settings: Settings) -> tuple[LiveRing, SigningKey]:
    """Return the ring and the federation key, made if `keys.create`. Raises KeysUnusable."""
    folder = ring_folder(settings)
    create = settings.keys.create
    if create and not any(folder.glob("key-*.pem")):
        KeyRing.create(folder)
    return LiveRing(folder), KeyRing.pinned(folder, create=create)


def ring_folder(settings: Settings) -> Path:
    """Return the folder of our signing keys."""
    return settings.keys.folder / RING


def home_of(settings: Settings) -> HomeInstance | None:
    """Return our instance as partners know it; `None` without `federation.issuer`."""
    federation, door = settings.federation, settings.door
    if federation.issuer is None:
        return None
    return HomeInstance(
        issuer=Issuer(federation.issuer),
        visio=settings.visio.people_url.rstrip("/"),
        door=door.public_url,
        organisation=door.organisation,
        contact=door.contact or "",
        privacy=door.privacy_url or "",
        grants_per_hour=federation.grants_per_hour,
        approval=federation.approval,
    )


def partner_networks(settings: Settings) -> PartnerNetworks:
    """Return where partners' servers may be."""
    federation = settings.federation
    return PartnerNetworks(networks=federation.networks, ports=frozenset(federation.ports))
