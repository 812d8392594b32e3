"""Expands recurrences: imported where rules are simple, else run as a program that may be killed.

It imports nothing of ours, so that the program starts fast: `python expanding.py` reads one request
as JSON, and writes the starts.
"""

import json
import resource
import sys
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import recurring_ical_events
from icalendar import Calendar

_MOST_MEMORY = 512 * 2**20
_MOST_SECONDS = 5
"""Of processor time: should nobody be left who kills it."""


def expand(request: Mapping[str, Any]) -> list[str]:
    """Return the starts of a request, ISO without zone: from `since` on, before `before`.

    `start`, `since`, `before` are ISO times, `without` and `besides` lists of them, `rule` is the
    text of an RRULE, `most` a number or null.
    """
    since, before = (datetime.fromisoformat(request[one]) for one in ("since", "before"))
    events = recurring_ical_events.of(Calendar.from_ical(_calendar(request)))
    if since >= before:
        return []
    # The library also finds what begins right before, and repeats what is on both lists.
    found = {event.start for event in events.between(since - timedelta(days=1), before)}
    starts = sorted(one for one in found if since <= one < before)
    return [one.isoformat() for one in starts[: request["most"]]]


def _calendar(request: Mapping[str, Any]) -> str:
    def local(text: str) -> str:
        return datetime.fromisoformat(text).strftime("%Y%m%dT%H%M%S")

    def listed(name: str, walls: Sequence[str]) -> list[str]:
        return [f"{name}:{local(one)}" for one in walls]

    return "\r\n".join(
        [
            "BEGIN:VCALENDAR",
            "VERSION:2.0",
            "PRODID:-//Parvis//FR",
            "BEGIN:VEVENT",
            "UID:series",
            "DTSTAMP:20260101T000000Z",
            f"DTSTART:{local(request['start'])}",
            f"DTEND:{local(request['start'])}",
            f"RRULE:{request['rule']}",
            *listed("EXDATE", request["without"]),
            *listed("RDATE", request["besides"]),
            "END:VEVENT",
            "END:VCALENDAR",
            "",
        ]
    )


def main() -> None:
    """Answer one request, within limits that hold even if nobody watches."""
    resource.setrlimit(resource.RLIMIT_AS, (_MOST_MEMORY, _MOST_MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (_MOST_SECONDS, _MOST_SECONDS))
    json.dump(expand(json.load(sys.stdin)), sys.stdout)


if __name__ == "__main__":
    main()
