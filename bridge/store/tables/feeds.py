"""Feeds, and the facts that decide which dates an agent's feed shows."""

from datetime import datetime

from sqlalchemy import Column, Index, LargeBinary, Named, Table, TypedColumns

from bridge.i18n import Language
from bridge.ids import FeedId, OccurrenceId, SalonId, UserId
from bridge.store.tables.base import metadata
from bridge.store.types import Choice, moment, reference, sealed, uuid, words


class _Feeds(TypedColumns):
    id: Named[FeedId] = uuid(primary_key=True)
    whose: Named[str] = words(unique=True)
    """A salon's id, or an agent's."""
    created_at: Named[datetime] = moment()
    digest: Named[bytes] = Column(LargeBinary, unique=True)
    key: Named[str]
    language: Named[Language] = Column(Choice(Language))
    name: Named[bytes | None] = sealed()


feeds = Table("feeds", metadata, _Feeds)
Index(None, feeds.c.created_at)


class _FeedColleagues(TypedColumns):
    occurrence: Named[OccurrenceId] = reference("occurrences.id", primary_key=True)
    user: Named[UserId] = words(primary_key=True)
    """An agent who is named as a colleague; the occurrence has all of them, sealed."""


feed_colleagues = Table("feed_colleagues", metadata, _FeedColleagues)
Index(None, feed_colleagues.c.user)


class _FeedAbsences(TypedColumns):
    feed: Named[FeedId] = reference("feeds.id", primary_key=True)
    salon: Named[SalonId] = words(primary_key=True)
    """A salon in which the feed's agent is no more."""


feed_absences = Table("feed_absences", metadata, _FeedAbsences)
