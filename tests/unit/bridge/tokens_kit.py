"""Tokens and keys forged with cryptography alone, so that nothing vouches for itself."""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import UTC, datetime, timedelta
from functools import cache

from cryptography.hazmat.primitives import hashes, hmac
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from bridge.tokens import Expectation, KeySet

NOW = datetime(2026, 9, 1, 12, 0, tzinfo=UTC)
SECOND = int(NOW.timestamp())
ISSUER = "https://invites.b.example"
AUDIENCE = "https://invites.a.example"
TYP = "authorization-grant+jwt"
CANARY = "Canary-Bird"

EXPECT = Expectation(
    typ=TYP,
    issuer=ISSUER,
    audience=AUDIENCE,
    required=frozenset({"sub", "jti"}),
    max_lifetime=timedelta(seconds=120),
)

Private = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey | bytes
P256_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551


@cache
def ec_key(curve: str = "secp256r1", copy: int = 0) -> ec.EllipticCurvePrivateKey:
    curves = {c.name: c for c in (ec.SECP256R1(), ec.SECP384R1(), ec.SECP521R1(), ec.SECP256K1())}
    return ec.generate_private_key(curves[curve])


@cache
def rsa_key(bits: int = 2048) -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(65537, bits)


def b64(raw: bytes) -> str:
    return urlsafe_b64encode(raw).rstrip(b"=").decode()


def unb64(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


def number(value: int, length: int = 0) -> str:
    return b64(value.to_bytes(length or (value.bit_length() + 7) // 8, "big"))


def ec_jwk(key: ec.EllipticCurvePrivateKey | None = None, **changes: object) -> dict[str, object]:
    key = key or ec_key()
    point = key.public_key().public_numbers()
    names = {"secp256r1": "P-256", "secp384r1": "P-384", "secp521r1": "P-521"}
    length = (key.curve.key_size + 7) // 8
    return {
        "kty": "EC",
        "crv": names.get(key.curve.name, key.curve.name),
        "x": number(point.x, length),
        "y": number(point.y, length),
        "kid": "ec",
        **changes,
    }


def rsa_jwk(key: rsa.RSAPrivateKey | None = None, **changes: object) -> dict[str, object]:
    public = (key or rsa_key()).public_key().public_numbers()
    return {"kty": "RSA", "n": number(public.n), "e": number(public.e), "kid": "rsa", **changes}


def okp_jwk(**changes: object) -> dict[str, object]:
    raw = Ed25519PrivateKey.generate().public_key()
    x = b64(raw.public_bytes(Encoding.Raw, PublicFormat.Raw))
    return {"kty": "OKP", "crv": "Ed25519", "x": x, "kid": "okp", **changes}


def jwks(*members: object) -> bytes:
    return json.dumps({"keys": list(members)}).encode()


def partner_keys() -> KeySet:
    """The keys that the tests' partner publishes: one EC and one RSA key."""
    return KeySet.from_jwks(jwks(ec_jwk(), rsa_jwk()))


def pem(key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey | Ed25519PrivateKey) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def public(key: ec.EllipticCurvePrivateKey, form: str) -> bytes:
    encoding = {"DER": Encoding.DER, "PEM": Encoding.PEM, "OpenSSH": Encoding.OpenSSH}[form]
    kind = PublicFormat.OpenSSH if form == "OpenSSH" else PublicFormat.SubjectPublicKeyInfo
    return key.public_key().public_bytes(encoding, kind)


def header(**changes: object) -> dict[str, object]:
    return {"typ": TYP, "alg": "ES256", "kid": "ec", **changes}


def claims(**changes: object) -> dict[str, object]:
    return {
        "iss": ISSUER,
        "aud": AUDIENCE,
        "sub": "7f3a",
        "jti": "c1d2",
        "iat": SECOND - 5,
        "exp": SECOND + 60,
        "name": CANARY,
        **changes,
    }


def without(members: dict[str, object], *names: str) -> dict[str, object]:
    return {name: value for name, value in members.items() if name not in names}


def raw_json(value: object) -> bytes:
    return value if isinstance(value, bytes) else json.dumps(value).encode()


def signature(signed: bytes, key: Private) -> bytes:
    if isinstance(key, bytes):
        mac = hmac.HMAC(key, hashes.SHA256())
        mac.update(signed)
        return mac.finalize()
    if isinstance(key, rsa.RSAPrivateKey):
        return key.sign(signed, padding.PKCS1v15(), hashes.SHA256())
    hashed = hashes.SHA384() if key.curve.key_size == 384 else hashes.SHA256()
    r, s = decode_dss_signature(key.sign(signed, ec.ECDSA(hashed)))
    length = (key.curve.key_size + 7) // 8
    return r.to_bytes(length, "big") + s.to_bytes(length, "big")


def forge(head: object = None, body: object = None, key: Private | None = None) -> str:
    """Sign whatever is given, whether or not it is JSON."""
    head = header() if head is None else head
    body = claims() if body is None else body
    signed = f"{b64(raw_json(head))}.{b64(raw_json(body))}"
    return f"{signed}.{b64(signature(signed.encode(), key or ec_key()))}"


def resigned(head_segment: str, body_segment: str) -> str:
    """Sign two segments as they stand, in whatever encoding."""
    signed = f"{head_segment}.{body_segment}"
    return f"{signed}.{b64(signature(signed.encode(), ec_key()))}"


def with_signature(raw: bytes | str) -> str:
    signed = forge().rpartition(".")[0]
    return f"{signed}.{raw if isinstance(raw, str) else b64(raw)}"
