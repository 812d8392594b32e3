"""One link opened by many browsers: how long a salon then waits for a command's answer.

The homeserver grants one message a second, as Tchap does; 60 browsers wait within ten seconds, and
the salon may be asked about each. An agent types `!visio retirer`.
"""

import asyncio
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

import aiohttp

from benchmarks.rows import Bound, Measure, Options, Subject
from tests.sandbox.guest import Guest
from tests.sandbox.story import LINK
from tests.sandbox.world import World, world
from tests.servers.livekit import LiveKit, livekit
from tests.servers.matrix_client import MatrixUser, Seen, matrix_user

BOUNDS = {"flood.answer": Bound("value", "≤", 5, "s")}
_VISITS, _WITHIN = 60, 10.0
_GUEST = "jean.dupont@partenaire.example"
_PATIENCE = 300.0


async def measure(options: Options) -> Sequence[Measure]:
    """Flood a salon with waiting browsers, and ask in it."""
    with tempfile.TemporaryDirectory(prefix="parvis-bench-") as folder, livekit(Path(folder)) as at:
        async with world(settings=_settings(at)) as made:
            await made.parvis.start()
            async with matrix_user(made.synapse.url, made.agents["alice"]) as alice:
                found = [await _round(made, alice, str(n)) for n in range(options.rounds(3))]
    return [Measure("flood.answer", max(found), "s")]


def _settings(server: LiveKit) -> Mapping[str, Mapping[str, object]]:
    """Return the rate of the Tchap profiles, and a salon that admits."""
    secret = server.ours.secret.get_secret_value()
    return {
        "matrix": {"rate": 1.0, "burst": 10},
        "media": {
            "way": "livekit",
            "url": server.ws_url,
            "key": server.ours.key,
            "secret": secret,
        },
        "door": {"limits": {"forms": 1000, "per_link": 1000}},
    }


async def _round(made: World, alice: MatrixUser, number: str) -> float:
    """Return how long an answer took in a new salon, until its author saw it."""
    me, title = made.bot.user, f"Assiégée {number}"
    room = await alice.create_room(invite=[me])
    await alice.wait_member(room, me, _PATIENCE)

    async def answered(words: str) -> Seen:
        def ours(event: Seen) -> bool:
            return event.room == room and event.sender == me and words in event.body

        return await alice.wait_for(ours, _PATIENCE)

    await alice.send(room, f"!visio {title}")
    await answered(title)
    before = len(made.mail.received)
    await alice.send(room, f"!visio inviter {_GUEST}")
    letter = await made.mail.wait_for(
        lambda letter: letter in made.mail.received[before:], _PATIENCE
    )
    link = LINK.search(letter.text())
    assert link is not None
    await _besiege(link[0].strip())
    begun = time.perf_counter()
    await alice.send(room, f"!visio retirer {_GUEST}")
    await answered("ne peut plus entrer avec ce lien")
    return time.perf_counter() - begun


async def _besiege(link: str) -> None:
    """Open the link in so many browsers, evenly over the time they have."""
    begun = time.perf_counter()
    async with aiohttp.ClientSession() as session:
        for number in range(_VISITS):
            due = begun + number * _WITHIN / _VISITS
            await asyncio.sleep(max(0.0, due - time.perf_counter()))
            page = await Guest(session).enter(link, f"Jean Dupont {number}")
            assert page.status == 200, page.text


SUBJECT = Subject("flood", measure, BOUNDS)
