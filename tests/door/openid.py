"""A partner's OpenID provider on loopback, which does right but for what a test changes."""

import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

from aiohttp import web

from bot.program.agreements import partner_of
from bridge.clock import Clock
from bridge.domain.partner import Partner
from bridge.tokens import KeySet, SigningKey, sign
from config.agreements import read_agreement
from tests.federation.partner import new_key
from tests.servers.certificates import write_self_signed

CLAIRE = "claire.martin@partenaire.example"
CLIENT, SECRET = "parvis", "s+c/ret"
SIGNED_IN = "a-code"


@dataclass
class CannedProvider:
    """Signs anybody in; remembers what it was asked."""

    clock: Clock
    issuer: str = ""
    key: SigningKey = field(default_factory=new_key)
    metadata: dict[str, object] = field(default_factory=dict)
    claims: dict[str, object] = field(default_factory=dict)
    """The ID token's claims that differ; `None` leaves one out."""
    userinfo: dict[str, object] = field(default_factory=dict)
    asked: list[dict[str, str]] = field(default_factory=list)
    """The forms sent to the token endpoint."""
    credentials: list[str] = field(default_factory=list)
    nonce: str = ""
    handler: Callable[[web.Request], Awaitable[web.StreamResponse]] | None = None
    """Answers in place of the right one."""
    calls: list[str] = field(default_factory=list)

    def agreement(self, **choices: str) -> Partner:
        """Return our agreement with the organisation that has it."""
        text = f"""
            partner = "https://invites.partenaire.example"
            label = "Ministère B"
            direction = ["inbound"]
            methods = ["oidc", "email"]
            subjects = {{ email_domains = ["partenaire.example"] }}
            valid = {{ from = 2026-11-01, until = 2027-11-30 }}
            oidc = {{ issuer = "{self.issuer}", client_id = "{CLIENT}", client_secret = "{SECRET}",
                {choices.get("oidc", 'tenant_claim = "tid", tenant = "b"')} }}
        """.replace("\n                ", " ")
        return partner_of(read_agreement(text))

    async def serve(self, request: web.Request) -> web.StreamResponse:
        self.calls.append(request.path)
        if self.handler is not None:
            return await self.handler(request)
        match request.path:
            case "/.well-known/openid-configuration":
                return web.json_response(self.discovery())
            case "/jwks":
                return web.json_response(KeySet.of(self.key.verifier).document())
            case "/token":
                return await self._token(request)
            case "/userinfo":
                assert request.headers["Authorization"] == "Bearer at"
                return web.json_response({"sub": "claire", **self.userinfo})
            case _:
                return web.Response(status=404)

    def discovery(self) -> dict[str, object]:
        return {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/auth",
            "token_endpoint": f"{self.issuer}/token",
            "userinfo_endpoint": f"{self.issuer}/userinfo",
            "jwks_uri": f"{self.issuer}/jwks",
            "authorization_response_iss_parameter_supported": True,
            **self.metadata,
        }

    async def _token(self, request: web.Request) -> web.Response:
        form = dict(parse_qsl(await request.text()))
        self.asked.append(form)
        self.credentials.append(request.headers.get("Authorization", ""))
        if form["code"] != SIGNED_IN:
            return web.json_response({"error": "invalid_grant"}, status=400)
        return web.json_response({"access_token": "at", "id_token": self.id_token()})

    def id_token(self) -> str:
        now = int(self.clock.now().timestamp())
        claims: dict[str, Any] = {
            "iss": self.issuer,
            "aud": CLIENT,
            "sub": "claire",
            "iat": now,
            "exp": now + 300,
            "nonce": self.nonce,
            "email": CLAIRE,
            "email_verified": True,
            "tid": "b",
            **self.claims,
        }
        said = {name: one for name, one in claims.items() if one is not None}
        return sign(said, self.key, typ="JWT")


@asynccontextmanager
async def served_provider(provider: CannedProvider, folder: Path) -> AsyncIterator[Path]:
    """Serve it over TLS on loopback; yield the certificate that its clients trust."""
    certificate, key = folder / "openid.pem", folder / "openid.key"
    write_self_signed(certificate, key)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", provider.serve)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=context).start()
        provider.issuer = f"https://127.0.0.1:{runner.addresses[0][1]}"
        yield certificate
    finally:
        await runner.cleanup()
