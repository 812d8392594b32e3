"""A database after years: past and planned meetings of one salon and one organiser, by the thousand.

Each past meeting has what it leaves: guests, visits, a seat, mails, presence, handled events and
sent messages. They are evenly spread over the thirteen months before `START`, the planned ones over
the year after it; none is within two days of it, so that what is present is the same however many
there are.
"""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, TypeAlias

from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import create_async_engine

from bridge.store import Store, open_store
from bridge.store.engine import file_of, parse
from tests.contract.hot import present
from tests.contract.store_samples import ORGANISER, SALON, START, audit_keys, vault
from tests.doubles.clocks import SetClock

DAY = 86_400
NEAREST, LAST, NEXT = 2 * DAY, 394 * DAY, 363 * DAY
"""Seconds from `START` to the nearest meeting, and over how many they are spread on either side."""
Rows: TypeAlias = tuple[str, Mapping[str, str]]
"""A table, and an SQL expression of `n` for each of its columns."""


class Sql(Protocol):
    """How a database writes what the tables need."""

    def series(self, count: int) -> str:
        """Return a sub-select of the numbers `n` from 1 to `count`."""
        ...

    def uuid(self, tag: int) -> str:
        """Return the n-th id of a kind."""
        ...

    def moment(self, seconds: str) -> str:
        """Return a moment, in seconds since 1970."""
        ...

    def digest(self, tag: int) -> str:
        """Return the n-th digest of a kind."""
        ...


class SqliteSql:
    """SQLite's, as SQLAlchemy stores them there."""

    def series(self, count: int) -> str:
        each = f"SELECT 1 UNION ALL SELECT n + 1 FROM series WHERE n < {count}"
        return f"(WITH RECURSIVE series(n) AS ({each}) SELECT n FROM series)"

    def uuid(self, tag: int) -> str:
        return f"printf('{tag:08x}%024x', n)"

    def moment(self, seconds: str) -> str:
        return f"strftime('%Y-%m-%d %H:%M:%f000', {seconds}, 'unixepoch')"

    def digest(self, tag: int) -> str:
        return f"CAST(printf('{tag:08x}%024x', n) AS BLOB)"


class PostgresqlSql:
    """PostgreSQL's."""

    def series(self, count: int) -> str:
        return f"(SELECT generate_series(1, {count}) AS n)"

    def uuid(self, tag: int) -> str:
        return f"('{tag:08x}' || lpad(to_hex(n), 24, '0'))::uuid"

    def moment(self, seconds: str) -> str:
        return f"to_timestamp({seconds})"

    def digest(self, tag: int) -> str:
        return f"decode('{tag:08x}' || lpad(to_hex(n), 24, '0'), 'hex')"


@dataclass(frozen=True, slots=True)
class Meetings:
    """So many meetings on one side of `START`, and what they leave."""

    sql: Sql
    count: int
    past: bool

    @property
    def tag(self) -> int:
        """The first digits of their ids."""
        return 0x10 if self.past else 0x20

    def at(self, seconds: int = 0) -> str:
        """Return the start of the n-th, and so many seconds."""
        now = int(START.timestamp()) + seconds
        spread = LAST if self.past else NEXT
        far = f"{NEAREST} + n * {spread}.0 / {self.count}"
        return self.sql.moment(f"{now} - ({far})" if self.past else f"{now} + ({far})")

    @property
    def asked(self) -> str:
        """When the n-th was asked for: planned ones in the same months as those past."""
        now = int(START.timestamp())
        return self.sql.moment(f"{now} - ({NEAREST + DAY} + n * {LAST}.0 / {self.count})")

    def id(self, kind: int) -> str:
        """Return the n-th id of a kind of rows."""
        return self.sql.uuid(self.tag << 8 | kind)

    def rows(self) -> list[Rows]:
        """Return what to insert, each row after those that it refers to."""
        return [*self._planned(), *(self._held() if self.past else self._due())]

    def _planned(self) -> list[Rows]:
        meeting, occurrence, guest = self.id(1), self.id(2), self.id(3)
        return [
            (
                "meetings",
                {
                    "id": meeting,
                    "salon": f"'{SALON}'",
                    "organiser": f"'{ORGANISER}'",
                    "title": "'Point'",
                    "source": f"'${self.tag}-' || n",
                    "level": "'trusted'",
                    "state": "'ready'",
                    "state_changes": "0",
                    "unanswered": "0",
                    "created_at": self.asked,
                    "room_id": self.id(4),
                    "room_slug": "'abc-defg-hij'",
                    "room_url": "'https://visio.example/abc-defg-hij'",
                    "room_level": "'trusted'",
                },
            ),
            (
                "series",
                {
                    "meeting": meeting,
                    "start": self.at(),
                    "length": "3600",
                    "zone": "'Europe/Paris'",
                    "rule": "'FREQ=WEEKLY'",
                    "without": "'[]'",
                    "besides": "'[]'",
                    "closed": "'[]'",
                },
            ),
            (
                "occurrences",
                {
                    "id": occurrence,
                    "meeting": meeting,
                    "salon": f"'{SALON}'",
                    "organiser": f"'{ORGANISER}'",
                    "over_at": self.at(3 * 3600) if self.past else "NULL",
                    "starts_at": self.at(),
                    "wall_start": self.at(),
                    "original": self.at(),
                    "ends_at": self.at(3600),
                    "zone": "'Europe/Paris'",
                    "state": "'planned'",
                    "card": f"'$card-{self.tag}-' || n",
                    "sequence": "0",
                    "touched": self.at(3600) if self.past else self.asked,
                },
            ),
            ("expected", {"occurrence": occurrence, "digest": self.sql.digest(self.tag)}),
            (
                "invitations",
                {
                    "id": guest,
                    "meeting": meeting,
                    "occurrence": occurrence,
                    "series": "FALSE",
                    "invited_by": f"'{ORGANISER}'",
                    "created_at": self.asked,
                    "digest": self.sql.digest(self.tag),
                    "key": "'k1'",
                    "number": "0",
                    "name": "''",
                    "email": "''",
                    "delivery": "'mail'",
                    "assurance": "'unverified'",
                    "mail_refused": "FALSE",
                    "takeovers": "0",
                    "proof": "'none'",
                    "pin_tries": "0",
                },
            ),
            (
                "mails",
                {
                    "id": self.id(5),
                    "invitation": guest,
                    "number": "1",
                    "asked_at": self.asked,
                    "asked_by": f"'{ORGANISER}'",
                    "kind": "'invitation'",
                    "sent_at": self.asked,
                    "offers": "0",
                },
            ),
        ]

    def _due(self) -> list[Rows]:
        kinds = {"window.open": -600, "window.close": 4500, "guest.forget": 4500 + 7 * DAY}
        return [
            (
                "agenda",
                {
                    "kind": f"'{kind}'",
                    "key": self.id(2),
                    "at": self.at(seconds),
                    "ready": self.at(seconds),
                    "attempts": "0",
                },
            )
            for kind, seconds in kinds.items()
        ]

    def _held(self) -> list[Rows]:
        occurrence, guest, browser = self.id(2), self.id(3), self.id(6)
        end = self.at(3600)
        return [
            (
                "visits",
                {
                    "id": browser,
                    "invitation": guest,
                    "occurrence": occurrence,
                    "digest": self.sql.digest(self.tag),
                    "name": "'Alex'",
                    "language": "'fr'",
                    "created_at": self.at(),
                    "asked_at": self.at(),
                    "question": self.id(7),
                    "number": "1",
                    "seen_at": self.at(),
                },
            ),
            (
                "questions",
                {
                    "id": self.id(7),
                    "invitation": guest,
                    "occurrence": occurrence,
                    "asked_at": self.at(),
                    "told_at": self.at(),
                    "version": "1",
                    "told": "1",
                    "last": "1",
                    "back": "FALSE",
                    "notice": f"'$question-{self.tag}-' || n",
                    "closed_at": self.at(60),
                },
            ),
            (
                "seats",
                {
                    "id": self.id(8),
                    "visit": browser,
                    "invitation": guest,
                    "occurrence": occurrence,
                    "room": "'a-room'",
                    "identity": "'guest-' || n",
                    "admitted_at": self.at(60),
                    "admitted_by": f"'{ORGANISER}'",
                    "ended_at": end,
                    "why": "'window'",
                    "watched_until": self.at(3600 + 660),
                },
            ),
            (
                "audit",
                {
                    "id": self.id(127),
                    "at": self.at(60),
                    "kind": "'guest.admitted'",
                    "body": "'{}'",
                    "key": "'0001'",
                    "mac": self.sql.digest(self.tag),
                    "position": f"{self.count} + 1 - n",
                    "link": self.sql.digest(self.tag),
                    "link_key": "'0001'",
                },
            ),
            (
                "presences",
                {
                    "occurrence": occurrence,
                    "began_at": self.at(),
                    "looked_at": end,
                    "people": "0",
                    "guests": "0",
                    "peak": "2",
                    "came": "'[]'",
                    "closed_at": end,
                    "lasted": "0",
                    "closings": "1",
                },
            ),
            (
                "offers",
                {
                    "id": self.id(9),
                    "occurrence": occurrence,
                    "closes": end,
                    "settled_at": end,
                    "notice": f"'$offer-{self.tag}-' || n",
                },
            ),
            (
                "reminders",
                {
                    "id": self.id(11),
                    "occurrence": occurrence,
                    "user": f"'{ORGANISER}'",
                    "before": "600",
                    "at": self.at(-600),
                    "start": self.at(),
                    "created_at": self.asked,
                    "done_at": self.at(-600),
                },
            ),
            (
                "calendar_accounts",
                {
                    "id": self.id(12),
                    "owner": "'@agent-' || n || ':a'",
                    "home": "'https://dav.example/' || n || '/'",
                    "host": "'dav.example'",
                    "login": self.sql.digest(self.tag),
                    "schedules": "FALSE",
                    "shares_free": "FALSE",
                    "state": "'ready'",
                    "failures": "0",
                    "linked_at": self.asked,
                },
            ),
            (
                "calendars",
                {
                    "id": self.id(13),
                    "account": self.id(12),
                    "url": "'https://dav.example/' || n || '/work/'",
                    "mode": "'sync'",
                    "ctag": "''",
                    "token": "''",
                    "ours": "TRUE",
                },
            ),
            (
                "calendar_objects",
                {
                    "id": self.id(14),
                    "calendar": self.id(13),
                    "href": "'/work/' || n || '.ics'",
                    "etag": "'1'",
                    "uid_digest": self.sql.digest(self.tag),
                    "meeting": self.id(1),
                    "base": "'{}'",
                    "writes": "0",
                    "wrote": "''",
                },
            ),
            (
                "mail_senders",
                {
                    "id": self.id(16),
                    "owner": "'@agent-' || n || ':a'",
                    "asked_at": self.asked,
                },
            ),
            (
                "mailed_events",
                {
                    "id": self.id(17),
                    "owner": "'@agent-' || n || ':a'",
                    "uid_digest": self.sql.digest(self.tag),
                    "content": self.sql.digest(self.tag),
                    "meeting": self.id(1),
                    "base": "'{}'",
                    "ended": "FALSE",
                    "changed_at": self.asked,
                },
            ),
            (
                "organiser_mails",
                {
                    "id": self.id(18),
                    "event": self.id(17),
                    "kind": "'link'",
                    "part": "''",
                    "sequence": "0",
                    "asked_at": self.asked,
                },
            ),
            (
                "calendar_links",
                {
                    "id": self.id(15),
                    "owner": "'@agent-' || n || ':a'",
                    "digest": self.sql.digest(self.tag),
                    "key": "'k1'",
                    "created_at": self.asked,
                    "expires_at": self.asked,
                    "tries": "0",
                },
            ),
            (
                "challenges",
                {
                    "id": self.id(10),
                    "visit": browser,
                    "invitation": guest,
                    "key": "'k1'",
                    "asked_at": self.at(),
                    "tries": "1",
                },
            ),
            (
                "inbox",
                {
                    "event": f"'$line-{self.tag}-' || n",
                    "account": "'@visio:agent.tchap'",
                    "salon": f"'{SALON}'",
                    "kind": "'message'",
                    "sealed": "FALSE",
                    "received_at": self.asked,
                    "done_at": self.asked,
                },
            ),
            (
                "outbox",
                {
                    "dedupe": f"'card-{self.tag}-' || n",
                    "lane": f"'{SALON}'",
                    "direct": "FALSE",
                    "template": "'card'",
                    "worth": "1",
                    "rings": "'[]'",
                    "posted_at": self.asked,
                    "attempts": "1",
                    "done_at": self.asked,
                    "event": f"'$card-{self.tag}-' || n",
                },
            ),
            ("once", {"name": "'mentioned:' || n", "at": self.asked}),
            (
                "agents",
                {"user": "'@agent-' || n || ':a'", "name": "'A'", "seen_at": self.asked},
            ),
        ]


def inserts(sql: Sql, past: int, planned: int) -> Sequence[str]:
    """Return the statements that fill an empty database."""
    found = []
    for side in (Meetings(sql, past, past=True), Meetings(sql, planned, past=False)):
        for table, columns in side.rows():
            names = ", ".join(f'"{name}"' for name in columns)
            values = ", ".join(columns.values())
            series = sql.series(side.count)
            found.append(f"INSERT INTO {table} ({names}) SELECT {values} FROM {series} AS each")
    return found


def fill_sqlite(path: Path, past: int, planned: int) -> None:
    """Fill a migrated database."""
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA synchronous=OFF")
        connection.execute("PRAGMA cache_size=-200000")
        for statement in inserts(SqliteSql(), past, planned):
            connection.execute(statement)
        connection.commit()
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def fill_postgresql(connection: Connection, past: int, planned: int) -> None:
    """Fill a migrated database, and have it count its rows."""
    connection.execute(text("SET session_replication_role = replica"))  # no foreign key is checked
    for statement in inserts(PostgresqlSql(), past, planned):
        connection.execute(text(statement.replace(":", "\\:")))
    connection.execute(text("SET session_replication_role = DEFAULT"))
    connection.execute(text("ANALYZE"))


async def grow(url: str, count: int) -> None:
    """Fill a migrated database with so many past and as many planned meetings, and a present one."""
    path = file_of(url)
    if path is not None:
        await asyncio.to_thread(fill_sqlite, path, count, count)
    else:
        engine = create_async_engine(parse(url))
        try:
            async with engine.begin() as connection:
                await connection.run_sync(fill_postgresql, count, count)
        finally:
            await engine.dispose()
    async with opened(url) as store:
        await present(store)


@asynccontextmanager
async def opened(url: str) -> AsyncIterator[Store]:
    """Open a database whose clock stands at `START`."""
    async with open_store(url, vault=vault(), clock=SetClock(START), audit=audit_keys()) as store:
        yield store
