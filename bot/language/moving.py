"""Wishes to move a meeting, by their form: `bring it forward an hour`, `avance-la`."""

import re

from bot.language.line import Line

_WORD = r"[a-z'-]{2,20}"
_IT = rf"(?:it|this|that|(?:the|our|my|this|that|today's)\s(?:{_WORD}\s)?{_WORD})"
_WHITHER = r"(?:forwards?|back(?:wards?)?|earlier|later|sooner|off|ahead)"
_IN_ENGLISH = (
    rf"(?:bring|push|pull|put|move|shift|slide|take|make|set|nudge|bump|carry|knock|hold|drag|kick|start|begin|have)\s{_IT}"
    rf"\s(?:[a-z0-9]{{1,8}}\s){{0,4}}{_WHITHER}(?!\sto\s(?:the\s)?(?:team|list|group|salon))|(?:bring|push|put|move|shift)\s(?:forward|back|off)"
    rf"|(?:move|shift|slide|bump|push)\s{_IT}\s(?:up|out|by)"
)
_VERBS = (
    r"avance|recule|pousse|remonte|bouge|decale|repousse|retarde|devance|deplace|ramene|glisse|reporte|remets|remet|remett|reprogramme"
    r"|replanifie"
)
_IN_FRENCH = (
    rf"(?:{_VERBS})(?:z|r|s|ons)?-(?:la|le|les|moi|nous)(?:-(?:la|le))?"
    rf"|(?:on|tu|vous|je|nous)\s(?:l'|la\s|le\s|les\s)(?:{_VERBS})(?:z|s|ons|ez)?"
    rf"|(?:l'|la\s|le\s|les\s)(?:{_VERBS})(?:r|re)"
    rf"|(?:{_VERBS})(?:z|r|s|ons)?\s(?:de\s|d')(?:[0-9]|une?\s|deux\s|trois\s|demi)[^\n]{{0,20}}?(?:h|heures?|min|minutes?)"
)
_MOVES = re.compile(rf"(?<![\w'-])(?:{_IN_ENGLISH}|{_IN_FRENCH})(?![\w'])")
_LONG = 200


def moves(line: Line) -> bool:
    """Tell whether a line, without its quotes, asks for another time."""
    return _MOVES.search(line.shadow[:_LONG]) is not None
