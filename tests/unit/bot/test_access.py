"""The account's access and its seeds survive a restart, and are clear nowhere."""

from pathlib import Path

from pydantic import SecretStr

from bot.matrix.settings import Access
from bot.program.access import StoredCredentials, StoredSeeds
from bridge.store.work import Store
from tests.unit.bot.office import ALICE, BOB
from tests.unit.bot.test_journal import holds

ACCESS = Access(
    access_token=SecretStr("syt_canary_access"),
    device_id="DEVICE",
    refresh_token=SecretStr("syr_canary_refresh"),
)
SEEDS = {"master": b"canary-seed-1" * 2, "self_signing": bytes(range(32)), "user_signing": b"\x00"}


class TestCredentials:
    async def test_nothing_at_the_first_start(self, kept: Store):
        assert await StoredCredentials(kept.secrets, ALICE).load() is None

    async def test_the_last_that_was_saved(self, kept: Store):
        credentials = StoredCredentials(kept.secrets, ALICE)
        await credentials.save(ACCESS)
        assert await credentials.load() == ACCESS
        without = Access(access_token=SecretStr("other"), device_id="D", refresh_token=None)
        await credentials.save(without)
        assert await credentials.load() == without

    async def test_each_account_has_its_own(self, kept: Store):
        await StoredCredentials(kept.secrets, ALICE).save(ACCESS)
        assert await StoredCredentials(kept.secrets, BOB).load() is None


class TestSeeds:
    async def test_nothing_at_the_first_start(self, kept: Store):
        assert await StoredSeeds(kept.secrets, ALICE).load() is None

    async def test_every_byte(self, kept: Store):
        seeds = StoredSeeds(kept.secrets, ALICE)
        await seeds.save(SEEDS)
        assert await seeds.load() == SEEDS
        assert await StoredSeeds(kept.secrets, BOB).load() is None


async def test_clear_nowhere_in_the_files(own: Store, database: Path):
    await StoredCredentials(own.secrets, ALICE).save(ACCESS)
    await StoredSeeds(own.secrets, ALICE).save(SEEDS)
    assert holds(database, f"access:{ALICE}"), "the rows are in the file"
    for canary in ("canary", "DEVICE", "Y2FuYXJ5"):
        assert not holds(database, canary)
