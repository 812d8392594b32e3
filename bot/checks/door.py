"""The door, as a guest reaches it."""

from http import HTTPStatus

from aiohttp import ClientConnectorCertificateError, ClientError, ClientSession

from bot.checks.findings import Finding, fail, ok


async def check(session: ClientSession, url: str) -> list[Finding]:
    """Ask for the one page that has no secret in its address."""
    try:
        async with session.get(f"{url}/robots.txt", allow_redirects=False) as answer:
            status = answer.status
            kind = answer.content_type
    except ClientConnectorCertificateError:
        return [fail("door", "certificate", url=url)]
    except (ClientError, OSError) as error:
        return [fail("door", "unreachable", url=url, error=type(error).__name__)]
    if status != HTTPStatus.OK or kind != "text/plain":
        return [fail("door", "other", url=url, status=status)]
    return [ok("door", url=url)]
