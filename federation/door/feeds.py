"""Calendar files that agents read: a feed, or one meeting, with our words in it."""

import asyncio
from collections import OrderedDict
from collections.abc import Sequence
from datetime import datetime

from bridge.domain.feed import REFRESHED, Feed, FeedEvent
from bridge.domain.names import unlinked
from bridge.i18n import Catalogue, Language, catalogues
from bridge.ids import FeedId
from bridge.mail.headers import told
from bridge.mail.invite import LONGEST_TITLE
from bridge.services.feeds.reading import FeedReading, FeedState

CALENDAR = "text/calendar; charset=utf-8"
_REMEMBERED = 8 * 1024 * 1024
"""Bytes of feeds that are kept to be given again."""
_LONGEST_NAME = 60


class FeedFiles:
    """Makes the files of feeds, one at a time and beside the loop; the last ones are kept."""

    def __init__(self, reading: FeedReading, *, remembered: int = _REMEMBERED) -> None:
        self._reading = reading
        self._remembered = remembered
        self._kept: OrderedDict[FeedId, tuple[str, bytes]] = OrderedDict()
        self._size = 0
        self._making = asyncio.Lock()

    async def file(self, state: FeedState) -> bytes:
        """Return the file of a feed in this state."""
        known = self._known(state)
        if known is not None:
            return known
        async with self._making:
            known = self._known(state)  # whoever made one before us may have made it
            if known is None:
                events = await self._reading.events(state)
                known = await asyncio.to_thread(_feed, state.feed, events, state.changed_at)
                self._keep(state, known)
        return known

    def _known(self, state: FeedState) -> bytes | None:
        version, body = self._kept.get(state.feed.id, ("", b""))
        if version != state.version:
            return None
        self._kept.move_to_end(state.feed.id)
        return body

    def _keep(self, state: FeedState, body: bytes) -> None:
        _, old = self._kept.pop(state.feed.id, ("", b""))
        self._kept[state.feed.id] = state.version, body
        self._size += len(body) - len(old)
        while self._size > self._remembered:
            _, (_, dropped) = self._kept.popitem(last=False)
            self._size -= len(dropped)


def meeting_file(shown: FeedEvent, language: Language, now: datetime) -> bytes:
    """Return one meeting as a file to open or to import."""
    # Late: it takes a quarter of a second.
    from bridge.calendars.itip import EventText, plain_file  # noqa: PLC0415

    words = catalogues()[language]
    title, description = _said(shown, words)
    text = EventText(
        language=language, title=title, description=description, link=shown.link, stamp=now
    )
    return plain_file(shown.event, text)


def _feed(feed: Feed, events: Sequence[FeedEvent], changed_at: datetime) -> bytes:
    # Late: it takes a quarter of a second, and a door may have no feed to give.
    from bridge.calendars.feed import Entry, FeedText, feed_file  # noqa: PLC0415

    words = catalogues()[feed.language]
    text = FeedText(
        language=feed.language,
        name=_name(feed, words),
        join=words.text("letter.join"),
        changed_at=changed_at,
        refreshed=REFRESHED,
    )
    return feed_file(text, [Entry(one, *_said(one, words)) for one in events])


def _name(feed: Feed, words: Catalogue) -> str:
    if feed.agent is not None:
        return words.text("door.feed.own")
    salon = told(feed.name, _LONGEST_NAME)
    return words.text("door.feed.salon", salon=salon) if salon else words.text("door.feed.unnamed")


def _said(shown: FeedEvent, words: Catalogue) -> tuple[str, str]:
    """Return an event's title and description, in which only its room is a link."""
    title = told(shown.title, LONGEST_TITLE) or words.text("letter.untitled")
    parts = []
    if shown.topics:
        rows = (unlinked(row) for row in shown.topics.split("\n"))
        parts.append("\n".join((words.text("letter.topics"), *rows)))
    if shown.link:
        parts.append(f"{words.text('letter.join')}\n{shown.link}")
    return title, "\n\n".join(parts)
