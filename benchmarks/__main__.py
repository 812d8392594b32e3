"""`python -m benchmarks [SUBJECT…] [--quick] [--page]`: measures, and checks bounds.

Without a subject it runs all except those on demand, and writes the table in docs/benchmarks.md.
Exit code 1 when a bound does not hold, when a subject failed, or, without a subject, when a bound
was left unmeasured.
"""

import argparse
import asyncio
import logging
import sys
import traceback
from collections.abc import Sequence

from benchmarks import (
    calendars,
    chat,
    clock,
    dates,
    demo,
    door,
    due,
    eject,
    faults,
    federation,
    flood,
    grow,
    issue,
    lines,
    names,
    page,
    process,
    recurrence,
    setup,
    wait,
)
from benchmarks.machine import described
from benchmarks.report import table, write_json, write_page
from benchmarks.rows import Measure, Options, Row, Subject, rows_of

SUBJECTS: tuple[Subject, ...] = (
    door.SUBJECT,
    wait.SUBJECT,
    eject.SUBJECT,
    names.SUBJECT,
    page.SUBJECT,
    issue.SUBJECT,
    lines.SUBJECT,
    dates.SUBJECT,
    chat.SUBJECT,
    flood.SUBJECT,
    clock.SUBJECT,
    due.SUBJECT,
    grow.SUBJECT,
    recurrence.SUBJECT,
    calendars.SUBJECT,
    federation.SUBJECT,
    process.SUBJECT,
    demo.SUBJECT,
    setup.SUBJECT,
    faults.SUBJECT,
)


def chosen(names: Sequence[str]) -> list[Subject]:
    """Return the subjects asked for; without names, all except those on demand."""
    if not names:
        return [subject for subject in SUBJECTS if not subject.on_demand]
    return [subject for subject in SUBJECTS if subject.name in names or "all" in names]


def measured(subjects: Sequence[Subject], options: Options) -> tuple[list[Measure], bool]:
    """Run one subject after the other; tell whether all finished."""
    measures: list[Measure] = []
    complete = True
    for subject in subjects:
        print(f"bench: {subject.name}", file=sys.stderr, flush=True)
        try:
            measures += asyncio.run(_measure(subject, options))
        except Exception:  # noqa: BLE001 - its rows stay unmeasured, and the others run
            traceback.print_exc()
            complete = False
    return measures, complete


async def _measure(subject: Subject, options: Options) -> Sequence[Measure]:
    return await subject.measure(options)


def verdict(rows: Sequence[Row], subjects: Sequence[Subject]) -> bool:
    """Tell whether every bound of these subjects holds."""
    asked = {name for subject in subjects for name in subject.bounds}
    return all(row.holds for row in rows if row.name in asked)


def main() -> None:
    """Read the arguments, measure, report."""
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    names = [*(subject.name for subject in SUBJECTS), "all"]
    parser.add_argument("only", nargs="*", metavar="SUBJECT", help=", ".join(names))
    parser.add_argument("--quick", action="store_true", help="fewer rounds")
    parser.add_argument("--page", action="store_true", help="rewrite docs/benchmarks.md too")
    arguments = parser.parse_args()
    if unknown := set(arguments.only) - set(names):
        parser.error(
            f"no such subject: {', '.join(sorted(unknown))} (there are {', '.join(names)})"
        )
    logging.getLogger("nio").setLevel(logging.CRITICAL)  # it warns of each device it has no key for
    machine, subjects = described(), chosen(arguments.only)
    measures, complete = measured(subjects, Options(quick=arguments.quick))
    rows = rows_of(SUBJECTS, measures)
    print(f"{machine}\n\n{table(rows)}", flush=True)
    write_json(rows)
    if arguments.page or (not arguments.only and complete and not arguments.quick):
        write_page(rows, machine)
    sys.exit(0 if complete and verdict(rows, subjects) else 1)


if __name__ == "__main__":
    main()
