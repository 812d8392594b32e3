"""Every command is an act, which somebody may do, and has what runs it."""

from typing import get_args

from bot.conversation.acts import _ACTS
from bot.language.command import Command, ShowSettings
from bridge.domain.authority import MAY
from tests.unit.bot.office import Office

COMMANDS = set(get_args(Command))


def test_every_command_is_an_act_with_a_row_of_rights() -> None:
    assert set(_ACTS) | {ShowSettings} == COMMANDS
    assert all(MAY[act] for act in _ACTS.values())


def test_every_command_has_what_runs_it(office: Office) -> None:
    assert set(office.talk().commands) == COMMANDS
