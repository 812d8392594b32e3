"""The exchange of a partner's word for a grant, as its server sees it."""

import asyncio

from bridge.domain.codes import digest_of
from bridge.domain.invitation import Assurance
from bridge.tokens import unverified_claims
from tests.federation.house import FederationHouse
from tests.federation.partner import RESOURCE
from tests.services.databases import ON_BOTH
from tests.wiring import DOOR


async def test_a_partners_person_gets_a_private_link(fed: FederationHouse):
    _, occurrence = await fed.meeting()
    status, told = await fed.ask()
    assert status == 200, told
    assert told["token_type"] == "Bearer"
    assert told["join_uri"].startswith(f"{DOOR}/j/")
    assert told["waiting_room"] is True
    assert told["meeting"]["title"] == "Point budget"
    code = told["join_uri"].rpartition("/")[2]
    async with fed.store.reading() as work:
        invitation = await work.invitations.by_digest(digest_of(code))
    assert invitation is not None
    assert invitation.assurance is Assurance.FEDERATED
    assert invitation.name == "Léa Martin (Ministère B)"
    assert invitation.covers(occurrence)
    claims = unverified_claims(told["access_token"])
    assert (claims["sub"], claims["meeting"]) == (told["grant_id"], RESOURCE)


@ON_BOTH
async def test_of_fifty_replays_at_once_one_succeeds(fed: FederationHouse):
    await fed.meeting()
    await fed.directory.statement(fed.partner.agreement())
    assertion = fed.partner.assertion()
    answers = await asyncio.gather(*(fed.ask(assertion) for _ in range(50)))
    assert [status for status, _ in answers].count(200) == 1
    others = [told for status, told in answers if status != 200]
    assert all(one["error_description"] == "replay" for one in others)
