"""The homeserver, the bot's account and its device; raw requests, so that nothing is uploaded."""

from collections.abc import Mapping
from http import HTTPStatus

from aiohttp import ClientError, ClientSession

from bot.matrix.crosssigning import published_master, signed_devices
from bot.matrix.raw import text, texts
from bot.matrix.settings import Access
from bot.program.checks.clocks import SKEW, skew
from bot.program.checks.findings import Finding, fail, ok, warn
from bot.program.checks.reasons import unreached
from bridge.clock import Clock
from bridge.ids import UserId
from config.sections import MatrixSettings

EXPIRED = "ORG_MATRIX_EXPIRED_ACCOUNT"
SOON = 30
"""Days; Tchap's own reminders come at 30 and 15."""

Replied = tuple[int, Mapping[str, object]]


async def homeserver(session: ClientSession, url: str, *, clock: Clock) -> list[Finding]:
    """Ask for the versions it speaks, and compare its clock with ours."""
    try:
        async with session.get(f"{url}/_matrix/client/versions") as answer:
            body = await answer.json(content_type=None)
            date = answer.headers.get("Date", "")
    except (ClientError, OSError) as error:
        unreachable = fail("homeserver", "unreachable", url=url, **unreached(error))
        return [unreachable, warn("clock", "unknown")]
    except ValueError:
        return [fail("homeserver", "other", url=url), warn("clock", "unknown")]
    versions = texts(body, "versions") if isinstance(body, dict) else []
    if not versions:
        return [fail("homeserver", "other", url=url), warn("clock", "unknown")]
    return [ok("homeserver", url=url, version=versions[-1]), _clock(date, clock)]


def _clock(date: str, clock: Clock) -> Finding:
    found = skew(date, clock)
    if found is None:
        return warn("clock", "unknown")
    seconds = round(found.total_seconds())
    return (
        ok("clock", seconds=seconds) if found <= SKEW else fail("clock", "skewed", seconds=seconds)
    )


async def account(
    session: ClientSession,
    url: str,
    *,
    access: Access | None,
    user: UserId,
    known: bool = True,
    may_sign_in: bool = True,
    master: str | None = None,
) -> list[Finding]:
    """Ask for the token's owner, and check that its device is signed by its owner.

    `known`: without `access`, the bot never signed in. `master` is the public key of the identity
    that the bot has, if it has one.
    """
    if access is None:
        never = "none" if may_sign_in else "no-way"
        return [warn("account", never if known else "unknown"), warn("device", "unknown")]
    try:
        status, who = await _ask(session, "GET", f"{url}/_matrix/client/v3/account/whoami", access)
        wrong = _wrong(status, who, access, user)
        if wrong is not None:
            return [wrong, warn("device", "unknown")]
        device = await _device(session, url, access, user, master)
        return [ok("account", device=access.device_id), device]
    except (ClientError, OSError, ValueError) as error:
        unreachable = fail("account", "unreachable", **unreached(error))
        return [unreachable, warn("device", "unknown")]


def _wrong(status: int, who: Mapping[str, object], access: Access, user: UserId) -> Finding | None:
    if text(who, "errcode") == EXPIRED:
        return fail("account", "expired")
    if status != HTTPStatus.OK:
        return fail("account", "refused", status=status, errcode=text(who, "errcode") or "–")
    if text(who, "user_id") != user:
        return fail("account", "other-user")
    if text(who, "device_id") != access.device_id:
        return fail("account", "other-device", device=text(who, "device_id") or "–")
    return None


async def _device(
    session: ClientSession, url: str, access: Access, user: UserId, master: str | None
) -> Finding:
    status, answer = await _ask(
        session,
        "POST",
        f"{url}/_matrix/client/v3/keys/query",
        access,
        {"device_keys": {user: []}},
    )
    if status != HTTPStatus.OK:
        return fail("device", "refused", status=status)
    if access.device_id in signed_devices(answer, user):
        return ok("device", device=access.device_id)
    foreign = published_master(answer, user) not in (None, master)
    return fail("device", "foreign" if foreign else "unsigned", device=access.device_id)


async def _ask(
    session: ClientSession,
    method: str,
    url: str,
    access: Access,
    body: Mapping[str, object] | None = None,
) -> Replied:
    headers = {"Authorization": f"Bearer {access.access_token.get_secret_value()}"}
    async with session.request(method, url, json=body, headers=headers) as answer:
        data = await answer.json(content_type=None)
        return answer.status, data if isinstance(data, dict) else {}


async def expiry(matrix: MatrixSettings, *, clock: Clock) -> list[Finding]:
    """Count the days until the account expires; no homeserver tells the account itself."""
    if matrix.account_expires is None:
        return [warn("expiry", "unknown")] if ".tchap." in matrix.server else []
    days = (matrix.account_expires - clock.now().date()).days
    if days < 0:
        return [fail("expiry", "past", days=-days)]
    return [warn("expiry", "soon", days=days) if days <= SOON else ok("expiry", days=days)]
