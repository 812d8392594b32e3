"""The bot is the device that it was, and reads what was encrypted for it."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import SecretStr

from bot.matrix.store import CryptoStore
from bot.program.access import StoredCredentials, StoredSeeds
from bot.program.checks.machine import parse_path
from bot.program.checks.parts import access_of, readable
from bot.program.keyring import device_key
from bot.program.values import account_settings
from config.settings import Settings
from tests.yesterday.installation import DEVICE, INSTALLATION, ME, Program, put_back, read


@pytest.fixture
def store(settings: Settings) -> Iterator[CryptoStore]:
    """The device's keys, opened as the program opens them."""
    folder = settings.matrix.store
    key = device_key(settings.keys, folder)
    options = account_settings(settings, SecretStr(key.hex()))
    secret = options.pickle_secret.get_secret_value()
    opened = CryptoStore(ME, DEVICE, str(options.store), secret, f"keys-{DEVICE}.db")
    yield opened
    opened.close()


async def test_it_stays_signed_in(program: Program) -> None:
    access = await StoredCredentials(program.core.store.secrets, ME).load()
    assert access is not None
    assert access.device_id == DEVICE
    assert await StoredSeeds(program.core.store.secrets, ME).load()


async def test_before_the_upgrade_nobody_can_tell(tmp_path: Path) -> None:
    put_back(tmp_path)
    assert await access_of(read(tmp_path)) is None
    assert not await readable(read(tmp_path))


async def test_after_the_upgrade_it_is_told(settings: Settings) -> None:
    assert await readable(settings)
    assert await access_of(settings) is not None


async def test_where_there_is_no_database_nothing_is_hidden(settings: Settings) -> None:
    Path(str(parse_path(settings.store.url.get_secret_value()))).unlink()
    assert await readable(settings)


def test_its_keys_open(store: CryptoStore) -> None:
    account = store.load_account()
    assert account is not None
    assert set(account.identity_keys) == {"curve25519", "ed25519"}
    encrypted = {one["id"] for one in INSTALLATION["salons"].values() if one["encrypted"]}
    assert encrypted >= set(store.load_encrypted_rooms())
    sessions = store._rows("SELECT session_id, room_id FROM megolminboundsessions")
    assert {room for _, room in sessions} <= encrypted
    kept = store.load_inbound_group_sessions()
    assert sessions
    assert all(kept.by_id(session) for session, _ in sessions)
    assert [(one.room, one.what) for one in store.memberships()] == [
        (INSTALLATION["salons"]["Neuf"]["id"], "look")
    ]
