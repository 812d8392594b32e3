import pytest
from aiohttp import web

from benchmarks.load import Plan, Target, run


async def serve(handler) -> tuple[web.AppRunner, int]:
    app = web.Application()
    app.add_routes([web.get("/{name}", handler)])
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    return runner, runner.addresses[0][1]


def requests(count: int) -> list[str]:
    return [f"GET /{number} HTTP/1.1\r\nHost: a\r\n\r\n" for number in range(count)]


async def test_each_request_is_sent_once_and_answers_are_read_to_their_end():
    seen: list[str] = []

    async def answer(request: web.Request) -> web.Response:
        seen.append(request.match_info["name"])
        return web.Response(body=b"x" * 70_000)

    runner, port = await serve(answer)
    plan = Plan(
        [Target("a", port, requests(30), again=False)], rounds=2, count=10, warm=10, connections=3
    )
    rates = await run(plan)
    await runner.cleanup()
    assert len(rates["a"]) == 2
    assert all(rate > 0 for rate in rates["a"])
    assert sorted(map(int, seen)) == list(range(30))


async def test_an_unexpected_answer_ends_the_run():
    async def answer(_: web.Request) -> web.Response:
        return web.Response(status=429)

    runner, port = await serve(answer)
    with pytest.raises(RuntimeError, match="429"):
        await run(Plan([Target("a", port, requests(1))], rounds=1, count=5, warm=1, connections=2))
    await runner.cleanup()


def test_a_plan_survives_its_file(tmp_path):
    plan = Plan([Target("a", 1, ["x"], status=303, again=False)], rounds=1, count=2, warm=0)
    plan.save(tmp_path / "plan.json")
    assert Plan.load(tmp_path / "plan.json") == plan
