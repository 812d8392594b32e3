"""`make demo`: plays the main job on real parts, then stays up so that a person can try it."""

import argparse
import asyncio
import contextlib
import logging
import math
import signal
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from pathlib import Path

import structlog

from tests.sandbox import calendars, inside, mailed, series
from tests.sandbox.story import LINK, SALON, Cast, cast, play
from tests.sandbox.transcript import Transcript
from tests.sandbox.world import FROM_CHECKOUT, World, world
from tests.servers.calendars import CalendarServer
from tests.servers.dovecot import Dovecot
from tests.servers.processes import ServerError
from tests.servers.radicale import radicale


class NotHeld(Exception):
    """A step did not hold; the message says which, with Parvis's last lines."""


async def demo(*, once: bool, program: Sequence[str] = FROM_CHECKOUT) -> int:
    """Play; with `once` end there, 0 only when every step held."""
    tell = Transcript()
    tell.scene("Synapse, Visio (doublure), des serveurs de mail et d’agendas et Parvis démarrent")
    begun = time.monotonic()
    try:
        async with contextlib.AsyncExitStack() as lasting:
            folder = lasting.enter_context(tempfile.TemporaryDirectory(prefix="parvis-"))
            server = lasting.enter_context(radicale(Path(folder)))
            box = lasting.enter_context(mailed.box())
            settings = {
                "calendars": calendars.settings_of(server),
                "inbox": mailed.inbox_of(box),
            }
            made = await lasting.enter_async_context(world(program=program, settings=settings))
            scenes = partial(_scenes, server=server, box=box, lasting=lasting, stays=not once)
            meets = await _played(made, tell, begun, scenes)
            print(f"\n{tell.steps} steps held in {time.monotonic() - begun:.1f} s", flush=True)
            if not once:
                _invite(made, server, meets=meets)
                await _deliver(made)
    except (NotHeld, ServerError) as error:
        print(f"\nNOT HELD: {error}", file=sys.stderr)
        return 1
    return 0


async def _played(
    made: World, tell: Transcript, begun: float, scenes: Callable[[Cast], Awaitable[bool]]
) -> bool:
    """Play every scene; tell whether guests can meet by hand afterwards. Raises NotHeld."""
    try:
        await made.parvis.start()
        tell.say("Parvis", "est prêt", after=time.monotonic() - begun)
        async with cast(made, tell) as players:
            return await scenes(players)
    except (AssertionError, TimeoutError) as error:
        raise NotHeld(f"{error}\n\n{made.parvis.log()[-6000:]}") from error


async def _scenes(
    players: Cast,
    *,
    server: CalendarServer,
    box: Dovecot | None,
    lasting: contextlib.AsyncExitStack,
    stays: bool,
) -> bool:
    await play(players)
    await series.play(players)
    await calendars.play(players, server)
    await mailed.play(players, box)
    return await inside.play(players, lasting, stays=stays)


async def _deliver(made: World) -> None:
    """Show every mail as it arrives, so that a person can follow the links they ask for."""
    seen = set(map(id, made.mail.received))
    while True:
        letter = await made.mail.wait_for(lambda letter: id(letter) not in seen, math.inf)
        seen.add(id(letter))
        found = LINK.search(letter.text()) or inside.CODE.search(letter.text())
        where = found[0].strip() if found else letter.subject
        print(f"mail to {', '.join(letter.recipients)}: {where}", flush=True)


def _invite(made: World, server: CalendarServer, *, meets: bool) -> None:
    print(f"\nTry it yourself in the salon “{SALON}”, with any Matrix client on this machine:")
    print(f"  homeserver  {made.synapse.url}")
    for person in (*made.agents.values(), made.bot):
        print(f"  {person.user:<32} password {person.password}")
    print(f"  Visio       {made.visio.url}\n  door        {made.parvis.door}")
    for who, word in server.passwords.items():
        print(f"  calendars   {server.home(who)} password “{word}”")
    print(
        f"  health      {made.parvis.admin}/readyz\n  log         {made.parvis.folder}/parvis.log"
    )
    print(f"  to come     parvis simulate --config {made.parvis.settings} --from … --to …")
    if meets:
        print(
            f"A meeting lasts {inside.BY_HAND}: let the guest in by ✅, and see them out at its end.\n"
            "The link of a card leads to a page of this sandbox, where you meet them as an agent."
        )
    print("Invite somebody and their link is printed here. Ctrl-C ends it all.", flush=True)


def main() -> None:
    """Read the arguments and play."""
    # nio warns about each device it has no session with yet, which is every device at first.
    logging.getLogger("nio").setLevel(logging.ERROR)
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.INFO))
    parser = argparse.ArgumentParser(prog="make demo")
    parser.add_argument("--once", action="store_true", help="end after the play")
    arguments = parser.parse_args()
    sys.exit(asyncio.run(_until_ended(once=arguments.once)))


async def _until_ended(*, once: bool) -> int:
    """Play until a signal, which ends the servers and removes their folder: it holds passwords."""
    task, signals = asyncio.current_task(), [signal.SIGINT, signal.SIGTERM, signal.SIGHUP]
    assert task is not None
    loop = asyncio.get_running_loop()
    for each in signals:
        loop.add_signal_handler(each, task.cancel)
    try:
        return await demo(once=once)
    except asyncio.CancelledError:
        return 0


if __name__ == "__main__":
    main()
