"""Every command is an act, which somebody may do, and has what runs it."""

import pytest

from bot.conversation.acts import act_of
from bot.language.command import Polite
from bot.language.commands.salon import ShowSettings
from bot.language.meeting import MEET
from bot.language.vocabulary import VERBS
from bridge.domain.authority import MAY, Act
from tests.unit.bot.office import Office


@pytest.mark.parametrize("verb", [MEET, *VERBS], ids=lambda verb: verb.key)
def test_every_verb_is_an_act_with_a_row_of_rights(verb) -> None:
    assert MAY[verb.act]


def test_a_setting_is_shown_to_agents_and_changed_by_moderators() -> None:
    assert act_of(ShowSettings()) is Act.SETTINGS
    assert act_of(ShowSettings(names=True)) is Act.RECORD
    assert act_of(ShowSettings(welcome="")) is Act.RECORD
    assert act_of(Polite()) is Act.HELP


def test_every_command_has_what_runs_it(office: Office) -> None:
    assert set(office.talk().commands) == {Polite, *(verb.command for verb in (MEET, *VERBS))}
