"""A partner's instance made of nothing of ours but the tokens: it signs, and shows its keys."""

import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

from aiohttp import web
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from bot.program.agreements import partner_of
from bridge.clock import Clock
from bridge.domain.partner import Partner
from bridge.tokens import KeySet, SigningKey, sign
from config.agreements import read_agreement
from tests.servers.certificates import write_self_signed

RESOURCE = "https://visio.example/abc-defg-hij"
HOME = "https://invites.a.example"


def new_key() -> SigningKey:
    """Make a key, as a partner does."""
    private = ec.generate_private_key(ec.SECP256R1())
    return SigningKey.from_pem(
        private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    )


@dataclass
class PartnerInstance:
    """A partner that does right, but for what a test changes."""

    clock: Clock
    issuer: str = ""
    pinned: SigningKey = field(default_factory=new_key)
    keys: list[SigningKey] = field(default_factory=lambda: [new_key()])
    ahead: timedelta = timedelta()
    """How far its clock is ahead."""
    fetches: int = 0
    """How often its statement was asked for."""
    handler: Any = None
    """Serves its statement in place of the right one."""
    statement_claims: dict[str, object] = field(default_factory=dict)
    """What its statement says differently."""
    metadata: dict[str, object] = field(default_factory=dict)

    def agreement(self, **choices: Any) -> Partner:
        """Return our agreement with it; all is allowed that a test does not change."""
        text = f"""
            partner = "{self.issuer}"
            label = "Ministère B"
            federation_key = "{self.pinned.kid}"
            direction = ["inbound", "outbound"]
            methods = ["bridge"]
            admission = "waiting_room"
            meetings = {{ open_by = "all" }}
            valid = {{ from = 2026-11-01, until = 2027-11-30 }}
        """
        return replace(partner_of(read_agreement(text)), **choices)

    def now(self) -> int:
        return int((self.clock.now() + self.ahead).timestamp())

    def claims(self, **changed: object) -> dict[str, object]:
        """Return the claims of an assertion; `None` leaves one out."""
        claims = {
            "iss": self.issuer,
            "aud": HOME,
            "sub": "lea",
            "jti": str(uuid4()),
            "iat": self.now(),
            "exp": self.now() + 60,
            "resource": RESOURCE,
            "name": "Léa Martin",
            "email": "lea@b.example",
            "email_verified": True,
            **changed,
        }
        return {name: value for name, value in claims.items() if value is not None}

    def assertion(
        self,
        *,
        typ: str = "authorization-grant+jwt",
        key: SigningKey | None = None,
        **changed: object,
    ) -> str:
        """Sign an assertion."""
        return sign(self.claims(**changed), key or self.keys[0], typ=typ)

    def client(self, **changed: object) -> str:
        """Sign a client assertion (RFC 7523 §2.2)."""
        claims = {
            "iss": self.issuer,
            "sub": self.issuer,
            "aud": HOME,
            "jti": str(uuid4()),
            "iat": self.now(),
            "exp": self.now() + 60,
            **changed,
        }
        claims = {name: value for name, value in claims.items() if value is not None}
        return sign(claims, self.keys[0], typ="client-authentication+jwt")

    def statement(self) -> str:
        """Sign its statement."""
        document = KeySet.of(*(one.verifier for one in self.keys)).document()
        said = {
            "version": 1,
            "organization_name": "Ministère B",
            "jwks": document,
            "resource_pattern": "https://visio.b.example/{room}",
            "token_endpoint": f"{self.issuer}/fed/token",
            "revocation_endpoint": f"{self.issuer}/fed/revoke",
            "introspection_endpoint": f"{self.issuer}/fed/introspect",
            "events_endpoint": f"{self.issuer}/fed/events",
            **self.metadata,
        }
        claims = {
            "iss": self.issuer,
            "sub": self.issuer,
            "iat": self.now(),
            "exp": self.now() + 3600,
            "jwks": KeySet.of(self.pinned.verifier).document(),
            "metadata": {"meeting_federation": said},
            **self.statement_claims,
        }
        return sign(claims, self.pinned, typ="entity-statement+jwt")

    async def serve(self, request: web.Request) -> web.StreamResponse:
        self.fetches += 1
        if self.handler is not None:
            response: web.StreamResponse = await self.handler(request)
            return response
        return web.Response(text=self.statement(), content_type="application/entity-statement+jwt")


@asynccontextmanager
async def served(partner: PartnerInstance, folder: Path) -> AsyncIterator[Path]:
    """Serve a partner over TLS on loopback; yield the certificate that its clients trust."""
    certificate, key = folder / "partner.pem", folder / "partner.key"
    if not certificate.exists():
        write_self_signed(certificate, key)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    app = web.Application()
    app.router.add_get("/.well-known/openid-federation", partner.serve)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=context).start()
        partner.issuer = f"https://127.0.0.1:{runner.addresses[0][1]}"
        yield certificate
    finally:
        await runner.cleanup()
