"""Organisers' names, guessed from Matrix ids."""

import pytest

from bridge.ids import UserId
from federation.door.people import LocalParts


@pytest.mark.parametrize(
    ("user", "name"),
    [
        ("@jean.dupont-beta.gouv.fr:agent.example", "Jean Dupont"),
        ("@jean-pierre.dupont-beta.gouv.fr:agent.example", "Jean-Pierre Dupont"),
        ("@marie.durand-developpement-durable.gouv.fr1:agent.example", "Marie Durand"),
        ("@agent1:localhost:8448", "Agent1"),
        ("@claire.martin:example", "Claire Martin"),
        ("@contact-mairie.example:example", "Contact"),
        ("@.:example", "."),
        ("@agent-beta:example", "Agent"),
    ],
)
async def test_a_local_part_becomes_words(user, name):
    assert await LocalParts().name(UserId(user)) == name
