from benchmarks.__main__ import SUBJECTS, chosen, measured, verdict
from benchmarks.rows import Bound, Measure, Options, Subject, rows_of

BOUNDS = {"a.rate": Bound("value", "≥", 60, "/s")}


async def enough(_: Options) -> list[Measure]:
    return [Measure("a.rate", 61, "/s")]


async def broken(_: Options) -> list[Measure]:
    raise RuntimeError("the server hung up")


def test_a_subject_that_fails_leaves_its_rows_unmeasured_and_the_others_run(capsys):
    subjects = [
        Subject("b", broken, {"b.rate": Bound("value", "≥", 1, "/s")}),
        Subject("a", enough),
    ]
    measures, complete = measured(subjects, Options())
    assert ([measure.name for measure in measures], complete) == (["a.rate"], False)
    assert "the server hung up" in capsys.readouterr().err


def test_only_bounds_of_what_was_asked_for_count():
    asked = Subject("a", enough, BOUNDS)
    other = Subject("b", broken, {"b.rate": Bound("value", "≥", 1, "/s")})
    rows = rows_of([asked, other], [Measure("a.rate", 61, "/s")])
    assert verdict(rows, [asked])
    assert not verdict(rows, [asked, other])


def test_what_takes_the_network_runs_only_by_name():
    usual = [
        "door",
        "wait",
        "eject",
        "names",
        "page",
        "issue",
        "lines",
        "dates",
        "chat",
        "flood",
        "clock",
        "due",
        "grow",
        "recurrence",
        "calendars",
        "federation",
        "run",
        "demo",
    ]
    assert [subject.name for subject in chosen([])] == usual
    assert [subject.name for subject in chosen(["setup"])] == ["setup"]
    assert chosen(["all"]) == list(SUBJECTS)


def test_every_promise_has_a_row():
    assert {name for subject in SUBJECTS for name in subject.bounds} == {
        "door.get",
        "door.status",
        "door.post",
        "door.post.full",
        "wait.1000.cpu",
        "wait.1000.memory",
        "page.first",
        "page.all",
        "join.firstframe",
        "eject.end",
        "eject.revoke",
        "eject.end.browser",
        "eject.revoke.browser",
        "eject.revoke.browser.p99",
        "eject.faults",
        "gate.close",
        "name.restored",
        "reentry.poll",
        "reentry.webhook",
        "recurrence.bomb",
        "recurrence.bomb.memory",
        "fed.token",
        "fed.durable",
        "fed.durable.full",
        "recurrence.runaway",
        "poll.idle",
        "poll.memory",
        "sync.first10k",
        "sync.gap",
        "dates.wrong",
        "dates.refused",
        "dates.unrefused",
        "dates.rate",
        "dates.longest",
        "lines.right",
        "lines.unwanted",
        "lines.misleading",
        "chat.encrypted.p50",
        "chat.plain.p50",
        "chat.encrypted.cpu",
        "chat.plain.cpu",
        "chat.sandbox.p95",
        "chat.encrypted.sign",
        "chat.plain.sign",
        "flood.answer",
        "clock.step",
        "due.p99",
        "grow.visited.sqlite",
        "grow.visited.postgresql",
        "run.idle.memory",
        "run.idle.cpu",
        "start.cpu",
        "demo.again.seconds",
        "demo.first.seconds",
        "demo.first.without.livekit",
        "test.seconds",
        "faults.kills",
        "faults.mails",
        "neighbours.p95",
    }
