"""Replacing the key of links, as the operator's guide says, leaves no link that leads in."""

import re
import secrets
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from bot.program.keyring import KeysLost, KeysMissing
from bot.program.wiring import Core, build
from bridge.domain.authority import Membership
from bridge.domain.cause import Actor, Cause, Reply
from bridge.domain.codes import digest_of
from bridge.domain.invitation import Invitation, Standing
from bridge.domain.meeting import Occurrence
from bridge.domain.proof import Proof
from bridge.ids import EventId, SalonId, UserId
from bridge.services.host_page.links import HostLinks
from bridge.services.host_page.links import code_of as host_code
from bridge.services.invitations.invitations import Guest, Terms
from bridge.services.meetings.lifecycle import MeetingRequest, Meetings
from bridge.services.visits.arrivals import Admissions
from bridge.services.visits.proofs import pin_of
from config.settings import Settings

pytestmark = pytest.mark.slow

ALICE = UserId("@alice:agent.tchap")
SALON = SalonId("!salon:agent.tchap")
GUIDE = (Path(__file__).parents[3] / "docs" / "operator.md").read_text(encoding="utf-8")
JEAN = Guest(name="Jean Dupont", email="jean@partenaire.example")


def settings(home: Path) -> Settings:
    given: dict[str, dict[str, object]] = {
        "store": {"url": f"sqlite:///{home}/parvis.db"},
        "keys": {"folder": home / "keys"},
        "matrix": {
            "homeserver": "http://127.0.0.1:1",
            "user": "@visio:localhost",
            "store": home / "matrix",
        },
        "visio": {"url": "http://127.0.0.1:1", "client_id": "x", "secret": secrets.token_hex(32)},
        "door": {"public_url": "http://127.0.0.1:1"},
        "mail": {"host": "127.0.0.1", "port": 1, "sender": "a@example.org"},
    }
    return Settings(**given)  # type: ignore[arg-type]  # as pydantic reads them


def said(name: str) -> Cause:
    line = EventId(f"${name}")
    return Cause(
        key=line,
        actor=Actor(name=ALICE, memberships={SALON: Membership(present=True, level=100)}),
        reply=Reply(salon=SALON, line=line, event=line),
    )


@asynccontextmanager
async def started(home: Path) -> AsyncIterator[Core]:
    async with build(settings(home), alone=True) as core:
        yield core


@dataclass(frozen=True)
class Sent:
    """The links that people were sent, and our records of them."""

    link: str
    pin: str
    host: str


async def of(core: Core) -> tuple[Occurrence, list[Invitation]]:
    async with core.store.reading() as work:
        found = await work.meetings.by_card(EventId("$ask"))
        assert found is not None
        return found[1], list(await work.invitations.of_occurrence(found[1].id))


async def invited(core: Core, name: str) -> Sent:
    """Invite Jean with a PIN, and send Alice a link to her page."""
    async with core.store() as work:
        about = await work.meetings.by_card(EventId("$ask"))
        assert about is not None
        terms = Terms(proof=Proof.PIN)
        ((one),) = await core.invitations.invite(work, said(name), about, [JEAN], terms)
        hosts = HostLinks(core.minter, core.tools)
        host = await hosts.issue(work, said(f"{name}-host"), *about)
    made = one.invitation
    code = core.minter.code(made.id, made.number, made.key)
    return Sent(code, pin_of(made, core.minter), host_code(host, core.minter))


async def asked(core: Core) -> None:
    async with core.store() as work:
        await Meetings(core.tools).ask(work, said("ask"), MeetingRequest(title="Budget"))


async def leads(core: Core, sent: Sent) -> Standing | None:
    """Follow a guest's link, type a name; return what they are told."""
    entered = await Admissions(core.tools).enter(sent.link, name="Mallory", language="fr")
    if entered is None:
        return None
    view = await Admissions(core.tools).arrive(entered.visit, entered.secret)
    assert view is not None
    return view.standing


async def opens(core: Core, sent: Sent) -> bool:
    """Tell whether a host's link is one."""
    async with core.store.reading() as work:
        return await work.hosts.by_digest(digest_of(sent.host)) is not None


def as_the_guide_says(home: Path) -> None:
    """Run what the guide has under "To kill every link at once", the service being stopped."""
    section = GUIDE.partition("To kill every link at once")[2]
    match = re.search(r"```\n(.*?)```", section, re.DOTALL)
    assert match is not None
    lines = match[1].replace("/var/lib/parvis/data/keys", str(home / "keys")).splitlines()
    script = [line for line in lines if not line.startswith(("systemctl", "chown"))]
    assert len(script) >= 2
    subprocess.run(["/bin/bash", "-ec", "\n".join(script)], check=True, timeout=20)


async def test_a_key_replaced_as_the_guide_says_kills_every_link(tmp_path: Path) -> None:
    async with started(tmp_path) as core:
        await asked(core)
        sent = await invited(core, "first")
        assert await leads(core, sent) is Standing.PREPARING
        assert await opens(core, sent)
    async with started(tmp_path) as core:
        assert await leads(core, sent) is Standing.PREPARING, "a restart alone changes nothing"

    as_the_guide_says(tmp_path)

    async with started(tmp_path) as core:
        assert await leads(core, sent) is Standing.REVOKED
        assert not await opens(core, sent)
        (known,) = (await of(core))[1]
        assert known.revoked_at is not None
        again = await invited(core, "second")
        assert again.link != sent.link
        assert again.pin != sent.pin
        assert await leads(core, again) is Standing.PREPARING
        assert await opens(core, again)
        assert await leads(core, sent) is None, "replaced by the next"
    async with started(tmp_path) as core:
        assert await leads(core, again) is Standing.PREPARING


async def test_one_that_is_only_lost_is_asked_for_and_nothing_withdrawn(tmp_path: Path) -> None:
    async with started(tmp_path) as core:
        await asked(core)
        sent = await invited(core, "first")
    key = tmp_path / "keys" / "links-0001.key"
    kept = key.read_bytes()
    key.unlink()
    with pytest.raises(KeysLost, match="links-0001"):
        async with started(tmp_path):
            pass
    assert not key.exists()
    key.write_bytes(kept)
    key.chmod(0o400)
    async with started(tmp_path) as core:
        assert await leads(core, sent) is Standing.PREPARING


async def test_a_database_put_back_does_not_bring_withdrawn_links_to_life(tmp_path: Path) -> None:
    """With the restored database goes a new key, as the guide says."""
    async with started(tmp_path) as core:
        await asked(core)
        sent = await invited(core, "first")
    backup = (tmp_path / "parvis.db").read_bytes()
    async with started(tmp_path) as core:
        occurrence, known = await of(core)
        async with core.store() as work:
            await core.invitations.revoke(work, occurrence, known)
        assert await leads(core, sent) is Standing.REVOKED
    (tmp_path / "parvis.db").write_bytes(backup)
    as_the_guide_says(tmp_path)
    async with started(tmp_path) as core:
        assert await leads(core, sent) is Standing.REVOKED


async def test_one_more_key_kills_nothing(tmp_path: Path) -> None:
    async with started(tmp_path) as core:
        await asked(core)
        sent = await invited(core, "first")
    key = tmp_path / "keys" / "links-0002.key"
    key.write_text(secrets.token_hex(32))
    key.chmod(0o400)
    async with started(tmp_path) as core:
        assert await leads(core, sent) is Standing.PREPARING
    (tmp_path / "keys" / "links-0001.key").unlink()
    async with started(tmp_path) as core:
        assert await leads(core, sent) is Standing.REVOKED


async def test_a_database_from_before_keys_were_noted_is_compared_too(tmp_path: Path) -> None:
    async with started(tmp_path) as core:
        await asked(core)
        sent = await invited(core, "first")
        await core.store.secrets.drop("links.keys")
    async with started(tmp_path) as core:
        assert await leads(core, sent) is Standing.PREPARING
        await core.store.secrets.drop("links.keys")
    as_the_guide_says(tmp_path)
    async with started(tmp_path) as core:
        assert await leads(core, sent) is Standing.REVOKED


async def test_a_process_that_was_not_given_the_newest_key_does_not_start(tmp_path: Path) -> None:
    """It would take the others' links for dead ones."""
    key = tmp_path / "keys" / "links-0002.key"
    async with started(tmp_path):
        pass
    key.write_text(secrets.token_hex(32))
    key.chmod(0o400)
    async with started(tmp_path) as core:
        await asked(core)
        sent = await invited(core, "first")
    kept = key.read_bytes()
    key.unlink()
    with pytest.raises(KeysMissing, match="links-0002"):
        async with started(tmp_path):
            pass
    key.write_bytes(kept)
    key.chmod(0o400)
    async with started(tmp_path) as core:
        assert await leads(core, sent) is Standing.PREPARING
