"""The exchange of a partner's word for a grant, as its server sees it."""

import asyncio
from datetime import time, timedelta
from typing import Any
from uuid import UUID

import pytest
from aiohttp import web

from bot.commands.approving import DecideRequest
from bridge.domain.codes import digest_of
from bridge.domain.effective import PolicyRefusal, tags_of
from bridge.domain.grant import GrantEnd
from bridge.domain.invitation import Assurance, Invitation
from bridge.domain.partner import (
    Acr,
    EntryTerm,
    Hours,
    Issuer,
    OpenedBy,
    OpenMeetings,
    PartnerLimits,
    Subjects,
    Times,
)
from bridge.ids import GrantId, GrantRequestId, PartyId
from bridge.services.federation.approvals import decide
from bridge.services.federation.ending import Ending
from bridge.tokens import sign, unverified_claims
from tests.federation.house import ORGANISER, FederationHouse
from tests.federation.partner import RESOURCE, new_key
from tests.services.databases import ON_BOTH
from tests.wiring import DOOR

EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange"
JWT = "urn:ietf:params:oauth:token-type:jwt"


async def invited(fed: FederationHouse, link: str) -> Invitation | None:
    async with fed.store.reading() as work:
        return await work.invitations.by_digest(digest_of(link.rpartition("/")[2]))


async def test_a_partners_person_gets_a_private_link(fed: FederationHouse):
    _, occurrence = await fed.meeting()
    status, told = await fed.ask()
    assert status == 200, told
    assert told["token_type"] == "Bearer"
    assert told["join_uri"].startswith(f"{DOOR}/j/")
    assert told["waiting_room"] is True
    assert told["meeting"]["title"] == "Point budget"
    invitation = await invited(fed, told["join_uri"])
    assert invitation is not None
    assert invitation.assurance is Assurance.FEDERATED
    assert invitation.name == "Léa Martin (Ministère B)"
    assert invitation.covers(occurrence)
    claims = unverified_claims(told["access_token"])
    assert (claims["sub"], claims["meeting"]) == (told["grant_id"], RESOURCE)


async def test_a_second_grant_takes_the_place_of_the_first(fed: FederationHouse):
    await fed.meeting()
    _, first = await fed.ask()
    _, second = await fed.ask()
    assert await invited(fed, first["join_uri"]) is None
    assert await invited(fed, second["join_uri"]) is not None
    async with fed.store.reading() as work:
        old = await work.grants.get(GrantId(UUID(first["grant_id"])))
        new = await work.grants.get(GrantId(UUID(second["grant_id"])))
    assert old is not None
    assert new is not None
    assert (old.why, new.why) == (GrantEnd.REPLACED, None)
    assert old.invitation == new.invitation


async def test_both_sides_can_find_the_grant_in_our_audit(fed: FederationHouse):
    await fed.meeting()
    _, first = await fed.ask()
    _, second = await fed.ask()
    await fed.agree(meetings=OpenMeetings(open_by=OpenedBy.TAG))
    await fed.ask()
    ledger = fed.store.audit
    assert ledger is not None
    await ledger.chain(fed.clock.now())
    said = [
        (one.kind, one.said["partner"], one.said.get("grant"), one.said.get("rule"))
        for one in await ledger.linked(most=99)
        if one.kind.startswith("grant.")
    ]
    partner = fed.partner.issuer
    assert {one for one in said if one[0] != "grant.refused"} == {
        ("grant.issued", partner, first["grant_id"], None),
        ("grant.revoked", partner, first["grant_id"], "replaced"),
        ("grant.issued", partner, second["grant_id"], None),
    }
    assert [one[1:] for one in said if one[0] == "grant.refused"] == [
        (partner, None, "meetings.tags_allowed")
    ]


async def test_token_exchange_is_an_alias(fed: FederationHouse):
    await fed.meeting()
    form = {"subject_token": fed.partner.assertion(), "subject_token_type": JWT}
    status, told = await fed.ask("", grant_type=EXCHANGE, **form)
    assert (status, told["issued_token_type"]) == (200, JWT)
    status, told = await fed.ask("", grant_type=EXCHANGE, **form)
    assert (status, told["error"]) == (400, "invalid_request")


@ON_BOTH
async def test_of_fifty_replays_at_once_one_succeeds(fed: FederationHouse):
    await fed.meeting()
    await fed.directory.statement(fed.partner.agreement())
    assertion = fed.partner.assertion()
    answers = await asyncio.gather(*(fed.ask(assertion) for _ in range(50)))
    assert [status for status, _ in answers].count(200) == 1
    others = [told for status, told in answers if status != 200]
    assert all(one["error_description"] == "replay" for one in others)


# --- the error table ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changed", "word"),
    [
        ({"jti": None}, "claims"),
        ({"jti": ""}, "claims"),
        ({"sub": None}, "claims"),
        ({"name": None}, "claims"),
        ({"name": "a\nb"}, "claims"),
        ({"resource": None}, "claims"),
        ({"resource": "*"}, "resource"),
        ({"resource": ""}, "claims"),
        ({"resource": [RESOURCE]}, "claims"),
        ({"resource": "https://visio.example/kkk-kkkk-kkk"}, "resource"),
        ({"aud": "https://elsewhere.example"}, "audience"),
        ({"aud": ["https://invites.a.example", "https://other.example"]}, "audience"),
        ({"aud": "https://invites.a.example/fed/token"}, "audience"),
        ({"typ": "JWT"}, "type"),
        ({"typ": "secevent+jwt"}, "type"),
        ({"exp": 4_000_000_000}, "lifetime"),
        ({"exp": None}, "claims"),
        ({"iat": 0, "exp": 60}, "expired"),
    ],
)
async def test_a_faulty_assertion_is_an_invalid_grant_with_one_word(
    fed: FederationHouse, changed: dict[str, Any], word: str
):
    await fed.meeting()
    async with await fed.token(fed.partner.assertion(**changed)) as response:
        assert response.status == 400
        assert response.headers["Cache-Control"] == "no-store"
        assert "Date" in response.headers
        told = await response.json()
    assert told == {"error": "invalid_grant", "error_description": word}


async def test_a_clock_is_off_by_at_most_thirty_seconds(fed: FederationHouse):
    await fed.meeting()
    fed.partner.ahead = timedelta(seconds=25)
    assert (await fed.ask())[0] == 200
    fed.partner.ahead = timedelta(seconds=45)
    status, told = await fed.ask()
    assert (status, told["error_description"]) == (400, "clock")


async def test_only_the_keys_of_the_metadata_sign_assertions(fed: FederationHouse):
    await fed.meeting()
    for key in (fed.partner.pinned, new_key()):
        status, told = await fed.ask(fed.partner.assertion(key=key))
        assert (status, told["error"], told["error_description"]) == (400, "invalid_grant", "key")
        fed.clock.forward(seconds=31)


async def test_a_forged_signature_or_no_algorithm_is_refused(fed: FederationHouse):
    await fed.meeting()
    header, payload, signature = fed.partner.assertion().split(".")
    for forged in (
        f"{header}.{payload}.{signature[:-8]}AAAAAAAA",
        f"eyJhbGciOiJub25lIiwidHlwIjoiYXV0aG9yaXphdGlvbi1ncmFudCtqd3QifQ.{payload}.",
    ):
        status, told = await fed.ask(forged)
        assert (status, told["error"]) == (400, "invalid_grant")


async def test_an_unknown_organisation_is_refused_and_counted(fed: FederationHouse):
    """F02: a signature that is valid under the stranger's own keys opens nothing."""
    await fed.meeting()
    stranger = fed.partner.assertion(iss="https://unknown.example")
    status, told = await fed.ask(stranger)
    assert (status, told) == (401, {"error": "invalid_client"})


@pytest.mark.parametrize("ended", [{"enabled": False}, {"ends": None}, {"begins": None}])
async def test_a_partner_whose_agreement_is_not_in_force_is_an_invalid_client(
    fed: FederationHouse, ended: dict[str, object]
):
    await fed.meeting()
    today = fed.clock.now().date()
    if "ends" in ended:
        ended = {"ends": today - timedelta(days=1)}
    if "begins" in ended:
        ended = {"begins": today + timedelta(days=1)}
    await fed.agree(**ended)
    assert await fed.ask() == (401, {"error": "invalid_client"})


@pytest.mark.parametrize(
    ("choices", "title"),
    [
        ({"meetings": OpenMeetings(open_by=OpenedBy.ORGANISER)}, "Point"),
        (
            {"meetings": OpenMeetings(open_by=OpenedBy.TAG, tags_allowed=frozenset({"ouvert"}))},
            "Point #fermé",
        ),
        (
            {"meetings": OpenMeetings(open_by=OpenedBy.ALL, tags_denied=frozenset({"restreint"}))},
            "Point #Restreint",
        ),
    ],
)
async def test_unknown_not_open_and_over_can_not_be_told_apart(
    fed: FederationHouse, choices: dict[str, object], title: str
):
    same = (400, {"error": "invalid_target"})
    assert await fed.ask() == same
    await fed.agree(**choices)
    await fed.meeting(title=title)
    assert await fed.ask() == same
    fed.clock.forward(hours=5)
    await fed.agree()
    assert await fed.ask() == same


async def test_a_meeting_is_open_that_its_organiser_opened(fed: FederationHouse):
    partner = await fed.agree(meetings=OpenMeetings(open_by=OpenedBy.ORGANISER))
    meeting, _ = await fed.meeting()
    assert (await fed.ask())[0] == 400
    async with fed.store() as work:
        assert await work.grants.open(meeting.id, partner.issuer, ORGANISER, fed.clock.now())
        assert not await work.grants.open(meeting.id, partner.issuer, ORGANISER, fed.clock.now())
    assert (await fed.ask())[0] == 200


def test_tags_are_words_of_the_title():
    assert tags_of("Point #Fédération, et #budget-2027") == {"fédération", "budget-2027"}


@pytest.mark.parametrize(
    ("choices", "changed"),
    [
        ({"methods": frozenset()}, {}),
        ({"directions": frozenset()}, {}),
        ({"subjects": Subjects(email_domains=frozenset({"c.example"}))}, {}),
        (
            {"subjects": Subjects(email_domains=frozenset({"b.example"}))},
            {"email_verified": False},
        ),
        (
            {"subjects": Subjects(mxid_servers=frozenset({"b.example"}))},
            {"mxid": "@lea:c.example"},
        ),
        ({"subjects": Subjects(assurance_min=Acr.SUBSTANTIAL)}, {"acr": "low"}),
        (
            {"limits": PartnerLimits(guests_per_meeting=1, grants_per_hour=0, takeovers=1)},
            {},
        ),
        (
            {"limits": PartnerLimits(guests_per_meeting=0, grants_per_hour=9, takeovers=1)},
            {},
        ),
        (
            {"times": Times(before=timedelta(), after=timedelta(), longest=timedelta(minutes=59))},
            {},
        ),
        (
            {
                "times": Times(
                    before=timedelta(),
                    after=timedelta(),
                    longest=timedelta(hours=9),
                    hours=Hours(
                        first=0, last=4, begins=time(20), ends=time(21), zone="Europe/Paris"
                    ),
                )
            },
            {},
        ),
    ],
)
async def test_policy_denies_access(
    fed: FederationHouse, choices: dict[str, Any], changed: dict[str, Any]
):
    """F01: a valid signature for a person whom the agreement does not cover gives no seat."""
    await fed.meeting()
    await fed.agree(**choices)
    answer = await fed.ask(fed.partner.assertion(**changed))
    assert answer == (403, {"error": "access_denied"})


@pytest.mark.parametrize(
    ("fields", "status", "error"),
    [
        ({"grant_type": "password"}, 400, "unsupported_grant_type"),
        ({"grant_type": ""}, 400, "invalid_request"),
        ({"scope": "meeting:host"}, 400, "invalid_scope"),
        ({"assertion": ""}, 400, "invalid_request"),
        ({"resource": ""}, 400, "invalid_request"),
        ({"assertion": "x" * 40_000}, 413, "invalid_request"),
    ],
)
async def test_a_request_that_is_none(
    fed: FederationHouse, fields: dict[str, str], status: int, error: str
):
    answer, told = await fed.ask("x.y.z", **fields)
    assert (answer, told["error"]) == (status, error)


async def test_a_repeated_field_and_another_type_are_refused(fed: FederationHouse):
    path = fed.url / "fed/token"
    for body, kind, status in (
        ("grant_type=a&grant_type=b", "application/x-www-form-urlencoded", 400),
        ('{"grant_type": "a"}', "application/json", 415),
    ):
        headers = {"Host": "invites.a.example", "Content-Type": kind}
        async with fed.client.post(path, data=body, headers=headers) as response:
            assert response.status == status
            assert (await response.json())["error"] == "invalid_request"


# --- approval -----------------------------------------------------------------------------------


async def test_a_request_waits_for_the_salon(fed: FederationHouse):
    await fed.agree(entry=EntryTerm.APPROVAL)
    meeting, occurrence = await fed.meeting()
    status, told = await fed.ask()
    assert (status, told["error"]) == (400, "authorization_pending")
    assert (await fed.ask())[1]["error"] == "slow_down"
    fed.clock.forward(seconds=6)
    assert (await fed.ask())[1] == {**told, "error": "authorization_pending"}
    async with fed.store() as work:
        request = await work.grants.request(GrantRequestId(UUID(told["request_id"])))
        assert request is not None
        both = meeting, occurrence
        now = fed.clock.now()
        await decide(work, both, request, by=ORGANISER, now=now, approved=True)
    status, given = await fed.ask()
    assert (status, given["waiting_room"]) == (200, False)
    invitation = await invited(fed, given["join_uri"])
    assert invitation is not None
    assert invitation.terms is not None
    assert invitation.terms.walks_in


async def test_a_refused_request_stays_refused_and_an_old_one_expires(fed: FederationHouse):
    await fed.agree(entry=EntryTerm.APPROVAL)
    meeting, occurrence = await fed.meeting(begins=timedelta(hours=2))
    _, told = await fed.ask()
    fed.clock.forward(minutes=16)
    status, late = await fed.ask(request_id=told["request_id"])
    assert (status, late["error"]) == (400, "expired_token")
    _, told = await fed.ask()
    async with fed.store() as work:
        request = await work.grants.request(GrantRequestId(UUID(told["request_id"])))
        assert request is not None
        now = fed.clock.now()
        await decide(work, (meeting, occurrence), request, by=ORGANISER, now=now, approved=False)
    assert await fed.ask() == (403, {"error": "access_denied"})
    assert DecideRequest(fed.exchange.tools, approve=True).lasts is False


async def test_a_guest_whom_the_organiser_withdrew_gets_no_other_link(fed: FederationHouse):
    _, occurrence = await fed.meeting()
    _, told = await fed.ask()
    invitation = await invited(fed, told["join_uri"])
    assert invitation is not None
    async with fed.store() as work:
        await fed.exchange.invitations.revoke(work, occurrence, [invitation])
    assert await fed.ask() == (403, {"error": "access_denied"})


# --- keys ---------------------------------------------------------------------------------------


async def test_keys_rotate_with_an_overlap_and_suddenly(fed: FederationHouse):
    await fed.meeting()
    assert (await fed.ask())[0] == 200
    fed.partner.keys = [new_key(), *fed.partner.keys]
    fed.clock.forward(seconds=31)
    assert (await fed.ask())[0] == 200, "an unknown key is fetched"
    fed.partner.keys = [new_key()]
    fed.clock.forward(seconds=31)
    assert (await fed.ask())[0] == 200
    assert fed.partner.fetches == 3


async def test_invented_keys_cause_one_fetch_in_thirty_seconds(fed: FederationHouse):
    await fed.meeting()
    assert (await fed.ask())[0] == 200
    fetches = fed.partner.fetches
    fed.clock.forward(seconds=31)
    answers = await asyncio.gather(
        *(fed.ask(fed.partner.assertion(key=new_key())) for _ in range(40))
    )
    assert {told["error_description"] for _, told in answers} == {"key"}
    assert fed.partner.fetches == fetches + 1


async def test_a_partner_that_is_away_is_believed_for_as_long_as_it_said(fed: FederationHouse):
    async def broken(_: web.Request) -> web.StreamResponse:
        return web.Response(status=502)

    await fed.meeting(begins=timedelta(hours=1), lasts=timedelta(hours=3))
    fed.partner.handler = broken
    status, told = await fed.ask()
    assert (status, told["error"]) == (503, "temporarily_unavailable")
    fed.clock.forward(seconds=31)
    fed.partner.handler = None
    fed.partner.statement_claims = {"exp": fed.partner.now() + 7200}
    assert (await fed.ask())[0] == 200
    fed.partner.handler = broken
    fed.clock.forward(minutes=90)
    assert (await fed.ask())[0] == 200
    fed.clock.forward(minutes=40)
    status, told = await fed.ask()
    assert (status, told["error"]) == (503, "temporarily_unavailable")


@pytest.mark.parametrize(
    ("claims", "metadata"),
    [
        ({"sub": "https://other.example"}, {}),
        ({"iss": "https://other.example"}, {}),
        ({"exp": 4_000_000_000}, {}),
        ({"jwks": {"keys": []}}, {}),
        ({}, {"version": 2}),
        ({}, {"token_endpoint": "https://elsewhere.example/fed/token"}),
        ({}, {"jwks": {"keys": [{"kty": "EC", "crv": "P-256", "x": "a", "y": "b", "d": "c"}]}}),
        ({}, {"jwks": {"keys": [{"kty": "RSA", "kid": "k", "n": "AQAB", "e": "AQAB"}]}}),
    ],
)
async def test_a_statement_that_is_not_right_is_not_believed(
    fed: FederationHouse, claims: dict[str, object], metadata: dict[str, object]
):
    await fed.meeting()
    fed.partner.statement_claims, fed.partner.metadata = claims, metadata
    status, told = await fed.ask()
    assert (status, told["error"]) == (503, "temporarily_unavailable")


async def test_a_statement_of_another_key_is_not_believed(fed: FederationHouse):
    await fed.meeting()
    fed.partner.pinned = new_key()
    status, told = await fed.ask()
    assert (status, told["error"]) == (503, "temporarily_unavailable")


# --- the ends -----------------------------------------------------------------------------------


async def test_a_partner_gives_a_grant_back(fed: FederationHouse):
    await fed.meeting()
    _, told = await fed.ask()
    assert (await fed.introspect(told["access_token"]))["active"] is True
    assert await fed.revoke(told["access_token"]) == 200
    assert await fed.introspect(told["access_token"]) == {"active": False}
    assert await fed.revoke(told["access_token"]) == 200
    assert await fed.revoke("no token") == 200


@pytest.mark.parametrize(
    "changed",
    [
        {"jti": None},
        {"aud": "https://elsewhere.example"},
        {"sub": "https://other.example"},
        {"exp": 4_000_000_000},
    ],
)
async def test_a_faulty_client_assertion_is_an_invalid_client(
    fed: FederationHouse, changed: dict[str, object]
):
    await fed.meeting()
    _, told = await fed.ask()
    status, answer = await fed.manage(
        "fed/introspect", told["access_token"], fed.partner.client(**changed)
    )
    assert (status, answer["error"]) == (401, "invalid_client")


async def test_a_client_assertion_works_once(fed: FederationHouse):
    await fed.meeting()
    _, told = await fed.ask()
    once = fed.partner.client()
    assert (await fed.manage("fed/introspect", told["access_token"], once))[0] == 200
    status, answer = await fed.manage("fed/introspect", told["access_token"], once)
    assert (status, answer["error"]) == (401, "invalid_client")


async def test_a_session_that_its_organisation_revokes_ends_all_grants_of_that_person(
    fed: FederationHouse,
):
    await fed.meeting()
    await fed.meeting("https://visio.example/klm-nopq-rst")
    _, told = await fed.ask()
    other = "https://visio.example/klm-nopq-rst"
    assertion = fed.partner.assertion(resource=other)
    _, second = await fed.ask(assertion, resource=other)
    event = sign(
        {
            "iss": fed.partner.issuer,
            "aud": "https://invites.a.example",
            "jti": "e1",
            "iat": fed.partner.now(),
            "events": {"https://parvis.example/events/session-revoked": {"subject": "lea"}},
        },
        fed.partner.keys[0],
        typ="secevent+jwt",
    )
    assert await fed.tell(event) == (202, None)
    assert await fed.tell(event) == (202, None)
    for one in (told, second):
        assert await fed.introspect(one["access_token"]) == {"active": False}
    status, answer = await fed.tell(fed.partner.assertion())
    assert status == 400
    assert answer is not None
    assert answer["err"] == "invalid_request"


async def test_the_kill_switch_needs_nothing_of_the_partners_server(fed: FederationHouse):
    """F05."""
    await fed.meeting()
    _, told = await fed.ask()
    ending = Ending(fed.exchange.tools, fed.exchange.invitations)
    fetches = fed.partner.fetches
    agreed = fed.partner.agreement()
    assert await ending.switched(agreed.issuer, enabled=False, by=PartyId("operator")) == 1
    assert fed.partner.fetches == fetches
    invitation = await invited(fed, told["join_uri"])
    assert invitation is not None
    assert invitation.revoked_at is not None
    assert await fed.ask() == (401, {"error": "invalid_client"})
    await ending.switched(agreed.issuer, enabled=True, by=PartyId("operator"))
    status, again = await fed.ask()
    assert status == 200
    assert again["join_uri"] != told["join_uri"]


async def test_giving_a_withdrawn_grant_back_opens_no_way_to_another(fed: FederationHouse):
    _, occurrence = await fed.meeting()
    _, told = await fed.ask()
    invitation = await invited(fed, told["join_uri"])
    assert invitation is not None
    async with fed.store() as work:
        await fed.exchange.invitations.revoke(work, occurrence, [invitation])
    assert await fed.revoke(told["access_token"]) == 200
    assert await fed.ask() == (403, {"error": "access_denied"})


async def test_the_name_that_the_salon_approved_is_the_one_that_comes(fed: FederationHouse):
    await fed.agree(entry=EntryTerm.APPROVAL)
    about = await fed.meeting()
    _, told = await fed.ask()
    async with fed.store() as work:
        request = await work.grants.request(GrantRequestId(UUID(told["request_id"])))
        assert request is not None
        now = fed.clock.now()
        await decide(work, about, request, by=ORGANISER, now=now, approved=True)
    _, given = await fed.ask(fed.partner.assertion(name="Directeur Martin"))
    invitation = await invited(fed, given["join_uri"])
    assert invitation is not None
    assert invitation.name == "Léa Martin (Ministère B)"


async def test_a_partner_asks_the_salon_as_often_as_it_may_have_grants(fed: FederationHouse):
    limits = PartnerLimits(guests_per_meeting=9, grants_per_hour=2, takeovers=3)
    await fed.agree(entry=EntryTerm.APPROVAL, limits=limits)
    await fed.meeting()
    said = [
        (await fed.ask(fed.partner.assertion(sub=f"person-{number}")))[1]["error"]
        for number in range(4)
    ]
    assert said == ["authorization_pending"] * 2 + ["access_denied"] * 2


async def test_what_an_old_key_signed_gets_nothing_once_another_is_pinned(fed: FederationHouse):
    await fed.meeting()
    before = await fed.exchange.partner(Issuer(fed.partner.issuer))
    await fed.agree(thumbprint="A" * 43)
    assertion = await fed.exchange.tokens.assertion(before, fed.partner.assertion())
    async with fed.store() as work:
        outcome = await fed.exchange._decide(work, assertion, "", before)
    assert outcome == PolicyRefusal("invalid_client", "issuer.repinned")
