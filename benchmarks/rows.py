"""A benchmark's results: measures, the bounds for them, and the rows made of both."""

import operator
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

Value: TypeAlias = float | int | str | bool | None


@dataclass(frozen=True, slots=True)
class Bound:
    """A limit on a row's ratio to its peer, or on its value."""

    of: Literal["ratio", "value"]
    sense: Literal["≤", "≥"]
    limit: float
    unit: str
    """The unit of the value, also if the bound is on the ratio."""

    def holds(self, row: "Measure") -> bool:
        """Tell whether the measure keeps within the limit; without a peer there is no ratio."""
        found = row.ratio if self.of == "ratio" else row.value
        compare = operator.le if self.sense == "≤" else operator.ge
        return found is not None and compare(found, self.limit)

    def __str__(self) -> str:
        if self.of == "ratio":
            return f"ratio {self.sense} {self.limit:g}"
        return f"{self.sense} {self.limit:g} {self.unit}"


@dataclass(frozen=True, slots=True)
class Measure:
    """One number and, from the same rounds, its peer's."""

    name: str
    value: float
    unit: str
    peer: float | None = None

    @property
    def ratio(self) -> float | None:
        """Ours divided by the peer's."""
        return None if not self.peer else self.value / self.peer


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the table; one with a bound and no measure does not hold."""

    name: str
    measure: Measure | None
    bound: Bound | None

    @property
    def holds(self) -> bool:
        """Tell whether it was measured, and keeps within its bound if it has one."""
        if self.measure is None:
            return False
        return self.bound is None or self.bound.holds(self.measure)

    def record(self) -> dict[str, Value]:
        """Return the row in the form of bench.json."""
        found = self.measure
        return {
            "name": self.name,
            "value": None if found is None else _rounded(found.value),
            "unit": found.unit if found else self.bound.unit if self.bound else "",
            "peer": None if found is None else _rounded(found.peer),
            "ratio": None if found is None else _rounded(found.ratio),
            "bound": None if self.bound is None else str(self.bound),
            "holds": self.holds,
        }


@dataclass(frozen=True, slots=True)
class Options:
    """How long to measure."""

    quick: bool = False
    """Fewer rounds: to see that everything runs, not how fast."""

    def rounds(self, full: int) -> int:
        """Return how many rounds to run for a full run's `full`."""
        return max(3, full // 8) if self.quick else full


@dataclass(frozen=True, slots=True)
class Subject:
    """A subject that `make bench ONLY=name` measures, and the bounds of its rows."""

    name: str
    measure: Callable[[Options], Awaitable[Sequence[Measure]]]
    bounds: Mapping[str, Bound] = field(default_factory=dict)
    on_demand: bool = False
    """Whether it runs only when it is asked for by name, or with `all`."""


def rows_of(subjects: Iterable[Subject], measures: Iterable[Measure]) -> list[Row]:
    """Return a row for each measure and for each bound that was not measured."""
    bounds = {name: bound for subject in subjects for name, bound in subject.bounds.items()}
    found = {measure.name: measure for measure in measures}
    return [Row(name, found.get(name), bounds.get(name)) for name in {**bounds, **found}]


def _rounded(value: float | None) -> float | None:
    return None if value is None else float(f"{value:.4g}")
