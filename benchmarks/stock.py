"""A database with a meeting, guests who hold links, and guests who wait at the door."""

import json
import secrets
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from itertools import cycle
from pathlib import Path
from typing import Any, TypeAlias
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import Engine, create_engine, insert

from bridge.clock import SystemClock
from bridge.domain.codes import Minter, digest_of
from bridge.domain.invitation import Assurance, Delivery
from bridge.domain.meeting import AccessLevel, MeetingState, OccurrenceState
from bridge.domain.proof import Proof
from bridge.domain.wall import wall_of
from bridge.ids import uuid7
from bridge.store import migrate
from bridge.store.tables import invitations, meetings, occurrences, visits

ORGANISER = "@alice.martin-beta.gouv.fr:agent.example"
SALON = "!salon:agent.example"
_AHEAD = timedelta(hours=1)
_CHUNK = 5000

About: TypeAlias = tuple[UUID, UUID]
"""A meeting and its occurrence."""


@dataclass(frozen=True, slots=True)
class Stock:
    """The guests' secrets: codes of unused links, and open visits with their cookies' secrets."""

    codes: Sequence[str]
    visits: Sequence[tuple[str, str]]
    occurrences: Sequence[str] = ()

    def save(self, path: Path) -> None:
        """Save it for a process of the benchmark."""
        path.write_text(json.dumps(asdict(self)))


async def stocked(
    path: Path,
    *,
    links: int = 0,
    waiting: int = 0,
    meetings: int = 1,
    ahead: timedelta = _AHEAD,
) -> Stock:
    """Create the database, in which all meetings start `ahead` of now and share the guests."""
    url = f"sqlite:///{path}"
    await migrate(url)
    engine = create_engine(url)
    try:
        return _fill(engine, links, waiting, [_about() for _ in range(meetings)], ahead)
    finally:
        engine.dispose()


def _about() -> About:
    now = SystemClock().now()
    return uuid7(now), uuid7(now)


def _fill(
    engine: Engine, links: int, waiting: int, abouts: Sequence[About], ahead: timedelta
) -> Stock:
    now = SystemClock().now()
    minter = Minter({"k1": secrets.token_bytes(32)}, "k1")
    issued = [uuid7(now) for _ in range(links)]
    held = [(uuid7(now), secrets.token_urlsafe(16)) for _ in range(waiting)]
    passes = list(zip(issued, cycle(abouts), strict=False))
    rows = {
        meetings: [_meeting(meeting, now) for meeting, _ in abouts],
        occurrences: [
            _occurrence(occurrence, meeting, now, now + ahead) for meeting, occurrence in abouts
        ],
        invitations: [_pass(one, about, minter, now) for one, about in passes],
        visits: [
            _visit(one, invitation, about, now)
            for one, (invitation, about) in zip(held, cycle(passes), strict=False)
        ],
    }
    with engine.begin() as connection:
        for table, each in rows.items():
            for start in range(0, len(each), _CHUNK):
                connection.execute(insert(table), each[start : start + _CHUNK])
    return Stock(
        codes=[minter.code(one, 0, "k1") for one in issued],
        visits=[(visit.hex, secret) for visit, secret in held],
        occurrences=[occurrence.hex for _, occurrence in abouts],
    )


def _meeting(identity: UUID, now: datetime) -> dict[str, Any]:
    return {
        "id": identity,
        "salon": SALON,
        "organiser": ORGANISER,
        "title": "Point budget",
        "source": f"${identity}",
        "level": AccessLevel.TRUSTED,
        "state": MeetingState.READY,
        "state_changes": 0,
        "unanswered": 0,
        "created_at": now,
        "room_id": uuid7(now),
        "room_slug": "abc-defg-hij",
        "room_url": "https://visio.example/abc-defg-hij",
        "room_level": AccessLevel.TRUSTED,
    }


def _occurrence(identity: UUID, meeting: UUID, now: datetime, start: datetime) -> dict[str, Any]:
    return {
        "id": identity,
        "meeting": meeting,
        "salon": SALON,
        "organiser": ORGANISER,
        "starts_at": start,
        "wall_start": wall_of(start, ZoneInfo("Europe/Paris")),
        "ends_at": start + _AHEAD,
        "zone": "Europe/Paris",
        "state": OccurrenceState.PLANNED,
        "sequence": 0,
        "touched": now - _AHEAD,  # long ago: nobody has changed anything since
    }


def _pass(identity: UUID, about: About, minter: Minter, now: datetime) -> dict[str, Any]:
    meeting, occurrence = about
    return {
        "id": identity,
        "meeting": meeting,
        "occurrence": occurrence,
        "series": False,
        "invited_by": ORGANISER,
        "created_at": now,
        "digest": minter.digest(identity, 0, "k1"),
        "key": "k1",
        "number": 0,
        "name": "Claire Martin",
        "email": "claire.martin@partenaire.example",
        "delivery": Delivery.MAIL,
        "assurance": Assurance.UNVERIFIED,
        "mail_refused": False,
        "takeovers": 0,
        "proof": Proof.NONE,
        "pin_tries": 0,
    }


def _visit(held: tuple[UUID, str], invitation: UUID, about: About, now: datetime) -> dict[str, Any]:
    identity, secret = held
    return {
        "id": identity,
        "invitation": invitation,
        "occurrence": about[1],
        "digest": digest_of(secret),
        "name": "Claire Martin",
        "language": "fr",
        "created_at": now,
        "number": 0,
    }
