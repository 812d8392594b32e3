"""Cross-signing, which nio lacks: our own identity, and the trust in other people's devices.

Without it a client that excludes insecure devices (MSC4153) neither reads nor answers the bot. The
three seeds live as long as the account; devices come and go. Key ids and signatures are unpadded
base64: clients built on the Rust SDK silently drop padded ones.
"""

import json
import secrets
from base64 import b64decode, b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from bot.matrix.raw import Json, table, text

USAGES = ("master", "self_signing", "user_signing")
SEED_BYTES = 32


class SeedsUnreadable(ValueError):
    """Give the text that `export_seeds` returned, whole."""


def new_seeds() -> dict[str, bytes]:
    """Return the seeds of a new identity."""
    return {usage: secrets.token_bytes(SEED_BYTES) for usage in USAGES}


def export_seeds(seeds: Mapping[str, bytes]) -> str:
    """Return the seeds as one line of text, for a safe; its holder can speak as the account."""
    return ".".join(["parvis-seeds-1", *(unpadded(seeds[usage]) for usage in USAGES)])


def import_seeds(line: str) -> dict[str, bytes]:
    """Read what `export_seeds` wrote. Raises SeedsUnreadable."""
    tag, *words = line.strip().split(".")
    if tag != "parvis-seeds-1" or len(words) != len(USAGES):
        raise SeedsUnreadable("not a line of seeds")
    try:
        seeds = {usage: _decoded(word) for usage, word in zip(USAGES, words, strict=True)}
    except ValueError as error:
        raise SeedsUnreadable("not base64") from error
    if any(len(seed) != SEED_BYTES for seed in seeds.values()):
        raise SeedsUnreadable("a seed has the wrong length")
    return seeds


@dataclass(frozen=True, slots=True)
class CrossSigningKeys:
    """Our cross-signing keys, derived from the seeds."""

    user: str
    keys: Mapping[str, Ed25519PrivateKey]

    @classmethod
    def of(cls, user: str, seeds: Mapping[str, bytes]) -> "CrossSigningKeys":
        """Derive the keys."""
        keys = {usage: Ed25519PrivateKey.from_private_bytes(seeds[usage]) for usage in USAGES}
        return cls(user, keys)

    def public(self, usage: str) -> str:
        """Return a public key in unpadded base64."""
        return unpadded(self.keys[usage].public_key().public_bytes_raw())

    def sign(self, usage: str, subject: Json) -> dict[str, Any]:
        """Return `subject` with our signature as its only one."""
        signature = unpadded(self.keys[usage].sign(canonical(subject)))
        signatures = {self.user: {f"ed25519:{self.public(usage)}": signature}}
        return {**stripped(subject), "signatures": signatures}

    def master(self) -> dict[str, Any]:
        """Return the master key, not yet signed by the device."""
        return self._key("master")

    def upload(self, device: str, device_signature: str | None) -> dict[str, Any]:
        """Return the body of `keys/device_signing/upload`; the device's signature is optional."""
        master = self.master()
        if device_signature is not None:
            master["signatures"] = {self.user: {f"ed25519:{device}": device_signature}}
        return {
            "master_key": master,
            "self_signing_key": self.sign("master", self._key("self_signing")),
            "user_signing_key": self.sign("master", self._key("user_signing")),
        }

    def _key(self, usage: str) -> dict[str, Any]:
        public = self.public(usage)
        return {"user_id": self.user, "usage": [usage], "keys": {f"ed25519:{public}": public}}


def published_master(answer: Json, user: str) -> str | None:
    """Return the public master key of `user` in an answer of keys/query."""
    keys = table(answer, "master_keys", user, "keys")
    return next((text(keys, name) for name in keys if name.startswith("ed25519:")), None)


def signed_devices(answer: Json, user: str) -> frozenset[str]:
    """Return the devices of `user` that their own identity vouches for, in an answer of keys/query.

    The chain is checked here: the master key signs the self-signing key, which signs the device.
    """
    master = published_master(answer, user)
    self_signing = table(answer, "self_signing_keys", user)
    public = next(
        (text(table(self_signing, "keys"), name) for name in table(self_signing, "keys")), ""
    )
    if master is None or not signed_by(self_signing, user, master):
        return frozenset()
    devices = table(answer, "device_keys", user)
    return frozenset(name for name in devices if signed_by(table(devices, name), user, public))


def signed_by(subject: Json, user: str, public: str, key_id: str | None = None) -> bool:
    """Return whether `subject` carries a valid signature of the Ed25519 key `public`."""
    signature = text(table(subject, "signatures", user), f"ed25519:{key_id or public}")
    try:
        Ed25519PublicKey.from_public_bytes(_decoded(public)).verify(
            _decoded(signature), canonical(subject)
        )
    except (ValueError, InvalidSignature):
        return False
    return True


def stripped(subject: Json) -> dict[str, Any]:
    """Return the part of an object that is signed."""
    return {key: subject[key] for key in subject if key not in ("signatures", "unsigned")}


def canonical(subject: Json) -> bytes:
    """Return the canonical JSON of the part of an object that is signed."""
    return json.dumps(
        stripped(subject), ensure_ascii=False, separators=(",", ":"), sort_keys=True
    ).encode("utf-8", "surrogatepass")


def unpadded(value: bytes) -> str:
    """Return unpadded base64."""
    return b64encode(value).rstrip(b"=").decode()


def _decoded(value: str) -> bytes:
    return b64decode(value + "=" * (-len(value) % 4), validate=True)
