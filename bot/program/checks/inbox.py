"""The box in which answers arrive: encryption, sign-in, folder. No mail in it is read or marked."""

from bot.program.checks.findings import Finding, fail, ok
from bot.program.checks.reasons import unreached
from bridge.broken import Broken
from bridge.errors import InboxUnreachable
from bridge.mail.letterbox import ImapBox
from config.sections import InboxSettings


async def check(box: ImapBox | None, inbox: InboxSettings) -> list[Finding]:
    """Open the box and leave; nothing is said if none is read."""
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
    return [ok("inbox", **where, n=waiting)]
