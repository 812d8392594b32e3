"""Links are withdrawn by the key they derive from, on both databases."""

from dataclasses import replace
from datetime import timedelta

from bridge.domain.feed import Feed
from bridge.domain.host import HostLink
from bridge.i18n import Language
from bridge.ids import FeedId, HostId, uuid7
from bridge.store import Store
from bridge.store.links import LinkKeys
from tests.contract.store_samples import ORGANISER, START, invitation, meeting, occurrence


class TestLinkKeys:
    async def test_withdraws_what_derives_from_a_key_and_nothing_else(self, store: Store):
        links, held = LinkKeys(store.begin), meeting()
        dated = occurrence(held)
        old, new = (replace(invitation(dated), key=key, until=None) for key in ("0001", "0002"))
        host = HostLink(
            id=HostId(uuid7(START)),
            occurrence=dated.id,
            user=ORGANISER,
            created_at=START,
            digest=b"host",
            key="0003",
        )
        feed = Feed(
            id=FeedId(uuid7(START)),
            whose=ORGANISER,
            created_at=START,
            digest=b"feed",
            key="0004",
            language=Language.FR,
        )
        assert await links.in_use() == set()
        async with store() as work:
            await work.meetings.add(held, dated)
            await work.invitations.add(old)
            await work.invitations.add(new)
            await work.hosts.add(host)
            await work.feeds.add(feed)
        assert await links.in_use() == {"0001", "0002", "0003", "0004"}
        sample = await links.sample("0001")
        assert sample is not None
        assert (sample.invitation, sample.digest) == (old.id, old.digest)
        assert await links.sample("0005") is None

        assert await links.open_with({"0001", "0003"}, dated.end - timedelta(1)) == [dated.id]
        assert await links.open_with({"0001"}, dated.end) == []
        assert await links.withdraw({"0001", "0003"}, START) == 2
        assert await links.open_with({"0001"}, dated.end - timedelta(1)) == []
        async with store.reading() as work:
            one, other = await work.invitations.get(old.id), await work.invitations.get(new.id)
            assert one == replace(old, revoked_at=START)
            assert other == new
            assert await work.hosts.by_digest(b"host") is None
            assert await work.feeds.by_digest(b"feed") == feed
        assert await links.withdraw({"0004"}, START) == 1
        async with store.reading() as work:
            assert await work.feeds.by_digest(b"feed") is None

    async def test_longer_links_count_as_open(self, store: Store):
        links, held = LinkKeys(store.begin), meeting()
        dated = occurrence(held)
        guest = replace(invitation(dated), key="0001", until=dated.end + timedelta(hours=2))
        async with store() as work:
            await work.meetings.add(held, dated)
            await work.invitations.add(guest)
        assert await links.open_with({"0001"}, dated.end) == [dated.id]
