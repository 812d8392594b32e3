"""The language of answers to a browser: by the switch on the page, or else by its request."""

import re
from functools import lru_cache

from aiohttp import web

from bridge.i18n import Language

_SWITCH = re.compile(r"(?:^|&)lang=(fr|en)(?:&|$)")
_WEIGHT = r"(?:;\s*q=(0(?:\.\d{0,3})?|1(?:\.0{0,3})?)\s*)?"
_RANGE = re.compile(r"\s*([a-zA-Z*]{1,8})(?:-[a-zA-Z0-9-]*)?\s*" + _WEIGHT)
_LONGEST = 200


def switched(request: web.Request) -> Language | None:
    """Return the language chosen on the page itself."""
    found = _SWITCH.search(request.rel_url.raw_query_string)
    return None if found is None else Language(found[1])


def spoken(request: web.Request, default: Language) -> Language:
    """Return the language to answer in."""
    accepted = request.headers.get("Accept-Language", "")
    return switched(request) or _preferred(accepted[:_LONGEST]) or default


@lru_cache(maxsize=1024)
def _preferred(accepted: str) -> Language | None:
    best: tuple[float, Language] | None = None
    for part in accepted.split(","):
        found = _RANGE.fullmatch(part)
        if found is None or found[1].lower() not in set(Language):
            continue
        weight = float(found[2] or 1)
        if weight > 0 and (best is None or weight > best[0]):
            best = (weight, Language(found[1].lower()))
    return None if best is None else best[1]
