"""`réglages message d'accueil`: the line that a salon shows its guests."""

from dataclasses import replace

from bot.conversation.context import Context
from bridge.domain.message import Parameter, phrase
from bridge.domain.salon import Salon
from bridge.domain.welcome import Flaw, read, welcome_of

_REFUSED = {
    Flaw.LONG: "settings.welcome-long",
    Flaw.ADDRESS: "settings.welcome-address",
    Flaw.FORBIDDEN: "settings.welcome-forbidden",
}


async def choose_welcome(ctx: Context, typed: str, longest: int) -> None:
    """Store the line, of at most `longest` characters; say why another is refused."""
    line = read(typed, longest)
    match line:
        case Flaw():
            await ctx.answer(_REFUSED[line], {"most": longest})
        case "":
            await ctx.work.salons.save(replace(ctx.salon, welcome=line))
            await ctx.answer("settings.welcome-off")
        case _:
            await ctx.work.salons.save(replace(ctx.salon, welcome=line))
            await ctx.answer("settings.welcome-on", {"line": line})


def welcome_row(salon: Salon) -> Parameter:
    """Return the setting as the list of settings shows it."""
    if not salon.welcome:
        return phrase("settings.no-welcome")
    return phrase("settings.welcome", {"line": welcome_of(salon)})
