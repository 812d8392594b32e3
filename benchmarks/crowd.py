"""People with many devices each, all of whom a salon's first encrypted message has to reach."""

import asyncio
from collections.abc import Sequence

import nio

from tests.servers.synapse import Person, Synapse

_PEOPLE, _DEVICES = 10, 20


async def crowd(synapse: Synapse) -> list[nio.AsyncClient]:
    """Log ten people in on twenty devices each; return one client of each person."""
    people = [synapse.register() for _ in range(_PEOPLE)]
    return [await _devices(synapse.url, person) for person in people]


async def join(clients: Sequence[nio.AsyncClient], room: str) -> None:
    """Have everybody accept their invitation."""
    for client in clients:
        answer = await client.join(room)
        assert isinstance(answer, nio.JoinResponse), answer


async def close(clients: Sequence[nio.AsyncClient]) -> None:
    """Close the connections."""
    for client in clients:
        await client.close()


async def _devices(url: str, person: Person) -> nio.AsyncClient:
    clients = await asyncio.gather(*(_device(url, person) for _ in range(_DEVICES)))
    await close(clients[1:])
    return clients[0]


async def _device(url: str, person: Person) -> nio.AsyncClient:
    config = nio.AsyncClientConfig(store=nio.store.SqliteMemoryStore)
    client = nio.AsyncClient(url, person.user, config=config)
    for answer in (await client.login(person.password), await client.keys_upload()):
        assert isinstance(answer, nio.LoginResponse | nio.KeysUploadResponse), answer
    return client
