"""The mail server: greeting, encryption, sign-in. Nothing is sent."""

from ipaddress import ip_address

from bot.program.checks.findings import Finding, fail, ok, warn
from bot.program.checks.reasons import unreached
from bridge.errors import MailError
from bridge.mail.send import SmtpPost
from config.sections import MailSettings


async def check(post: SmtpPost, mail: MailSettings, *, reads: bool = False) -> list[Finding]:
    """Talk to the server without sending a mail; `reads`: Parvis reads the answers itself."""
    host, port = mail.host, mail.port
    told = [] if reads else organizer(mail)
    try:
        await post.probe()
    except MailError as error:
        return [fail("mail", "unreachable", host=host, port=port, **unreached(error))]
    if mail.tls == "none" and not _here(mail.host):
        return [warn("mail", "cleartext", host=host, port=port), *told]
    return [ok("mail", host=host, port=port), *told]


def organizer(mail: MailSettings) -> list[Finding]:
    """Tell whether some or all invitations have no calendar file, for want of an address."""
    if mail.organizer is not None:
        return []
    return [warn("mail", "no-organizer" if mail.show_organiser else "no-calendar")]


def _here(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
