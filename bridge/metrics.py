"""Parvis's metrics, in a registry of their own, so that two programs in one process stay apart.

Labels are few and bound once: none is a person, a salon or a meeting; the bot's own account is one.
`docs/operator.md` says what to watch and when to be woken.
"""

import math
from collections.abc import Callable, Mapping
from enum import StrEnum

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector

_SECONDS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)


class Metrics:
    """All metrics except the door's (`federation.door.metrics`), which shares `registry`."""

    def __init__(self, version: str = "") -> None:
        """Make an empty registry."""
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        gauge = Gauge(
            "parvis_build_info", "Which program this is.", ["version"], registry=self.registry
        )
        gauge.labels(version).set(1)
        self._commands = _Bound(
            self._counter("parvis_commands", "Commands by what came of them.", "verb", "outcome")
        )
        self._visio_errors = _Bound(
            self._counter("parvis_visio_errors", "What Visio refused or did not answer.", "code")
        )
        self._calendars = _Bound(
            self._counter(
                "parvis_calendar_requests",
                "Requests to calendar servers, by what came of them.",
                "method",
                "outcome",
            )
        )
        self.calendar_seconds = self._histogram(
            "parvis_calendar_seconds", "From a request to a calendar server to its answer's end."
        )
        self._mails = _Bound(
            self._counter("parvis_mails", "Tries to send a letter, by their outcome.", "outcome")
        )
        self._arrived = _Bound(
            self._counter("parvis_mails_in", "Mails in our box, by what came of them.", "outcome")
        )
        self._runs = _Bound(
            self._counter(
                "parvis_agenda_runs", "What was due, by what came of it.", "kind", "outcome"
            )
        )
        self._reminders = _Bound(
            self._counter("parvis_reminders", "Reminders, by what came of them.", "kind", "outcome")
        )
        self._agreements = Gauge(
            "parvis_partner_agreement_days",
            "Days until an agreement with a partner ends.",
            ["partner"],
            registry=self.registry,
        )
        self._ejections = _Bound(
            self._counter("parvis_ejections", "Guests put out, by why they had to be.", "why")
        )
        self._media_errors = _Bound(
            self._counter("parvis_media_errors", "What the media server did not do.", "status")
        )
        self.returned = self._counter(
            "parvis_guests_returned", "Guests found in a room without a seat, and put out again."
        )
        self.restored = self._counter(
            "parvis_guests_restored", "Guests whose name or marks were put back as admitted."
        )
        self.ejection_seconds = self._histogram(
            "parvis_ejection_seconds", "From when a guest had to be out to their being out."
        )
        self.command_seconds = self._histogram(
            "parvis_command_seconds", "From a command's arrival to its effects being kept."
        )
        self.agenda_delay = self._histogram(
            "parvis_agenda_delay_seconds", "From when a thing was due to its being done at last."
        )
        self.sync_age = self._by_account(
            "parvis_sync_age_seconds", "Since the last sync, or the start while there was none."
        )
        self.bot_up = self._by_account("parvis_bot_up", "0: the bot stands still.")
        self.signed = self._by_account("parvis_device_signed", "1: every client hears the bot.")
        self.undecryptable = self._by_account(
            "parvis_undecryptable", "Lines that never got their key, since the start."
        )
        self.forged = self._by_account(
            "parvis_forged", "Lines encrypted by nobody's device or another's, since the start."
        )
        self.sync_failures = self._by_account(
            "parvis_sync_failures", "Syncs that the homeserver did not answer, since the start."
        )
        self.rewound = self._by_account(
            "parvis_sync_rewound", "How often the homeserver was behind our position."
        )
        self.database = self._gauge(
            "parvis_database_up", "1: the database answers, and takes what is written."
        )
        self.disk_free = self._gauge("parvis_disk_free_bytes", "Left where this process writes.")
        self._unready = self._gauges("parvis_unready", "1: this keeps a role from its work.")
        self._degraded = self._gauges("parvis_degraded", "1: this works badly, or not at all.")
        self.outbox_oldest = self._by_account(
            "parvis_outbox_oldest_seconds", "How long the oldest message has waited to leave."
        )
        self.agenda_waiting = self._gauge("parvis_agenda_waiting", "What is due and not begun.")
        self.agenda_lateness = self._gauge(
            "parvis_agenda_lateness_seconds", "How late the oldest of these is."
        )
        self.mails_waiting = self._gauge(
            "parvis_mails_waiting", "Letters that have not left, or may not have."
        )
        self.seats = self._gauge("parvis_seats", "Guests who were let in and may still be there.")
        self.meetings_live = self._gauge("parvis_meetings_live", "Meetings with people in them.")
        self.people = self._gauge("parvis_people", "People in meetings, guests among them.")
        self.account_expires = self._by_account(
            "parvis_account_expires_days",
            "Until the bot's account expires, if known.",
        )

    def command(self, verb: str, outcome: str, seconds: float) -> None:
        """Count a command; `outcome` is "done" or an error's code."""
        self._commands(verb, outcome).inc()
        self.command_seconds.observe(seconds)

    def visio_error(self, code: str) -> None:
        """Count a failure of Visio's."""
        self._visio_errors(code).inc()

    def calendar(self, method: str, outcome: str, seconds: float) -> None:
        """Count a request to a calendar server; `outcome` is "2xx", "4xx" or an error's code."""
        self._calendars(method, outcome).inc()
        self.calendar_seconds.observe(seconds)

    def arrived(self, outcome: str) -> None:
        """Count a mail that arrived by its outcome (docs/operator.md), or a box out of reach."""
        self._arrived(outcome).inc()

    def mail(self, outcome: str) -> None:
        """Count a try to send a mail by its outcome (docs/operator.md), or a mail given up."""
        self._mails(outcome).inc()

    def reminded(self, kind: str, outcome: str) -> None:
        """Count a reminder of a kind: it was sent, sent late, or dropped since it was too late."""
        self._reminders(kind, outcome).inc()

    def ejected(self, why: str, seconds: float) -> None:
        """Count an ejected guest, who is out `seconds` after the moment due."""
        self._ejections(why).inc()
        self.ejection_seconds.observe(max(seconds, 0))

    def media_error(self, status: object) -> None:
        """Count a failure of the media server's; `status` of its answer, or None."""
        self._media_errors("none" if status is None else str(status)).inc()

    def ran(self, kind: str, late: float, *, failed: bool) -> None:
        """Count a run of a due row; `late` in seconds, recorded once it does not fail."""
        self._runs(kind, "failed" if failed else "done").inc()
        if not failed:
            self.agenda_delay.observe(max(late, 0))

    def health(self, unready: Mapping[StrEnum, bool], degraded: Mapping[StrEnum, bool]) -> None:
        """Record the answer of `/readyz`: for each part that it may name, whether it does."""
        for gauge, said in ((self._unready, unready), (self._degraded, degraded)):
            for what, named in said.items():
                gauge.labels(what.value).set(named)

    def _counter(self, name: str, text: str, *labels: str) -> Counter:
        return Counter(name, text, labels, registry=self.registry)

    def _histogram(self, name: str, text: str) -> Histogram:
        return Histogram(name, text, registry=self.registry, buckets=_SECONDS)

    def _gauges(self, name: str, text: str) -> Gauge:
        return Gauge(name, text, ["what"], registry=self.registry)

    def agreement(self, partner: str, days: int) -> None:
        """Set the days until the agreement with a partner ends."""
        self._agreements.labels(partner).set(days)

    def _by_account(self, name: str, text: str) -> Gauge:
        """Make a gauge for each of the bot's accounts, absent until it is measured."""
        return Gauge(name, text, ["account"], registry=self.registry)

    def _gauge(self, name: str, text: str) -> Gauge:
        """Make a gauge that is unknown, not zero, until it is measured."""
        gauge = Gauge(name, text, registry=self.registry)
        gauge.set(math.nan)
        return gauge


class _Bound:
    """A counter's children by their labels, each looked up once."""

    def __init__(self, counter: Counter) -> None:
        self._labels: Callable[..., Counter] = counter.labels
        self._children: dict[tuple[str, ...], Counter] = {}

    def __call__(self, *labels: str) -> Counter:
        child = self._children.get(labels)
        if child is None:
            child = self._children[labels] = self._labels(*labels)
        return child
