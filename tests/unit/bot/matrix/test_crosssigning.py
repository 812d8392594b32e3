"""Signatures that every client understands, and chains that hold."""

import json
from typing import Any

import pytest
import vodozemac

from bot.matrix.crosssigning import (
    SEED_BYTES,
    CrossSigningKeys,
    SeedsUnreadable,
    canonical,
    export_seeds,
    import_seeds,
    new_seeds,
    published_master,
    signed_by,
    signed_devices,
    unpadded,
)

USER = "@alice:a.test"


def published(identity: CrossSigningKeys, **devices: Any) -> dict[str, Any]:
    """Return an answer of keys/query with an identity and devices."""
    upload = identity.upload("PHONE", "")
    return {
        "master_keys": {USER: upload["master_key"]},
        "self_signing_keys": {USER: upload["self_signing_key"]},
        "device_keys": {USER: devices},
    }


DEVICE = {
    "device_id": "PHONE",
    "user_id": USER,
    "keys": {"ed25519:PHONE": "é"},
    "unsigned": {"x": 1},
}


def test_vodozemac_accepts_our_signatures() -> None:
    identity = CrossSigningKeys.of(USER, new_seeds())
    signed = identity.sign("self_signing", DEVICE)
    public = identity.public("self_signing")
    signature = signed["signatures"][USER][f"ed25519:{public}"]
    assert "=" not in public + signature
    vodozemac.Ed25519PublicKey.from_base64(public).verify_signature(
        canonical(DEVICE), vodozemac.Ed25519Signature.from_base64(signature)
    )
    assert "unsigned" not in signed


def test_we_accept_vodozemacs_signatures() -> None:
    account = vodozemac.Account()
    signature = account.sign(canonical(DEVICE)).to_base64()
    public = account.ed25519_key.to_base64()
    subject = {**DEVICE, "signatures": {USER: {"ed25519:PHONE": signature}}}
    assert signed_by(subject, USER, public, "PHONE")
    assert not signed_by({**subject, "device_id": "OTHER"}, USER, public, "PHONE")
    assert not signed_by(subject, "@bob:a.test", public, "PHONE")


def test_a_signed_device_is_told_from_others() -> None:
    identity, other = CrossSigningKeys.of(USER, new_seeds()), CrossSigningKeys.of(USER, new_seeds())
    signed = identity.sign("self_signing", DEVICE)
    by_another = other.sign("self_signing", DEVICE)
    by_the_master = identity.sign("master", DEVICE)
    answer = published(identity, A=signed, B=DEVICE, C=by_another, D=by_the_master, E=None)
    assert signed_devices(answer, USER) == {"A"}
    assert published_master(answer, USER) == identity.public("master")


def test_a_broken_chain_signs_nothing() -> None:
    identity, other = CrossSigningKeys.of(USER, new_seeds()), CrossSigningKeys.of(USER, new_seeds())
    answer = published(identity, A=identity.sign("self_signing", DEVICE))
    foreign = published(other)
    assert not signed_devices({**answer, "master_keys": foreign["master_keys"]}, USER)
    assert not signed_devices({**answer, "master_keys": {}}, USER)
    assert not signed_devices({**answer, "self_signing_keys": {}}, USER)
    assert not signed_devices({**answer, "self_signing_keys": {USER: {"keys": {"x": 3}}}}, USER)
    assert not signed_devices({}, USER)


@pytest.mark.parametrize("public", ["", "é", "AAAA", "A" * 43, "not base64 at all"])
def test_odd_keys_sign_nothing(public: str) -> None:
    assert not signed_by({"signatures": {USER: {f"ed25519:{public}": "AAAA"}}}, USER, public)


def test_canonical_json_is_sorted_and_utf8() -> None:
    assert (
        canonical({"b": 1, "a": "é", "signatures": {}, "unsigned": 3}) == '{"a":"é","b":1}'.encode()
    )
    assert canonical({"a": "\ud800"})  # a lone surrogate is no reason to fall


def test_seeds_travel_as_one_line() -> None:
    seeds = new_seeds()
    assert all(len(seed) == SEED_BYTES for seed in seeds.values())
    assert import_seeds(f" {export_seeds(seeds)}\n") == seeds


@pytest.mark.parametrize(
    "line",
    [
        "",
        "parvis-seeds-1",
        "parvis-seeds-1.AAAA.AAAA.AAAA",
        "parvis-seeds-2.a.b.c",
        "parvis-seeds-1.é.b.c",
    ],
)
def test_half_a_line_is_refused(line: str) -> None:
    with pytest.raises(SeedsUnreadable):
        import_seeds(line)


def test_an_identity_is_the_same_each_time() -> None:
    seeds = {
        usage: usage.encode().ljust(32) for usage in ("master", "self_signing", "user_signing")
    }
    once, again = CrossSigningKeys.of(USER, seeds), CrossSigningKeys.of(USER, dict(seeds))
    assert json.dumps(once.upload("D", "s")) == json.dumps(again.upload("D", "s"))
    assert unpadded(b"\xff") == "/w"
