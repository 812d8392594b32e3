"""The page that asks for a code or a PIN, on real sockets, with a real mail server behind it."""

import re
from collections.abc import AsyncIterator
from dataclasses import replace
from uuid import UUID

import pytest
from aiohttp import ClientSession

from bridge.domain.agenda import Due, Kind
from bridge.domain.proof import Proof
from bridge.ids import VisitId
from bridge.mail.code import code_letter
from bridge.mail.send import MailServer, SmtpPost
from bridge.ports import UnitsOfWork
from bridge.services.visits.proofs import ProofOutcome, Proofs, pin_of
from tests.defaults import default_policy
from tests.door.house import START, House, Link, enter, open_house
from tests.servers.smtp import MailServer as Catcher
from tests.servers.smtp import mail_server
from tests.wiring import codes

CODE = re.compile(r"^ {4}(\d{3} \d{3})\r?$", re.MULTILINE)


@pytest.fixture
async def catcher() -> AsyncIterator[Catcher]:
    async with mail_server() as server:
        yield server


async def invited(house: House, proof: Proof) -> Link:
    link = await house.invite()
    await house.save(replace(link.invitation, proof=proof))
    return link


async def send(session: ClientSession, path: str, **fields: str) -> tuple[str, str]:
    """Send one of the page's forms; return the address it leads to, and that page."""
    async with session.post(f"{path}/proof", data=fields, allow_redirects=False) as answer:
        assert answer.status == 303, await answer.text()
        location = answer.headers["Location"]
    async with session.get(location) as answer:
        assert answer.headers["Cache-Control"] == "no-store"
        return location, await answer.text()


async def delivered(house: House, path: str, catcher: Catcher) -> str:
    """Send the code, as the worker does; return the mail that arrived."""
    server = MailServer(host="127.0.0.1", port=catcher.port, sender="visio@example.org", timeout=30)
    letters = codes(house.tools, SmtpPost(server, house.clock), code_letter)
    visit = VisitId(UUID(hex=path.rpartition("/")[2]))
    async with house.works.reading() as work:
        challenge = await work.challenges.last(visit)
    assert challenge is not None
    due = Due(Kind.CODE, str(challenge.id), house.clock.now())
    assert await letters.deliver(due) is None
    assert await letters.deliver(due) is None  # the agenda may run it twice
    (mail,) = catcher.received
    assert mail.recipients == ("claire.martin@partenaire.example",)
    digits, again = CODE.findall(mail.text())
    assert digits == again
    assert digits not in mail.subject
    assert digits.replace(" ", "") not in mail.subject
    return str(digits)


async def test_a_code_arrives_is_typed_and_the_salon_is_asked(salon_house: House, catcher: Catcher):
    link = await invited(salon_house, Proof.MAIL)
    async with salon_house.browser() as session:
        path = await enter(session, link.code)
        async with session.get(path) as answer:
            page = await answer.text()
        assert "Confirmez que c’est bien vous" in page
        assert "Recevoir un code" in page
        assert 'id="code"' not in page
        assert "partenaire.example" not in page  # the link's holder learns no address
        _, page = await send(session, path, send="code")
        assert "Un code vous a été envoyé par mail" in page
        assert 'autocomplete="one-time-code"' in page
        code = await delivered(salon_house, path, catcher)
        location, page = await send(session, path, code="12")
        assert location == f"{path}?said=unread"
        assert "Tapez les 6 chiffres" in page
        wrong = f"{(int(code.replace(' ', '')) + 1) % 10**6:06}"
        _, page = await send(session, path, code=wrong)
        assert "Ces chiffres ne sont pas les bons" in page
        assert "il reste 4 essais" in page
        location, page = await send(session, path, code=code)
        assert location == path
        assert 'data-state="waiting"' in page
        async with session.get(f"{path}/status") as answer:
            assert (await answer.json())["state"] == "waiting"


async def test_a_pin_and_its_lock(salon_house: House):
    link = await invited(salon_house, Proof.PIN)
    pin = pin_of(link.invitation, salon_house.minter)
    async with salon_house.browser(**{"Accept-Language": "en"}) as session:
        path = await enter(session, link.code)
        async with session.get(path) as answer:
            page = await answer.text()
        assert "This meeting asks for a PIN besides your link" in page
        assert "Send me a code" not in page
        wrong = f"{(int(pin) + 1) % 10**6:06}"
        for _ in range(5):
            _, page = await send(session, path, code=wrong)
        assert "Your link is locked" in page
        _, page = await send(session, path, code=pin)
        assert "Your link is locked" in page


async def test_a_machine_that_submits_every_form_locks_nobody_out(salon_house: House):
    link = await invited(salon_house, Proof.MAIL)
    async with salon_house.browser() as scanner, salon_house.browser() as guest:
        path = await enter(scanner, link.code, "a")
        await send(scanner, path, send="code")
        for typed in ("", "a", "000000"):
            await send(scanner, path, code=typed)
        path = await enter(guest, link.code)
        await send(guest, path, send="code")
        _, page = await send(guest, path, code=await salon_house.code(f"{salon_house.url}{path}"))
        assert 'data-state="waiting"' in page


async def test_the_fourth_code_must_wait(salon_house: House):
    link = await invited(salon_house, Proof.MAIL)
    async with salon_house.browser() as session:
        path = await enter(session, link.code)
        for _ in range(3):
            await send(session, path, send="code")
        location, page = await send(session, path, send="code")
        assert location == f"{path}?said=later"
        assert "Vous pourrez en demander un autre à 15h00" in page


async def test_nobody_else_s_browser_and_no_other_page_may_ask(salon_house: House):
    link = await invited(salon_house, Proof.MAIL)
    async with salon_house.browser() as session, salon_house.browser() as other:
        path = await enter(session, link.code)
        for fields in ({"send": "code"}, {"code": "123456"}):
            async with other.post(f"{path}/proof", data=fields) as answer:
                assert answer.status == 403
        evil = {"Origin": "https://evil.example"}
        async with session.post(f"{path}/proof", data={"send": "code"}, headers=evil) as answer:
            assert answer.status == 403
        async with session.post(f"{path}/proof", json={"send": "code"}) as answer:
            assert answer.status == 415
        async with session.get(f"{path}/proof") as answer:
            assert answer.status == 405
        async with session.post(f"/m/{'0' * 32}/proof", data={"code": "123456"}) as answer:
            assert answer.status == 403
    async with salon_house.works.reading() as work:
        assert await work.challenges.last(VisitId(UUID(hex=path[3:]))) is None


async def test_a_proof_that_nobody_asks_for_leads_back(salon_house: House):
    link = await salon_house.invite()
    async with salon_house.browser() as session:
        path = await enter(session, link.code)
        location, page = await send(session, path, code="123456")
        assert location == path
        assert 'data-state="waiting"' in page


async def test_where_visio_admits_the_way_there_is_shown_after_the_code(works: UnitsOfWork):
    async with open_house(works) as house, house.browser() as session:
        house.clock.set(START)
        link = await invited(house, Proof.PIN)
        path = await enter(session, link.code)
        async with session.get(path, allow_redirects=False) as answer:
            assert answer.status == 200
            assert house.visio not in await answer.text()
        proofs = Proofs(replace(house.tools, works=works, policy=default_policy()), house.minter)
        (secret,) = [one.value for one in session.cookie_jar]
        visit = VisitId(UUID(hex=path[3:]))
        outcome = await proofs.show(visit, secret, pin_of(link.invitation, house.minter))
        assert outcome is ProofOutcome.PROVED
        async with session.get(path, allow_redirects=False) as answer:
            assert answer.status == 303
            assert answer.headers["Location"].startswith(f"{house.visio}/")
