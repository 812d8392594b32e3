"""A desk as its page shows it: one entry for each guest, with all their devices together."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from bridge.domain.invitation import Standing
from bridge.i18n import Catalogue
from bridge.services.host_page.desk import Desk, Row
from bridge.services.visits.snapshot import Admission, known_as


@dataclass(frozen=True, slots=True)
class Device:
    """One browser of a guest."""

    visit: str
    name: str
    since: datetime
    standing: str
    number: int
    """The number that the salon reads too, if several devices wait with one link; 0: none."""


@dataclass(frozen=True, slots=True)
class GuestDevices:
    """All devices with one link that are in the same state."""

    known: str
    """How well it is known who they are."""
    devices: Sequence[Device]
    inside: bool
    """Another device with the same link is admitted: one of these would take over from it."""


@dataclass(frozen=True, slots=True)
class Group:
    """A part of the page."""

    key: str
    guests: Sequence[GuestDevices]

    @property
    def count(self) -> int:
        """The number of devices that it shows."""
        return sum(len(guest.devices) for guest in self.guests)


_GROUPS = {
    "waiting": (Standing.WAITING,),
    "inside": (Standing.ADMITTED,),
    "out": (Standing.REFUSED, Standing.REMOVED),
}


def groups(desk: Desk, catalogue: Catalogue) -> list[Group]:
    """Return the parts of the page."""
    inside = {row.admission.invitation.id for row in desk.those(Standing.ADMITTED)}
    found = []
    for key, standings in _GROUPS.items():
        of: dict[object, list[Row]] = {}
        for row in desk.those(*standings):
            of.setdefault(row.admission.invitation.id, []).append(row)
        guests = [
            GuestDevices(
                _known(rows[0].admission, catalogue),
                [_device(row) for row in rows],
                key == "waiting" and link in inside,
            )
            for link, rows in of.items()
        ]
        found.append(Group(key, guests))
    return found


def _device(row: Row) -> Device:
    visit = row.admission.visit
    altered = row.standing is Standing.REMOVED and row.admission.altered
    standing = "altered" if altered else row.standing.value
    return Device(visit.id.hex, visit.name, row.since, standing, visit.number)


def _known(admission: Admission, catalogue: Catalogue) -> str:
    """Return the words with which the salon is told of them too."""
    key, parameters = known_as(admission)
    assurance = catalogue.text(f"assurance.{admission.assurance}")
    return catalogue.text(key, assurance=assurance, **parameters)


def desk_stamp(desk: Desk) -> str:
    """Return a value that changes when the page should."""
    told = [f"{desk.over} {desk.opens} {desk.occurrence.end} {desk.title}"]
    told += [f"{row.admission.visit.id} {row.standing} {row.since}" for row in desk.rows]
    return hashlib.sha256("\n".join(told).encode()).hexdigest()[:16]
