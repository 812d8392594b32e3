"""Of what comes with an invitation only the invitation counts."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, cast

import pytest
from nio.crypto import OlmAccount
from pydantic import SecretStr

from bot.matrix.membership import MembershipActions
from bot.matrix.settings import MatrixOptions
from bot.matrix.store import CryptoStore, PendingMembership
from bot.matrix.upgrades import Upgrades
from bridge.ids import SalonId, UserId, server_of

US, AGENT, STRANGER = UserId("@parvis:a.test"), UserId("@alice:a.test"), UserId("@eve:b.test")
SALON, OLD = SalonId("!salon"), SalonId("!old")
UNUSED = cast("Any", None)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[CryptoStore]:
    """The device's store."""
    opened = CryptoStore(US, "DEVICE", str(tmp_path), "secret", "keys.db")
    opened.save_account(OlmAccount())
    yield opened
    opened.close()


class Meanwhile(Upgrades):
    """Sees us nowhere, and something happens while it looks."""

    def __init__(self, happens: Callable[[], None]) -> None:
        self._happens = happens

    async def is_in(self, _: SalonId) -> bool:
        """Take the time for something to happen."""
        self._happens()
        return False


@pytest.fixture
def membership(store: CryptoStore, tmp_path: Path) -> MembershipActions:
    """The membership of a bot that agents of one homeserver may invite."""
    settings = MatrixOptions(
        homeserver="http://unused",
        user=US,
        store=tmp_path,
        pickle_secret=SecretStr("secret"),
        device_name="Parvis",
    )
    return MembershipActions(
        UNUSED,
        store,
        UNUSED,
        UNUSED,
        upgrades=UNUSED,
        may_join=lambda inviter, _: server_of(inviter) == "a.test",
        settings=settings,
    )


def invite(
    sender: str, kind: str = "m.room.member", key: str = US, *, become: str = "invite", **more: Any
) -> dict[str, Any]:
    """Return a stripped event that looks like an invitation."""
    content = {"membership": become, **more}
    return {"type": kind, "state_key": key, "sender": sender, "content": content}


def told(*events: dict[str, Any]) -> dict[str, Any]:
    """Return the stripped state of an invitation."""
    return {"events": list(events)}


@pytest.mark.parametrize(
    ("events", "what"),
    [
        ([invite(AGENT)], "join"),
        ([invite(AGENT, is_direct=True)], "direct"),
        ([invite(AGENT, is_direct=True), invite(AGENT)], "join"),
        ([invite(STRANGER)], "decline"),
        ([invite(AGENT), invite(STRANGER)], "decline"),
        ([invite(STRANGER), invite(AGENT)], "decline"),
        ([invite(STRANGER), invite(AGENT, kind="m.room.guest")], "decline"),
        ([invite(STRANGER), invite(AGENT, become="join")], "decline"),
        ([invite(STRANGER), invite(AGENT, key=AGENT)], "decline"),
        ([invite(STRANGER, kind="x"), invite(AGENT)], "join"),
        ([invite(AGENT), invite(STRANGER, become="join")], "join"),
    ],
)
def test_the_sender_of_the_invitation_is_who_invites(
    membership: MembershipActions, store: CryptoStore, events: list[dict[str, Any]], what: str
) -> None:
    membership.invited(SALON, told(*events))
    assert [pending.what for pending in store.memberships()] == [what]


def test_a_tombstone_takes_the_place_of_no_invitation(
    membership: MembershipActions, store: CryptoStore
) -> None:
    membership.invited(SALON, told(invite(AGENT)))
    assert membership.moved(OLD, SALON, AGENT)
    assert [pending.what for pending in store.memberships()] == ["join"]


def test_an_invitation_takes_the_place_of_a_tombstone(
    membership: MembershipActions, store: CryptoStore
) -> None:
    assert membership.moved(OLD, SALON, AGENT)
    assert store.memberships() == [PendingMembership(SALON, "follow", "a.test", OLD)]
    membership.invited(SALON, told(invite(AGENT)))
    assert [pending.what for pending in store.memberships()] == ["join"]


async def test_an_invitation_that_comes_while_we_look_is_not_lost(
    membership: MembershipActions, store: CryptoStore
) -> None:
    assert membership.moved(OLD, SALON, AGENT)
    (pending,) = store.memberships()
    membership._upgrades = Meanwhile(lambda: membership.invited(SALON, told(invite(AGENT))))
    await membership._act_on(pending)
    assert [pending.what for pending in store.memberships()] == ["join"]


def test_a_tombstone_of_a_stranger_moves_nothing(
    membership: MembershipActions, store: CryptoStore
) -> None:
    assert not membership.moved(OLD, SALON, STRANGER)
    assert store.memberships() == []
