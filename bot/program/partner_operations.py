"""`parvis partners`: agreements with partner organisations, as the operator keeps them."""

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from datetime import date, timedelta
from enum import StrEnum
from pathlib import Path
from urllib.parse import urlsplit

from bot.program.agreements import partner_of
from bot.program.existing import as_it_is, open_existing
from bot.program.federating import home_of, open_directory
from bot.program.wiring import build
from bridge.agenda.after_commit import after_commit
from bridge.clock import SystemClock
from bridge.domain.cause import OPERATOR
from bridge.domain.partner import Issuer, Partner, Vouching
from bridge.domain.sign_in import redirect_address
from bridge.domain.vouched import PartnerInstance
from bridge.errors import PartnerAway, PartnerUntrusted
from bridge.ids import PartyId
from bridge.partners.directory import StatementDirectory
from bridge.partners.openid import OpenIdClient
from bridge.partners.statements import Statement
from bridge.services.auditing import note_operator
from bridge.services.federation.ending import Ending
from bridge.store import Store
from config.agreements import load_agreement
from config.settings import Settings

UNPINNED = "unpinned"
"""The trouble of a partner without a federation key: it has no instance."""
_SECRET = frozenset({"provider"})
"""Fields that are shown only as there or not."""


class PartnerState(StrEnum):
    """The state of an agreement on a day."""

    IN_FORCE = "in-force"
    DISABLED = "disabled"
    EARLY = "early"
    OVER = "over"


class Obstacle(StrEnum):
    """The reason why an agreement is not taken."""

    OURSELVES = "ourselves"
    SAME_VISIO = "same-visio"
    KEPT_LONGER = "kept-longer"
    """It promises to forget its people earlier than we forget guests."""


@dataclass(frozen=True, slots=True)
class Difference:
    """A term that an agreement changes."""

    term: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Added:
    """The outcome of taking an agreement's file over."""

    partner: Partner
    new: bool = False
    differences: Sequence[Difference] = ()
    obstacle: Obstacle | None = None
    unreached: str = ""
    """Why the partner's instance could not be read, if so."""


@dataclass(frozen=True, slots=True)
class Tested:
    """A partner's statement, or why there is none."""

    partner: Partner
    statement: Statement | None = None
    trouble: str = ""
    """`away`, `untrusted` or `unpinned`."""
    detail: str = ""

    provider: str | None = None
    """The trouble with its OpenID provider; nothing if that is sound, `None` if it has none."""

    @property
    def sound(self) -> bool:
        """Whether its people can come: a partner with a provider needs no instance."""
        alone = self.trouble == UNPINNED and self.provider is not None
        return not self.provider and (alone or not self.trouble)

    @property
    def instance(self) -> PartnerInstance | None:
        """The instance that the statement describes."""
        return None if self.statement is None else self.statement.instance


def state_of(partner: Partner, today: date) -> PartnerState:
    """Return the state of an agreement on a day, in UTC."""
    if not partner.enabled:
        return PartnerState.DISABLED
    if today < partner.begins:
        return PartnerState.EARLY
    return PartnerState.OVER if today > partner.ends else PartnerState.IN_FORCE


def shown_terms(partner: Partner) -> dict[str, str]:
    """Return an agreement's terms, each as a line; no secret is among them."""
    shown = {}
    for one in fields(partner):
        value = getattr(partner, one.name)
        if one.name in _SECRET:
            shown[one.name] = "–" if value is None else str(value.issuer)
        else:
            shown.update(_lines(one.name, value))
    return shown


def redirect_of(settings: Settings, partner: Partner) -> str | None:
    """Return the address to register at a partner's OpenID provider, if it has one."""
    provider = partner.provider
    return None if provider is None else redirect_address(settings.door.public_url, provider)


def _lines(name: str, value: object) -> dict[str, str]:
    inner = getattr(value, "__dataclass_fields__", None)
    if inner is None:
        return {name: _word(value)}
    return {f"{name}.{one}": _word(getattr(value, one)) for one in inner}


def _word(value: object) -> str:
    match value:
        case None:
            return "–"
        case bool():
            return "true" if value else "false"
        case frozenset():
            return ", ".join(sorted(map(str, value))) or "–"
        case timedelta():
            return f"{value.total_seconds() / 60:g} min"
        case _ if hasattr(value, "__dataclass_fields__"):
            return " ".join(str(getattr(value, one)) for one in value.__dataclass_fields__)
        case _:
            return str(value)


async def added(settings: Settings, path: Path, *, same_visio: bool = False) -> Added:
    """Take an agreement's file over. Raises SettingsError for what is wrong in it.

    A partner with our own Visio host is refused, unless the operator says that its meetings are
    told apart: an address there would be ours and theirs.
    """
    partner = partner_of(load_agreement(path))
    home = home_of(settings)
    if home is not None and partner.issuer == home.issuer:
        return Added(partner, obstacle=Obstacle.OURSELVES)
    if timedelta(days=partner.keep_days) < settings.meetings.forget_after:
        return Added(partner, obstacle=Obstacle.KEPT_LONGER)
    async with open_existing(settings) as store:
        tested = await _tested(settings, store, partner)
        if _shares_visio(settings, tested.instance) and not same_visio:
            return Added(partner, obstacle=Obstacle.SAME_VISIO)
        async with store() as work:
            known = await work.partners.get(partner.issuer)
            await work.partners.put(partner, SystemClock().now())
            await note_operator(work, "partners.add", partner=partner.issuer)
    if known is not None and _narrows(known, partner):
        await cut(settings, partner.issuer)
    return Added(
        partner,
        new=known is None,
        differences=() if known is None else differences(known, partner),
        unreached=tested.detail if partner.thumbprint is not None else "",
    )


def _narrows(before: Partner, after: Partner) -> bool:
    """Tell whether grants of before have no ground in an agreement any more."""
    taken = after.in_force(SystemClock().now()) and after.takes(Vouching.BRIDGE)
    return not taken or before.thumbprint != after.thumbprint


def differences(before: Partner, after: Partner) -> Sequence[Difference]:
    """Return the terms that differ."""
    old, new = shown_terms(before), shown_terms(after)
    names = dict.fromkeys([*old, *new])
    return [
        Difference(name, old.get(name, "–"), new.get(name, "–"))
        for name in names
        if old.get(name) != new.get(name)
    ]


def _shares_visio(settings: Settings, instance: PartnerInstance | None) -> bool:
    if instance is None or not instance.resource_pattern:
        return False
    ours = urlsplit(settings.visio.people_url).netloc.lower()
    return urlsplit(instance.resource_pattern).netloc.lower() == ours


async def known(settings: Settings) -> Sequence[Partner]:
    """Return all partners, by their labels."""
    async with open_existing(settings) as store, store.reading() as work:
        return await work.partners.all()


async def named(settings: Settings, name: str) -> Partner | None:
    """Return the partner with an issuer or a label."""
    wanted = name.casefold()
    those = [
        one
        for one in await known(settings)
        if wanted in {one.issuer.casefold(), one.label.casefold()}
    ]
    return those[0] if len(those) == 1 else None


async def cut(settings: Settings, issuer: Issuer) -> int:
    """End all living grants of a partner, whose agreement is another one now; return how many."""
    async with (
        build(await as_it_is(settings)) as core,
        after_commit(core.store, core.work.urgent),
    ):
        ending = Ending(core.tools, core.invitations)
        return await ending.cut(issuer, by=PartyId(OPERATOR.name))


async def switched(settings: Settings, issuer: Issuer, *, enabled: bool) -> int | None:
    """Switch a partner on or off; return how many living grants that ended.

    Its people inside are ejected right after. The partner's server has no part in it.
    """
    async with (
        build(await as_it_is(settings)) as core,
        after_commit(core.store, core.work.urgent),
    ):
        ending = Ending(core.tools, core.invitations)
        return await ending.switched(issuer, enabled=enabled, by=PartyId(OPERATOR.name))


async def tested(settings: Settings, partner: Partner) -> Tested:
    """Fetch a partner's statement now, and check it."""
    async with open_existing(settings) as store:
        return await _tested(settings, store, partner)


async def _tested(settings: Settings, store: Store, partner: Partner) -> Tested:
    clock = SystemClock()
    async with open_directory(settings, store, clock) as (requests, directory):
        provider = await _trouble(OpenIdClient(requests, clock), partner)
        return replace(await _statement(directory, partner), provider=provider)


async def _statement(directory: StatementDirectory, partner: Partner) -> Tested:
    if partner.thumbprint is None:
        return Tested(partner, trouble=UNPINNED)
    try:
        return Tested(partner, await directory.fetch(partner))
    except PartnerAway as error:
        return Tested(partner, trouble="away", detail=str(error))
    except PartnerUntrusted as error:
        return Tested(partner, trouble="untrusted", detail=str(error))


async def _trouble(client: OpenIdClient, partner: Partner) -> str | None:
    if partner.provider is None:
        return None
    try:
        await client.look(partner.provider)
    except (PartnerAway, PartnerUntrusted) as error:
        return str(error)
    return ""
