"""The form of a link: its origin, its fields, its result."""

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from bridge.domain.invitation import InvitationState
from federation.door.settings import DoorOptions
from tests.defaults import default_policy
from tests.door.house import House, enter, open_house
from tests.door.wire import host, raw, statuses

FORM = "application/x-www-form-urlencoded"


async def test_a_name_opens_a_visit_and_consumes_nothing(house: House):
    link = await house.invite()
    async with house.browser() as session:
        first = await enter(session, link.code)
        second = await enter(session, link.code, "Claire M.")
    assert first != second
    async with house.works.reading() as work:
        invitation = await work.invitations.get(link.invitation.id)
        assert invitation is not None
        state = invitation.state(link.occurrence, default_policy().graces, house.clock.now())
        assert state is InvitationState.WAITING
        assert await work.visits.count(link.invitation.id) == 2


async def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites(house: House):
    link = await house.invite()
    async with (
        house.browser() as session,
        session.post(f"/j/{link.code}", data={"name": "C"}, allow_redirects=False) as answer,
    ):
        (cookie,) = answer.headers.getall("Set-Cookie")
    visit = answer.headers["Location"].removeprefix("/m/")
    assert cookie.startswith(f"visit-{visit}=")
    assert {"HttpOnly", "SameSite=Lax", "Path=/"} <= {part.strip() for part in cookie.split(";")}
    assert "Domain" not in cookie
    assert link.code not in cookie


@pytest.mark.parametrize("name", ["", "   ", "()", "\u200b\u202e", "<>", "\x00", "\u3164"])
async def test_without_a_name_the_page_comes_back_with_what_was_typed(house: House, name):
    link = await house.invite()
    async with house.browser() as session:
        async with session.post(f"/j/{link.code}", data={"name": name}) as known:
            assert known.status == 422
            page = await known.text()
        async with session.post(f"/j/{'A' * 22}", data={"name": name}) as unknown:
            assert unknown.status == 422
            assert await unknown.text() == page
    assert 'aria-invalid="true"' in page
    assert 'aria-describedby="hint wrong"' in page
    assert ("Indiquez votre nom" if not name.strip() else "avec des lettres") in page


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("Claire Martin", "Claire Martin"),
        ("Claire (externe – ministère)", "Claire externe ministère"),
        ("✅ Alice Martin [DGFIP]", "Alice Martin DGFIP"),
        ("Alice Martin （agent）", "Alice Martin agent"),
        ("a\u202eb\u200bc\n d", "abc d"),
        ("é" * 300, "é" * 64),
    ],
)
async def test_the_name_is_made_safe_to_show(house: House, typed, kept):
    link = await house.invite()
    async with house.browser() as session:
        path = await enter(session, link.code, typed)
        async with session.get(path) as answer:
            assert f"<dd>{kept}</dd>" in await answer.text()


async def test_nobody_writes_html_into_a_page(house: House):
    link = await house.invite(title="<script>alert(1)</script>")
    async with house.browser() as session:
        async with session.post(f"/j/{link.code}", data={"name": "<\"A&B'>()"}) as answer:
            assert "<dd>A&amp;B&#39;</dd>" in await answer.text()
        async with session.post(f"/j/{link.code}", data={"name": "<>()"}) as answer:
            assert 'value="&lt;&gt;()"' in await answer.text()
        path = await enter(session, link.code)
        async with session.get(path) as answer:
            assert "<script>alert" not in await answer.text()


@pytest.mark.parametrize(
    ("headers", "accepted"),
    [
        ({"Origin": "OURS"}, True),
        ({"Sec-Fetch-Site": "same-origin"}, True),
        ({"Origin": "null", "Sec-Fetch-Site": "same-origin"}, True),
        ({"Origin": "OURS", "Sec-Fetch-Site": "cross-site"}, True),
        ({}, False),
        ({"Origin": "null"}, False),
        ({"Origin": "https://evil.example"}, False),
        ({"Origin": "https://evil.example", "Sec-Fetch-Site": "same-origin"}, False),
        ({"Origin": "OURS.evil.example"}, False),
        ({"Origin": ""}, False),
        ({"Sec-Fetch-Site": "same-site"}, False),
        ({"Sec-Fetch-Site": "none"}, False),
        ({"Referer": "OURS/j/x"}, False),
    ],
)
async def test_the_form_must_be_sent_from_our_own_page(house: House, headers, accepted):
    link = await house.invite()
    sent = {name: value.replace("OURS", house.url) for name, value in headers.items()}
    async with house.browser() as session:
        del session.headers["Origin"]
        async with session.post(
            f"/j/{link.code}", data={"name": "C"}, headers=sent, allow_redirects=False
        ) as answer:
            assert answer.status == (303 if accepted else 403)
    async with house.works.reading() as work:
        assert await work.visits.count(link.invitation.id) == accepted


@pytest.mark.parametrize(
    ("body", "type_", "status"),
    [
        (b"name=A&name=B", FORM, 400),
        (b"&".join(b"f%d=x" % n for n in range(30)), FORM, 400),
        (b"name=" + b"A" * 40_000, FORM, 413),
        (b'{"name": "A"}', "application/json", 415),
        (b"[" * 20_000, "application/json", 415),
        (b'--b\r\nContent-Disposition: form-data; name="name"\r\n\r\nA\r\n--b--\r\n',
         "multipart/form-data; boundary=b", 415),
        (b"name=A", "text/plain", 415),
        (b"name=A", "", 415),
        (b"name=A", 'utter/non;sense;;charset="', 415),
        (b"name=A", FORM + "; charset=no-such", 303),
        (b"name=%ff%fe", FORM, 422),
        (b"name=\xff", FORM, 422),
        (b"name=%", FORM, 422),
        (b"name=%41%", FORM, 303),
        (b"", FORM, 422),
        (b"&&&;;==&=&", FORM, 422),
    ],
)  # fmt: skip
async def test_a_body_that_is_no_form_of_ours_is_refused_by_its_fault(
    house: House, body, type_, status
):
    link = await house.invite()
    async with (
        house.browser() as session,
        session.post(
            f"/j/{link.code}", data=body, headers={"Content-Type": type_}, allow_redirects=False
        ) as answer,
    ):
        assert answer.status == status, await answer.text()


async def test_a_form_that_hides_its_length_is_measured_all_the_same(house: House):
    async def drip() -> AsyncIterator[bytes]:
        for _ in range(40):
            yield b"name=" + b"A" * 1024

    async with (
        house.browser() as session,
        session.post(f"/j/{'A' * 22}", data=drip(), headers={"Content-Type": FORM}) as answer,
    ):
        assert answer.status == 413


async def test_a_form_that_never_ends_is_given_up(works):
    def hasty(settings: DoorOptions) -> DoorOptions:
        return replace(settings, limits=replace(settings.limits, patience=0.05))

    async with open_house(works, hasty) as house:
        lines = [b"POST /j/" + b"A" * 22 + b" HTTP/1.1", host(house), b"Connection: close"]
        lines += [b"Origin: " + house.url.encode(), b"Content-Type: " + FORM.encode()]
        request = b"\r\n".join([*lines, b"Content-Length: 9", b"", b"name="])
        assert statuses(await raw(house, request)) == [408]


async def test_a_compressed_form_is_refused_unread(house: House):
    link = await house.invite()
    headers = {"Content-Type": FORM, "Content-Encoding": "gzip"}
    async with (
        house.browser() as session,
        session.post(f"/j/{link.code}", data=b"\x1f\x8bgarbage", headers=headers) as answer,
    ):
        assert answer.status == 415


async def test_unknown_links_are_all_answered_alike(house: House):
    link = await house.invite()
    digest = house.minter.digest(link.invitation.id, 1, "k1")
    await house.save(replace(link.invitation, number=1, digest=digest))
    async with house.browser() as session:
        answers = []
        for code in (link.code, "A" * 22, "-" * 22):
            async with session.post(f"/j/{code}", data={"name": "C"}) as answer:
                answers.append((answer.status, await answer.read()))
    assert answers[0][0] == 404
    assert answers[0] == answers[1] == answers[2]
