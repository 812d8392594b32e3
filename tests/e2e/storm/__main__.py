"""`python -m tests.e2e.storm --kills N`: plays the storm and prints a table (docs/benchmarks.md).

Exit code 1 when something was lost, doubled or wrong, or a neighbour slowed what does not need it.
"""

import argparse
import asyncio
import contextlib
import logging
import sys
import tempfile
import time
from pathlib import Path

import structlog

from tests.e2e.storm import hanging
from tests.e2e.storm.agendas import linked
from tests.e2e.storm.play import Size, play
from tests.e2e.storm.stage import opened
from tests.e2e.storm.verdict import shown
from tests.servers import livekit, radicale


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.e2e.storm", description=__doc__)
    parser.add_argument("--kills", type=int, default=10)
    parser.add_argument("--commands", type=int, default=0, help="as many as five for each kill")
    parser.add_argument("--forms", type=int, default=-1, help="as many as there are meetings")
    parser.add_argument("--postgresql", action="store_true", help="and a process for each role")
    parser.add_argument("--seed", type=int, default=None, help="the same fates again")
    parser.add_argument("--calm", action="store_true", help="kills alone, neighbours are well")
    parser.add_argument("--hanging", type=int, default=0, metavar="ROUNDS", help="each neighbour")
    return parser.parse_args()


async def _storm(given: argparse.Namespace, seed: int) -> bool:
    commands = given.commands or 5 * given.kills
    forms = commands if given.forms < 0 else given.forms
    size = Size(kills=given.kills, commands=commands, forms=forms, weather=not given.calm)
    async with contextlib.AsyncExitStack() as stack:
        server = None
        if reason := radicale.missing():
            print(f"calendars left out: {reason}", file=sys.stderr)
        else:
            folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="parvis-radicale-"))
            server = stack.enter_context(radicale.radicale(Path(folder)))
        enter = stack.enter_async_context
        stage = await enter(opened(postgresql=given.postgresql, calendars=server))
        agenda = None if server is None else await enter(linked(stage.house, server))
        outcome = await play(stage, size, seed, agenda)
        print(shown(outcome.verdict, outcome.kills, outcome.stories), flush=True)
    return outcome.verdict.good and not outcome.kills.failures


async def _hanging(given: argparse.Namespace) -> bool:
    with tempfile.TemporaryDirectory(prefix="parvis-livekit-") as folder:
        if reason := livekit.missing():
            print(f"media left out: {reason}", file=sys.stderr)
            found = await hanging.measured(given.hanging, None, postgresql=given.postgresql)
        else:
            with livekit.livekit(Path(folder)) as server:
                found = await hanging.measured(given.hanging, server, postgresql=given.postgresql)
    print(hanging.shown(found), flush=True)
    return all(one.holds for one in found)


def main() -> None:
    """Read the arguments, play, report."""
    given = _arguments()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    logging.getLogger("nio").setLevel(logging.CRITICAL)  # warns of each device it has no key for
    seed = time.time_ns() % 100_000 if given.seed is None else given.seed
    print(f"seed {seed}", flush=True)
    good = True
    if given.kills:
        good = asyncio.run(_storm(given, seed))
    if given.hanging:
        good = asyncio.run(_hanging(given)) and good
    sys.exit(0 if good else 1)


if __name__ == "__main__":
    main()
