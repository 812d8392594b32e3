"""Addresses of meetings, as people paste them, and the patterns by which partners say theirs."""

from urllib.parse import urlsplit

ROOM = "{room}"


def meeting_address(text: str) -> str | None:
    """Return the address in a text, without what changes no meeting; `None` if it is none.

    Without a query, a fragment and a slash at its end; https alone, and no login in it.
    """
    text = text.strip().strip("<>()[]«»“”\"'.,;!?")
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        return None
    host = (parts.hostname or "").lower()
    path = parts.path.rstrip("/")
    odd = parts.username is not None or not text.isascii() or not text.isprintable()
    if parts.scheme.lower() != "https" or not host or not path or odd or " " in text:
        return None
    place = f"[{host}]" if ":" in host else host
    return f"https://{place}{'' if port in (None, 443) else f':{port}'}{path}"


def origin_of(address: str) -> str:
    """Return the origin of a meeting's address."""
    return "/".join(address.split("/", 3)[:3])


def matches(pattern: str, address: str) -> bool:
    """Tell whether a meeting's address is one of a pattern's: its beginning, then one room."""
    before, room, after = pattern.partition(ROOM)
    if not room or after or not before.startswith("https://") or not before.endswith("/"):
        return False
    if before.count("/") < len("//") + 1 or not address.startswith(before):
        return False
    return "/" not in address.removeprefix(before) and address != before
