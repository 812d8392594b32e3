"""Transactions: all of the database that one change touches."""

from contextlib import AbstractAsyncContextManager
from typing import Protocol

from bridge.ports.guests import Challenges, Invitations, Questions, Visits
from bridge.ports.meetings import Agents, Meetings, Presences, Salons
from bridge.ports.queues import Agenda, Inbox, Mails, Once, Outbox
from bridge.ports.seats import Hosts, Offers, Seats


class Work(Protocol):
    """One transaction: everything done through it holds together, or nothing does."""

    @property
    def meetings(self) -> Meetings: ...  # noqa: D102
    @property
    def invitations(self) -> Invitations: ...  # noqa: D102
    @property
    def visits(self) -> Visits: ...  # noqa: D102
    @property
    def questions(self) -> Questions: ...  # noqa: D102
    @property
    def seats(self) -> Seats: ...  # noqa: D102
    @property
    def presences(self) -> Presences: ...  # noqa: D102
    @property
    def offers(self) -> Offers: ...  # noqa: D102
    @property
    def challenges(self) -> Challenges: ...  # noqa: D102
    @property
    def hosts(self) -> Hosts: ...  # noqa: D102
    @property
    def agenda(self) -> Agenda: ...  # noqa: D102
    @property
    def outbox(self) -> Outbox: ...  # noqa: D102
    @property
    def mails(self) -> Mails: ...  # noqa: D102
    @property
    def salons(self) -> Salons: ...  # noqa: D102
    @property
    def agents(self) -> Agents: ...  # noqa: D102
    @property
    def once(self) -> Once: ...  # noqa: D102
    @property
    def inbox(self) -> Inbox: ...  # noqa: D102


class Works(Protocol):
    """Opens transactions: `async with works() as work`. Leaving without an error commits."""

    def __call__(self) -> AbstractAsyncContextManager[Work]:
        """Begin a transaction that may write."""
        ...

    def reading(self) -> AbstractAsyncContextManager[Work]:
        """Begin a transaction that only reads, and waits for no writer."""
        ...
