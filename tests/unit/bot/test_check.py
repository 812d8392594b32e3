"""Each check against servers that are well, ill, others, and away."""

import asyncio
import base64
import contextlib
import json
import re
import secrets
import shutil
import socket
import sqlite3
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime, timedelta
from email.utils import format_datetime
from errno import ECONNREFUSED
from pathlib import Path
from typing import NamedTuple

import pytest
from aiohttp import ClientSession, web
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from pydantic import SecretStr

from bot.matrix.crosssigning import CrossSigningKeys, new_seeds
from bot.matrix.settings import Access
from bot.program import disk
from bot.program.access import StoredCredentials
from bot.program.check import as_json, as_text, gathered, run
from bot.program.checks import door, machine, mail, matrix, running, visio
from bot.program.checks.findings import Finding, Severity, fail, ok, warn
from bot.program.checks.parts import access_of
from bot.program.checks.reasons import unreached
from bot.program.wiring import open_database
from bridge.clock import SystemClock
from bridge.errors import MailUnreachable
from bridge.http import Timeouts, open_session
from bridge.i18n import Language, catalogues
from bridge.ids import UserId
from bridge.mail.send import MailServer, SmtpPost
from bridge.store import migrate, sqlite
from bridge.visio.client import VisioAccess, VisioClient
from config.sections import AdminSettings, DoorSettings, MailSettings, MatrixSettings
from config.settings import Settings
from tests.doubles.clocks import SetClock
from tests.doubles.visio import VisioDouble
from tests.servers.certificates import write_self_signed
from tests.servers.smtp import mail_server
from tests.spaces import as_typed

ME = UserId("@visio:localhost")
NOW = datetime(2026, 12, 1, 9, tzinfo=UTC)
ACCESS = Access(access_token=SecretStr("syt_canary"), device_id="DEVICE")
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@pytest.fixture
async def session() -> AsyncIterator[ClientSession]:
    async with open_session(Timeouts(connect=1, total=1)) as opened:
        yield opened


@asynccontextmanager
async def serving(
    routes: Mapping[str, Handler], tls: ssl.SSLContext | None = None
) -> AsyncIterator[str]:
    app = web.Application()
    for path, handler in routes.items():
        app.router.add_route("*", path, handler)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=tls).start()
    try:
        yield f"{'https' if tls else 'http'}://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


def says(body: object, status: int = 200, kind: str = "application/json", **more: str) -> Handler:
    text = body if isinstance(body, str) else json.dumps(body)

    async def answer(_: web.Request) -> web.Response:
        return web.Response(text=text, status=status, content_type=kind, headers=more)

    return answer


async def hangs(_: web.Request) -> web.Response:
    await asyncio.Event().wait()
    raise AssertionError


def found(findings: Sequence[Finding]) -> list[tuple[str, str, str]]:
    """The findings, after a check that each has a sentence."""
    for words in catalogues().values():
        assert as_text(findings, words).count("\n") >= len(findings) - 1
    return [(each.check, each.outcome.value, each.found) for each in findings]


# --- the running process --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("answer", "verdict"),
    [
        (says({"ready": True, "ailments": [], "degraded": []}), ("running", "ok", "ok")),
        (
            says({"ready": True, "ailments": [], "degraded": ["mail"]}),
            ("running", "warn", "degraded"),
        ),
        (
            says(
                {"ready": False, "ailments": ["sync", "database"], "degraded": ["mail"]}, status=503
            ),
            ("running", "fail", "unready"),
        ),
    ],
)
async def test_a_running_process_is_asked_how_it_does(
    answer: Handler, verdict: tuple[str, str, str], session: ClientSession
) -> None:
    async with serving({"/readyz": answer}) as url:
        here = AdminSettings(port=int(url.rpartition(":")[2]))
        assert found(await running.check(session, here)) == [verdict]


async def test_of_no_running_process_nothing_is_said(session: ClientSession) -> None:
    async with serving({"/readyz": says("<h1>another program</h1>", kind="text/html")}) as url:
        there = AdminSettings(port=int(url.rpartition(":")[2]))
        assert await running.check(session, there) == []
    assert await running.check(session, there) == []


# --- homeserver -----------------------------------------------------------------------------

VERSIONS = "/_matrix/client/versions"


async def test_a_homeserver_is_known_by_its_versions(session: ClientSession) -> None:
    answer = says({"versions": ["v1.1", "v1.11"]}, Date=format_datetime(NOW, usegmt=True))
    async with serving({VERSIONS: answer}) as url:
        findings = await matrix.homeserver(session, url, clock=SetClock(NOW))
    assert findings == [ok("homeserver", url=url, version="v1.11"), ok("clock", seconds=0)]


@pytest.mark.parametrize(
    ("shown", "verdict"),
    [
        (format_datetime(NOW - timedelta(seconds=30), usegmt=True), ("clock", "ok", "ok")),
        (format_datetime(NOW - timedelta(seconds=31), usegmt=True), ("clock", "fail", "skewed")),
        (format_datetime(NOW + timedelta(hours=1), usegmt=True), ("clock", "fail", "skewed")),
        ("yesterday", ("clock", "warn", "unknown")),
        ("Tue, 01 Dec 2026 09:00:00 -0000", ("clock", "warn", "unknown")),
    ],
)
async def test_clocks_are_compared(
    shown: str, verdict: tuple[str, str, str], session: ClientSession
) -> None:
    async with serving({VERSIONS: says({"versions": ["v1.11"]}, Date=shown)}) as url:
        findings = await matrix.homeserver(session, url, clock=SetClock(NOW))
    assert found(findings)[1] == verdict


@pytest.mark.parametrize(
    ("answer", "what"),
    [
        (says("<h1>welcome</h1>", kind="text/html"), "other"),
        (says({"versions": []}), "other"),
        (says([]), "other"),
        (says("", status=404), "other"),
        (says("", status=302, Location="http://127.0.0.1:1/"), "unreachable"),
        (hangs, "unreachable"),
    ],
)
async def test_what_is_no_homeserver_is_told(
    answer: Handler, what: str, session: ClientSession
) -> None:
    async with serving({VERSIONS: answer}) as url:
        findings = await matrix.homeserver(session, url, clock=SetClock(NOW))
    assert found(findings) == [("homeserver", "fail", what), ("clock", "warn", "unknown")]


async def test_a_homeserver_away_is_told(session: ClientSession) -> None:
    findings = await matrix.homeserver(session, "http://127.0.0.1:1", clock=SetClock(NOW))
    assert found(findings) == [
        ("homeserver", "fail", "unreachable"),
        ("clock", "warn", "unknown"),
    ]


# --- account --------------------------------------------------------------------------------

WHOAMI, QUERY = "/_matrix/client/v3/account/whoami", "/_matrix/client/v3/keys/query"
US = {"user_id": ME, "device_id": "DEVICE"}


def unpadded(key: bytes) -> str:
    return base64.b64encode(key).rstrip(b"=").decode()


def published(*, signed: bool) -> dict[str, object]:
    """The answer of keys/query about a bot that has signed its device, or has not."""
    identity = CrossSigningKeys.of(ME, new_seeds())
    upload = identity.upload("DEVICE", "signature")
    public = Ed25519PrivateKey.generate().public_key().public_bytes_raw()
    device: dict[str, object] = {
        "user_id": ME,
        "device_id": "DEVICE",
        "keys": {"ed25519:DEVICE": unpadded(public)},
    }
    return {
        "master_keys": {ME: upload["master_key"]},
        "self_signing_keys": {ME: upload["self_signing_key"]},
        "device_keys": {
            ME: {"DEVICE": identity.sign("self_signing", device) if signed else device}
        },
    }


async def asked(session: ClientSession, **answers: Handler) -> list[tuple[str, str, str]]:
    routes = {WHOAMI: answers.get("whoami", says(US)), QUERY: answers.get("query", says({}))}
    async with serving(routes) as url:
        return found(await matrix.account(session, url, access=ACCESS, user=ME))


async def test_a_signed_device_is_heard_by_everybody(session: ClientSession) -> None:
    assert await asked(session, query=says(published(signed=True))) == [
        ("account", "ok", "ok"),
        ("device", "ok", "ok"),
    ]


@pytest.mark.parametrize(
    ("answer", "what"),
    [
        (says(published(signed=False)), "foreign"),
        (says({}), "unsigned"),
        (says({"errcode": "M_X"}, status=403), "refused"),
    ],
)
async def test_an_unsigned_device_is_told(
    answer: Handler, what: str, session: ClientSession
) -> None:
    assert await asked(session, query=answer) == [
        ("account", "ok", "ok"),
        ("device", "fail", what),
    ]


@pytest.mark.parametrize(
    ("answer", "what"),
    [
        (says({"errcode": "M_UNKNOWN_TOKEN"}, status=401), "refused"),
        (says({"errcode": "ORG_MATRIX_EXPIRED_ACCOUNT"}, status=403), "expired"),
        (says({**US, "user_id": "@other:localhost"}), "other-user"),
        (says({**US, "device_id": "OTHER"}), "other-device"),
        (says("<html>", kind="text/html"), "unreachable"),
        (hangs, "unreachable"),
    ],
)
async def test_an_account_that_does_not_work_is_told(
    answer: Handler, what: str, session: ClientSession
) -> None:
    assert await asked(session, whoami=answer) == [
        ("account", "fail", what),
        ("device", "warn", "unknown"),
    ]


async def test_the_token_is_sent_in_a_header_only(session: ClientSession) -> None:
    seen: list[web.Request] = []

    async def whoami(request: web.Request) -> web.Response:
        seen.append(request)
        return web.json_response(US)

    await asked(session, whoami=whoami)
    assert seen[0].headers["Authorization"] == "Bearer syt_canary"
    assert not seen[0].query


async def test_a_bot_that_never_signed_in_is_no_fault(session: ClientSession) -> None:
    findings = await matrix.account(session, "http://127.0.0.1:1", access=None, user=ME)
    assert found(findings) == [("account", "warn", "none"), ("device", "warn", "unknown")]


async def test_a_bot_of_which_the_database_tells_nothing_may_have_signed_in(
    session: ClientSession,
) -> None:
    findings = await matrix.account(
        session, "http://127.0.0.1:1", access=None, user=ME, known=False, may_sign_in=False
    )
    assert found(findings) == [("account", "warn", "unknown"), ("device", "warn", "unknown")]


async def test_a_bot_that_never_can_sign_in_is_told(session: ClientSession) -> None:
    findings = await matrix.account(
        session, "http://127.0.0.1:1", access=None, user=ME, may_sign_in=False
    )
    assert found(findings) == [("account", "warn", "no-way"), ("device", "warn", "unknown")]


@pytest.mark.parametrize(
    ("server", "expires", "verdict"),
    [
        ("localhost", None, []),
        ("agent.dinum.tchap.gouv.fr", None, [("expiry", "warn", "unknown")]),
        ("localhost", date(2027, 1, 1), [("expiry", "ok", "ok")]),
        ("localhost", date(2026, 12, 31), [("expiry", "warn", "soon")]),
        ("localhost", date(2026, 12, 1), [("expiry", "warn", "soon")]),
        ("localhost", date(2026, 11, 30), [("expiry", "fail", "past")]),
    ],
)
async def test_days_to_expiry_are_counted(
    server: str, expires: date | None, verdict: list[tuple[str, str, str]]
) -> None:
    given = MatrixSettings(homeserver="http://x", user=f"@v:{server}", account_expires=expires)
    assert found(await matrix.expiry(given, clock=SetClock(NOW))) == verdict


# --- visio, mail, door ----------------------------------------------------------------------


async def visio_of(double: VisioDouble, agent: str | None, secret: str = "") -> list[Finding]:
    access = VisioAccess(
        base_url=double.url,
        public_url=double.url,
        client_id=double.client_id,
        client_secret=SecretStr(secret or double.client_secret),
    )
    async with open_session(Timeouts(connect=1, total=1), reuse=False) as session:
        return await visio.check(VisioClient(session, access, clock=SystemClock()), agent)


async def test_visio_is_asked_for_a_token_and_nothing_else() -> None:
    async with VisioDouble() as double:
        assert found(await visio_of(double, "agent@beta.gouv.fr")) == [("visio", "ok", "delegated")]
        assert found(await visio_of(double, None)) == [
            ("visio", "ok", "ok"),
            ("visio", "warn", "nobody"),
        ]
        assert double.rooms_created == 0


@pytest.mark.parametrize(
    ("agent", "secret", "what"),
    [
        ("agent@beta.gouv.fr", "wrong-canary", "visio-misconfigured"),
        (None, "wrong-canary", "visio-misconfigured"),
        ("unknown@beta.gouv.fr", "", "visio-unknown-agent"),
        ("agent@other.example", "", "visio-not-delegated"),
    ],
)
async def test_what_visio_refuses_is_told(agent: str | None, secret: str, what: str) -> None:
    async with VisioDouble() as double:
        assert found(await visio_of(double, agent, secret)) == [("visio", "fail", what)]


async def test_visio_away_is_told() -> None:
    async with VisioDouble() as double:
        await double.stop()
        assert found(await visio_of(double, None)) == [("visio", "fail", "visio-unreachable")]


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (socket.gaierror(socket.EAI_NONAME, "Name or service not known"), "ce nom n’est pas dans"),
        (TimeoutError(), "pas de réponse à temps"),
        (ConnectionRefusedError(ECONNREFUSED, "Connection refused"), "connexion refusée"),
        (ssl.SSLError(ssl.SSL_ERROR_SSL, "WRONG_VERSION_NUMBER"), "ne parle pas TLS"),
    ],
)
def test_why_nobody_is_reached_is_told_in_the_operators_words(error: OSError, said: str) -> None:
    ours = MailUnreachable("SSLError")
    ours.__cause__ = error
    for one in (error, ours):
        finding = fail("door", "unreachable", url="https://host", **unreached(one))
        assert said in finding.sentence(catalogues()[Language.FR])


async def mail_of(host: str, port: int) -> list[tuple[str, str, str]]:
    server = MailServer(host="127.0.0.1", port=port, sender="a@example.org", timeout=1)
    settings = MailSettings(host=host, port=port, sender="a@example.org", organizer="b@example.org")
    return found(await mail.check(SmtpPost(server, SetClock(NOW)), settings))


async def test_a_mail_server_is_greeted_and_given_nothing() -> None:
    async with mail_server() as server:
        assert await mail_of("127.0.0.1", server.port) == [("mail", "ok", "ok")]
        assert await mail_of("localhost", server.port) == [("mail", "ok", "ok")]
        assert await mail_of("mail.example.org", server.port) == [("mail", "warn", "cleartext")]
        assert server.received == []
    assert await mail_of("127.0.0.1", server.port) == [("mail", "fail", "unreachable")]


@pytest.mark.parametrize(
    ("show_organiser", "code"), [(True, "no-organizer"), (False, "no-calendar")]
)
def test_invitations_without_a_calendar_file_are_named(show_organiser: bool, code: str) -> None:
    settings = MailSettings(sender="a@example.org", show_organiser=show_organiser)
    (finding,) = mail.organizer(settings)
    assert (finding.outcome, finding.found) == (Severity.WARN, code)
    assert "mail.organizer" in finding.remedy(catalogues()[Language.FR])
    assert mail.organizer(settings.model_copy(update={"organizer": "b@example.org"})) == []


@pytest.mark.parametrize(
    ("answer", "verdict"),
    [
        (says("User-agent: *\nDisallow: /\n", kind="text/plain"), ("door", "ok", "ok")),
        (says("<h1>Welcome to nginx!", kind="text/html"), ("door", "fail", "other")),
        (says("no", status=502, kind="text/plain"), ("door", "fail", "other")),
        (says("", status=301, Location="http://127.0.0.1:1/"), ("door", "fail", "other")),
        (hangs, ("door", "fail", "unreachable")),
    ],
)
async def test_the_door_is_knocked_at(
    answer: Handler, verdict: tuple[str, str, str], session: ClientSession
) -> None:
    async with serving({"/robots.txt": answer}) as url:
        assert found(await door.check(session, url)) == [verdict]


@pytest.mark.parametrize(
    ("public", "declared", "counter", "verdicts"),
    [
        ("http://127.0.0.1:1", [], "1.0", []),
        ("https://127.0.0.1:1", [], "0.0", [("proxies", "warn", "none")]),
        ("https://127.0.0.1:1", ["10.0.0.0/8"], "0.0", []),
        (
            "https://127.0.0.1:1",
            ["10.0.0.0/8"],
            "3.0",
            [("proxies", "warn", each) for each in ("silent", "undeclared", "unreadable")],
        ),
    ],
)
async def test_a_proxy_that_hides_the_guests_is_told(
    public: str,
    declared: list[str],
    counter: str,
    verdicts: list[tuple[str, str, str]],
    session: ClientSession,
) -> None:
    reasons = ("undeclared", "silent", "unreadable")
    lines = [f'parvis_door_unnamed_total{{reason="{each}"}} {counter}\n' for each in reasons]
    metrics = "".join(["parvis_door_visits_total 1.0\n", *lines])
    settings = DoorSettings.model_validate({"public_url": public, "trusted_proxies": declared})
    async with serving({"/metrics": says(metrics, kind="text/plain")}) as url:
        admin = AdminSettings(host="127.0.0.1", port=int(url.rpartition(":")[2]))
        assert found(await door.proxies(session, settings, admin)) == verdicts
        assert found(await door.proxies(session, settings, AdminSettings(port=1))) == [
            one for one in verdicts if one[2] == "none"
        ]


async def test_believing_everybody_is_told(session: ClientSession) -> None:
    """A guest would say themselves which address they have."""
    for network in ("0.0.0.0/0", "::/0"):
        given = {"public_url": "https://door.invalid", "trusted_proxies": [network]}
        settings = DoorSettings.model_validate(given)
        told = await door.proxies(session, settings, AdminSettings(port=1))
        assert found(told) == [("proxies", "warn", "everybody")]
        assert "door.trusted_proxies" in told[0].remedy(catalogues()[Language.FR])


async def test_a_door_without_a_trusted_certificate_is_told(
    session: ClientSession, tmp_path: Path
) -> None:
    write_self_signed(tmp_path / "c.pem", tmp_path / "k.pem")
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    tls.load_cert_chain(tmp_path / "c.pem", tmp_path / "k.pem")
    async with serving({}, tls) as url:
        assert found(await door.check(session, url)) == [("door", "fail", "certificate")]


# --- this machine ---------------------------------------------------------------------------


def settings(home: Path, **keys: object) -> Settings:
    given: dict[str, dict[str, object]] = {
        "store": {"url": f"sqlite:///{home}/parvis.db"},
        "keys": {"folder": home / "keys", **keys},
        "matrix": {"homeserver": "http://127.0.0.1:1", "user": ME, "store": home / "matrix"},
        "visio": {
            "url": "http://127.0.0.1:1",
            "client_id": "parvis",
            "secret": "s3cr3t-canary-of-visio",
        },
        "door": {"public_url": "http://127.0.0.1:1"},
        "mail": {"host": "127.0.0.1", "port": 1, "sender": "a@example.org"},
    }
    return Settings(**given)  # type: ignore[arg-type]


async def test_keys_are_looked_for_but_not_made(tmp_path: Path) -> None:
    assert found(await machine.check(settings(tmp_path)))[0] == ("keys", "warn", "none")
    never = await machine.check(settings(tmp_path, create=False))
    assert found(never)[0] == ("keys", "fail", "missing")
    assert not (tmp_path / "keys").exists()


async def test_keys_are_for_nobody_else(tmp_path: Path) -> None:
    (tmp_path / "keys").mkdir()
    key = tmp_path / "keys" / "links-0001.key"
    key.write_text(secrets.token_hex(32))
    key.chmod(0o400)
    assert found(await machine.check(settings(tmp_path)))[0] == ("keys", "ok", "ok")
    key.chmod(0o440)
    assert found(await machine.check(settings(tmp_path)))[0] == ("keys", "fail", "open")
    key.chmod(0o600)
    key.write_text("00" * 32)
    assert found(await machine.check(settings(tmp_path)))[0] == ("keys", "fail", "weak")
    key.write_text("00")
    assert found(await machine.check(settings(tmp_path)))[0] == ("keys", "fail", "broken-file")


async def test_a_database_and_a_device_are_for_nobody_else(tmp_path: Path) -> None:
    ours = settings(tmp_path)
    await migrate(ours.store.url.get_secret_value())
    (tmp_path / "matrix").mkdir()
    (tmp_path / "matrix" / "keys-X.db").touch(mode=0o600)
    assert len(await machine.check(ours)) == 2
    for path in (tmp_path / "parvis.db", tmp_path / "matrix" / "keys-X.db"):
        path.chmod(0o640)
        (finding,) = (await machine.check(ours))[2:]
        assert (finding.check, finding.outcome.value, finding.found) == ("files", "warn", "open")
        assert finding.parameters == {"files": str(path)}
        path.chmod(0o600)


class Usage(NamedTuple):
    total: int
    used: int
    free: int


@pytest.mark.parametrize(
    ("free", "verdict"),
    [
        (disk.LOW, ("disk", "ok", "ok")),
        (disk.LOW - 1, ("disk", "warn", "low")),
        (disk.FULL - 1, ("disk", "fail", "full")),
    ],
)
async def test_room_on_the_disk_is_measured(
    free: int, verdict: tuple[str, str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: Usage(0, 0, free))
    assert found(await machine.check(settings(tmp_path)))[1] == verdict


async def test_the_database_is_compared_with_the_program(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = f"sqlite:///{tmp_path}/parvis.db"
    assert found(await machine.database(url)) == [("database", "warn", "none")]
    assert list(tmp_path.iterdir()) == [], "looking makes nothing"
    await migrate(url)
    assert found(await machine.database(url)) == [("database", "ok", "ok")]
    monkeypatch.setattr(sqlite, "BUSY_SECONDS", 0.01)
    with contextlib.closing(sqlite3.connect(tmp_path / "parvis.db")) as other:
        other.execute("BEGIN EXCLUSIVE")
        assert found(await machine.database(url)) == [("database", "fail", "unwritable")]
    monkeypatch.setattr(machine, "HEAD", "9999")
    assert found(await machine.database(url)) == [("database", "fail", "outdated")]


@pytest.mark.parametrize(
    ("url", "what"),
    [
        ("postgresql://parvis:canary@127.0.0.1:1/parvis", "unreachable"),
        ("mysql://x/y", "unknown"),
    ],
)
async def test_a_database_away_is_told(url: str, what: str) -> None:
    assert found(await machine.database(url)) == [("database", "fail", what)]


async def test_a_file_that_is_no_database_is_told(tmp_path: Path) -> None:
    (tmp_path / "parvis.db").write_text("not a database, but long enough to be looked at" * 50)
    assert found(await machine.database(f"sqlite:///{tmp_path}/parvis.db")) == [
        ("database", "fail", "damaged")
    ]


async def test_access_is_the_one_given_else_the_one_kept(tmp_path: Path) -> None:
    given = settings(tmp_path)
    assert await access_of(given) is None
    assert list(tmp_path.iterdir()) == [], "looking makes nothing"
    async with open_database(given) as store:
        assert await access_of(given) is None
        await StoredCredentials(store.secrets, ME).save(ACCESS)
    assert await access_of(given) == ACCESS
    token = {"token": SecretStr("syt_other"), "device": "OTHER"}
    other = given.model_copy(update={"matrix": given.matrix.model_copy(update=token)})
    assert await access_of(other) == Access(access_token=token["token"], device_id="OTHER")  # type: ignore[arg-type]
    (tmp_path / "keys" / "rows-0001.key").unlink()
    assert await access_of(given) is None, "the check of the keys says it better"
    assert not (tmp_path / "keys" / "rows-0001.key").exists()


# --- together -------------------------------------------------------------------------------


async def test_one_that_hangs_or_breaks_does_not_hide_the_others() -> None:
    async def hang() -> list[Finding]:
        await asyncio.Event().wait()
        raise AssertionError

    async def broken() -> list[Finding]:
        raise RuntimeError("canary")

    async def well() -> list[Finding]:
        return [ok("disk", folder="/", mib=1)]

    findings = await gathered({"visio": hang, "mail": broken, "machine": well}, 0.05)
    assert found(findings) == [
        ("visio", "fail", "timeout"),
        ("mail", "fail", "broken"),
        ("disk", "ok", "ok"),
    ]
    for words in catalogues().values():
        assert "canary" not in as_text(findings, words) + as_json(findings, words)


async def test_with_everything_down_each_says_so_and_nothing_leaks(tmp_path: Path) -> None:
    findings = await run(settings(tmp_path), agent="jean.canary@beta.gouv.fr")
    assert found(findings) == [
        ("keys", "warn", "none"),
        ("disk", "ok", "ok"),
        ("database", "warn", "none"),
        ("homeserver", "fail", "unreachable"),
        ("clock", "warn", "unknown"),
        ("account", "warn", "no-way"),
        ("device", "warn", "unknown"),
        ("visio", "fail", "visio-unreachable"),
        ("mail", "fail", "unreachable"),
        ("door", "fail", "unreachable"),
        ("way", "warn", "redirect"),
        ("names", "warn", "typed"),
        ("proof", "ok", "none"),
    ]
    french = catalogues()[Language.FR]
    text = as_typed(as_text(findings, french))
    assert "en panne   Porte d’entrée : http://127.0.0.1:1 ne répond pas" in text
    assert text.count(" → ") == 11
    assert "canary" not in text + as_json(findings, french)


def test_machines_read_stable_names() -> None:
    findings = [ok("clock", seconds=1), warn("visio", "nobody"), fail("mail", "timeout", seconds=9)]
    rows = json.loads(as_json(findings, catalogues()[Language.EN]))
    assert [(row["check"], row["outcome"], row["found"]) for row in rows] == found(findings)
    assert rows[0]["facts"] == {"seconds": 1}
    assert rows[0]["remedy"] == ""
    assert "--agent" in rows[1]["remedy"]
    assert rows[2]["message"] == "Mail server: no answer within 9 s"


def said() -> set[tuple[str, str, str]]:
    """Every finding there is, as the sources write them."""
    call = re.compile(r"\b(ok|warn|fail)\(\s*\"([\w-]+)\"(?:,\s*\"([\w-]+)\")?")
    pairs = set()
    for path in Path(machine.__file__).parent.glob("*.py"):
        if path.name != "findings.py":
            for outcome, check, what in call.findall(path.read_text()):
                if what or outcome == "ok":
                    pairs.add((outcome, check, what or "ok"))
    codes = ["unknown-agent", "not-delegated", "level-refused", "misconfigured", "unreachable"]
    pairs |= {("fail", "visio", f"visio-{code}") for code in [*codes, "unconfirmed"]}
    pairs |= {("warn", "account", "none"), ("warn", "account", "no-way")}
    return pairs | {("warn", "keys", "none"), ("fail", "keys", "missing")}


@pytest.mark.parametrize(("outcome", "check", "what"), sorted(said()))
def test_every_finding_has_its_sentences(outcome: str, check: str, what: str) -> None:
    class Any(dict[str, str]):
        def __missing__(self, key: str) -> str:
            return key

    for words in catalogues().values():
        key = f"check.{check}.{what}"
        assert words.text(key)
        if Severity(outcome) is not Severity.OK:
            assert words.text(f"{key}.mend").format_map(Any())


def test_there_are_findings_to_look_for() -> None:
    assert len(said()) > 40
