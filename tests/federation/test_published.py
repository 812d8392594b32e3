"""What everybody may read of our side: keys, metadata, the signed statement, the description."""

from dataclasses import replace

from jsonschema import Draft202012Validator

from bridge.domain.partner import Issuer
from bridge.partners.statements import read_statement
from bridge.tokens import KeySet, unverified_claims
from federation.keys import LiveRing
from tests.federation.house import FederationHouse
from tests.federation.partner import HOME


async def test_the_statement_is_signed_with_the_pinned_key(fed: FederationHouse):
    async with await fed.get(".well-known/openid-federation") as response:
        assert response.content_type == "application/entity-statement+jwt"
        assert response.headers["Cache-Control"] == "public, max-age=300"
        text = await response.text()
    claims = unverified_claims(text)
    ours = KeySet.from_document(claims["jwks"])
    (pinned,) = ours.by_kid.values()
    known = fed.partner.agreement()
    us = replace(known, issuer=Issuer(HOME), thumbprint=pinned.thumbprint)
    statement = read_statement(us, text, fed.clock.now())
    assert isinstance(fed.exchange.signs, LiveRing)
    assert statement.keys.by_kid.keys() == fed.exchange.signs.keys.by_kid.keys()
    assert pinned.kid not in statement.keys.by_kid, "it signs the statement and nothing else"
    assert statement.instance.token == f"{HOME}/fed/token"
    assert statement.instance.resource_pattern == "https://visio.example/{room}"


async def test_metadata(fed: FederationHouse):
    async with await fed.get(".well-known/oauth-authorization-server") as response:
        server = await response.json()
    assert server["issuer"] == HOME
    assert server["meeting_federation"]["assertion_max_lifetime"] == 120
    async with await fed.get(".well-known/oauth-protected-resource") as response:
        assert (await response.json())["authorization_servers"] == [HOME]
    async with await fed.get("jwks.json") as response:
        keys = (await response.json())["keys"]
    assert keys
    assert all("d" not in key for key in keys)


async def test_other_paths_are_problems(fed: FederationHouse):
    async with await fed.get("nothing") as response:
        assert response.status == 404
        assert response.content_type == "application/problem+json"
    async with await fed.get("fed/token") as response:
        assert response.status == 405
        assert (await response.json())["error"] == "invalid_request"
    async with fed.client.get(fed.url / "jwks.json") as response:
        assert response.status == 421


_OPENAPI = {
    "type": "object",
    "required": ["openapi", "info", "paths"],
    "properties": {
        "openapi": {"const": "3.1.0"},
        "info": {"type": "object", "required": ["title", "version"]},
        "paths": {
            "type": "object",
            "patternProperties": {
                "^/": {
                    "type": "object",
                    "additionalProperties": {
                        "type": "object",
                        "required": ["operationId", "responses"],
                        "properties": {
                            "responses": {
                                "type": "object",
                                "minProperties": 1,
                                "patternProperties": {
                                    "^[1-5][0-9]{2}$": {
                                        "type": "object",
                                        "required": ["description"],
                                    }
                                },
                                "additionalProperties": False,
                            }
                        },
                    },
                }
            },
            "additionalProperties": False,
        },
    },
}
"""The part of OpenAPI 3.1's own schema that our description uses."""


async def test_the_description_is_valid_and_has_every_route(fed: FederationHouse):
    async with await fed.get("fed/openapi.json") as response:
        document = await response.json()
    Draft202012Validator(_OPENAPI).validate(document)
    assert set(document["paths"]) == {
        "/.well-known/openid-federation",
        "/.well-known/oauth-authorization-server",
        "/.well-known/oauth-protected-resource",
        "/jwks.json",
        "/fed/token",
        "/fed/revoke",
        "/fed/introspect",
        "/fed/events",
        "/fed/openapi.json",
    }
    for path in document["paths"].values():
        for operation in path.values():
            for one in operation["responses"].values():
                for content in one.get("content", {}).values():
                    Draft202012Validator.check_schema(content["schema"])
    grant = document["paths"]["/fed/token"]["post"]["responses"]["200"]["content"]
    await fed.meeting()
    _, told = await fed.ask()
    Draft202012Validator(grant["application/json"]["schema"]).validate(told)
