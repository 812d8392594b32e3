"""Medians and percentiles of rounds that alternate between ours and a peer."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

__all__ = ["Pair", "median", "percentile"]


def percentile(values: Sequence[float], part: float) -> float:
    """Return the smallest value that `part` (0 to 1) of the values do not exceed."""
    if not values:
        raise ValueError("a percentile of nothing")
    ordered = sorted(values)
    return ordered[max(0, math.ceil(part * len(ordered)) - 1)]


@dataclass(frozen=True, slots=True)
class Pair:
    """The values of ours and of the peer from the same rounds."""

    ours: Sequence[float]
    peer: Sequence[float]

    def at(self, part: float) -> tuple[float, float]:
        """Return both percentiles, ours first."""
        return percentile(self.ours, part), percentile(self.peer, part)

    def medians(self) -> tuple[float, float]:
        """Return both medians, ours first."""
        return median(self.ours), median(self.peer)
