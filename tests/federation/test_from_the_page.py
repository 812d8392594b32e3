"""A partner with other software: written from docs/federation.md alone, with nothing of ours.

It uses `cryptography`, `json` and `aiohttp`. What it can't do from the page, the page lacks.
"""

import hashlib
import json
import secrets
from base64 import urlsafe_b64encode
from dataclasses import dataclass, field
from typing import Any

from aiohttp import ClientSession, web
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256

from tests.federation.house import FederationHouse
from tests.federation.partner import RESOURCE

HOST = "https://invites.a.example"


def b64(raw: bytes) -> str:
    return urlsafe_b64encode(raw).rstrip(b"=").decode()


class Key:
    """An EC P-256 key that signs ES256."""

    def __init__(self) -> None:
        self.private = ec.generate_private_key(ec.SECP256R1())
        numbers = self.private.public_key().public_numbers()
        x, y = (b64(one.to_bytes(32, "big")) for one in (numbers.x, numbers.y))
        self.public = {"crv": "P-256", "kty": "EC", "x": x, "y": y}
        canonical = json.dumps(self.public, separators=(",", ":"), sort_keys=True)
        self.thumbprint = b64(hashlib.sha256(canonical.encode()).digest())

    @property
    def jwk(self) -> dict[str, str]:
        return {**self.public, "kid": self.thumbprint, "alg": "ES256", "use": "sig"}

    def sign(self, typ: str, claims: dict[str, Any]) -> str:
        header = {"typ": typ, "alg": "ES256", "kid": self.thumbprint}
        signed = ".".join(b64(json.dumps(one).encode()) for one in (header, claims))
        r, s = decode_dss_signature(self.private.sign(signed.encode(), ec.ECDSA(SHA256())))
        return f"{signed}.{b64(r.to_bytes(32, 'big') + s.to_bytes(32, 'big'))}"


@dataclass
class Client:
    """The whole of a partner's side that only asks."""

    issuer: str
    now: Any
    pinned: Key = field(default_factory=Key)
    key: Key = field(default_factory=Key)

    def _claims(self, **more: Any) -> dict[str, Any]:
        now = int(self.now())
        return {
            "iss": self.issuer,
            "aud": HOST,
            "jti": secrets.token_urlsafe(16),
            "iat": now,
            "exp": now + 60,
            **more,
        }

    async def statement(self, _: web.Request) -> web.Response:
        names = {"token": "token", "revocation": "revoke", "introspection": "introspect"}
        said = {
            "version": 1,
            "organization_name": "Other software",
            "jwks": {"keys": [self.key.jwk]},
            "resource_pattern": "https://meet.b.example/{room}",
            "events_endpoint": f"{self.issuer}/fed/events",
            **{f"{name}_endpoint": f"{self.issuer}/fed/{path}" for name, path in names.items()},
        }
        now = int(self.now())
        claims = {
            "iss": self.issuer,
            "sub": self.issuer,
            "iat": now,
            "exp": now + 3600,
            "jwks": {"keys": [self.pinned.jwk]},
            "metadata": {"meeting_federation": said},
        }
        text = self.pinned.sign("entity-statement+jwt", claims)
        return web.Response(text=text, content_type="application/entity-statement+jwt")

    async def post(self, web_session: ClientSession, url: str, form: dict[str, str]) -> Any:
        headers = {"Host": HOST.removeprefix("https://")}
        async with web_session.post(url, data=form, headers=headers) as response:
            body = await response.read()
            return response.status, json.loads(body) if body else None

    async def join(self, web_session: ClientSession, url: str) -> Any:
        assertion = self.key.sign(
            "authorization-grant+jwt",
            self._claims(sub="u-1", resource=RESOURCE, name="Ana Lima", acr="substantial"),
        )
        form = {
            "grant_type": "urn:ietf:params:oauth:grant-type:jwt-bearer",
            "assertion": assertion,
            "resource": RESOURCE,
        }
        return await self.post(web_session, f"{url}/fed/token", form)

    async def manage(self, web_session: ClientSession, url: str, token: str) -> Any:
        assertion = self.key.sign("client-authentication+jwt", self._claims(sub=self.issuer))
        form = {
            "token": token,
            "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
            "client_assertion": assertion,
        }
        return await self.post(web_session, url, form)


async def test_the_page_is_enough(fed: FederationHouse):
    client = Client(fed.partner.issuer, lambda: fed.clock.now().timestamp())
    fed.partner.handler = client.statement
    await fed.agree(thumbprint=client.pinned.thumbprint)
    await fed.meeting()
    url = str(fed.url).rstrip("/")
    status, grant = await client.join(fed.client, url)
    assert status == 200, grant
    assert grant["join_uri"].startswith("https://")
    token = grant["access_token"]
    status, state = await client.manage(fed.client, f"{url}/fed/introspect", token)
    assert (status, state["active"], state["sub"]) == (200, True, grant["grant_id"])
    assert (await client.manage(fed.client, f"{url}/fed/revoke", token))[0] == 200
    status, state = await client.manage(fed.client, f"{url}/fed/introspect", token)
    assert (status, state) == (200, {"active": False})
