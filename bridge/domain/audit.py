"""The audit: records of who let whom in, under keys, each linked to the one before it.

A fact is noted in the transaction of its cause, with a MAC of its own: from then on a change shows.
Soon after the chainer gives it a position and a link, an HMAC of the link before it: from then on
its removal shows too. The head, the last position and its link, is written down elsewhere: only so
does it show that the end of the chain was cut off.

People are pseudonyms, keyed by a salt of their month: without it nobody can find a person any more,
and the chain holds all the same.
"""

import hmac
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from bridge.ids import ActorId, InvitationId, OccurrenceId, SeatId

SALT_BYTES = 32
_PSEUDONYM = 24
"""Hexadecimal digits: 96 bits."""
_WORD = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")


class AuditKind(StrEnum):
    """The kinds of facts that the audit keeps."""

    ADMITTED = "guest.admitted"
    REFUSED = "guest.refused"
    """`rule` says by what: an answer, the host, a limit."""
    LOCKED = "guest.locked"
    """The link is locked after too many wrong proofs."""
    ENDED = "seat.ended"
    OUT = "guest.out"
    """The media server says that they are out; `ms` after they had to be."""
    ISSUED = "invitation.issued"
    RENEWED = "invitation.renewed"
    """Issued once more with another link; the former one is dead."""
    EXTENDED = "invitation.extended"
    WITHDRAWN = "invitation.withdrawn"
    EXPIRED = "invitation.expired"
    """Its time passed, and nobody withdrew it."""
    ERASED = "guests.erased"
    """Names and addresses of a meeting's guests were erased."""
    LINE_REFUSED = "line.refused"
    """A line in a salon was refused by a right, a rule or a limit."""
    OPERATOR = "operator.command"
    GRANTED = "grant.issued"
    GRANT_REFUSED = "grant.refused"
    GRANT_REVOKED = "grant.revoked"
    KEY = "audit.key"
    """From here on another key signs."""
    CUT = "audit.cut"
    """Records older than the retention were deleted, up to a position."""
    FORGOTTEN = "audit.forgotten"
    """A month's salt was destroyed: its pseudonyms lead to nobody any more."""


class Decider(StrEnum):
    """The one who decided an admission."""

    SALON = "salon"
    """An agent, in the salon or on the host's page."""
    HOST = "host"
    """Visio's host, whom Visio does not name."""
    POLICY = "policy"
    """Nobody was asked: a proof was enough."""
    PARTNER = "partner"
    """A partner's word was enough."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditFact:
    """A fact to keep. People are given as we know them; a record holds their pseudonyms alone."""

    kind: AuditKind
    actor: ActorId | None = field(default=None, repr=False)
    """The party that caused it; `None`: time, or nobody that we know."""
    subject: str = field(default="", repr=False)
    """The person whom it is about: an address, or else the id of their invitation."""
    occurrence: OccurrenceId | None = None
    invitation: InvitationId | None = None
    seat: SeatId | None = None
    decided_by: Decider | None = None
    mode: str = ""
    """The admission mode."""
    rule: str = ""
    """The rule that refused, or the reason of an end."""
    ms: int | None = None
    partner: str = ""
    """The issuer of a partner: an organisation's address, not a person's."""
    grant: str = ""
    """The id of a partner's grant, the same on both sides."""
    command: str = ""
    outcome: str = ""
    detail: Mapping[str, str | int] = field(default_factory=dict)
    """Facts about the audit itself: keys, positions, months."""
    once: str = ""
    """The same fact with the same name is kept once, however often it is noted."""

    def __post_init__(self) -> None:
        """Refuse texts that could be a person's: rules, commands and outcomes are words of ours."""
        for word in (self.mode, self.rule, self.command, self.outcome):
            if word and _WORD.fullmatch(word) is None:
                raise ValueError("not a word of ours")


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditRecord:
    """A fact as it is stored, with its own MAC, and its link once it has one."""

    id: UUID
    at: datetime
    """In UTC, to the microsecond."""
    kind: str
    body: str
    """JSON in one form alone: sorted, without spaces, ASCII."""
    key: str
    """The id of the key of `mac`."""
    mac: bytes = field(repr=False)
    position: int | None = None
    """Its place in the chain, from 1; `None` until it is linked."""
    link: bytes | None = field(default=None, repr=False)
    link_key: str | None = None

    @property
    def said(self) -> dict[str, Any]:
        """Return its fields by their names."""
        read: dict[str, Any] = json.loads(self.body)
        return read

    @property
    def signed(self) -> bytes:
        """Return the bytes that the MAC covers."""
        return "\n".join((str(self.id), _at(self.at), self.kind, self.body)).encode()


@dataclass(frozen=True, slots=True)
class Head:
    """The end of the chain at a moment."""

    position: int
    link: bytes
    at: datetime
    """When it was written down."""

    @property
    def line(self) -> str:
        """Return it as it is written into a file, or sent to a log: one line of ASCII."""
        return (
            f"parvis audit-head position={self.position} link={self.link.hex()} at={_at(self.at)}"
        )


GENESIS = b"parvis audit: nothing comes before"


@dataclass(frozen=True, slots=True)
class AuditKeys:
    """The keys of the audit by their ids; the current one signs."""

    keys: Mapping[str, bytes] = field(repr=False)
    current: str

    def record(self, fact: AuditFact, salt: bytes, *, id: UUID, at: datetime) -> AuditRecord:  # noqa: A002
        """Return a fact as it is stored; `salt` is that of the month of `at` (`month_of`)."""
        body = canonical(_body(fact, salt))
        bare = AuditRecord(
            id=id, at=at.astimezone(UTC), kind=fact.kind, body=body, key=self.current, mac=b""
        )
        return _with_mac(bare, self._mac("rows", self.current, bare.signed))

    def is_genuine(self, record: AuditRecord) -> bool:
        """Tell whether a record is as it was written. Raises KeyError for an unknown key."""
        return hmac.compare_digest(self._mac("rows", record.key, record.signed), record.mac)

    def link(self, record: AuditRecord, position: int, before: bytes, key: str) -> bytes:
        """Return the link of a record at a position, after the link `before`. Raises KeyError."""
        said = b"\n".join(
            (str(position).encode(), before.hex().encode(), record.mac.hex().encode())
        )
        return self._mac("links", key, said + b"\n" + record.signed)

    def mark(self, key: str) -> str:
        """Return a mark that identifies a key and reveals nothing of it. Raises KeyError."""
        return self._mac("which key of the audit this is", key, b"")[:16].hex()

    def _mac(self, use: str, key: str, said: bytes) -> bytes:
        derived = hmac.digest(self.keys[key], f"parvis audit: {use}".encode(), "sha256")
        return hmac.digest(derived, said, "sha256")


def canonical(said: Mapping[str, Any]) -> str:
    """Return JSON in the only form that a record has."""
    return json.dumps(said, sort_keys=True, separators=(",", ":"), ensure_ascii=True)


def month_of(moment: datetime) -> str:
    """Return the month of a moment, in UTC, as salts are named: `2026-11`."""
    return moment.astimezone(UTC).strftime("%Y-%m")


def pseudonym(salt: bytes, person: str) -> str:
    """Return the pseudonym of a person in the month of a salt.

    The case of an address does not matter.
    """
    return hmac.digest(salt, person.casefold().encode(), "sha256").hex()[:_PSEUDONYM]


def head_of(line: str) -> Head | None:
    """Return the head that a line holds, of a file, of syslog or of our own log; else `None`."""
    position, link = _POSITION.search(line), _LINK.search(line)
    if _HEAD.search(line) is None or position is None or link is None:
        return None
    at = _AT.search(line)
    return Head(int(position[1]), bytes.fromhex(link[1]), _moment(at[1] if at else ""))


_HEAD = re.compile(r"\baudit[.-]head\b")
"""In a line of ours, and as the event of our log."""
_POSITION = re.compile(r"\bposition\W{1,4}([0-9]{1,18})\b")
_LINK = re.compile(r"\blink\W{1,4}([0-9a-f]{64})\b")
_AT = re.compile(r"\bat=(\S+)")


def _moment(text: str) -> datetime:
    try:
        return datetime.fromisoformat(text).astimezone(UTC)
    except ValueError:
        return datetime.min.replace(tzinfo=UTC)


def _at(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="microseconds")


def _with_mac(bare: AuditRecord, mac: bytes) -> AuditRecord:
    return AuditRecord(
        id=bare.id, at=bare.at, kind=bare.kind, body=bare.body, key=bare.key, mac=mac
    )


def _body(fact: AuditFact, salt: bytes) -> dict[str, Any]:
    """Return the fields of a fact that are not empty."""
    said: dict[str, Any] = {
        "by": "" if fact.actor is None else _actor(fact.actor, salt),
        "subject": pseudonym(salt, fact.subject) if fact.subject else "",
        "meeting": _text(fact.occurrence),
        "invitation": _text(fact.invitation),
        "seat": _text(fact.seat),
        "decided_by": _text(fact.decided_by),
        "mode": fact.mode,
        "rule": fact.rule,
        "partner": fact.partner,
        "grant": fact.grant,
        "command": fact.command,
        "outcome": fact.outcome,
    }
    kept: dict[str, Any] = {name: value for name, value in said.items() if value}
    if fact.ms is not None:
        kept["ms"] = fact.ms
    return kept | dict(fact.detail)


def _actor(actor: ActorId, salt: bytes) -> str:
    """Return the pseudonym of a person; a party without an account has a name of ours."""
    return pseudonym(salt, actor) if actor.startswith("@") else actor


def _text(value: UUID | StrEnum | None) -> str:
    return "" if value is None else str(value)
