"""The door's metrics. Labels are bound once: a request costs an addition, not a lookup."""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from federation.door.networks import Doubt

_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5)
REFUSALS = ("host", "origin", "form", "rate", "streams")
HOOKS = ("genuine", "again", "foreign")
UNNAMED = "parvis_door_unnamed"
"""Its `_total` shows `parvis check` that proxies don't say who their clients are."""


class BoundaryMetrics:
    """The counters of one listener's boundary, in a registry or in one nobody reads."""

    def __init__(
        self, registry: CollectorRegistry, *, of: str = "door", title: str = "the door"
    ) -> None:
        self._all_answers = Counter(
            f"parvis_{of}_answers", f"Answers of {title}.", ("route", "status"), registry=registry
        )
        self._all_seconds = Histogram(
            f"parvis_{of}_answer_seconds",
            "How long an answer took to make.",
            ("route",),
            registry=registry,
            buckets=_BUCKETS,
        )
        refused = Counter(
            f"parvis_{of}_refusals", "Requests turned away.", ("reason",), registry=registry
        )
        unnamed = Counter(
            f"parvis_{of}_unnamed",
            "Requests whose client a proxy did not tell: all behind it count as one.",
            ("reason",),
            registry=registry,
        )
        self._unnamed = {doubt: unnamed.labels(doubt) for doubt in Doubt}
        self._answers: dict[tuple[str, int], Counter] = {}
        self._seconds: dict[str, Histogram] = {}
        self._refused = {reason: refused.labels(reason) for reason in REFUSALS}

    def answered(self, route: str, status: int, seconds: float | None) -> None:
        """Count one response; `route` is a pattern, of which there are few.

        `seconds` is how long it took to make, `None` for one that lasts as long as its page.
        """
        counter = self._answers.get((route, status))
        if counter is None:
            counter = self._all_answers.labels(route, str(status))
            self._answers[route, status] = counter
            self._seconds[route] = self._all_seconds.labels(route)
        counter.inc()
        if seconds is not None:
            self._seconds[route].observe(seconds)

    def doubted(self, doubt: Doubt) -> None:
        """Count a request whose client we can't tell from others behind its proxy."""
        self._unnamed[doubt].inc()

    def refused(self, reason: str) -> None:
        """Count a request that was refused before it was read."""
        self._refused[reason].inc()


class DoorMetrics(BoundaryMetrics):
    """The door's counters, in a registry of the caller's or in one nobody reads."""

    def __init__(self, registry: CollectorRegistry | None) -> None:
        registry = registry or CollectorRegistry()
        super().__init__(registry)
        hooks = Counter(
            "parvis_hooks",
            "What the media server told, by whether it counted.",
            ("outcome",),
            registry=registry,
        )
        self._hooks = {outcome: hooks.labels(outcome) for outcome in HOOKS}
        self.visits = Counter("parvis_door_visits", "Visits opened.", registry=registry)
        self.misses = Counter(
            "parvis_door_misses", "Forms sent for a link that nobody has.", registry=registry
        )
        self.followed = Counter(
            "parvis_door_followed", "Guests sent on to their meeting.", registry=registry
        )

        self._proofs = Counter(
            "parvis_door_proofs",
            "Codes asked for, and codes and PINs typed, by what came of them.",
            ("outcome",),
            registry=registry,
        )
        self.streams = Gauge(
            "parvis_door_streams", "Pages that are told of changes at once.", registry=registry
        )
        self.knocks = Gauge(
            "parvis_door_knocks", "Guests in whose name Visio is knocked at.", registry=registry
        )

    def proved(self, outcome: str) -> None:
        """Count a guest's request for a code, or their try of a code or PIN."""
        self._proofs.labels(outcome).inc()

    def hook(self, outcome: str) -> None:
        """Count a webhook, of the media server or of anybody who poses as it."""
        self._hooks[outcome].inc()
