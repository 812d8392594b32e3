"""Guessable secrets: known ones, ones of few different characters, ones that repeat.

Length alone says little: `12345678901234567890123456789012` has 32 characters. An attacker would
try first, against tokens and forms, the secrets refused here, so none is ever shown.
"""

from enum import StrEnum

FEWEST = 10
"""Different characters, or bytes of a key. Of 32 random hexadecimal digits one in 10,000 has fewer;
64 practically never have."""

_KNOWN = (
    # From the development files of Visio (La Suite Meet), LiveKit and Synapse.
    "ThisIsAnExampleKeyForDevPurposeOnly",
    "devkey",
    "secret",
    # Examples from pages that teach or test tokens, and the first entries of dictionaries for them.
    "your-256-bit-secret",
    "your-384-bit-secret",
    "your-512-bit-secret",
    "a-string-secret-at-least-256-bits-long",
    "a-valid-string-secret-that-is-at-least-384-bits-long",
    "a-valid-string-secret-that-is-at-least-512-bits-long-which-is-very-long",
    "my_very_long_and_safe_secret_key",
    "012345678901234567890123456789XY",
    "0123456789abcdefghijklmnopqrstuvwxyz",
    "abcdefghijklmnopqrstuvwxyz0123456789",
    "abcdefghijklmnopqrstuvwxyz",
    "qwertyuiopasdfghjklzxcvbnm",
    "61306132616264382d363136322d343163332d383364362d316366353539623436616663",
    "872e4e50ce9990d8b041330c47c9ddd11bec6b503ae9386a99da8584e9bb12c4",
    "a43cc200a1bd292682598da42daa9fd14589f3d8bf832ffa206be775259ee1ea",
    "c2a4eb068af8abef18d80b1689c7d785",
    "fe1a1915a379f3be5394b64d14794932",
    "gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr9C",
    "GQDstcKsx0NHjPOuXOYg5MbeJ1XT0uFiwDVvVBrk",
    "R9MyWaEoyiMYViVWo8Fk4TUGWiSoaW6U1nOqXri8_XU",
    "CL4V3_SUP3R_S3CR3T4_C4TR4L_G4RD3N",
    "YoUR sUpEr S3krEt 1337 HMAC kEy HeRE",
    "Secret key. You can use `mix guardian.gen.secret` to get one",
    "temp string. tolerate this for now pls.",
    "Th1s1ss3cr3tdefault_page_template_id",
    "tempwhilewaitingtofixwslubuntu",
    "season-wiz-react-template",
    "mix guardian.gen.secret",
    "my super secret password",
    "super-secret-password",
    "this is a temp key",
    "ThisIsMySuperSecret",
    "hard!to-guess_secret",
    "Ch4ng3-m3-1M-n0t-s3cr3t",
    "3st4-3s-M1-Cl4v3-S3cr3t4",
    "8zUpiGcaPkNhNGi8oyrq",
    "J5hZTw1vtee0PGaoAuaW",
    "RfxRP43BIKoSQ7P1GfeO",
    "AC8d83&21Almnis710sds",
    "correct horse battery staple",
    "change me in production please",
    "changeme",
    "password",
)


class Weakness(StrEnum):
    """The reason why a secret is refused; it names the sentence in `config.words`."""

    KNOWN = "weak_known"
    FEW = "weak_few"
    REPEATS = "weak_repeats"


def weakness(secret: str) -> Weakness | None:
    """Return why a secret is guessable, `None` if nothing shows it."""
    if _plain(secret) in _REFUSED:
        return Weakness.KNOWN
    return weakness_of_bytes(secret.encode("utf-8", "surrogatepass"))


def weakness_of_bytes(key: bytes) -> Weakness | None:
    """Return the same for the bytes of a key: 32 random ones have some thirty different values."""
    if _repeats(key):
        return Weakness.REPEATS
    return Weakness.FEW if len(set(key)) < FEWEST else None


def _plain(secret: str) -> str:
    """Return letters and digits alone, so that another dash or capital makes no other secret."""
    return "".join(one for one in secret.casefold() if one.isalnum())


_REFUSED = frozenset(_plain(one) for one in _KNOWN)


def _repeats(key: bytes) -> bool:
    """Tell whether it repeats one piece, the last time perhaps cut short."""
    return any(key[length:] == key[:-length] for length in range(1, len(key) // 2 + 1))
