"""A share for each server, and what matters before what matters less."""

import asyncio
from contextlib import AsyncExitStack

from bot.matrix.slots import Slots


class Holders:
    """Tasks that hold slots until they are told to let go."""

    def __init__(self, slots: Slots) -> None:
        self.slots = slots
        self.got: list[str] = []
        self.ends: dict[str, asyncio.Event] = {}
        self.tasks: dict[str, asyncio.Task[None]] = {}

    async def come(self, name: str, *, lesser: bool = False) -> None:
        """Ask for a slot of the server `name` begins with, and let all that can happen happen."""
        self.ends[name] = asyncio.Event()
        self.tasks[name] = asyncio.create_task(self._hold(name, lesser=lesser))
        await settle()

    async def _hold(self, name: str, *, lesser: bool) -> None:
        async with self.slots.one(name[0], lesser=lesser):
            self.got.append(name)
            await self.ends[name].wait()

    async def end(self, *names: str) -> None:
        """Let go."""
        for name in names:
            self.ends[name].set()
        await settle()


async def settle() -> None:
    """Let everything run that can."""
    for _ in range(10):
        await asyncio.sleep(0)


async def test_a_server_has_its_share_and_no_more() -> None:
    holders = Holders(Slots(4, share=2, lesser=4))
    for name in ("a1", "a2", "a3", "b1"):
        await holders.come(name)
    assert holders.got == ["a1", "a2", "b1"]
    await holders.end("a2")
    assert holders.got == ["a1", "a2", "b1", "a3"]
    await holders.end(*holders.ends)


async def test_what_is_lesser_waits_and_never_takes_all() -> None:
    holders = Holders(Slots(3, share=3, lesser=1))
    await holders.come("a1", lesser=True)
    await holders.come("b1", lesser=True)
    await holders.come("c1")
    await holders.come("d1")
    await holders.come("e1")
    assert holders.got == ["a1", "c1", "d1"]
    await holders.end("a1")
    assert holders.got == ["a1", "c1", "d1", "e1"], "the lesser came before"
    await holders.end("c1", "d1", "e1")
    assert holders.got[-1] == "b1"
    await holders.end("b1")


async def test_servers_take_turns() -> None:
    holders = Holders(Slots(1, share=1, lesser=1))
    for name in ("a1", "a2", "a3", "b1"):
        await holders.come(name)
    await holders.end("a1")
    await holders.end("b1", "a2")
    assert holders.got == ["a1", "a2", "b1", "a3"]
    await holders.end("a3")


async def test_who_gives_up_waiting_leaves_no_slot_taken() -> None:
    slots = Slots(1, share=1, lesser=1)
    holders = Holders(slots)
    for name in ("a1", "a2", "a3"):
        await holders.come(name)
    holders.tasks["a2"].cancel()
    await settle()
    holders.ends["a1"].set()
    holders.tasks["a3"].cancel()
    await settle()
    async with AsyncExitStack() as stack, asyncio.timeout(5):
        await stack.enter_async_context(slots.one("a"))
