"""The commands `parvis partners …`."""

import asyncio
import json as json_text
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bot.program.console import FAILED, complain, loading, reported, say
from bot.program.options import File, at_hand, group, text
from bot.program.usage import LocalisedCommand

if TYPE_CHECKING:
    from bot.program.partner_operations import Added, Tested
    from bridge.domain.partner import Partner
    from config.settings import Settings

partners = group(help=text("cli.help.partners"))
_Name = Annotated[str, typer.Argument(help=text("cli.help.partner"))]
_Json = Annotated[bool, typer.Option("--json", help=text("cli.help.json"))]


@partners.command("add", cls=LocalisedCommand, help=text("cli.help.partners-add"))
def add(
    file: Annotated[Path, typer.Argument(readable=False, help=text("cli.help.agreement"))],
    same_visio: Annotated[
        bool, typer.Option("--same-visio", help=text("cli.help.same-visio"))
    ] = False,
    config: File = None,
) -> None:
    """Take an agreement over, new or changed."""
    with reported():
        settings, _ = at_hand(config)
        with loading():
            from bot.program.partner_operations import added  # noqa: PLC0415

        _say_added(asyncio.run(added(settings, file, same_visio=same_visio)))


def _say_added(result: "Added") -> None:
    partner = result.partner
    if result.obstacle is not None:
        complain(text(f"cli.partners.{result.obstacle}", label=partner.label))
        raise typer.Exit(FAILED)
    changed = bool(result.differences)
    key = "added" if result.new else ("changed" if changed else "unchanged")
    say(text(f"cli.partners.{key}", label=partner.label, issuer=partner.issuer))
    for one in result.differences:
        say(f"  {one.term}: {one.before} → {one.after}")
    if result.unreached:
        say(text("cli.partners.unreached", label=partner.label, detail=result.unreached))


@partners.command("list", cls=LocalisedCommand, help=text("cli.help.partners-list"))
def list_partners(json: _Json = False, config: File = None) -> None:
    """Show all partners."""
    with reported():
        settings, _ = at_hand(config)
        from bot.program.partner_operations import known  # noqa: PLC0415

        found = asyncio.run(known(settings))
        if json:
            say(json_text.dumps([_facts(one) for one in found], ensure_ascii=False, indent=2))
            return
        for one in found:
            facts = _facts(one)
            state = text(f"cli.partners.state.{facts['state']}")
            parameters = {"label": one.label, "issuer": one.issuer, "state": state}
            say(text("cli.partners.line", **parameters, until=one.ends.isoformat()))
        if not found:
            say(text("cli.partners.none"))


@partners.command("show", cls=LocalisedCommand, help=text("cli.help.partners-show"))
def show(name: _Name, json: _Json = False, config: File = None) -> None:
    """Show one agreement, without secrets."""
    with reported():
        settings, _ = at_hand(config)
        from bot.program.partner_operations import shown_terms  # noqa: PLC0415

        partner = _found(settings, name)
        terms = shown_terms(partner)
        if json:
            said = {**_facts(partner), "terms": terms}
            say(json_text.dumps(said, ensure_ascii=False, indent=2))
            return
        for term, value in terms.items():
            say(f"{term}: {value}")


@partners.command("disable", cls=LocalisedCommand, help=text("cli.help.partners-disable"))
def disable(name: _Name, config: File = None) -> None:
    """Switch a partner off: its people are out at once."""
    with reported():
        settings, _ = at_hand(config)
        from bot.program.partner_operations import switched  # noqa: PLC0415

        partner = _found(settings, name)
        ended = asyncio.run(switched(settings, partner.issuer, enabled=False))
        say(text("cli.partners.disabled", label=partner.label, n=ended or 0))


@partners.command("enable", cls=LocalisedCommand, help=text("cli.help.partners-enable"))
def enable(name: _Name, config: File = None) -> None:
    """Switch a partner on again: its people ask for new links."""
    with reported():
        settings, _ = at_hand(config)
        from bot.program.partner_operations import switched  # noqa: PLC0415

        partner = _found(settings, name)
        asyncio.run(switched(settings, partner.issuer, enabled=True))
        say(text("cli.partners.enabled", label=partner.label))


@partners.command("test", cls=LocalisedCommand, help=text("cli.help.partners-test"))
def try_out(name: _Name, json: _Json = False, config: File = None) -> None:
    """Fetch a partner's statement, and report what is right and wrong in it."""
    with reported():
        settings, _ = at_hand(config)
        from bot.program.partner_operations import tested  # noqa: PLC0415

        partner = _found(settings, name)
        result = asyncio.run(tested(settings, partner))
        if json:
            say(json_text.dumps(_tested_facts(result), ensure_ascii=False, indent=2))
        else:
            _say_tested(result)
        if result.trouble:
            raise typer.Exit(FAILED)


def _say_tested(result: "Tested") -> None:
    if result.statement is None:
        key = f"cli.partners.trouble.{result.trouble}"
        say(text(key, label=result.partner.label, detail=result.detail))
        return
    instance = result.statement.instance
    say(text("cli.partners.sound", label=result.partner.label))
    for name, value in _instance_facts(result).items():
        say(f"  {name}: {value}")
    if not instance.privacy:
        say(text("cli.partners.no-privacy"))


def _instance_facts(result: "Tested") -> Mapping[str, object]:
    statement = result.statement
    if statement is None:
        return {}
    return {
        "organization_name": statement.instance.organisation,
        "resource_pattern": statement.instance.resource_pattern,
        "token_endpoint": statement.instance.token,
        "keys": ", ".join(statement.keys.by_kid),
        "skipped_keys": statement.keys.skipped,
        "expires": statement.expires_at.isoformat(),
        "contact": statement.instance.contact,
        "privacy_notice": statement.instance.privacy,
    }


def _tested_facts(result: "Tested") -> Mapping[str, object]:
    return {
        "issuer": result.partner.issuer,
        "trouble": result.trouble,
        "detail": result.detail,
        **_instance_facts(result),
    }


def _facts(partner: "Partner") -> Mapping[str, object]:
    from bot.program.partner_operations import state_of  # noqa: PLC0415
    from bridge.clock import SystemClock  # noqa: PLC0415

    return {
        "issuer": partner.issuer,
        "label": partner.label,
        "state": state_of(partner, SystemClock().now().date()).value,
        "from": partner.begins.isoformat(),
        "until": partner.ends.isoformat(),
        "admission": partner.entry.value,
        "methods": sorted(one.value for one in partner.methods),
        "direction": sorted(one.value for one in partner.directions),
    }


def _found(settings: "Settings", name: str) -> "Partner":
    from bot.program.partner_operations import named  # noqa: PLC0415

    partner = asyncio.run(named(settings, name))
    if partner is None:
        complain(text("cli.partners.unknown", name=name))
        raise typer.Exit(FAILED)
    return partner
