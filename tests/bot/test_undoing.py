"""A person's own client takes a card back, deletes a line, and corrects one, in real salons."""

from functools import partial

import pytest

from bridge.domain.meeting import Meeting, Occurrence, OccurrenceState
from bridge.ids import EventId, SalonId, UserId
from tests.bot.conftest import MakeBot, MakeUser
from tests.bot.test_answers import PATIENCE, talking
from tests.servers.matrix_client import MatrixUser, Seen
from tests.services.house import House


def shows(salon: str, words: str, seen: Seen) -> bool:
    return seen.room == salon and words in seen.body


async def asks(house: House, alice: MatrixUser, salon: str, title: str) -> tuple[str, Seen]:
    """Ask for a meeting by a line of Alice's; return the line and the card."""
    line = await alice.send(salon, f"{title}, s'il vous plaît")
    await house.met(line[1:], salon=SalonId(salon), by=UserId(alice.user))
    card = await alice.wait_for(
        lambda seen: (
            seen.room == salon and seen.replaces is None and f": Budget {line[1:]}" in seen.body
        )
    )
    return line, card


async def became(house: House, line: str) -> tuple[Meeting, Occurrence]:
    async with house.store.reading() as work:
        found = await work.meetings.by_card(EventId(line))
    assert found is not None
    return found


@pytest.mark.parametrize("version", [pytest.param("10", marks=pytest.mark.long), "12"])
async def test_a_card_is_taken_back_a_line_deleted_and_corrected(
    make_bot: MakeBot,
    make_user: MakeUser,
    salon_house: House,
    version: str,
) -> None:
    bot, alice = make_bot(), await make_user()
    salon_house.identities.emails[UserId(alice.user)] = "alice@beta.gouv.fr"
    async with talking(bot, salon_house):
        salon = await alice.create_room(invite=[bot.user], version=version)
        await alice.wait_member(salon, bot.user)

        line, card = await asks(salon_house, alice, salon, "Un")
        await alice.react(salon, card.event, "↩️")
        answer = await alice.wait_for(partial(shows, salon, "est annulée"), PATIENCE)
        await alice.wait_for(
            lambda seen: seen.replaces == card.event and "État : annulée" in seen.body, PATIENCE
        )
        relation = answer.content["m.relates_to"]
        assert relation == {"m.in_reply_to": {"event_id": card.event}}
        assert (await became(salon_house, line))[1].state is OccurrenceState.CANCELLED

        line, card = await asks(salon_house, alice, salon, "Deux")
        await alice.redact(salon, line)
        await alice.wait_for(
            lambda seen: seen.replaces == card.event and "État : annulée" in seen.body, PATIENCE
        )
        assert (await became(salon_house, line))[1].state is OccurrenceState.CANCELLED

        line, card = await asks(salon_house, alice, salon, "Trois")
        typo = await alice.send(salon, "!visio inviter jean@")
        await alice.wait_for(partial(shows, salon, "jean@"), PATIENCE)
        words = {"msgtype": "m.text", "body": "!visio inviter Jean"}
        edit = {"rel_type": "m.replace", "event_id": typo}
        corrected = {**words, "body": "* !visio inviter Jean", "m.new_content": words}
        await alice.send_content(salon, {**corrected, "m.relates_to": edit})
        told = await alice.wait_for(
            partial(shows, salon, "Jean : je vous envoie le lien"), PATIENCE
        )
        assert told.content["m.relates_to"] == {"m.in_reply_to": {"event_id": typo}}
        await alice.send_content(salon, {**corrected, "m.relates_to": edit})
        await alice.wait_for(partial(shows, salon, "ligne modifiée après coup"), PATIENCE)
