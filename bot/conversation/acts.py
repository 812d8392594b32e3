"""Map each command to the act for which it needs a right."""

from collections.abc import Mapping

from bot.language.command import Command, Polite
from bot.language.commands.salon import ShowSettings
from bot.language.commands.topics import WriteTopics
from bot.language.meeting import MEET
from bot.language.vocabulary import VERBS
from bridge.domain.authority import Act

_ACTS: Mapping[type[Command], Act] = {
    Polite: Act.HELP,
    **{verb.command: verb.act for verb in (MEET, *VERBS)},
}
_OF_THE_SALON = frozenset({Act.MEET, Act.SETTINGS, Act.RECORD, Act.CALENDAR, Act.JOIN, Act.HELP})


def act_of(command: Command) -> Act:
    """Return the act of a command."""
    if isinstance(command, ShowSettings) and command.chooses:
        return Act.RECORD
    if command == WriteTopics():  # only shown
        return Act.LINK
    return _ACTS[type(command)]


def concerns_salon(act: Act) -> bool:
    """Tell whether an act is about the salon where it is asked for, not about a meeting."""
    return act in _OF_THE_SALON
