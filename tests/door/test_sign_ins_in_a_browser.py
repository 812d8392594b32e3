"""A guest signs in at an OpenID provider that is not ours, in a real browser."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import replace
from datetime import timedelta
from ipaddress import ip_network
from pathlib import Path
from uuid import UUID

import pytest
from playwright.async_api import Browser, Page, expect
from yarl import URL

from bot.program.agreements import partner_of
from bridge.clock import SystemClock
from bridge.domain.invitation import Assurance
from bridge.domain.partner import Provider
from bridge.domain.proof import Proof
from bridge.domain.sign_in import place_of
from bridge.ids import VisitId
from bridge.partners.fetching import PartnerNetworks, open_requests
from bridge.partners.openid import OpenIdClient
from bridge.services.visits.snapshot import admission_of
from bridge.store.work import Store
from config.agreements import read_agreement
from tests.door.house import House, open_house
from tests.door.looks import seen
from tests.doubles.ports import FakeMedia, FakePasses
from tests.peers.provider import CLIENT, SECRET, certified, free_issuer, missing, openid_provider
from tests.servers.chromium import open_page
from tests.servers.require import need
from tests.wiring import MEDIA, Media

PEOPLE = {
    "claire": {"email": "claire.martin@partenaire.example", "email_verified": True, "tid": "b"},
    "lea": {"email": "lea@partenaire.example", "email_verified": True, "tid": "b"},
}
pytestmark = pytest.mark.long


@pytest.fixture
async def house(works: Store, tmp_path: Path) -> AsyncIterator[House]:
    """A door whose meetings began five minutes ago, and the provider of a partner's."""
    need(missing() is None, missing() or "")
    issuer, clock = free_issuer(), SystemClock()
    networks = PartnerNetworks(
        networks=(ip_network("127.0.0.0/8"),), ports=frozenset({URL(issuer).port or 0})
    )
    began = clock.now() - timedelta(minutes=65)
    async with AsyncExitStack() as stack:
        opening = open_requests(networks, ca_file=certified(tmp_path)[0])
        requests = await stack.enter_async_context(opening)
        house = await stack.enter_async_context(
            open_house(
                works,
                media=Media(FakeMedia(), FakePasses(), MEDIA),
                now=began,
                providers=lambda clock: OpenIdClient(requests, clock),
            )
        )
        house.clock.set(clock.now())
        place = place_of(Provider(issuer=issuer, client=CLIENT))
        redirect = f"{house.url}/sign-in/{place}"
        running = openid_provider(tmp_path, issuer, redirect=redirect, people=PEOPLE)
        await stack.enter_async_context(running)
        today = clock.now().date()
        agreed = read_agreement(
            f"""
            partner = "https://invites.partenaire.example"
            label = "Ministère B"
            direction = ["inbound"]
            methods = ["oidc", "email"]
            subjects = {{ email_domains = ["partenaire.example"] }}
            valid = {{ from = {today}, until = {today + timedelta(days=1)} }}
            [oidc]
            issuer = "{issuer}"
            client_id = "{CLIENT}"
            client_secret = "{SECRET}"
            tenant_claim = "tid"
            tenant = "b"
            """
        )
        async with works() as work:
            await work.partners.put(partner_of(agreed), clock.now())
        yield house


async def arrives(house: House, page: Page) -> None:
    link = await house.invite()
    await house.save(replace(link.invitation, proof=Proof.MAIL))
    await page.goto(f"{house.url}/j/{link.code}")
    await page.get_by_label("Votre nom").fill("Claire Martin")
    await page.get_by_role("button", name="Continuer").click()


async def signs_in(page: Page, name: str) -> None:
    """Press the button, and give a name and the consent at the provider."""
    await page.get_by_role("button", name="Se connecter avec Ministère B").click()
    await page.get_by_placeholder("Enter any login").fill(name)
    await page.get_by_placeholder("and password").fill("anything")
    await page.get_by_role("button", name="Sign-in").click()
    await page.get_by_role("button", name="Continue").click()


@pytest.mark.parametrize("javascript", [True, False])
async def test_a_guest_signs_in_and_waits_for_the_salon(
    house: House, browser: Browser, *, javascript: bool
):
    complaints: list[str] = []
    async with open_page(browser, javascript=javascript, complaints=complaints) as page:
        await arrives(house, page)
        if javascript:
            await seen(page, "signing-in")
        await signs_in(page, "claire")
        await expect(page.locator("[data-state=waiting]")).to_be_attached()
        visit = VisitId(UUID(hex=URL(page.url).path.rpartition("/")[2]))
        cookies = await page.context.cookies(house.url)
        assert [one["name"] for one in cookies if "sign-in" in one["name"]] == []
    assert [one for one in complaints if "Content Security" in one] == []
    async with house.works.reading() as work:
        admission = await admission_of(work, visit, house.policy)
    assert admission is not None
    assert admission.assurance is Assurance.SIGNED_IN
    assert admission.visit.vouched_by == "Ministère B"


async def test_somebody_else_is_told_so_and_offered_the_code(house: House, browser: Browser):
    async with open_page(browser) as page:
        await arrives(house, page)
        await signs_in(page, "lea")
        alert = page.get_by_role("alert")
        await expect(alert).to_contain_text("une autre adresse que celle de votre invitation")
        await expect(page.get_by_role("button", name="Recevoir un code")).to_be_visible()
        await seen(page, "signed-in-as-another")
