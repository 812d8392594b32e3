"""The check of the audit: a pure function of its records, in the order of the chain.

Found without anything else: a record that was changed, forged, moved, or is missing between two
others, and a beginning that was cut off without a record of ours that says so. Found with a head
that was written down elsewhere: an end that was cut off, or a chain that was made anew. Not found:
a record that was deleted before it was linked, and an end that was cut off after the last head.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from bridge.domain.audit import GENESIS, AuditKeys, AuditKind, AuditRecord, Head, canonical


class FlawKind(StrEnum):
    """The kinds of faults of a chain."""

    CHANGED = "changed"
    """The record is not as it was written."""
    MISSING = "missing"
    """Records between two others are gone."""
    BROKEN = "broken"
    """The link does not follow from the one before: records were moved, or inserted."""
    BEGINNING = "beginning"
    """The first records are gone, and no retention deleted them."""
    END = "end"
    """The chain ends before a head that was written down."""
    OTHER = "other"
    """The chain had another link at this position when its head was written down."""
    KEY = "key"
    """A key is missing from the folder of keys, or changed without a record that says so."""


@dataclass(frozen=True, slots=True)
class AuditFlaw:
    """One finding."""

    flaw: FlawKind
    position: int | None
    """Its position; `None` for a record without one."""
    what: str = ""
    """The record's id, the missing records' number, or the key's id."""


@dataclass(frozen=True, slots=True)
class AuditVerdict:
    """The result of a check."""

    checked: int
    """Records in the chain that were read."""
    first: int | None
    """The position of the first of them."""
    last: int
    """The position of the last one, 0 for none."""
    waiting: int
    """Records that are not linked yet."""
    heads: int
    """Heads that the chain was compared with."""
    flaws: Sequence[AuditFlaw]

    @property
    def sound(self) -> bool:
        """Whether no fault was found."""
        return not self.flaws


def check(
    chain: Iterable[AuditRecord],
    waiting: Iterable[AuditRecord],
    keys: AuditKeys,
    heads: Sequence[Head] = (),
) -> AuditVerdict:
    """Check linked records, in order of their positions, and those that wait for their link."""
    checking = AuditCheck(keys, heads)
    for record in chain:
        checking.take(record)
    return checking.end(waiting)


@dataclass
class AuditCheck:
    """A check under way, which need not hold all records at once."""

    keys: AuditKeys
    heads: Sequence[Head] = ()
    flaws: list[AuditFlaw] = field(default_factory=list)
    _count: int = 0
    _first: AuditRecord | None = None
    _last: AuditRecord | None = None
    _cuts: dict[int, str] = field(default_factory=dict)
    """The links at which a retention cut, by position, as genuine records say."""
    _next_key: str | None = None
    """The id of the key to which the record before hands over."""
    _compared: int = 0

    def __post_init__(self) -> None:
        self._heads: dict[int, list[Head]] = {}
        for head in self.heads:
            self._heads.setdefault(head.position, []).append(head)

    def take(self, record: AuditRecord) -> None:
        """Check the next linked record."""
        assert record.position is not None
        position, before = record.position, self._last
        self._count += 1
        genuine = self._genuine(record)
        if before is None:
            self._first = record
            if position == 1:
                self._follows(record, GENESIS)
        else:
            assert before.position is not None
            if position != before.position + 1:
                gone = position - before.position - 1
                self._flaw(FlawKind.MISSING, before.position + 1, str(gone))
            else:
                self._follows(record, before.link or b"")
            self._handed_over(record, before)
        self._compare(record)
        self._next_key = None
        if genuine:
            self._hear(record)
        self._last = record

    def end(self, waiting: Iterable[AuditRecord]) -> AuditVerdict:
        """Check the records that wait for their link, and return the verdict."""
        count = 0
        for record in waiting:
            count += 1
            if self._genuine(record):
                self._hear(record)
        self._check_beginning()
        last = 0 if self._last is None or self._last.position is None else self._last.position
        for position in sorted(self._heads):
            if position > last:
                self._compared += 1
                self._flaw(FlawKind.END, last + 1, str(position - last))
        return AuditVerdict(
            checked=self._count,
            first=None if self._first is None else self._first.position,
            last=last,
            waiting=count,
            heads=self._compared,
            flaws=tuple(self.flaws),
        )

    def _genuine(self, record: AuditRecord) -> bool:
        if record.key not in self.keys.keys:
            self._flaw(FlawKind.KEY, record.position, record.key)
            return False
        if self.keys.is_genuine(record):
            return True
        self._flaw(FlawKind.CHANGED, record.position, str(record.id))
        return False

    def _follows(self, record: AuditRecord, before: bytes) -> None:
        assert record.position is not None
        key = record.link_key or ""
        if key not in self.keys.keys:
            self._flaw(FlawKind.KEY, record.position, key)
        elif self.keys.link(record, record.position, before, key) != record.link:
            self._flaw(FlawKind.BROKEN, record.position, str(record.id))

    def _handed_over(self, record: AuditRecord, before: AuditRecord) -> None:
        """Check that another key links only after a record that names it."""
        if record.link_key not in (before.link_key, self._next_key):
            self._flaw(FlawKind.KEY, record.position, record.link_key or "")

    def _compare(self, record: AuditRecord) -> None:
        for head in self._heads.get(record.position or 0, ()):
            self._compared += 1
            if head.link != record.link:
                self._flaw(FlawKind.OTHER, record.position, str(record.id))

    def _hear(self, record: AuditRecord) -> None:
        """Take note of records about the audit itself: cuts, and other keys."""
        if record.kind == AuditKind.CUT:
            said = record.said
            self._cuts[int(said["upto"])] = str(said["link"])
        elif record.kind == AuditKind.KEY:
            said = record.said
            known = str(said["key"])
            if known in self.keys.keys and self.keys.mark(known) == said["mark"]:
                self._next_key = known

    def _check_beginning(self) -> None:
        """Check that the retention deleted all that is missing before the first record."""
        first = self._first
        if first is None or first.position in (None, 1):
            return
        assert first.position is not None
        link = self._cuts.get(first.position - 1)
        if link is None:
            self._flaw(FlawKind.BEGINNING, 1, str(first.position - 1))
        else:
            self._follows(first, bytes.fromhex(link))

    def _flaw(self, flaw: FlawKind, position: int | None, what: str) -> None:
        self.flaws.append(AuditFlaw(flaw, position, what))


def as_json(record: AuditRecord) -> str:
    """Return a record as one line of JSON, with all that a later check needs."""
    shown: dict[str, Any] = {
        "position": record.position,
        "id": str(record.id),
        "at": record.at.isoformat(timespec="microseconds"),
        "kind": record.kind,
        "body": record.said,
        "key": record.key,
        "mac": record.mac.hex(),
        "link": None if record.link is None else record.link.hex(),
        "link_key": record.link_key,
    }
    return canonical(shown)
