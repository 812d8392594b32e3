"""The keys at rest: read on demand, pruned, sealed by a secret."""

import contextlib
import sqlite3
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import vodozemac
from nio.crypto import InboundGroupSession, Olm, OlmAccount, OlmDevice, OutboundGroupSession
from nio.store import SqliteStore
from peewee import DatabaseError

from bot.matrix.errors import StoreBusy
from bot.matrix.lazy import LazyGroupSessions
from bot.matrix.store import BUSY_MILLISECONDS, CryptoStore, PendingMembership

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
WEEKS = timedelta(weeks=8)
OpenStore = Callable[..., CryptoStore]


@pytest.fixture
def open_store(tmp_path: Path) -> Iterator[OpenStore]:
    """Open the same file as often as a test wants."""
    stores: list[CryptoStore] = []

    def open_it(secret: str = "secret") -> CryptoStore:
        store = CryptoStore("@parvis:a.test", "DEVICE", str(tmp_path), secret, "keys.db")
        if store.load_account() is None:
            store.save_account(OlmAccount())
        stores.append(store)
        return store

    yield open_it
    for each in stores:
        each.close()


def group_session(room: str = "!a", sender: str = "sender") -> InboundGroupSession:
    """Return a new inbound session."""
    return InboundGroupSession(OutboundGroupSession().session_key, "ed25519", sender, room)


def later_copy(session: InboundGroupSession, index: int, sender: str) -> InboundGroupSession:
    """Return the session as somebody who got it later would share it on."""
    exported = session.export_session(index)
    return InboundGroupSession.import_session(exported, "ed25519", sender, session.room_id)


def test_row_v_old_sessions_are_pruned_and_used_ones_stay(open_store: OpenStore) -> None:
    store = open_store()
    old, used, new = group_session(), group_session(), group_session()
    for each in (old, used):
        store.save_inbound_group_session(each)
        store.touch(each.id, NOW - WEEKS - timedelta(days=1))
    store.save_inbound_group_session(new)
    store.touch(used.id, NOW)
    assert store.prune(NOW, WEEKS) == 1
    sessions = open_store().load_inbound_group_sessions()
    assert [bool(sessions.by_id(each.id)) for each in (old, used, new)] == [False, True, True]
    # A session that never was used counts from the first pruning on.
    assert store.prune(NOW + WEEKS + timedelta(days=1), WEEKS) == 2


def test_what_was_deleted_leaves_every_byte_of_the_file(
    open_store: OpenStore, tmp_path: Path
) -> None:
    store = open_store()
    store.add_membership(PendingMembership("!r:a.test", "join", "a.test", "@nomcanari:a.test"))
    store.drop_membership(*store.memberships())
    held = [path for path in tmp_path.iterdir() if b"nomcanari" in path.read_bytes()]
    assert held, "the log has it: or this test would prove nothing"
    store.prune(NOW, WEEKS)
    assert not [path for path in tmp_path.iterdir() if b"nomcanari" in path.read_bytes()]
    assert store._rows("PRAGMA busy_timeout") == [(BUSY_MILLISECONDS,)]


def test_a_file_that_another_program_holds_is_busy_and_not_lost(
    open_store: OpenStore, tmp_path: Path
) -> None:
    store = open_store()
    with contextlib.closing(sqlite3.connect(tmp_path / "keys.db")) as other:
        other.execute("BEGIN IMMEDIATE")
        for write in (store.save_account, store.save_inbound_group_session):
            with pytest.raises(StoreBusy, match="locked"):
                write(OlmAccount() if write == store.save_account else group_session())
        with pytest.raises(StoreBusy):
            store.add_membership(PendingMembership("!r:a.test", "join", "a.test", "@a:a.test"))
        assert open_store().memberships() == []
        other.execute("ROLLBACK")
    store.add_membership(PendingMembership("!r:a.test", "join", "a.test", "@a:a.test"))
    assert open_store().memberships()


def test_a_file_that_is_beyond_reading_is_not_busy(tmp_path: Path) -> None:
    (tmp_path / "keys.db").write_bytes(b"no database at all" * 100)
    with pytest.raises(DatabaseError) as caught:
        CryptoStore("@parvis:a.test", "DEVICE", str(tmp_path), "secret", "keys.db")
    assert not isinstance(caught.value, StoreBusy)


def test_row_v_a_start_reads_nothing_it_does_not_need(
    open_store: OpenStore, tmp_path: Path
) -> None:
    store = open_store()
    template = group_session()
    store.save_inbound_group_session(template)
    (row,) = store._rows("SELECT * FROM megolminboundsessions")
    with store.database.atomic():
        for number in range(2_000):
            store._rows(
                "INSERT INTO megolminboundsessions VALUES (?, ?, ?, ?, ?, ?)",
                f"session {number}",
                *row[1:],
            )
    plain = SqliteStore("@parvis:a.test", "DEVICE", str(tmp_path), "secret", "keys.db")
    theirs = seconds_to_load(plain)
    plain.database.close()
    assert seconds_to_load(store) * 5 < theirs, "the loop would stand still at a start"
    olm = Olm("@parvis:a.test", "DEVICE", store)
    assert olm.inbound_group_store.get("!a", "sender", template.id).id == template.id


def seconds_to_load(store: SqliteStore) -> float:
    """Return the processor time that a start takes with this store."""
    started = time.process_time()
    Olm("@parvis:a.test", "DEVICE", store)
    return time.process_time() - started


def test_row_w_pickles_are_sealed_by_the_secret(open_store: OpenStore, tmp_path: Path) -> None:
    store = open_store("a secret")
    session = group_session()
    store.save_inbound_group_session(session)
    store.close()
    exported = session.export_session(0)
    assert exported.encode() not in (tmp_path / "keys.db").read_bytes()
    with pytest.raises(ValueError, match=r"(?i)pickle|mac|version"):
        open_store("DEFAULT_KEY")


def test_a_session_belongs_to_its_room_and_sender(open_store: OpenStore) -> None:
    store = open_store()
    session = group_session()
    store.save_inbound_group_session(session)
    sessions = store.load_inbound_group_sessions()
    assert sessions.get("!a", "sender", session.id)
    assert sessions.get("!b", "sender", session.id) is None
    assert sessions.get("!a", "mallory", session.id) is None
    assert sessions.get("!a", "sender", "unknown") is None


def test_nobody_can_replace_a_session_of_somebody_else(open_store: OpenStore) -> None:
    store = open_store()
    session = group_session()
    sessions = store.load_inbound_group_sessions()
    assert sessions.add(session)
    store.save_inbound_group_session(session)
    theirs = later_copy(session, 5, "mallory")
    assert not sessions.add(theirs)
    store.save_inbound_group_session(theirs)
    kept = open_store().load_inbound_group_sessions().by_id(session.id)
    assert kept is not None
    assert (kept.sender_key, kept.first_known_index) == ("sender", 0)


def test_a_session_known_from_earlier_on_is_better(open_store: OpenStore) -> None:
    store = open_store()
    whole = group_session()
    late = later_copy(whole, 5, "sender")
    store.save_inbound_group_session(late)
    store.save_inbound_group_session(whole)
    store.save_inbound_group_session(late)
    kept = open_store().load_inbound_group_sessions().by_id(whole.id)
    assert kept is not None
    assert kept.first_known_index == 0


def test_memory_is_bounded() -> None:
    asked: list[str] = []

    def load(session_id: str) -> InboundGroupSession | None:
        asked.append(session_id)
        return None

    sessions = LazyGroupSessions(load, keep=2)
    made = [group_session() for _ in range(3)]
    for each in made:
        sessions.add(each)
    asked.clear()
    assert sessions.by_id(made[2].id)
    assert not asked
    assert sessions.by_id(made[0].id) is None
    assert asked == [made[0].id]


def test_a_place_in_a_session_is_used_once(open_store: OpenStore) -> None:
    store = open_store()
    assert store.first_use("s", 0, "$a")
    assert store.first_use("s", 0, "$a")
    assert not store.first_use("s", 0, "$b")
    assert store.first_use("s", 1, "$b")
    assert not open_store().first_use("s", 1, "$c")


def test_devices_and_olm_sessions_survive_a_restart(open_store: OpenStore) -> None:
    store = open_store()
    olm = Olm("@parvis:a.test", "DEVICE", store)
    peer = vodozemac.Account()
    peer.generate_one_time_keys(1)
    ((_name, one_time),) = peer.one_time_keys.items()
    keys = {"ed25519": peer.ed25519_key.to_base64(), "curve25519": peer.curve25519_key.to_base64()}
    device = OlmDevice("@alice:a.test", "PHONE", keys, display_name="Téléphone")
    assert olm.device_store.add(device)
    assert not olm.device_store.add(device)
    store.save_device_keys({"@alice:a.test": {"PHONE": device}})
    session = olm.create_session(one_time.to_base64(), device.curve25519)

    again = Olm("@parvis:a.test", "DEVICE", open_store())
    assert again.device_store["@alice:a.test"]["PHONE"] == device
    assert again.session_store.get(device.curve25519).id == session.id
    assert again.session_store.get("nobody") is None

    store.forget_device("@alice:a.test", "PHONE")
    assert not Olm("@parvis:a.test", "DEVICE", open_store()).device_store["@alice:a.test"]


def test_wishes_are_kept_until_granted(open_store: OpenStore) -> None:
    store = open_store()
    store.add_membership(PendingMembership("!a", "join", "a.test", "@alice:a.test"))
    store.add_membership(PendingMembership("!b", "decline", "b.test", "@bob:b.test"))
    store.add_membership(PendingMembership("!a", "direct", "a.test", "@alice:a.test"))
    assert {(each.room, each.what) for each in open_store().memberships()} == {
        ("!a", "direct"),
        ("!b", "decline"),
    }
    store.drop_membership(PendingMembership("!a", "join", "a.test", "@alice:a.test"))
    assert len(store.memberships()) == 2
    store.drop_membership(PendingMembership("!a", "direct", "a.test", "@alice:a.test"))
    assert [each.room for each in store.memberships()] == ["!b"]


def test_a_look_stands_beside_another_wish_and_a_later_one_before_it(open_store: OpenStore) -> None:
    store = open_store()
    joining = PendingMembership("!a", "direct", "a.test", "@alice:a.test")
    first, second = (PendingMembership("!a", "look", event, "") for event in ("$1", "$2"))
    for pending in (joining, first, second):
        store.add_membership(pending)
    assert store.memberships() == [joining, second]
    store.drop_membership(first)
    assert store.memberships() == [joining, second]
    store.drop_memberships("!a")
    assert store.memberships() == []


def test_condemned_keys_are_put_aside(open_store: OpenStore, tmp_path: Path) -> None:
    store = open_store()
    store.condemn()
    assert not (tmp_path / "keys.db").exists()
    assert (tmp_path / "lost-keys.db").exists()
