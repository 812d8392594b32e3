"""Exchanges of a partner's word for a grant: the token work, and what the database lets through.

The peers: bare python-jose, which verifies and signs as much; and the statements of the same
exchanges, recorded from ours, on a copy of the same database and the same SQLAlchemy engines, with
bare python-jose around them.
"""

import shutil
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from uuid import uuid4

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from jose import jwk, jwt

from benchmarks.replay import Executed, recording_core, replay_core
from benchmarks.rows import Bound, Measure, Options, Subject
from benchmarks.statistics import Pair
from bridge.clock import SystemClock
from bridge.domain.partner import Issuer, PartnerLimits
from bridge.partners.directory import StatementDirectory
from bridge.partners.fetching import Fetched
from bridge.partners.tokens import KeyedTokens
from bridge.services.federation.exchange import ACCESS_TOKEN, Exchange, GrantAsked, Granted
from bridge.store import Store, Vault, migrate, open_store
from bridge.store.engine import Synchronous
from bridge.tokens import SigningKey, sign
from config.logs import configure
from tests.defaults import default_policy
from tests.federation.house import exchange_of, plan
from tests.federation.partner import HOME, PartnerInstance

BOUNDS = {
    "fed.token": Bound("ratio", "≤", 1.5, "ms"),
    "fed.durable": Bound("ratio", "≥", 0.6, "/s"),
    "fed.durable.full": Bound("ratio", "≥", 0.6, "/s"),
}
_ROUNDS, _EXCHANGES, _PER_MEETING, _TOKENS = 9, 20, 10, 300
_PARTNERS = (1, 100, 10_000)
_VAULT = Vault({"k1": bytes(32)}, "k1")
_MANY = PartnerLimits(guests_per_meeting=10**6, grants_per_hour=10**6, takeovers=3)


async def measure(options: Options) -> Sequence[Measure]:
    """Measure the token work, then whole exchanges with each `synchronous`, and many partners."""
    configure(level="error", form="json", stream=sys.stderr)  # each grant logs a line
    ours, bare = (await _tokens(options)).medians()
    rows = [Measure("fed.token", 1000 * ours, "ms", 1000 * bare)]
    durable = (await _rates(options, synchronous="NORMAL")).medians()
    full = (await _rates(options, synchronous="FULL")).medians()
    rows += [
        Measure("fed.durable", durable[0], "/s", durable[1]),
        Measure("fed.durable.full", full[0], "/s", full[1]),
    ]
    for count in _PARTNERS:
        rates = await _rates(options, synchronous="NORMAL", partners=count)
        rows.append(Measure(f"fed.partners.{count}", rates.medians()[0], "/s"))
    return rows


@dataclass(slots=True)
class _Parts:
    """One process's side, with a partner whose statement is at hand."""

    exchange: Exchange
    partner: PartnerInstance
    meetings: list[str]
    given: int = 0

    def asked(self, count: int) -> list[GrantAsked]:
        """Sign requests for so many persons, ten for a meeting: that is the partner's work."""
        asked = []
        for _ in range(count):
            resource = self.meetings[self.given // _PER_MEETING]
            self.given += 1
            assertion = self.partner.assertion(sub=uuid4().hex, resource=resource)
            asked.append(GrantAsked(assertion=assertion, resource=resource))
        return asked

    async def exchanges(self, asked: Sequence[GrantAsked]) -> None:
        """Give each person a grant."""
        for one in asked:
            assert isinstance(await self.exchange.grant(one), Granted)


@dataclass(frozen=True, slots=True)
class _Bare:
    """A handler with bare python-jose, and the statements of ours."""

    store: Store
    public: Any
    private: Any

    async def exchanges(
        self, asked: Sequence[GrantAsked], script: Sequence[Sequence[Executed]]
    ) -> None:
        """Verify, execute and sign as much as ours did."""
        for one, transaction in zip(asked, script, strict=True):
            jwt.decode(one.assertion, self.public, algorithms=["ES256"], audience=HOME)
            await replay_core(self.store, transaction)
            jwt.encode({"iss": HOME, "jti": str(uuid4())}, self.private, algorithm="ES256")


async def _tokens(options: Options) -> Pair:
    """Return seconds for verifying an assertion and signing an access token, ours and jose's."""
    partner = PartnerInstance(SystemClock(), issuer="https://invites.b.example")
    pem = _pem()
    signing = SigningKey.from_pem(pem)
    directory = _directory(None, partner)
    tokens = KeyedTokens(directory, SystemClock(), Issuer(HOME))
    agreed = partner.agreement()
    claims: dict[str, Any] = {"iss": HOME, "sub": str(uuid4()), "jti": str(uuid4())}
    private = jwk.construct(pem, "ES256")
    public = jwk.construct(dict(partner.keys[0].verifier.document()), "ES256")
    ours, bare = [], []
    with tempfile.TemporaryDirectory(prefix="parvis-bench-") as folder:
        url = f"sqlite:///{folder}/parvis.db"
        await migrate(url)
        async with open_store(url, vault=_VAULT) as store:
            directory.works = store
            await tokens.assertion(agreed, partner.assertion())
            for _ in range(options.rounds(_ROUNDS)):
                those = [partner.assertion() for _ in range(_TOKENS)]
                begun = time.process_time()
                for one in those:
                    await tokens.assertion(agreed, one)
                    sign(claims, signing, typ=ACCESS_TOKEN)
                between = time.process_time()
                for one in those:
                    jwt.decode(one, public, algorithms=["ES256"], audience=HOME)
                    jwt.encode(claims, private, algorithm="ES256")
                ours.append((between - begun) / _TOKENS)
                bare.append((time.process_time() - between) / _TOKENS)
    return Pair(ours, bare)


def _pem() -> bytes:
    key = ec.generate_private_key(ec.SECP256R1())
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def _directory(store: Store | None, partner: PartnerInstance) -> StatementDirectory:
    async def get(_: str) -> Fetched:
        return Fetched(200, partner.statement().encode())

    return StatementDirectory(store, SystemClock(), get)  # type: ignore[arg-type]


async def _rates(options: Options, *, synchronous: Synchronous, partners: int = 1) -> Pair:
    """Return exchanges per second of ours and of the peer, in rounds that alternate."""
    rounds = options.rounds(_ROUNDS)
    with tempfile.TemporaryDirectory(prefix="parvis-bench-") as name:
        folder = Path(name)
        partner = PartnerInstance(SystemClock(), issuer="https://invites.b.example")
        url = f"sqlite:///{folder}/recorded.db"
        await migrate(url)
        meetings = await _stocked(url, partner, rounds, partners)
        for copy in ("ours", "plain"):
            shutil.copy(folder / "recorded.db", folder / f"{copy}.db")
        scripts: list[list[list[Executed]]] = []
        async with open_store(url, vault=_VAULT) as store:
            parts = _parts(store, partner, meetings, folder)
            await parts.exchange.tokens.assertion(partner.agreement(), partner.assertion())
            for _ in range(rounds):
                with recording_core(store) as script:
                    await parts.exchanges(parts.asked(_EXCHANGES))
                scripts.append([one for one in script if one])
        return await _alternating(folder, partner, meetings, scripts, synchronous)


async def _alternating(
    folder: Path,
    partner: PartnerInstance,
    meetings: list[str],
    scripts: Sequence[Sequence[Sequence[Executed]]],
    synchronous: Synchronous,
) -> Pair:
    ours, plain = [], []
    async with AsyncExitStack() as stack:
        stores = []
        for copy in ("ours", "plain"):
            url = f"sqlite:///{folder}/{copy}.db"
            opening = open_store(url, vault=_VAULT, synchronous=synchronous)
            stores.append(await stack.enter_async_context(opening))
        store, other = stores
        private = _pem()
        public = jwk.construct(dict(partner.keys[0].verifier.document()), "ES256")
        bare = _Bare(other, public, jwk.construct(private, "ES256"))
        parts = _parts(store, partner, meetings, folder)
        await parts.exchange.tokens.assertion(partner.agreement(), partner.assertion())
        for script in scripts:
            asked = parts.asked(_EXCHANGES)
            begun = time.perf_counter()
            await parts.exchanges(asked)
            between = time.perf_counter()
            await bare.exchanges(asked, script)
            ours.append(_EXCHANGES / (between - begun))
            plain.append(_EXCHANGES / (time.perf_counter() - between))
    return Pair(ours, plain)


async def _stocked(url: str, partner: PartnerInstance, rounds: int, partners: int) -> list[str]:
    """Fill a database with partners, and a meeting for each ten persons."""
    clock = SystemClock()
    agreed = partner.agreement(limits=_MANY)
    async with open_store(url, vault=_VAULT) as store:
        async with store() as work:
            await work.partners.put(agreed, clock.now())
            for number in range(partners - 1):
                other = Issuer(f"https://invites.p{number}.example")
                await work.partners.put(replace(agreed, issuer=other), clock.now())
        meetings = []
        for number in range(rounds * _EXCHANGES // _PER_MEETING + 1):
            resource = f"https://visio.example/m{number:03d}-aaaa-bbb"
            await plan(store, clock.now(), resource)
            meetings.append(resource)
    return meetings


def _parts(store: Store, partner: PartnerInstance, meetings: list[str], folder: Path) -> _Parts:
    directory = _directory(store, partner)
    exchange = exchange_of(
        store,
        SystemClock(),
        directory,
        default_policy(),
        folder / "ring",
        grants_per_hour=10**6,
    )
    return _Parts(exchange, partner, meetings)


SUBJECT = Subject("federation", measure, BOUNDS)
