"""The box in which answers arrive: encryption, sign-in, folder. No mail in it is read or marked."""

from bot.program.checks.findings import Finding, fail, ok, warn
from bot.program.checks.reasons import unreached
from bridge.broken import Broken
from bridge.errors import InboxUnreachable
from bridge.mail.letterbox import ImapBox
from config.sections import IdentitySettings, InboxSettings


async def check(
    box: ImapBox | None, inbox: InboxSettings, identity: IdentitySettings
) -> list[Finding]:
    """Open the box and leave; nothing is said if none is read.

    Without addresses of agents, no invitation by mail is anybody's.
    """
    if box is None:
        return []
    where: dict[str, object] = {"host": inbox.host, "port": inbox.port}
    try:
        waiting = await box.probe()
    except InboxUnreachable as error:
        match error.parameters.get("why"):
            case Broken.LOGIN:
                return [fail("inbox", "login", **where)]
            case Broken.READ_ONLY:
                return [fail("inbox", "read-only", folder=inbox.folder)]
            case Broken.LANGUAGE:
                return [fail("inbox", "folder", folder=inbox.folder, **where)]
        return [fail("inbox", "unreachable", **where, **unreached(error))]
    found = [ok("inbox", **where, n=waiting)]
    if not identity.map and not identity.rules:
        found.append(warn("inbox", "nobody"))
    return found
