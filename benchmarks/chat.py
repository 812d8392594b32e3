"""The time from a command to its answer, against a bare nio echo bot on the same Synapse."""

from collections.abc import Sequence

from benchmarks import crowd
from benchmarks.rows import Bound, Measure, Options, Subject
from benchmarks.stage import Stage, opened
from benchmarks.statistics import Pair, percentile

BOUNDS = {
    "chat.encrypted.p50": Bound("ratio", "≤", 1.5, "ms"),
    "chat.plain.p50": Bound("ratio", "≤", 1.5, "ms"),
    "chat.sandbox.p95": Bound("value", "≤", 1000, "ms"),
    "chat.encrypted.sign": Bound("ratio", "≤", 1.2, "ms"),
    "chat.plain.sign": Bound("ratio", "≤", 1.2, "ms"),
}
_ROUNDS, _TIMES = 40, 5
_SALONS, _FEW = 50, 10


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
    return rows


async def _salons(
    stage: Stage, name: str, *, encrypted: bool, options: Options
) -> tuple[list[Measure], Sequence[float]]:
    count = _FEW if options.quick else _SALONS
    rooms = await stage.salons(count, encrypted=encrypted)
    before, rounds = stage.seconds(), options.rounds(_ROUNDS)
    stage.asker.signs.clear()
    single = await stage.one_by_one(rooms, rounds)
    signs = [
        percentile([1000 * one for one in stage.asker.signs[bot.user]], 0.95) for bot in stage.bots
    ]
    spent = [after - was for after, was in zip(stage.seconds(), before, strict=True)]
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
