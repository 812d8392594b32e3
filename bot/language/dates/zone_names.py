"""Zones as readings name them: IANA names, from the words for a zone and back."""

import re
from datetime import datetime, timedelta, tzinfo
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

from bot.language.text import fold
from bot.language.zones import Zone, known
from bridge.i18n import Language

SEASONAL = {
    "cet": ("Europe/Paris", 60), "cest": ("Europe/Paris", 120),
    "est": ("America/New_York", -300), "edt": ("America/New_York", -240),
    "pst": ("America/Los_Angeles", -480), "pdt": ("America/Los_Angeles", -420),
    "mst": ("America/Denver", -420), "mdt": ("America/Denver", -360),
    "cdt": ("America/Chicago", -300), "bst": ("Europe/London", 60),
    "wet": ("Europe/Lisbon", 0), "west": ("Europe/Lisbon", 60),
    "eet": ("Europe/Athens", 120), "eest": ("Europe/Athens", 180),
    "msk": ("Europe/Moscow", 180), "jst": ("Asia/Tokyo", 540),
    "hkt": ("Asia/Hong_Kong", 480), "sgt": ("Asia/Singapore", 480),
}  # fmt: skip
"""Abbreviations of a zone, and the offset in minutes that they mean."""
_FRENCH = {
    "Indian/Reunion": "La Réunion", "America/Cayenne": "Cayenne", "Pacific/Noumea": "Nouméa",
    "Pacific/Tahiti": "Tahiti", "America/Martinique": "Martinique", "Indian/Mayotte": "Mayotte",
    "America/Guadeloupe": "Guadeloupe", "Europe/London": "Londres", "Europe/Brussels": "Bruxelles",
}  # fmt: skip
_IANA = re.compile(r"(?:heure\sde\s)?(?P<key>[a-z]+(?:/[a-z0-9_+-]+){1,2})(?:\stime)?(?![\w/])")
_HOUR = timedelta(hours=1)


def named(zone: tzinfo) -> str | None:
    """Return the IANA name of a zone; `None` for an offset that has none."""
    if isinstance(zone, ZoneInfo):
        return zone.key
    offset = zone.utcoffset(None)
    if offset is None or offset % _HOUR or abs(offset) > 12 * _HOUR:
        return None
    hours = offset // _HOUR
    return f"Etc/GMT{-hours:+d}" if hours else "UTC"


def in_season(name: str, wall: datetime) -> bool:
    """Tell whether an abbreviation is that of a local time: EST is none in summer."""
    key, minutes = SEASONAL[name]
    return wall.replace(tzinfo=ZoneInfo(key)).utcoffset() == timedelta(minutes=minutes)


def typed_zone(key: str, language: Language) -> str:
    """Return a zone as one types it after an hour."""
    if key == "UTC":
        return key
    if key.startswith("Etc/GMT"):
        return f"UTC{-int(key.removeprefix('Etc/GMT')):+d}"
    city = key.rpartition("/")[2].replace("_", " ")
    city = _FRENCH.get(key, city) if language is Language.FR else city
    place = known(fold(city))
    if place is None or place.key != key:
        city = key
    return f"heure de {city}" if language is Language.FR else f"{city} time"


def iana_at(folded: str, at: int) -> Zone | None:
    """Return the zone whose IANA name begins at a place: `heure de Europe/Paris`."""
    found = _IANA.match(folded, at) if "/" in folded else None
    key = None if found is None else _keys().get(found["key"])
    return None if found is None or key is None else Zone(found.end(), ZoneInfo(key))


@cache
def _keys() -> dict[str, str]:
    return {key.lower(): key for key in available_timezones()}
