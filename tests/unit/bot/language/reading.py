"""How the tests of this folder put a line to Parvis: a Wednesday at ten, in Paris."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from bot.language.command import Command
from bot.language.options import parse
from bot.language.refusals import Here
from bot.matrix.events import IncomingMessage
from bridge.errors import Refused
from bridge.i18n import Language
from bridge.ids import EventId, SalonId, UserId
from tests.defaults import default_policy

ME = UserId("@parvis-bot:agent.example")
NAME = "Parvis [Dinum]"
JEAN = UserId("@jean.dupont-interieur.gouv.fr:agent.example")
PARIS = ZoneInfo("Europe/Paris")
NOW = datetime(2026, 11, 18, 10, 0, tzinfo=PARIS)
LONGEST = default_policy().longest
FR, EN = Language.FR, Language.EN


def message(
    body: str, *, formatted: str = "", mentions: frozenset[UserId] = frozenset()
) -> IncomingMessage:
    return IncomingMessage(
        event=EventId("$1"),
        salon=SalonId("!1"),
        sender=JEAN,
        sent_at=NOW,
        body=body,
        formatted=formatted,
        mentions=mentions,
    )


def read(
    line: IncomingMessage | str,
    *,
    language: Language = FR,
    now: datetime = NOW,
    zone: str = "Europe/Paris",
    prefix: str = "!visio",
    bare: bool = False,
    replied: bool = False,
    titles: tuple[str, ...] = (),
) -> Command | None:
    return parse(
        message(line) if isinstance(line, str) else line,
        me=ME,
        my_name=NAME,
        prefix=prefix,
        now=now,
        zone=zone,
        language=language,
        longest=LONGEST,
        bare=bare,
        replied=replied,
        titles=titles,
    )


def refused(
    line: IncomingMessage | str,
    *,
    language: Language = FR,
    now: datetime = NOW,
    zone: str = "Europe/Paris",
    bare: bool = False,
    replied: bool = False,
    titles: tuple[str, ...] = (),
) -> Refused:
    """Return the refusal of a line, having checked that its example is read."""
    try:
        command = read(
            line,
            language=language,
            now=now,
            zone=zone,
            bare=bare,
            replied=replied,
            titles=titles,
        )
    except Refused as refusal:
        example = refusal.parameters["example"]
        assert isinstance(example, str)
        assert read(example, language=language, now=now, zone=zone, titles=titles) is not None, (
            example
        )
        return refusal
    raise AssertionError(command)


def here(language: Language = FR) -> Here:
    return Here(now=NOW, zone=PARIS, language=language, longest=timedelta(hours=12), lead="!visio")


def paris(text: str) -> datetime:
    """Return the moment of a local time in Paris, in UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=PARIS).astimezone(UTC)
