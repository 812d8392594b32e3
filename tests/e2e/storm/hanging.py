"""How long a first answer takes while a neighbour stands still that it does not need."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field

from benchmarks.statistics import percentile
from tests.e2e.house import Doorway, Salon, link_in
from tests.e2e.storm.stage import Stage, opened
from tests.servers.livekit import LiveKit
from tests.servers.tcp import Mode, Relay

MOST = 1.5
"""Times as long as without, at most, at the 95th percentile."""
STUCK = 5
"""Work that waits for the neighbour meanwhile, and could delay other work."""

Ask = Callable[[], Awaitable[None]]
Pair = tuple[str, Relay, str, Ask, Ask]
"""A neighbour, what is asked that does not need it, and what waits for it meanwhile."""


@dataclass(slots=True)
class Found:
    """Seconds with a hanging neighbour and without, from rounds that alternate."""

    neighbour: str
    what: str
    hanging: list[float] = field(default_factory=list)
    well: list[float] = field(default_factory=list)

    @property
    def ratio(self) -> float:
        """Return how many times as long it takes."""
        return percentile(self.hanging, 0.95) / percentile(self.well, 0.95)

    @property
    def holds(self) -> bool:
        """Tell whether the neighbour matters to nobody else."""
        return self.ratio <= MOST


async def measured(
    rounds: int, server: LiveKit | None, *, postgresql: bool = False
) -> Sequence[Found]:
    """Measure each neighbour in turn."""
    async with opened(postgresql=postgresql, media=server) as stage:
        salon, door = await stage.house.salon(), Doorway()
        waiting = await stage.house.salon()
        card = await salon.meeting("Présente")
        await salon.says("!visio inviter ida@partenaire.example", about=card)
        letter = await stage.house.world.mail.wait_for(
            lambda mail: "ida@partenaire.example" in mail.recipients, 60
        )
        asked = Asked(stage, salon, waiting, link_in(letter), door)
        between = stage.between
        pairs: list[Pair] = [
            ("visio", between.visio, "!visio liste", asked.listed, asked.meeting_waits),
            ("mail", between.mail, "!visio", asked.made, asked.mail_waits),
            ("homeserver", between.homeserver, "form", asked.form, asked.line_waits),
        ]
        if server is not None:
            pairs.append(("media", between.media, "!visio", asked.made, asked.mail_waits))
        found = [await _one(pair, rounds) for pair in pairs]
        await door.close()
    return found


async def _one(pair: Pair, rounds: int) -> Found:
    """Ask in turn while a neighbour is well and while it hangs with something in hand."""
    name, relay, what, ask, stick = pair
    found = Found(name, what)
    await ask()  # the first of its kind is slower
    for number in range(rounds):
        found.well.append(await _timed(ask))
        relay.become(Mode.HANG)
        try:
            if number % STUCK == 0:
                await stick()
            found.hanging.append(await _timed(ask))
        finally:
            relay.become(Mode.PASS)
    return found


async def _timed(ask: Ask) -> float:
    begun = time.perf_counter()
    await ask()
    return time.perf_counter() - begun


@dataclass(slots=True)
class Asked:
    """A user who asks for something new each time."""

    stage: Stage
    salon: Salon
    waiting: Salon
    """The place of requests that need the neighbour."""
    link: str
    door: Doorway
    _number: int = 0

    def _title(self) -> str:
        self._number += 1
        return f"h-{self._number:04}"

    async def made(self) -> None:
        """Ask for a meeting; its card is the answer."""
        title = self._title()
        await self.salon.says(f"!visio {title}")
        await self.salon.card(title)

    async def listed(self) -> None:
        """Ask for the list of meetings."""
        before = len(self.salon.said())
        await self.salon.says("!visio liste")
        await self.stage.house.alice.until(lambda: len(self.salon.said()) > before)

    async def form(self) -> None:
        """Be a guest who types a name."""
        page = await self.door.guest().send(self.link, self._title())
        assert page.location, page.text

    async def meeting_waits(self) -> None:
        """Have Visio asked for rooms."""
        for _ in range(STUCK):
            await self.waiting.says(f"!visio {self._title()}")

    async def mail_waits(self) -> None:
        """Have mails that can't leave."""
        title = self._title()
        await self.salon.says(f"!visio {title}")
        card = await self.salon.card(title)
        addresses = " ".join(f"{title}-{n}@partenaire.example" for n in range(STUCK))
        await self.salon.says(f"!visio inviter {addresses}", about=card)
        await asyncio.sleep(1)

    async def line_waits(self) -> None:
        """Write what Parvis can't hear."""
        for _ in range(STUCK):
            await self.waiting.says(f"!visio {self._title()}")


def shown(found: Sequence[Found]) -> str:
    """Return the table of one run, in milliseconds."""
    head = f"{'hangs':<11} {'asked':<13} {'p50':>7} {'without':>8} {'p95':>7} {'without':>8} ratio"
    lines = [head]
    for one in found:
        numbers = [
            percentile(times, part) * 1000
            for part in (0.5, 0.95)
            for times in (one.hanging, one.well)
        ]
        cells = " ".join(f"{number:8.0f}" for number in numbers)
        lines.append(f"{one.neighbour:<11} {one.what:<13}{cells} {one.ratio:5.2f}")
    return "\n".join(lines)
