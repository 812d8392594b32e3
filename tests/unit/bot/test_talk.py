"""The commands and reactions of the bot's parts are merged, and none hides another."""

import pytest

from bot.conversation.context import Context
from bot.conversation.reactions import UndoMeeting
from bot.conversation.talk import Talk, merged_talk
from bot.conversation.undoing import Closing
from bot.language.commands.meetings import List
from bridge.services.meetings.undoing import UNDO
from bridge.services.series.changes import Changes
from bridge.services.series.restorations import Restorations
from tests.unit.bot.office import Office


async def run(_: Context, __: List) -> None:
    pass


async def test_two_parts_that_understand_the_same_are_refused(office: Office):
    with pytest.raises(ValueError, match="List"):
        merged_talk([Talk(commands={List: run}), Talk(commands={List: run})])
    changes = Changes(office.house.meetings, office.house.carrying)
    act = UndoMeeting(Closing(office.house.tools, changes, Restorations(changes)))
    with pytest.raises(ValueError, match=UNDO):
        merged_talk([Talk(reactions={UNDO: act}), Talk(reactions={UNDO: act})])


def test_all_that_the_parts_understand_is_understood(office: Office):
    assert set(merged_talk([office.talk(), Talk()]).commands) == set(office.talk().commands)
