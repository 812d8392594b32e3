"""`aide`, `diagnostic`, `langue`, `réglages`."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial

from bot.commands.remind import choose_recall, choose_zone, recall_row, zone_row
from bot.commands.welcome import choose_welcome, welcome_row
from bot.conversation.context import Commands, Context
from bot.conversation.promises import promises
from bot.conversation.salon import is_agent
from bot.language.command import Polite
from bot.language.commands.salon import Diagnose, SetLanguage, ShowSettings
from bot.language.meeting import MEET
from bot.language.vocabulary import VERBS, Help
from bridge.domain.message import Parameter, phrase
from bridge.domain.policy import Policy
from bridge.ids import UserId
from bridge.services.tools import Tools

_HEARD = "👍"
"""The reaction to thanks and greetings: a line would answer nothing."""
SHORT = ("now", "later", "invite", "end", "list")
"""The beginning of the help; each has a sentence `help.<name>`."""
SUBJECTS: Mapping[str, tuple[str, ...]] = {
    verb.key: verb.help for verb in (MEET, *VERBS) if verb.help
}
"""The subjects of `aide <verb>`: sentences `help.<name>`, by the verb's key."""


@dataclass(frozen=True, slots=True)
class AccountStanding:
    """The account's report on itself."""

    synced_at: datetime | None
    signed: bool


def help_commands(
    me: UserId,
    servers: Collection[str],
    standing: Callable[[], AccountStanding],
    tools: Tools,
) -> Commands:
    """Return the commands that explain."""
    policy = tools.policy
    more = "more" if policy.mode.asks_salon else "more-plain"

    async def explain(ctx: Context, asked: Help) -> None:
        outside = not is_agent(ctx.origin.by, servers)
        shown = SUBJECTS.get(asked.subject, (*SHORT, more))
        topics: list[Parameter] = [phrase(f"help.{one}") for one in shown]
        if asked.subject == "invite":
            topics += [phrase(key) for key in promises(policy, proof=True)]
        whole = "help.subject" if asked.subject in SUBJECTS else "help.all"
        await ctx.answer("help.outside" if outside else whole, {"topics": topics})

    async def diagnose(ctx: Context, _: Diagnose) -> None:
        known = ctx.identity
        outsiders = sum(not is_agent(member, servers) for member in ctx.state.members)
        mine = standing()
        rows: list[Parameter] = [
            phrase("diagnose.encrypted" if ctx.state.encrypted else "diagnose.clear"),
            phrase("diagnose.members", {"members": len(ctx.state.members), "outside": outsiders}),
            phrase("diagnose.level", {"level": min(ctx.state.level(me), 100)}),
            phrase("diagnose.signed" if mine.signed else "diagnose.unsigned"),
            _synced(ctx, mine),
            phrase("diagnose.identity" if known else "diagnose.no-identity", _method(known)),
            phrase("diagnose.zone", {"zone": ctx.salon.zone}),
        ]
        await ctx.answer("diagnose.all", {"rows": rows})

    async def language(ctx: Context, asked: SetLanguage) -> None:
        await ctx.work.salons.save(replace(ctx.salon, language=asked.language))
        await ctx.answer("language.set")

    async def acknowledge(ctx: Context, _: Polite) -> None:
        await ctx.work.outbox.post(ctx.origin.reaction(_HEARD))

    return {
        Help: explain,
        Polite: acknowledge,
        Diagnose: diagnose,
        SetLanguage: language,
        ShowSettings: partial(_settings, tools),
    }


async def _settings(tools: Tools, ctx: Context, asked: ShowSettings) -> None:
    if asked.remind is not None:
        await choose_recall(ctx, asked.remind, tools)
    elif asked.zone is not None:
        await choose_zone(ctx, asked.zone)
    else:
        await _others(tools.policy, ctx, asked)


async def _others(policy: Policy, ctx: Context, asked: ShowSettings) -> None:
    if asked.welcome is not None:
        await choose_welcome(ctx, asked.welcome, policy.limits.welcome)
        return
    if asked.names and not policy.mode.counts:
        await ctx.answer("settings.nobody-counts")
        return
    if asked.names is not None:
        await ctx.work.salons.save(replace(ctx.salon, names=asked.names))
        await ctx.answer("settings.names-on" if asked.names else "settings.names-off")
        return
    rows: list[Parameter] = [
        phrase("settings.language"),
        phrase("settings.zone", {"zone": ctx.salon.zone}),
    ]
    if policy.mode.counts:
        rows.append(phrase("settings.names" if ctx.salon.names else "settings.no-names"))
    if policy.limits.welcome:
        rows.append(welcome_row(ctx.salon))
    rows.append(await zone_row(ctx) if ctx.origin.direct else recall_row(ctx.salon, policy))
    await ctx.answer("settings.all", {"rows": rows})


def _synced(ctx: Context, mine: AccountStanding) -> Parameter:
    if mine.synced_at is None:
        return phrase("diagnose.never-synced")
    return phrase("diagnose.synced", {"seconds": round((ctx.now - mine.synced_at).total_seconds())})


def _method(known: object) -> Mapping[str, Parameter]:
    method = getattr(known, "method", None)
    return {"method": phrase(f"diagnose.method.{method}")} if method else {}
