"""The key ring: who signs, who is published, and what a crash may leave behind."""

import json
import os
import resource
import stat
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from bridge.clock import SystemClock
from bridge.errors import KeysUnusable, TokenRefused
from bridge.tokens import Expectation, KeySet, VerifyingKey, verify
from federation.keys import KeyRing

NOW = datetime(2026, 9, 1, 12, 0, tzinfo=UTC)
EXPECT = Expectation(
    typ="authorization-grant+jwt",
    issuer="https://invites.b.example",
    audience="https://invites.a.example",
    max_lifetime=timedelta(seconds=120),
)
KILLED = 9


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "keys"


@pytest.fixture
def ring(folder: Path) -> KeyRing:
    return KeyRing.create(folder)


def signed_by(ring: KeyRing) -> str:
    second = int(NOW.timestamp())
    said = {"iss": EXPECT.issuer, "aud": EXPECT.audience, "iat": second, "exp": second + 60}
    return ring.sign(said, typ=EXPECT.typ)


def verifies(token: str, ring: KeyRing) -> bool:
    """Check a token as a partner would, with what the ring publishes."""
    published = KeySet.from_jwks(json.dumps(ring.jwks()).encode())
    try:
        verify(token, published, expect=EXPECT, now=NOW)
    except TokenRefused as refused:
        if str(refused) != "kid-unknown":
            raise
        return False
    return True


def rotate(folder: Path) -> KeyRing:
    """Rotate days after whatever the test wrote."""
    return KeyRing.rotate(folder, now=SystemClock().now() + timedelta(days=2))


def files(folder: Path) -> list[Path]:
    return sorted(folder.iterdir())


def roles(ring: KeyRing) -> tuple[VerifyingKey | None, VerifyingKey, VerifyingKey]:
    return ring.previous, ring.current.verifier, ring.next


def write(path: Path, raw: bytes, mode: int = 0o400) -> None:
    path.unlink(missing_ok=True)
    path.write_bytes(raw)
    path.chmod(mode)


def private_pem(key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def test_a_new_ring_has_a_key_that_signs_and_one_to_come(folder: Path, ring: KeyRing) -> None:
    assert ring.previous is None
    assert [key["kid"] for key in ring.jwks()["keys"]] == [ring.current.kid, ring.next.kid]
    assert verifies(signed_by(ring), ring)
    assert KeyRing.load(folder) == ring


def test_only_the_owner_can_read_the_files(folder: Path, ring: KeyRing) -> None:
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert [stat.S_IMODE(path.stat().st_mode) for path in files(folder)] == [0o400, 0o400]


def test_rotation_moves_every_key_by_one_role(folder: Path, ring: KeyRing) -> None:
    once = rotate(folder)
    assert roles(once)[:2] == (ring.current.verifier, ring.next)
    twice = rotate(folder)
    assert roles(twice)[:2] == (ring.next, once.next)
    assert len({key["kid"] for key in twice.jwks()["keys"]}) == 3
    assert len(files(folder)) == 3
    assert KeyRing.load(folder) == twice


def test_a_token_outlives_one_rotation_and_not_two(folder: Path, ring: KeyRing) -> None:
    token = signed_by(ring)
    assert verifies(token, rotate(folder))
    assert not verifies(token, rotate(folder))


def test_a_partner_knows_the_next_key_before_it_signs(folder: Path, ring: KeyRing) -> None:
    assert verifies(signed_by(rotate(folder)), ring)


def test_a_key_that_partners_may_not_know_yet_does_not_sign(folder: Path, ring: KeyRing) -> None:
    made = datetime.fromtimestamp(files(folder)[1].stat().st_mtime, UTC)
    day = timedelta(days=1)
    with pytest.raises(KeysUnusable, match="too new"):
        KeyRing.rotate(folder, now=made + day - timedelta(seconds=1))
    assert KeyRing.load(folder) == ring
    later = KeyRing.rotate(folder, now=made + day)
    assert later.current.kid == ring.next.kid


def test_compromised_keys_go_at_once(folder: Path, ring: KeyRing) -> None:
    for _ in range(3):
        KeyRing.rotate(folder, now=SystemClock().now(), compromised=True)
    old = {ring.current.kid, ring.next.kid}
    assert not old & {key["kid"] for key in KeyRing.load(folder).jwks()["keys"]}


def test_a_key_is_named_by_its_thumbprint(ring: KeyRing) -> None:
    keys = ring.keys.by_kid
    assert all(key.thumbprint == kid for kid, key in keys.items())


def test_nothing_private_is_published(ring: KeyRing) -> None:
    members = {"kty", "crv", "x", "y", "kid", "alg", "use"}
    assert all(set(key) == members for key in ring.jwks()["keys"])


def test_creating_twice_is_refused(folder: Path, ring: KeyRing) -> None:
    with pytest.raises(KeysUnusable, match="rotate them"):
        KeyRing.create(folder)
    assert KeyRing.load(folder) == ring


@pytest.mark.parametrize("mode", [0o600, 0o440, 0o404, 0o644, 0o700, 0o000])
def test_a_key_open_to_others_is_refused_by_name(folder: Path, ring: KeyRing, mode: int) -> None:
    files(folder)[0].chmod(mode)
    with pytest.raises(KeysUnusable) as caught:
        KeyRing.load(folder)
    assert caught.value.code == "keys-unusable"
    assert files(folder)[0].name in str(caught.value)


@pytest.mark.parametrize("mode", [0o770, 0o707, 0o777])
def test_a_folder_where_others_may_write_is_refused(folder: Path, ring: KeyRing, mode: int) -> None:
    folder.chmod(mode)
    for act in (KeyRing.load, rotate, KeyRing.create):
        with pytest.raises(KeysUnusable, match="0700"):
            act(folder)


P256 = ec.generate_private_key(ec.SECP256R1())
BROKEN: dict[str, tuple[bytes, str]] = {
    "empty": (b"", "not a private key"),
    "text": (b"hello", "not a private key"),
    "cut": (private_pem(P256)[:100], "not a private key"),
    "huge": (private_pem(P256).rjust(100_000), "not a private key"),
    "public": (
        P256.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo),
        "not a private key",
    ),
    "p384": (private_pem(ec.generate_private_key(ec.SECP384R1())), "P-256"),
    "rsa": (private_pem(rsa.generate_private_key(65537, 2048)), "P-256"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_key_is_refused_by_name(folder: Path, ring: KeyRing, name: str) -> None:
    raw, said = BROKEN[name]
    path = files(folder)[1]
    write(path, raw)
    for act in (KeyRing.load, rotate):
        with pytest.raises(KeysUnusable, match=said) as caught:
            act(folder)
        assert path.name in str(caught.value)
    assert len(files(folder)) == 2


def test_a_link_to_a_key_is_refused(folder: Path, ring: KeyRing) -> None:
    path = files(folder)[0]
    path.symlink_to(path.rename(folder / "elsewhere"))
    with pytest.raises(KeysUnusable, match=path.name):
        KeyRing.load(folder)


@pytest.mark.parametrize("make", [Path.mkdir, os.mkfifo], ids=["folder", "pipe"])
def test_what_is_no_file_is_refused(
    folder: Path, ring: KeyRing, make: Callable[[Path, int], None]
) -> None:
    path = files(folder)[0]
    path.unlink()
    make(path, 0o400)
    with pytest.raises(KeysUnusable, match=path.name):
        KeyRing.load(folder)


def test_a_full_disk_leaves_the_ring_as_it_was(folder: Path, ring: KeyRing) -> None:
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, limits[1]))
    try:
        with pytest.raises(KeysUnusable, match="can't write a key"):
            rotate(folder)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert KeyRing.load(folder) == ring
    rotate(folder)
    assert len(files(folder)) == 3


def test_without_keys_the_advice_is_to_create_them(folder: Path) -> None:
    with pytest.raises(KeysUnusable, match="No such file"):
        KeyRing.load(folder)
    folder.mkdir(mode=0o700)
    for act in (KeyRing.load, rotate):
        with pytest.raises(KeysUnusable, match="create it first"):
            act(folder)


def test_a_file_in_the_folders_place_is_refused(folder: Path) -> None:
    folder.write_text("")
    for act in (KeyRing.load, rotate, KeyRing.create):
        with pytest.raises(KeysUnusable):
            act(folder)


def test_other_files_are_left_alone(folder: Path, ring: KeyRing) -> None:
    (folder / "README").write_text("keys")
    rotate(folder)
    rotate(folder)
    assert len(files(folder)) == 4


def test_rotations_at_once_take_their_turns(folder: Path, ring: KeyRing) -> None:
    with ThreadPoolExecutor(4) as pool:
        mentions = list(pool.map(lambda _: rotate(folder), range(12)))
    assert len({ring.next.kid for ring in mentions}) == 12
    assert [path.name for path in files(folder)] == [f"key-{n:08}.pem" for n in (12, 13, 14)]


def killed_at_each_step(act: Callable[[], object]) -> Iterator[None]:
    """Run `act` in a child that dies before its first touch of the file system, the second, …

    The last round is the one in which the child lives to the end.
    """
    for step in range(100):
        child = os.fork()
        if child == 0:
            die_before(step)
            act()
            os._exit(0)
        status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        assert status in {0, KILLED}
        yield
        if status == 0:
            return
    pytest.fail("never ended")


def die_before(step: int) -> None:
    left = step

    def hook(event: str, _: object) -> None:
        nonlocal left
        if event == "open" or event.startswith("os."):
            left -= 1
            if left < 0:
                os._exit(KILLED)

    sys.addaudithook(hook)


@pytest.mark.long
def test_a_rotation_killed_anywhere_leaves_the_old_ring_or_the_new(
    folder: Path, ring: KeyRing
) -> None:
    before = rotate(folder)
    rounds, unchanged = 0, 0
    for _ in killed_at_each_step(lambda: rotate(folder)):
        after = KeyRing.load(folder)
        if after == before:
            unchanged += 1
        else:
            assert roles(after)[:2] == roles(before)[1:]
            assert verifies(signed_by(before), after)
        before = after
        rounds += 1
    assert 0 < unchanged < rounds
    assert len(files(folder)) == 3


@pytest.mark.long
def test_a_creation_killed_anywhere_can_be_completed(tmp_path: Path) -> None:
    for round_, _ in enumerate(killed_at_each_step(lambda: KeyRing.create(tmp_path / "keys"))):
        folder = tmp_path / "keys"
        if not folder.exists() or len(list(folder.glob("key-*"))) < 2:
            made = KeyRing.create(folder)
        else:
            made = KeyRing.load(folder)
        assert KeyRing.load(folder) == made
        folder.rename(tmp_path / str(round_))
    assert round_ > 5
