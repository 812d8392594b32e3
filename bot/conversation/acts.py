"""Map each command to the act for which it needs a right."""

from collections.abc import Mapping
from typing import Any

from bot.language.command import (
    Admit,
    Cancel,
    Command,
    Diagnose,
    End,
    Extend,
    Guests,
    Help,
    Host,
    Invite,
    Link,
    List,
    Meet,
    Polite,
    Resend,
    Revoke,
    SetLanguage,
    ShowSettings,
    TurnAway,
)
from bridge.domain.authority import Act

_ACTS: Mapping[type[Any], Act] = {
    Meet: Act.MEET,
    Invite: Act.INVITE,
    Extend: Act.EXTEND,
    Resend: Act.INVITE,
    Revoke: Act.WITHDRAW,
    Admit: Act.ANSWER,
    TurnAway: Act.ANSWER,
    Host: Act.HOST,
    Guests: Act.GUESTS,
    Link: Act.LINK,
    List: Act.LINK,
    Cancel: Act.END,
    End: Act.END,
    SetLanguage: Act.SETTINGS,
    Diagnose: Act.SETTINGS,
    Help: Act.HELP,
    Polite: Act.HELP,
}
_OF_THE_SALON = frozenset({Act.MEET, Act.SETTINGS, Act.RECORD, Act.HELP})


def act_of(command: Command) -> Act:
    """Return the act of a command."""
    if isinstance(command, ShowSettings):
        return Act.RECORD if command.chooses else Act.SETTINGS
    return _ACTS[type(command)]


def concerns_salon(act: Act) -> bool:
    """Tell whether an act is about the salon where it is asked for, not about a meeting."""
    return act in _OF_THE_SALON
