"""Feeds, and the dates that they show."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Integer, bindparam, delete, exists, select, update

from bridge.domain.answer import Answer
from bridge.domain.feed import DateStamp, Feed
from bridge.ids import FeedId, OccurrenceId, SalonId, UserId
from bridge.store.statements import AnyRow, AnySelect, Query, insert, upsert
from bridge.store.tables import answers, feed_absences, feed_colleagues, feeds, occurrences
from bridge.store.tx import Tx, fields
from bridge.store.types import Moment
from bridge.store.vault import Vault

_ADD = insert(feeds, unless="whose")
_of = select(feeds).where(feeds.c.whose == bindparam("whose"))
_OF = Query(_of, _of)
_get = select(feeds).where(feeds.c.id == bindparam("id"))
_GET = Query(_get, _get)
_by_digest = select(feeds).where(feeds.c.digest == bindparam("digest"))
_BY_DIGEST = Query(_by_digest, _by_digest)
_DROP = delete(feeds).where(feeds.c.whose == bindparam("by"))
_MOVE = update(feeds).where(feeds.c.whose == bindparam("by"))

_MOST = bindparam("most", type_=Integer)
_STAMP = select(
    occurrences.c.id, occurrences.c.meeting, occurrences.c.sequence, occurrences.c.touched
).where(occurrences.c.ends_at > bindparam("since", type_=Moment))


def _to_come(stamps: AnySelect) -> Query:
    """Return those that are not over, in the order of the partial indexes of them."""
    found = stamps.where(occurrences.c.over_at.is_(None))
    found = found.order_by(occurrences.c.starts_at, occurrences.c.id).limit(_MOST)
    return Query(found, found)


def _over(stamps: AnySelect) -> Query:
    found = stamps.where(occurrences.c.over_at.is_not(None))
    found = found.order_by(occurrences.c.ends_at.desc(), occurrences.c.id).limit(_MOST)
    return Query(found, found)


def _shown(stamps: AnySelect) -> AnySelect:
    """Return those of others that an agent may read still."""
    left = exists().where(
        feed_absences.c.salon == occurrences.c.salon, feed_absences.c.feed == bindparam("feed")
    )
    return stamps.where(~left)


_in_salon = _STAMP.where(occurrences.c.salon == bindparam("salon"))
_OF_SALON = (_to_come(_in_salon), _over(_in_salon))
_organised = _STAMP.where(occurrences.c.organiser == bindparam("user"))
_ORGANISED = (_to_come(_organised), _over(_organised))
_answered = _shown(_STAMP.join(answers, answers.c.occurrence == occurrences.c.id)).where(
    answers.c.who == bindparam("user"), answers.c.answer.in_([Answer.YES, Answer.MAYBE])
)
_refused = exists().where(
    answers.c.occurrence == occurrences.c.id,
    answers.c.who == bindparam("user"),
    answers.c.answer == Answer.NO,
)
_named = _shown(
    _STAMP.join(feed_colleagues, feed_colleagues.c.occurrence == occurrences.c.id)
).where(feed_colleagues.c.user == bindparam("user"), ~_refused)
_OTHERS = (_to_come(_answered), _over(_answered), _to_come(_named), _over(_named))


def _stakes(column: Any, *where: Any) -> tuple[Query, Query]:
    """Return a column of the dates to come that agents' feeds show as others' dates, or hide."""
    ways = (
        (answers, answers.c.occurrence, answers.c.who),
        (feed_colleagues, feed_colleagues.c.occurrence, feed_colleagues.c.user),
    )
    found = [
        select(column)
        .select_from(occurrences)
        .join(table, of == occurrences.c.id)
        .join(feeds, feeds.c.whose == who)
        .where(occurrences.c.over_at.is_(None), occurrences.c.salon.is_not(None), *where)
        .distinct()
        for table, of, who in ways
    ]
    return Query(found[0], found[0]), Query(found[1], found[1])


_READERS = _stakes(feeds, occurrences.c.salon == bindparam("salon"))
_SALONS = _stakes(occurrences.c.salon)
_SALONS_OF = _stakes(occurrences.c.salon, feeds.c.id == bindparam("feed"))
_ABSENT = upsert(feed_absences, "feed", "salon", replace=["salon"])
_PRESENT = delete(feed_absences).where(
    feed_absences.c.feed == bindparam("of"), feed_absences.c.salon == bindparam("there")
)
_EXPECT = insert(feed_colleagues)
_RELEASE = delete(feed_colleagues).where(feed_colleagues.c.occurrence == bindparam("of"))


@dataclass(frozen=True, slots=True)
class FeedRows:
    """Implements `bridge.ports.FeedRepository`."""

    tx: Tx

    async def add(self, feed: Feed) -> bool:
        """Insert a feed, unless its salon or agent has one; tell whether inserted."""
        return bool(await self.tx.run(_ADD, _values(feed, self.tx.vault)))

    async def of(self, whose: SalonId | UserId) -> Feed | None:
        """Return the feed of a salon or an agent."""
        return _feed(await self.tx.one(_OF, whose=whose), self.tx.vault)

    async def get(self, feed: FeedId) -> Feed | None:
        """Return a feed."""
        return _feed(await self.tx.one(_GET, id=feed), self.tx.vault)

    async def by_digest(self, digest: bytes) -> Feed | None:
        """Return the feed whose code has this digest."""
        return _feed(await self.tx.one(_BY_DIGEST, digest=digest), self.tx.vault)

    async def drop(self, whose: SalonId | UserId) -> bool:
        """Delete the feed of a salon or an agent; tell whether there was one."""
        return bool(await self.tx.run(_DROP, {"by": whose}))

    async def moved(self, old: SalonId, new: SalonId) -> None:
        """Give a salon's feed to the salon that replaces it, unless it has its own."""
        if await self.of(new) is None:
            await self.tx.run(_MOVE, {"by": old, "whose": new})

    async def dates_of_salon(
        self, salon: SalonId, *, since: datetime, most: int
    ) -> Sequence[DateStamp]:
        """Return a salon's dates that end after a moment, without locking; cancelled ones too."""
        values = {"salon": salon, "since": since, "most": most}
        found = [await self.tx.all(one, **values) for one in _OF_SALON]
        return [_stamp(row, whole=True) for rows in found for row in rows]

    async def dates_of_agent(
        self, feed: Feed, *, since: datetime, most: int
    ) -> Sequence[DateStamp]:
        """Return an agent's own dates, and those to which they come or are expected."""
        values = {"user": feed.whose, "feed": feed.id, "since": since, "most": most}
        found: dict[OccurrenceId, DateStamp] = {}
        for wanted, whole in ((_OTHERS, False), (_ORGANISED, True)):
            for one in wanted:
                rows = await self.tx.all(one, **values)
                found |= {row.id: _stamp(row, whole=whole) for row in rows}
        return list(found.values())

    async def readers(self, salon: SalonId) -> Sequence[Feed]:
        """Return the agents' feeds that show, or hide, others' dates of this salon."""
        found = {row.id: row for one in _READERS for row in await self.tx.all(one, salon=salon)}
        return [feed for row in found.values() if (feed := _feed(row, self.tx.vault))]

    async def salons(self) -> Sequence[SalonId]:
        """Return the salons of others' dates that agents' feeds show, or hide."""
        rows = [row for one in _SALONS for row in await self.tx.all(one)]
        return sorted({row.salon for row in rows})

    async def salons_of(self, feed: FeedId) -> Sequence[SalonId]:
        """Return the salons of others' dates that one agent's feed shows, or hides."""
        rows = [row for one in _SALONS_OF for row in await self.tx.all(one, feed=feed)]
        return sorted({row.salon for row in rows})

    async def stand(self, feed: FeedId, salon: SalonId, *, present: bool) -> None:
        """Record whether a feed's agent is in a salon; if not, it shows none of its dates."""
        if present:
            await self.tx.run(_PRESENT, {"of": feed, "there": salon})
        else:
            await self.tx.run(_ABSENT, {"feed": feed, "salon": salon})

    async def expects(self, occurrence: OccurrenceId, users: Collection[UserId]) -> None:
        """Replace the agents who are expected at an occurrence."""
        await self.tx.run(_RELEASE, {"of": occurrence})
        values = [{"occurrence": occurrence, "user": one} for one in sorted(users)]
        if values:
            await self.tx.run(_EXPECT, values)


def _place(feed: FeedId) -> str:
    return f"feeds.name:{feed}"


def _values(feed: Feed, vault: Vault) -> dict[str, Any]:
    name = vault.seal(feed.name.encode(), _place(feed.id)) if feed.name else None
    return {
        "id": feed.id,
        "whose": feed.whose,
        "created_at": feed.created_at,
        "digest": feed.digest,
        "key": feed.key,
        "language": feed.language,
        "name": name,
    }


def _feed(row: AnyRow | None, vault: Vault) -> Feed | None:
    if row is None:
        return None
    name = "" if row.name is None else vault.open(row.name, _place(row.id)).decode()
    return Feed(**{**fields(row), "name": name})


def _stamp(row: AnyRow, *, whole: bool) -> DateStamp:
    return DateStamp(row.id, row.meeting, row.sequence, row.touched, whole)
