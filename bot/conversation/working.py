"""The bot at work: its inbox and its outbox, begun by the commits that fill them."""

from collections.abc import Iterator
from contextlib import contextmanager

from bot.conversation.lanes import Lanes
from bot.conversation.outbox import OutboxSender
from bot.conversation.router import Router, in_lane
from bridge.clock import Steps
from bridge.store import DATABASE_ERRORS, Store
from bridge.store.claims import InboxRow
from bridge.store.tx import Changed


@contextmanager
def working(
    store: Store, router: Router, sender: OutboxSender, steps: Steps
) -> Iterator[Lanes[InboxRow]]:
    """Yield the inbox's lanes; commits of this process wake them and the sender for the block.

    What a commit hands over (`bridge.store.claims`) begins at once.
    """

    async def pending(free: int) -> list[InboxRow]:
        return list(await store.inbox.pending(router.account.user, free + handling.kept))

    handling = Lanes(pending, in_lane, router.handle, troubles=DATABASE_ERRORS)

    def changed(what: Changed) -> None:
        begun = [handling.begin(row) for row in what.received]
        if what.inbox or not all(begun):
            handling.wake()
        sender.hand(what.taken)
        if what.outbox:
            sender.lanes.wake()

    forget = [store.on_commit(changed), steps.on_step(sender.clock_set)]
    try:
        with store.sent_by(sender):
            yield handling
    finally:
        for one in forget:
            one()
