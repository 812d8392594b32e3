"""A readable account of what each person sees, and after how many milliseconds."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field


@dataclass(slots=True)
class Transcript:
    """Prints each step as it happens; a step that does not hold ends the play."""

    started: float = field(default_factory=time.monotonic)
    steps: int = 0

    def scene(self, title: str) -> None:
        """Begin a part of the play."""
        print(f"\n── {title}", flush=True)

    def say(self, who: str, words: str, *, after: float | None = None) -> None:
        """Print what a person did or saw; `after` in seconds."""
        lines = words.strip().splitlines() or [""]
        took = "" if after is None else f"{after * 1000:6.0f} ms"
        print(f"{took:>9}  {who:<9} {lines[0]}", flush=True)
        for line in lines[1:]:
            print(f"{'':>9}  {'':<9} {line}", flush=True)

    @contextmanager
    def step(self, who: str, promise: str) -> Iterator["Seen"]:
        """Time a step; what is seen inside is printed with the time it took."""
        seen = Seen()
        begun = time.monotonic()
        yield seen
        self.steps += 1
        self.say(who, promise, after=time.monotonic() - begun)
        for line in seen.words.strip().splitlines():
            print(f"{'':>21} │ {line}", flush=True)


@dataclass(slots=True)
class Seen:
    """The view of one person in a step."""

    words: str = ""
