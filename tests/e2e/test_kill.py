"""Killed anywhere, as often as one likes: nothing is lost, nothing is done twice."""

import asyncio
import contextlib
import signal
import sys
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
import pytest_asyncio

from bridge.domain.mail import MOST_OFFERS
from tests.e2e.house import PATIENCE, House, Salon, is_card, until
from tests.e2e.worlds import Installed, open_house
from tests.sandbox.world import Parvis
from tests.servers.synapse import Synapse

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.long,
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.timeout(400),
]

EFFECTS = {"record", "_ready", "_send", "sent"}
"""Functions that commit when something has just happened elsewhere: a kill before that shows it."""
KILLER = (sys.executable, "-P", str(Path(__file__).with_name("killer.py")))


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def killed_house(installed: Installed, synapse: Synapse) -> AsyncIterator[House]:
    """Parvis, started by the tests themselves."""
    mail = {"mail": {"retry_unconfirmed": "2s"}}
    async with open_house(installed, synapse, settings=mail) as opened:
        yield opened


async def asked(salon: Salon, title: str) -> None:
    """Ask for a meeting, and invite somebody to it, whoever listens."""
    line = await salon.says(f'!visio "{title}"')
    relation = {"m.in_reply_to": {"event_id": line}}
    await salon.says(f"!visio inviter {title}@partenaire.example", relation=relation)


async def done(salon: Salon, title: str) -> None:
    """Return once all that `asked` is there."""
    await salon.card(title)
    await salon.answer(f"Invitation à « {title} »")
    await salon.house.world.mail.wait_for(
        lambda letter: f"{title}@partenaire.example" in letter.recipients, PATIENCE
    )


async def dies(parvis: Parvis, when: str, where: str, salon: Salon, title: str) -> bool:
    """Ask, and run until the process dies at that commit; False where it never came by."""
    doomed = replace(
        parvis, program=KILLER, environment={**parvis.environment, "KILL_AT": f"{when} {where}"}
    )
    await asked(salon, title)
    death = asyncio.create_task((await doomed.spawn()).wait())
    survival = asyncio.create_task(done(salon, title))
    await asyncio.wait([death, survival], return_when=asyncio.FIRST_COMPLETED)
    survival.cancel()
    code = await doomed.stop(signal.SIGKILL)
    return death.done() and code == -signal.SIGKILL


async def places(salon: Salon, log: Path) -> list[str]:
    """Return every place that commits while a request is served, in order."""
    parvis = salon.house.world.parvis
    watched = replace(
        parvis, program=KILLER, environment={**parvis.environment, "KILL_LOG": str(log)}
    )
    await asked(salon, "p-00")
    await watched.start()
    await done(salon, "p-00")
    await salon.house.quiet()
    seen = list(dict.fromkeys(log.read_text().splitlines()))
    await watched.stop()
    return seen


def offers(house: House) -> dict[str, int | None]:
    """Return how often each mail was given to the mail server, `None` while it is not settled."""
    with contextlib.closing(house.database()) as database:
        rows = database.execute(
            "SELECT email, offers, coalesce(sent_at, failed) FROM mails"
            " JOIN invitations ON invitations.id = mails.invitation"
        )
        return {email: None if settled is None else count for email, count, settled in rows}


def assert_sent_as_written(house: House, title: str) -> None:
    """Assert that a mail is there once, and again only where its answer was lost, thrice at most.

    Each time is written before it leaves: a kill in between is a lost answer with no copy.
    """
    address = f"{title}@partenaire.example"
    letters, most = house.world.mail.to(address), offers(house)[address]
    assert most is not None
    assert 1 <= len(letters) <= most <= MOST_OFFERS, title
    assert len({letter.message["Message-ID"] for letter in letters}) == 1


async def test_killed_around_each_effect(killed_house: House, tmp_path: Path) -> None:
    """At the commits around what happens outside, and at every third other one.

    Each commit has its turn in tests/unit/bot/test_kills.py, without processes, and the storm kills
    anywhere (tests/e2e/storm).
    """
    parvis, salon = killed_house.world.parvis, await killed_house.salon()
    await salon.answer("Bonjour, je suis Parvis")
    await parvis.stop()
    found = await places(salon, tmp_path / "places")
    effects = [place for place in found if place.rpartition(".")[2] in EFFECTS]
    points = [
        ("after", place) for place in found if place in effects or found.index(place) % 3 == 0
    ]
    points += [("before", place) for place in effects]
    titles = ["p-00"]
    survived = []
    for number, (when, where) in enumerate(points, start=1):
        titles.append(f"p-{number:02}")
        if not await dies(parvis, when, where, salon, titles[-1]):
            survived.append(f"{when} {where}")
    await parvis.start()
    for title in titles:
        await done(salon, title)
    await until(lambda: None not in offers(killed_house).values(), PATIENCE)
    await killed_house.quiet()

    assert len(survived) <= 1, survived
    said = salon.said()
    cards = [event for event in said if "Rejoindre" in event.body]
    assert len({event.body.rpartition("/")[2] for event in cards}) == len(titles)
    for title in titles:
        assert sum(is_card(event, title) for event in said) == 1, title
        assert sum(f"Invitation à « {title} »" in event.body for event in said) == 1, title
        assert_sent_as_written(killed_house, title)
    assert len(said) == 1 + 2 * len(titles), [event.body for event in said]


async def test_a_batch_that_comes_again_changes_nothing(killed_house: House) -> None:
    parvis, salon = killed_house.world.parvis, await killed_house.salon()
    before = await salon.meeting("Avant")
    await killed_house.quiet()
    position = killed_house.position()
    await asked(salon, "encore")
    await done(salon, "encore")
    await killed_house.quiet()
    rooms, mails = killed_house.world.visio.rooms_created, len(killed_house.world.mail.received)
    said = [event.event for event in salon.said()]
    await parvis.stop()
    assert killed_house.position() != position
    killed_house.go_back_to(position)
    await parvis.start()
    await salon.says("!visio liste")
    last = await salon.answer("Réunions à venir ou en cours")
    await killed_house.quiet()
    assert [event.event for event in salon.said()] == [*said, last.event]
    assert before.event in said
    assert (killed_house.world.visio.rooms_created, len(killed_house.world.mail.received)) == (
        rooms,
        mails,
    )
