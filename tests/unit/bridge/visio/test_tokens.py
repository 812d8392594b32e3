"""The cache of tokens on its own: who asks, who waits, what is kept."""

import asyncio
from datetime import timedelta

import pytest
from pydantic import SecretStr

from bridge.errors import VisioUnreachable
from bridge.visio.tokens import Lease, Token, TokenCache
from tests.doubles.clocks import SetClock


class Mint:
    """Mints when the gate is open; counts."""

    def __init__(self, clock: SetClock) -> None:
        self._clock = clock
        self.gate = asyncio.Event()
        self.gate.set()
        self.asked: list[str] = []
        self.failure: Exception | None = None

    async def __call__(self, user: str) -> Token:
        self.asked.append(user)
        await self.gate.wait()
        if self.failure is not None:
            raise self.failure
        value = SecretStr(f"{user}-{len(self.asked)}")
        return Token.minted(value, at=self._clock.now(), lifetime=timedelta(seconds=100))


@pytest.fixture
async def mint(clock: SetClock) -> Mint:
    return Mint(clock)


@pytest.fixture
def cache(mint: Mint, clock: SetClock) -> TokenCache:
    return TokenCache(mint, clock, most=2)


async def test_a_token_is_kept_for_four_fifths_of_its_life(
    cache: TokenCache, mint: Mint, clock: SetClock
) -> None:
    assert not (await cache.lease("a")).cached
    clock.forward(seconds=79)
    assert (await cache.lease("a")).cached
    clock.forward(seconds=1)
    assert not (await cache.lease("a")).cached
    assert len(mint.asked) == 2


async def test_a_clock_set_back_keeps_no_token_alive(
    cache: TokenCache, mint: Mint, clock: SetClock
) -> None:
    await cache.lease("a")
    clock.forward(days=-1)
    await cache.lease("a")
    assert len(mint.asked) == 2


async def test_the_least_used_are_forgotten(cache: TokenCache, mint: Mint) -> None:
    for user in ("a", "b", "a", "c", "a", "b"):
        await cache.lease(user)
    assert mint.asked == ["a", "b", "c", "b"]


async def test_only_the_token_meant_is_dropped(cache: TokenCache, mint: Mint) -> None:
    old = (await cache.lease("a")).token
    cache.drop("a", old)
    new = (await cache.lease("a")).token
    cache.drop("a", old)
    cache.drop("b", old)
    assert await cache.lease("a") == Lease(new, cached=True)


async def waiting(cache: TokenCache, mint: Mint, many: int) -> list[asyncio.Task[Lease]]:
    """Let `many` ask while the mint is closed; return once the first has."""
    mint.gate.clear()
    tasks = [asyncio.create_task(cache.lease("a")) for _ in range(many)]
    while not mint.asked:
        await asyncio.sleep(0)
    return tasks


async def test_many_wait_for_one(cache: TokenCache, mint: Mint) -> None:
    tasks = await waiting(cache, mint, 20)
    mint.gate.set()
    leases = await asyncio.gather(*tasks)
    assert len({id(lease.token) for lease in leases}) == 1
    assert mint.asked == ["a"]


async def test_others_do_not_wait(cache: TokenCache, mint: Mint) -> None:
    tasks = await waiting(cache, mint, 1)
    tasks.append(asyncio.create_task(cache.lease("b")))
    while len(mint.asked) < 2:
        await asyncio.sleep(0)
    mint.gate.set()
    await asyncio.gather(*tasks)


async def test_a_failure_is_everybody_s_and_is_not_kept(cache: TokenCache, mint: Mint) -> None:
    mint.failure = VisioUnreachable()
    tasks = await waiting(cache, mint, 5)
    mint.gate.set()
    found = await asyncio.gather(*tasks, return_exceptions=True)
    assert all(isinstance(failure, VisioUnreachable) for failure in found)
    assert mint.asked == ["a"]

    mint.failure = None
    assert not (await cache.lease("a")).cached


async def test_a_failure_nobody_else_waits_for(cache: TokenCache, mint: Mint) -> None:
    mint.failure = VisioUnreachable()
    with pytest.raises(VisioUnreachable):
        await cache.lease("a")


async def test_who_gives_up_does_not_take_the_others_along(cache: TokenCache, mint: Mint) -> None:
    leader, *others = await waiting(cache, mint, 5)
    leader.cancel()
    while len(mint.asked) < 2:
        await asyncio.sleep(0)
    others.pop().cancel()
    mint.gate.set()
    leases = await asyncio.gather(*others)
    assert len({id(lease.token) for lease in leases}) == 1
    assert len(mint.asked) == 2
    assert leader.cancelled()


async def test_a_token_does_not_show(cache: TokenCache) -> None:
    assert "a-1" not in repr(await cache.lease("a"))


async def test_an_active_users_next_token_is_there_before_the_present_one_runs_out(
    cache: TokenCache, mint: Mint, clock: SetClock
) -> None:
    await cache.lease("a")
    clock.forward(seconds=10)
    await cache.lease("a")
    await cache.renew()
    assert mint.asked == ["a"], "not before half of its use"
    clock.forward(seconds=30)
    await cache.renew()
    assert mint.asked == ["a", "a"]
    clock.forward(seconds=60)
    assert (await cache.lease("a")).cached
    assert mint.asked == ["a", "a"]


async def test_who_asked_once_or_stopped_has_none_minted(
    cache: TokenCache, mint: Mint, clock: SetClock
) -> None:
    await cache.lease("once")
    await cache.lease("stopped")
    await cache.lease("stopped")
    for _ in range(20):
        clock.forward(seconds=10)
        await cache.renew()
    assert mint.asked == ["once", "stopped", "stopped"]


async def test_a_failure_to_mint_ahead_is_nobodys(
    cache: TokenCache, mint: Mint, clock: SetClock
) -> None:
    await cache.lease("a")
    await cache.lease("a")
    clock.forward(seconds=50)
    mint.failure = VisioUnreachable("away")
    await cache.renew()
    assert (await cache.lease("a")).cached, "the present one is good still"
    mint.failure = None
    clock.forward(seconds=40)
    assert not (await cache.lease("a")).cached
