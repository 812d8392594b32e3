"""The time from a command to its answer, against a bare nio echo bot on the same Synapse."""

import time
from collections.abc import Sequence

from benchmarks import crowd
from benchmarks.asker import Asker
from benchmarks.rows import Bound, Measure, Options, Subject
from benchmarks.stage import Stage, opened
from benchmarks.statistics import Pair, percentile
from tests.doubles.visio_faults import Kind
from tests.servers.matrix_client import matrix_user

BOUNDS = {
    "chat.encrypted.p50": Bound("ratio", "≤", 1.2, "ms"),
    "chat.plain.p50": Bound("ratio", "≤", 1.2, "ms"),
    "chat.encrypted.cpu": Bound("ratio", "≤", 2, "ms"),
    "chat.plain.cpu": Bound("ratio", "≤", 2, "ms"),
    "chat.sandbox.p95": Bound("value", "≤", 1000, "ms"),
    "chat.encrypted.sign": Bound("ratio", "≤", 1.2, "ms"),
    "chat.plain.sign": Bound("ratio", "≤", 1.2, "ms"),
}
_ROUNDS, _TIMES = 40, 5
_SALONS, _FEW = 50, 10
_REST = 5.0
"""Seconds over which both bots' work at rest is measured: it is no part of a command's."""
_SLOW = 0.4
"""Seconds that each call of a slow Visio takes."""
_LATER = 5
"""Cards asked for after the first, whose token is there."""


async def measure(options: Options) -> Sequence[Measure]:
    """Measure in encrypted and in plain salons."""
    rows: list[Measure] = []
    sandbox: list[float] = []
    async with opened() as stage:
        for name, encrypted in (("encrypted", True), ("plain", False)):
            found, ours = await _salons(stage, name, encrypted=encrypted, options=options)
            rows += found
            sandbox += ours
        rows.append(Measure("chat.sandbox.p95", percentile(sandbox, 0.95), "ms"))
        rows.append(await _first_reply(stage))
        rows += await _slow_visio(stage)
    return rows


async def _salons(
    stage: Stage, name: str, *, encrypted: bool, options: Options
) -> tuple[list[Measure], Sequence[float]]:
    count = _FEW if options.quick else _SALONS
    rooms = await stage.salons(count, encrypted=encrypted)
    idle = await stage.idle(1.0 if options.quick else _REST)
    before, rounds, begun = stage.seconds(), options.rounds(_ROUNDS), time.monotonic()
    stage.asker.signs.clear()
    single = await stage.one_by_one(rooms, rounds)
    signs = [
        percentile([1000 * one for one in stage.asker.signs[bot.user]], 0.95) for bot in stage.bots
    ]
    lasted = time.monotonic() - begun
    spent = [
        after - was - lasted * rate
        for after, was, rate in zip(stage.seconds(), before, idle, strict=True)
    ]
    many = await stage.at_once(rooms, options.rounds(_TIMES))
    rows = [
        *_quantiles(f"chat.{name}", single),
        Measure(f"chat.{name}.sign", signs[0], "ms", signs[1]),
        *_quantiles(f"chat.{name}.{count}salons", many),
        Measure(f"chat.{name}.cpu", spent[0] * 1000 / rounds, "ms", spent[1] * 1000 / rounds),
    ]
    return rows, single.ours


def _quantiles(name: str, pair: Pair) -> list[Measure]:
    rows = []
    for label, part in (("p50", 0.5), ("p95", 0.95)):
        ours, peer = pair.at(part)
        rows.append(Measure(f"{name}.{label}", ours, "ms", peer))
    return rows


async def _slow_visio(stage: Stage) -> list[Measure]:
    """Time the first card of an agent, whose token must be minted, and those after it."""
    made, [bot, _] = stage.made, stage.bots
    async with matrix_user(made.synapse.url, made.agents["bob"]) as bob:
        asker = Asker(bob)
        room = await asker.salon(bot, encrypted=False)
        made.visio.faults.add(Kind.SLOW).seconds = _SLOW
        cards = [await asker.ask(bot, room) * 1000 for _ in range(1 + _LATER)]
        made.visio.faults.clear()
        signs = [one * 1000 for one in asker.signs[bot.user]]
    return [
        Measure("chat.slow.first.sign", signs[0], "ms"),
        Measure("chat.slow.first.card", cards[0], "ms"),
        Measure("chat.slow.sign", percentile(signs[1:], 0.5), "ms"),
        Measure("chat.slow.card", percentile(cards[1:], 0.5), "ms"),
    ]


async def _first_reply(stage: Stage) -> Measure:
    """Time each bot's first answer in an encrypted salon of 200 devices, once each."""
    asker, people = stage.asker, await crowd.crowd(stage.made.synapse)
    found = []
    try:
        for bot in stage.bots:
            room = await asker.user.create_room(invite=[person.user_id for person in people])
            await crowd.join(people, room)
            await asker.user.send(room, "so that my own keys have gone out before")
            await asker.bring(bot, room)
            found.append(await asker.ask(bot, room) * 1000)
    finally:
        await crowd.close(people)
    return Measure("chat.200devices.first", found[0], "ms", found[1])


SUBJECT = Subject("chat", measure, BOUNDS)
