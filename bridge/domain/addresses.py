"""E-mail addresses: reads and normalises them."""

from email_validator import EmailNotValidError, validate_email

_LONGEST = 254
_SAME = str.maketrans({"’": "'", "‘": "'", "ʼ": "'", "‐": "-", "‑": "-"})
"""The characters that word processors substitute within addresses."""


def read_address(typed: str) -> str | None:
    """Return an e-mail address with its domain in ASCII and lower case, or `None`.

    The local part must be ASCII too: few servers take others yet (RFC 6531). No DNS is asked.
    """
    if len(typed) > _LONGEST:
        return None
    try:
        found = validate_email(
            _plain(typed), check_deliverability=False, allow_smtputf8=False, test_environment=True
        )
    except EmailNotValidError:
        return None
    return found.ascii_email


def _plain(typed: str) -> str:
    """Return the address with plain signs: no local part that we take has a curly apostrophe."""
    local, at, domain = typed.rpartition("@")
    return f"{local.translate(_SAME)}{at}{domain}" if at else typed
