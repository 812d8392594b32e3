"""Guests who sign in at their own organisation's OpenID provider, on real sockets."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from datetime import timedelta
from html import unescape
from ipaddress import ip_network
from pathlib import Path
from uuid import UUID

import pytest
from aiohttp import ClientSession, web
from yarl import URL

from bridge.domain.invitation import Assurance
from bridge.domain.partner import Provider
from bridge.domain.proof import Proof
from bridge.domain.sign_in import place_of
from bridge.ids import VisitId
from bridge.partners.fetching import PartnerNetworks, open_requests
from bridge.partners.openid import OpenIdClient
from bridge.services.visits.snapshot import admission_of, known_as
from bridge.store.work import Store
from tests.door.house import START, House, enter, open_house
from tests.door.openid import CLIENT, SECRET, SIGNED_IN, CannedProvider, served_provider
from tests.doubles.clocks import SetClock
from tests.doubles.ports import FakeMedia, FakePasses
from tests.wiring import MEDIA, Media


@dataclass
class Ministry:
    """A door, and a partner's provider."""

    house: House
    provider: CannedProvider

    @property
    def place(self) -> str:
        return f"/sign-in/{place_of(Provider(issuer=self.provider.issuer, client=CLIENT))}"

    async def arrives(self, session: ClientSession) -> str:
        """Follow a link of a person of the partner's, who owes a mailed code; return the visit."""
        link = await self.house.invite()
        await self.house.save(replace(link.invitation, proof=Proof.MAIL))
        return await enter(session, link.code)

    async def leaves(self, session: ClientSession, visit: str) -> dict[str, str]:
        """Press the button; return the request that the provider gets."""
        async with session.post(f"{visit}/sign-in", data={}) as answer:
            page = await answer.text()
            assert answer.status == 200, page
        found = re.search(r'<a class="button" href="([^"]+)"', page)
        assert found is not None, page
        url = URL(unescape(found[1]))
        assert str(url.with_query(None)) == f"{self.provider.issuer}/auth"
        self.provider.nonce = url.query["nonce"]
        return dict(url.query)

    async def returns(self, session: ClientSession, **answer: str | None) -> tuple[str, str]:
        """Come back from the provider; return the address to which the door leads, and its page."""
        said = {"code": SIGNED_IN, "iss": self.provider.issuer, **answer}
        query = {name: one for name, one in said.items() if one is not None}
        headers = {"Origin": "null", "Sec-Fetch-Site": "cross-site"}
        async with session.get(
            self.place, params=query, headers=headers, allow_redirects=False
        ) as there:
            assert there.status == 303, await there.text()
            location = there.headers["Location"]
        async with session.get(location) as page:
            return location, await page.text()

    async def assurance(self, visit: str) -> Assurance:
        async with self.house.works.reading() as work:
            identity = VisitId(UUID(hex=visit.rpartition("/")[2]))
            admission = await admission_of(work, identity, self.house.policy)
        assert admission is not None
        return admission.assurance


@pytest.fixture
async def ministry(works: Store, tmp_path: Path) -> AsyncIterator[Ministry]:
    provider = CannedProvider(SetClock(START))
    async with AsyncExitStack() as stack:
        certificate = await stack.enter_async_context(served_provider(provider, tmp_path))
        port = URL(provider.issuer).port or 0
        networks = PartnerNetworks(
            networks=(ip_network("127.0.0.0/8"),), ports=frozenset({443, port})
        )
        requests = await stack.enter_async_context(open_requests(networks, ca_file=certificate))
        house = await stack.enter_async_context(
            open_house(
                works,
                media=Media(FakeMedia(), FakePasses(), MEDIA),
                providers=lambda clock: OpenIdClient(requests, clock),
            )
        )
        house.clock.set(START)
        provider.clock = house.clock
        async with works() as work:
            await work.partners.put(provider.agreement(), START)
        yield Ministry(house, provider)


async def test_a_person_of_a_partner_s_signs_in_and_the_salon_reads_so(ministry: Ministry):
    async with ministry.house.browser() as session:
        visit = await ministry.arrives(session)
        async with session.get(visit) as answer:
            page = await answer.text()
        assert page.index("Se connecter avec Ministère B") < page.index("Recevoir un code")
        request = await ministry.leaves(session, visit)
        assert request["redirect_uri"] == f"{ministry.house.url}{ministry.place}"
        assert request["code_challenge_method"] == "S256"
        location, page = await ministry.returns(session, state=request["state"])
        assert location == visit
        assert 'data-state="waiting"' in page
    async with ministry.house.works.reading() as work:
        identity = VisitId(UUID(hex=visit.rpartition("/")[2]))
        admission = await admission_of(work, identity, ministry.house.policy)
    assert admission is not None
    assert admission.visit.proved is Proof.OIDC
    assert known_as(admission) == (
        "guest.signed-in",
        {"email": "claire.martin@partenaire.example", "organisation": "Ministère B"},
    )
    (form,) = ministry.provider.asked
    assert "client_secret" not in form
    assert ministry.provider.credentials == ["Basic cGFydmlzOnMlMkJjJTJGcmV0"]
    assert SECRET == "s+c/ret"


WRONG = {
    "wrong-issuer": ({"iss": "https://other.example"}, {}, "refused"),
    "wrong-audience": ({"aud": "another-client"}, {}, "refused"),
    "two-audiences": ({"aud": ["parvis", "another-client"]}, {}, "refused"),
    "nonce": ({"nonce": "of-another"}, {}, "refused"),
    "no-nonce": ({"nonce": None}, {}, "refused"),
    "expired": ({"iat": 1, "exp": 2}, {}, "refused"),
    "other-tenant": ({"tid": "c"}, {}, "refused"),
    "no-tenant": ({"tid": None}, {}, "refused"),
    "azp": ({"azp": "another-client"}, {}, "refused"),
    "unverified": ({"email_verified": False}, {}, "unverified"),
    "verified-as-a-word": ({"email_verified": "true"}, {}, "unverified"),
    "no-address": ({"email": None}, {}, "unverified"),
    "another-person": ({"email": "lea@partenaire.example"}, {}, "other"),
    "mixed-up": ({}, {"iss": "https://evil.example"}, "refused"),
    "no-iss": ({}, {"iss": None}, "refused"),
    "no-code": ({}, {"code": None}, "refused"),
    "used-code": ({}, {"code": "of-yesterday"}, "refused"),
    "cancelled": ({}, {"code": None, "error": "access_denied"}, "cancelled"),
    "failed": ({}, {"code": None, "error": "server_error"}, "refused"),
}


@pytest.mark.parametrize(("claims", "answer", "why"), WRONG.values(), ids=WRONG)
async def test_an_answer_that_proves_nothing_leads_to_the_next_step(
    ministry: Ministry, claims: dict[str, object], answer: dict[str, str | None], why: str
):
    async with ministry.house.browser() as session:
        visit = await ministry.arrives(session)
        request = await ministry.leaves(session, visit)
        ministry.provider.claims = claims
        location, page = await ministry.returns(session, state=request["state"], **answer)
        assert location == f"{visit}?said=sign-in-{why}"
        assert "La connexion n’a pas abouti" in page
        assert "demandez un code par mail" in page
        assert "Recevoir un code" in page
    assert await ministry.assurance(visit) is Assurance.UNVERIFIED


async def test_an_answer_counts_once_and_in_time_and_for_its_own_browser(ministry: Ministry):
    async with ministry.house.browser() as session, ministry.house.browser() as other:
        visit = await ministry.arrives(session)
        late = await ministry.leaves(session, visit)
        ministry.house.clock.set(START + timedelta(minutes=11))
        location, _ = await ministry.returns(session, state=late["state"])
        assert location == f"{visit}?said=sign-in-stale"
        first = await ministry.leaves(session, visit)
        second = await ministry.leaves(session, visit)
        location, _ = await ministry.returns(session, state=first["state"])
        assert location == f"{visit}?said=sign-in-stale"
        third = await ministry.leaves(session, visit)
        assert len({one["state"] for one in (first, second, third)}) == 3
        cookies = session.cookie_jar.filter_cookies(URL(ministry.house.url))
        stolen = "; ".join(f"{name}={one.value}" for name, one in cookies.items())
        ministry.provider.claims = {"email_verified": False}
        await ministry.returns(session, state=third["state"])
        ministry.provider.claims = {}
        asked = len(ministry.provider.asked)
        query = {"code": SIGNED_IN, "iss": ministry.provider.issuer, "state": third["state"]}
        async with other.get(
            ministry.place, params=query, headers={"Cookie": stolen}, allow_redirects=False
        ) as again:
            assert again.headers["Location"] == f"{visit}?said=sign-in-stale"
        assert len(ministry.provider.asked) == asked
        async with other.get(ministry.place, params=query) as stranger:
            assert stranger.status == 403
        for odd in ({}, {"state": "x"}, {"state": f"{'0' * 32}.0.x"}):
            async with other.get(ministry.place, params=odd) as strange:
                assert strange.status == 400
    assert await ministry.assurance(visit) is Assurance.UNVERIFIED


async def test_another_provider_s_redirect_address_takes_nothing(ministry: Ministry):
    async with ministry.house.browser() as session:
        visit = await ministry.arrives(session)
        request = await ministry.leaves(session, visit)
        query = {"code": SIGNED_IN, "iss": ministry.provider.issuer, "state": request["state"]}
        async with session.get(
            f"/sign-in/{'0' * 16}", params=query, allow_redirects=False
        ) as answer:
            assert answer.headers["Location"] == f"{visit}?said=sign-in-stale"
        assert ministry.provider.asked == []


async def test_the_address_may_be_told_at_the_userinfo_endpoint_alone(ministry: Ministry):
    provider = ministry.provider
    provider.claims = {"email": None, "email_verified": True, "tid": None}
    async with ministry.house.browser() as session:
        visit = await ministry.arrives(session)
        told: dict[str, object] = {"email": "Claire.Martin@Partenaire.example", "tid": "b"}
        for userinfo, why in (
            (told, "?said=sign-in-unverified"),
            ({**told, "email_verified": True, "sub": "lea"}, "?said=sign-in-refused"),
            ({**told, "email_verified": True}, ""),
        ):
            provider.userinfo = userinfo
            request = await ministry.leaves(session, visit)
            location, _ = await ministry.returns(session, state=request["state"])
            assert location == f"{visit}{why}"
    assert await ministry.assurance(visit) is Assurance.SIGNED_IN


async def test_a_provider_that_is_away_or_odd_leaves_the_code(ministry: Ministry):
    provider = ministry.provider

    async def broken(request: web.Request) -> web.StreamResponse:
        return web.Response(status=503)

    async with ministry.house.browser() as session:
        visit = await ministry.arrives(session)
        provider.handler = broken
        for metadata in (
            None,
            {"issuer": "https://other.example"},
            {"token_endpoint": "http://127.0.0.1/token"},
            {"authorization_endpoint": "javascript:alert(1)"},
            {"jwks_uri": "https://10.0.0.1/jwks"},
            {"jwks_uri": f"{provider.issuer}/nothing"},
        ):
            if metadata is not None:
                provider.handler, provider.metadata = None, dict(metadata)
            async with session.post(f"{visit}/sign-in", data={}, allow_redirects=False) as answer:
                assert answer.status == 303, metadata
                assert answer.headers["Location"] == f"{visit}?said=provider-away", metadata
        provider.metadata = {}
        request = await ministry.leaves(session, visit)
        provider.handler = broken
        location, page = await ministry.returns(session, state=request["state"])
        assert location == f"{visit}?said=provider-away"
        assert "ne répond pas" in page


async def test_new_keys_are_looked_up_and_invented_ones_cause_no_storm(ministry: Ministry):
    provider, clock = ministry.provider, ministry.house.clock
    async with ministry.house.browser() as session:
        visit = await ministry.arrives(session)
        request = await ministry.leaves(session, visit)
        old = provider.key
        provider.key = type(provider)(clock).key
        location, _ = await ministry.returns(session, state=request["state"])
        assert location == f"{visit}?said=sign-in-refused"  # it was asked a moment ago
        assert provider.calls.count("/jwks") == 1
        clock.set(START + timedelta(minutes=1))
        request = await ministry.leaves(session, visit)
        location, _ = await ministry.returns(session, state=request["state"])
        assert location == visit
        assert provider.calls.count("/jwks") == 2
    assert old != provider.key


async def test_the_sign_in_is_offered_to_the_partner_s_people_alone(ministry: Ministry):
    house = ministry.house
    async with house.browser() as session, house.browser() as other:
        visit = await ministry.arrives(session)
        link = await house.invite()
        await house.save(
            replace(link.invitation, proof=Proof.MAIL, email="claire@ailleurs.example")
        )
        elsewhere = await enter(other, link.code)
        async with other.get(elsewhere) as answer:
            assert "Se connecter" not in await answer.text()
        async with other.post(f"{elsewhere}/sign-in", data={}, allow_redirects=False) as answer:
            assert answer.headers["Location"] == elsewhere
        async with other.post(f"{visit}/sign-in", data={}) as answer:
            assert answer.status == 403
        evil = {"Origin": "https://evil.example"}
        async with session.post(f"{visit}/sign-in", data={}, headers=evil) as answer:
            assert answer.status == 403
        request = await ministry.leaves(session, visit)
        async with house.works() as work:
            await work.partners.put(replace(ministry.provider.agreement(), enabled=False), START)
        location, page = await ministry.returns(session, state=request["state"])
        assert location == visit
        assert "Se connecter" not in page
    assert await ministry.assurance(visit) is Assurance.UNVERIFIED


async def test_answers_that_arrive_together_prove_once(ministry: Ministry):
    async with ministry.house.browser() as session:
        visit = await ministry.arrives(session)
        request = await ministry.leaves(session, visit)
        query = {"code": SIGNED_IN, "iss": ministry.provider.issuer, "state": request["state"]}
        cookies = session.cookie_jar.filter_cookies(URL(ministry.house.url))
        sent = {"Cookie": "; ".join(f"{name}={one.value}" for name, one in cookies.items())}

        async def come() -> int:
            async with (
                ClientSession(ministry.house.url, headers=sent) as browser,
                browser.get(ministry.place, params=query, allow_redirects=False) as answer,
            ):
                return answer.status

        assert await asyncio.gather(*(come() for _ in range(6))) == [303] * 6
    assert len(ministry.provider.asked) == 1
    assert await ministry.assurance(visit) is Assurance.SIGNED_IN
