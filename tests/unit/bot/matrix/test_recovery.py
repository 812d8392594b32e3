"""Recovery keys, and what they open, as the client-server API describes them."""

import hmac
import secrets
from base64 import b64encode

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CTR

from bot.matrix.crosssigning import USAGES, new_seeds, unpadded
from bot.matrix.raw import Json
from bot.matrix.recovery import ALGORITHM, RecoveryRefused, decoded, stored_seeds

SHOWN = "EsTc LW2K PGiF wKEA 3As5 g5c4 BXwk qeeJ ZJV8 Q9fu gUMN UE4d"
"""As a client shows it; the bytes are those of RFC 7748, section 6.1, Alice's private key."""
BYTES = bytes.fromhex("77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a")


def test_a_key_is_read_as_it_is_shown() -> None:
    assert decoded(SHOWN) == BYTES
    assert decoded(SHOWN.replace(" ", "\n")) == BYTES


@pytest.mark.parametrize(
    "words",
    ["", "   ", "no", "0OIl", SHOWN[:-1], SHOWN + "d", SHOWN.replace("EsTc", "EsTd"), "z" * 400],
)
def test_what_is_none_is_refused(words: str) -> None:
    with pytest.raises(RecoveryRefused):
        decoded(words)


def derived(name: str) -> tuple[bytes, bytes]:
    """Return both keys of a secret: HKDF (RFC 5869) by hand."""
    extracted = hmac.digest(bytes(32), BYTES, "sha256")
    first = hmac.digest(extracted, name.encode() + b"\x01", "sha256")
    return first, hmac.digest(extracted, first + name.encode() + b"\x02", "sha256")


def closed(name: str, value: bytes) -> dict[str, str]:
    """Encrypt as a client does."""
    cipher, authentic = derived(name)
    iv = secrets.token_bytes(16)
    ciphertext = Cipher(AES(cipher), CTR(iv)).encryptor().update(value)
    return {
        "iv": b64encode(iv).decode(),
        "ciphertext": b64encode(ciphertext).decode(),
        "mac": unpadded(hmac.digest(authentic, ciphertext, "sha256")),
    }


class Storage:
    """An account's data."""

    def __init__(self, seeds: dict[str, bytes]) -> None:
        test = closed("", bytes(32))
        self.data: dict[str, dict[str, object]] = {
            "m.secret_storage.default_key": {"key": "a"},
            "m.secret_storage.key.a": {
                "algorithm": ALGORITHM,
                "iv": test["iv"],
                "mac": test["mac"],
            },
        }
        for usage in USAGES:
            name = f"m.cross_signing.{usage}"
            self.data[name] = {"encrypted": {"a": closed(name, unpadded(seeds[usage]).encode())}}

    async def __call__(self, kind: str) -> Json:
        return self.data.get(kind, {})


async def test_the_seeds_are_read() -> None:
    seeds = new_seeds()
    assert await stored_seeds(Storage(seeds), SHOWN) == seeds


async def test_an_older_storage_has_no_test_of_its_key() -> None:
    seeds = new_seeds()
    storage = Storage(seeds)
    storage.data["m.secret_storage.key.a"] = {"algorithm": ALGORITHM}
    assert await stored_seeds(storage, SHOWN) == seeds


@pytest.mark.parametrize(
    ("kind", "content"),
    [
        ("m.secret_storage.default_key", {}),
        ("m.secret_storage.key.a", {}),
        ("m.secret_storage.key.a", {"algorithm": "m.other"}),
        ("m.secret_storage.key.a", {"algorithm": ALGORITHM, "iv": "AA", "mac": "AA"}),
        (
            "m.secret_storage.key.a",
            {"algorithm": ALGORITHM, "iv": b64encode(bytes(16)).decode(), "mac": "AAAA"},
        ),
        ("m.cross_signing.master", {}),
        ("m.cross_signing.master", {"encrypted": {"a": {"iv": "é", "ciphertext": "A", "mac": ""}}}),
        ("m.cross_signing.self_signing", {"encrypted": {"a": closed("other", b"x")}}),
        (
            "m.cross_signing.user_signing",
            {"encrypted": {"a": closed("m.cross_signing.user_signing", b"short")}},
        ),
        (
            "m.cross_signing.user_signing",
            {"encrypted": {"a": closed("m.cross_signing.user_signing", b"\xff\xfe")}},
        ),
    ],
)
async def test_what_is_missing_or_damaged_is_told(kind: str, content: dict[str, object]) -> None:
    storage = Storage(new_seeds())
    storage.data[kind] = content
    with pytest.raises(RecoveryRefused):
        await stored_seeds(storage, SHOWN)
