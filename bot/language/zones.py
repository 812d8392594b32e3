"""Zones named after an hour: we never take another zone's hour for ours.

`heure de La Réunion`, `Paris time`, `UTC`, `GMT+2`, `EST`, on the folded shadow of a line.
"""

import re
from dataclasses import dataclass
from datetime import timedelta, timezone, tzinfo
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

_PLACES = {
    "reunion": "Indian/Reunion", "martinique": "America/Martinique",
    "guadeloupe": "America/Guadeloupe", "guyane": "America/Cayenne",
    "french guiana": "America/Cayenne", "mayotte": "Indian/Mayotte",
    "nouvelle-caledonie": "Pacific/Noumea", "new caledonia": "Pacific/Noumea",
    "polynesie": "Pacific/Tahiti", "polynesie francaise": "Pacific/Tahiti",
    "wallis": "Pacific/Wallis", "wallis-et-futuna": "Pacific/Wallis",
    "saint-pierre-et-miquelon": "America/Miquelon", "saint-martin": "America/Marigot",
    "saint-barthelemy": "America/St_Barthelemy", "metropole": "Europe/Paris",
    "france": "Europe/Paris", "france metropolitaine": "Europe/Paris",
    "londres": "Europe/London", "bruxelles": "Europe/Brussels", "geneve": "Europe/Zurich",
    "berne": "Europe/Zurich", "lisbonne": "Europe/Lisbon", "vienne": "Europe/Vienna",
    "athenes": "Europe/Athens", "varsovie": "Europe/Warsaw", "moscou": "Europe/Moscow",
    "kiev": "Europe/Kyiv", "kyiv": "Europe/Kyiv", "pekin": "Asia/Shanghai",
    "beijing": "Asia/Shanghai", "le caire": "Africa/Cairo", "alger": "Africa/Algiers",
    "washington": "America/New_York", "montreal": "America/Montreal", "quebec": "America/Montreal",
    "fort-de-france": "America/Martinique", "saint-denis": "Indian/Reunion",
    "pointe-a-pitre": "America/Guadeloupe", "papeete": "Pacific/Tahiti", "uk": "Europe/London",
    "new delhi": "Asia/Kolkata", "dakar": "Africa/Dakar", "eastern": "America/New_York",
    "pacific": "America/Los_Angeles", "central european": "Europe/Paris",
}  # fmt: skip
_PEOPLE = {
    "reunionnaise": "Indian/Reunion", "martiniquaise": "America/Martinique",
    "guadeloupeenne": "America/Guadeloupe", "guyanaise": "America/Cayenne",
    "mahoraise": "Indian/Mayotte", "caledonienne": "Pacific/Noumea",
    "polynesienne": "Pacific/Tahiti", "tahitienne": "Pacific/Tahiti",
    "wallisienne": "Pacific/Wallis", "metropolitaine": "Europe/Paris",
    "parisienne": "Europe/Paris", "londonienne": "Europe/London", "anglaise": "Europe/London",
    "britannique": "Europe/London", "bruxelloise": "Europe/Brussels", "belge": "Europe/Brussels",
    "suisse": "Europe/Zurich", "allemande": "Europe/Berlin", "espagnole": "Europe/Madrid",
    "italienne": "Europe/Rome", "portugaise": "Europe/Lisbon", "quebecoise": "America/Montreal",
    "montrealaise": "America/Montreal", "new-yorkaise": "America/New_York",
}  # fmt: skip
"""Peoples after whom an hour is called: `14h heure réunionnaise`."""
_NAMES = {
    "utc": 0, "gmt": 0, "cet": 60, "cest": 120, "est": -300, "edt": -240, "pst": -480, "pdt": -420,
    "mst": -420, "mdt": -360, "cdt": -300, "bst": 60, "wet": 0, "west": 60, "eet": 120,
    "eest": 180, "msk": 180, "jst": 540, "hkt": 480, "sgt": 480, "tu": 0,
}  # fmt: skip
_WORD = r"[a-z][a-z.-]*"
_ZONE = re.compile(
    rf"""\(?(?: (?:(?:en\s|a\sl')?heures?\s)
          (?: (?P<ours>locale|d'ici|francaise|legale)
            | (?:(?:de\s|d'|du\s|des\s|a\s)(?:la\s|l'|le\s)?)(?P<place>{_WORD}(?:\s{_WORD}){{0,2}})
            | (?P<name1>utc|gmt) )
        | \((?P<city>{_WORD}(?:\s{_WORD}){{0,2}})(?=\))
        | heure\s(?P<people>[a-z-]{{4,}})
        | (?P<there>{_WORD}(?:\s{_WORD}){{0,2}})\stime
        | (?P<name>{"|".join(_NAMES)}|z)
        )
        (?P<by>\s?[+-]\s?[0-9]{{1,2}}(?::?[0-9]{{2}})?)?\)?(?![\w'+-])
      | (?P<offset>[+-][0-9]{{2}}:?[0-9]{{2}})(?![\w:])""",
    re.VERBOSE,
)
FIRST_OF_ZONES = frozenset({"heure", "heures", "en", "a", "z", *_NAMES})
"""The first words of a zone, but for `… time`."""
_WORDS_TOO = frozenset({"est", "z", "tu", "west", "wet"})


@dataclass(frozen=True, slots=True)
class Zone:
    """Words that name a zone: their end, and the zone; `None` for an unknown one."""

    end: int
    zone: tzinfo | None
    name: str = ""
    """An abbreviation that names it, as `est`."""


def zone_at(text: str, shadow: str, at: int, here: tzinfo) -> Zone | None:
    """Return the zone named at a place, just after an hour."""
    found = _ZONE.match(shadow, at)
    if found is None:
        return None
    if found["ours"]:
        return Zone(found.end(), here)
    if found["offset"]:
        return Zone(found.end(), _shifted(0, found["offset"]))
    name = found["name"] or found["name1"]
    if name:
        # "est" is a French word too, and "Z" begins names: we read zones in capitals only.
        start = found.start("name") if found["name"] else found.start("name1")
        if name in _WORDS_TOO and not text[start : start + len(name)].isupper():
            return None
        minutes = _NAMES.get(name, 0)
        return Zone(found.end(), _shifted(minutes, found["by"] or ""), "" if found["by"] else name)
    return _placed(found, here)


def _placed(found: re.Match[str], here: tzinfo) -> Zone | None:
    """Return the zone of the place, whose name may be shorter than the match."""
    if found["people"]:
        key = _PEOPLE.get(found["people"])
        return Zone(found.end(), None if key is None else ZoneInfo(key))
    if found["city"]:
        city = known(found["city"])
        return None if city is None else Zone(found.end(), city)
    if found["there"]:
        if found["there"] in ("local", "our", "my", "french"):
            return Zone(found.end(), here)
        place = known(found["there"])
        # "Story time" is a title.
        return None if place is None else Zone(found.end(), place)
    words = found["place"].split(" ")
    for count in range(len(words), 0, -1):
        name = " ".join(words[:count])
        place = known(name)
        if place is not None:
            return Zone(found.start("place") + len(name), place)
    return Zone(found.start("place") + len(words[0]), None)


def known(place: str) -> ZoneInfo | None:
    """Return the zone of a place by its folded name, in French or English."""
    key = _PLACES.get(place) or _cities().get(place.replace(" ", "_").replace("-", "_"))
    return None if key is None else ZoneInfo(key)


@cache
def _cities() -> dict[str, str]:
    """Return zones by their city."""
    return {
        key.rpartition("/")[2].lower().replace("-", "_"): key
        for key in available_timezones()
        if "/" in key and not key.startswith("Etc/")
    }


def _shifted(minutes: int, by: str) -> tzinfo:
    digits = by.replace(" ", "").replace(":", "")
    if digits:
        sign = -1 if digits[0] == "-" else 1
        hours, rest = int(digits[1:3]), int(digits[3:5] or 0)
        minutes += sign * (60 * hours + rest)
    return timezone(timedelta(minutes=max(-1439, min(1439, minutes))))
