"""How soon guests are out, and stay out: fifty at once, against the same server's bare call."""

import asyncio
import json
import sys
import tempfile
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from http import HTTPStatus
from itertools import cycle, islice
from pathlib import Path
from time import monotonic
from uuid import uuid4

from aiohttp import ClientSession

from benchmarks import browsers
from benchmarks.commands import finished
from benchmarks.eject_stage import CLOCK, GUESTS, Clients, Stage, opened, told
from benchmarks.load import Plan, Target
from benchmarks.rows import Bound, Measure, Options, Subject
from benchmarks.statistics import median, percentile
from benchmarks.stock import stocked
from bridge.domain.seat import Seat
from bridge.livekit import LiveKitAccess
from config.logs import configure
from tests.servers.livekit_signal import PATHS, joined
from tests.servers.ports import free_ports
from tests.servers.processes import bound_to_us, running

BOUNDS = {
    "eject.end": Bound("ratio", "≤", 1.2, "s"),
    "eject.revoke": Bound("ratio", "≤", 1.2, "s"),
    "eject.end.browser": Bound("ratio", "≤", 1.5, "s"),
    "eject.revoke.browser": Bound("ratio", "≤", 1.5, "s"),
    "eject.revoke.browser.p99": Bound("value", "≤", 1.5, "s"),
    "gate.close": Bound("value", "≤", 0.2, "s"),
    "reentry.poll": Bound("value", "≤", 2, "s"),
    "reentry.webhook": Bound("value", "≤", 0.5, "s"),
    "eject.faults": Bound("value", "≤", 3, "s"),
}
_SIGNALLED, _ROUNDS, _CLOSINGS, _REENTRIES, _FAULTS = 8, 4, 20, 12, 2
_AWAY = 6.0
"""Seconds for which the media server, or our processes, are away at the end of a window."""
_SOON = timedelta(seconds=2)
_BEFORE = 0.2
_INSIST = 2.0
"""Seconds after which guests who came back are removed again."""
_POSTS, _POST_ROUNDS = 250, 5
_PATIENCE, _SEEN = 600.0, 60.0


async def measure(options: Options) -> Sequence[Measure]:
    """Measure on one server in one run: the ends, the ways back, the faults."""
    configure(level="error", form="json", stream=sys.stderr)  # each ejection logs a line
    rounds = 1 if options.quick else _ROUNDS
    async with opened() as stage:
        signalled = await _ejections(stage, stage.signallers, options.rounds(_SIGNALLED))
        browsing = await _ejections(stage, stage.crowd, rounds)
        closings = await _gate(stage, options.rounds(_CLOSINGS))
        back = await _reentries(stage, options.rounds(_REENTRIES))
        async with told(stage):
            hinted = await _returns(stage, options.rounds(_REENTRIES))
        faults = await _faults(stage, 1 if options.quick else _FAULTS)
    return [
        *_latencies("eject.end", signalled.ends, signalled.bare),
        *_latencies("eject.revoke", signalled.revocations, signalled.bare),
        *_latencies("eject.end.browser", browsing.ends, browsing.bare),
        *_latencies("eject.revoke.browser", browsing.revocations, browsing.bare, of=0.9),
        Measure("eject.revoke.browser.p99", percentile(browsing.revocations, 0.99), "s"),
        Measure("gate.close", max(closings), "s"),
        Measure("reentry.poll", max(back), "s"),
        Measure("reentry.poll.p50", median(back), "s"),
        Measure("reentry.webhook", max(hinted), "s"),
        Measure("reentry.webhook.p50", median(hinted), "s"),
        Measure("eject.faults", max(faults), "s"),
        Measure("redeem.rate", await _redemptions(options), "/s"),
    ]


@dataclass(frozen=True, slots=True)
class Latencies:
    """How long after the moment each guest learnt it: ours by both ways, and by the bare call."""

    ends: list[float] = field(default_factory=list)
    revocations: list[float] = field(default_factory=list)
    bare: list[float] = field(default_factory=list)


def _latencies(
    name: str, ours: Sequence[float], bare: Sequence[float], *, of: float = 0.99
) -> list[Measure]:
    return [
        Measure(name, percentile(ours, of), "s", percentile(bare, of)),
        Measure(f"{name}.p50", percentile(ours, 0.5), "s", percentile(bare, 0.5)),
    ]


# --- fifty at once ------------------------------------------------------------------------------


async def _ejections(stage: Stage, clients: Clients, rounds: int) -> Latencies:
    found = Latencies()
    for _ in range(rounds):
        found.ends.extend(await _ended(stage, clients))
        found.revocations.extend(await _revoked(stage, clients))
        found.bare.extend(await _removed(stage, clients))
    return found


async def _ended(stage: Stage, clients: Clients) -> list[float]:
    names = await stage.inside(clients)
    closes = CLOCK.now() + _SOON
    await stage.ends(closes)
    left = await clients.left(*names)
    return [moment - closes.timestamp() for moment in left.values()]


async def _revoked(stage: Stage, clients: Clients) -> list[float]:
    names = await stage.inside(clients)
    began = CLOCK.now().timestamp()
    await stage.revoke()
    left = await clients.left(*names)
    return [moment - began for moment in left.values()]


async def _removed(stage: Stage, clients: Clients) -> list[float]:
    """Remove as many guests by the call alone, all at once, with one token made before."""
    room, access = str(uuid4()), stage.server.ours
    grant = {"room": room, "roomJoin": True}
    tokens = {}
    for _ in range(GUESTS):
        identity = f"bare-{uuid4()}"
        tokens[identity] = _token(access, {"sub": identity, "video": grant})
    await clients.enter(stage.server.ws_url, tokens)
    ruling = _token(access, {"video": {"roomAdmin": True, "room": room}})
    headers = {"Authorization": f"Bearer {ruling}"}
    url = f"{stage.server.url}/twirp/livekit.RoomService/RemoveParticipant"
    async with ClientSession(headers=headers) as session:

        async def remove(identity: str) -> None:
            async with session.post(url, json={"room": room, "identity": identity}) as answer:
                assert answer.status in (HTTPStatus.OK, HTTPStatus.NOT_FOUND)

        async def insist() -> None:
            while True:  # a guest whom no notice reached comes back (docs/interop/livekit.md)
                await asyncio.sleep(_INSIST)
                people = await stage.rooms.participants(room)
                await asyncio.gather(*(remove(one.identity) for one in people))

        began = CLOCK.now().timestamp()
        await asyncio.gather(*(remove(identity) for identity in tokens))
        insisting = asyncio.create_task(insist())
        left = await clients.left(*tokens)
        insisting.cancel()
    return [moment - began for moment in left.values()]


def _token(access: LiveKitAccess, claims: Mapping[str, object]) -> str:
    life = timedelta(minutes=10)
    return access.token(claims, now=CLOCK.now(), life=life).get_secret_value()


# --- the ways back ------------------------------------------------------------------------------


async def _gate(stage: Stage, count: int) -> list[float]:
    """Return how long after each withdrawal another process's gate began to refuse its guest."""
    found = []
    admitted = list((await stage.admitted(count)).values())
    async with (
        _door(stage.database) as port,
        ClientSession(f"http://127.0.0.1:{port}") as session,
    ):
        for seat, token in admitted:
            assert await _asked(session, token) == HTTPStatus.NO_CONTENT
            began = monotonic()
            await stage.revoke([seat])
            while await _asked(session, token) != HTTPStatus.FORBIDDEN:
                pass
            found.append(monotonic() - began)
    return found


@asynccontextmanager
async def _door(database: Path) -> AsyncIterator[int]:
    """Run a door of another process on this database; yield its port."""
    (port,) = free_ports(1)
    door = [sys.executable, "-m", "benchmarks.door_server", str(port), str(database)]
    with running([*bound_to_us(), *door, "NORMAL", "livekit"], mark="READY"):
        yield port


async def _asked(session: ClientSession, token: str) -> int:
    headers = {"X-Original-URI": f"/rtc/v1?access_token={token}", "X-Original-Method": "GET"}
    async with session.get("/media/gate", headers=headers) as answer:
        return answer.status


async def _reentries(stage: Stage, count: int) -> list[float]:
    """Return how long each returning guest was in, with a token signed by either key.

    Without the gate.
    """
    seat = await _out(stage)
    ways = cycle([(key, path) for key in (stage.server.visio, stage.server.ours) for path in PATHS])
    found = []
    async with ClientSession() as session:
        for number, (key, path) in enumerate(islice(ways, count)):
            await asyncio.sleep(1 + number / count)  # at every phase of the poll each second
            async with joined(session, stage.server.url, _renewed(key, seat), path=path) as signal:
                began = monotonic()
                await signal.ended()
                found.append(monotonic() - began)
    return found


async def _returns(stage: Stage, count: int) -> list[float]:
    """Return the same for a browser: it learns it once media pass, and by no signalling alone."""
    seat = await _out(stage)
    found = []
    for number in range(count):
        await asyncio.sleep(1 + number / count)
        token = _renewed((stage.server.visio, stage.server.ours)[number % 2], seat)
        await stage.crowd.comes(stage.server.ws_url, token)
        found.append(await _stay(stage, seat))
    return found


async def _stay(stage: Stage, seat: Seat) -> float:
    """Return for how long the media server then lists the guest."""
    began: float | None = None
    async with asyncio.timeout(_SEEN):
        while True:
            people = await stage.rooms.participants(seat.room)
            inside = seat.identity in {one.identity for one in people}
            if inside and began is None:
                began = monotonic()
            if began is not None and not inside:
                return monotonic() - began
            await asyncio.sleep(0.01)


async def _out(stage: Stage) -> Seat:
    """Admit a guest and withdraw their link."""
    (seat, _), *_ = (await stage.admitted(1)).values()
    await stage.revoke([seat])
    return seat


def _renewed(key: LiveKitAccess, seat: Seat) -> str:
    return _token(key, {"sub": seat.identity, "video": {"room": seat.room, "roomJoin": True}})


# --- faults -------------------------------------------------------------------------------------


async def _faults(stage: Stage, rounds: int) -> list[float]:
    """Return how long a guest was still in after the media server, or we, were ready again."""
    found = []
    for _ in range(rounds):
        for away, back in ((_paused, _resumed), (Stage.stop, _restarted)):
            await stage.inside(stage.crowd)
            closes = CLOCK.now() + _SOON
            await stage.ends(closes)
            await asyncio.sleep((closes - CLOCK.now()).total_seconds() - _BEFORE)
            await away(stage)
            await asyncio.sleep(_AWAY)
            await back(stage)
            began = monotonic()
            while await stage.present():
                await asyncio.sleep(0.02)
            found.append(monotonic() - began)
    return found


async def _paused(stage: Stage) -> None:
    stage.server.pause()


async def _resumed(stage: Stage) -> None:
    stage.server.resume()


async def _restarted(stage: Stage) -> None:
    stage.start()


# --- redemptions --------------------------------------------------------------------------------


async def _redemptions(options: Options) -> float:
    """Return how many first-time guests' forms are answered per second."""
    rounds = options.rounds(_POST_ROUNDS)
    with tempfile.TemporaryDirectory(prefix="parvis-bench-") as name:
        folder = Path(name)
        stock = await stocked(folder / "parvis.db", links=_POSTS * (rounds + 1))
        async with _door(folder / "parvis.db") as port:
            requests = list(browsers.forms(stock, port))
            target = Target("ours", port, requests, status=HTTPStatus.SEE_OTHER, again=False)
            Plan([target], rounds=rounds, count=_POSTS, warm=_POSTS).save(folder / "plan.json")
            argv = [sys.executable, "-m", "benchmarks.load", str(folder / "plan.json")]
            found = json.loads(await finished(argv, patience=_PATIENCE))
    return float(median(found["ours"]))


SUBJECT = Subject("eject", measure, BOUNDS)
