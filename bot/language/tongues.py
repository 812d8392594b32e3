"""Names of languages: French and English, which a salon can choose, and others."""

import re
from collections.abc import Mapping

from bot.language.line import Line
from bot.language.nearest import offered, with_help
from bot.language.refusals import Here, Reason
from bot.language.text import fold, slipped
from bot.language.vocabulary import NAMES
from bot.language.wish_words import Ask
from bot.language.wishes import Wish
from bridge.errors import Misunderstood, Refused
from bridge.i18n import Language

_OURS: Mapping[str, Language] = {
    **dict.fromkeys(("french", "francais", "francaise", "franzosisch"), Language.FR),
    **dict.fromkeys(("english", "anglais", "anglaise", "englisch"), Language.EN),
}
_OTHERS = (
    "german|allemand|deutsch|spanish|espagnol|espanol|castellano|italian|italien|italiano|dutch|neerlandais"
    "|nederlands|portuguese|portugais|portugues|polish|polonais|polski|arabic|arabe|chinese|chinois|mandarin"
    "|russian|russe|ukrainian|ukrainien|japanese|japonais|korean|coreen|turkish|turc|greek|grec|romanian|roumain"
    "|hindi|swedish|suedois|danish|danois|norwegian|norvegien|finnish|finnois|hungarian|hongrois|czech|tcheque"
)
_PLEASE = (
    r"(?:please|pls|svp|stp|s'il\s(?:te|vous)\splait|bitte|por\sfavor|per\sfavore|kindly|merci"
    r"|thanks|thank\syou)"
)
_LONG = 150
_TONGUE = re.compile(
    rf"\s*(?:{_PLEASE}[\s,]+)?(?:(?:in|en|auf|into|to|(?:change|switch|set)\sto|passe[rz]?\sen|parle[rz]?(?:\sen)?"
    rf"|speak|talk|answer\sin|reply\sin|reponds?\sen|repondez\sen|repondre\sen|now\sin|maintenant\sen)\s)?"
    rf"(?P<name>{'|'.join(_OURS)}|{_OTHERS})(?:\s(?:language|version|only|seulement|uniquement|now|maintenant))?"
    rf"(?:[\s,]+{_PLEASE})?[\s.!]*"
)


def tongue_in(line: Line) -> Language | str:
    """Return the language that a line names and nothing else; its name if we don't speak it."""
    found = _TONGUE.fullmatch(line.shadow[: _LONG + 1])
    return "" if found is None else _OURS.get(found["name"], found["name"])


def _nearest_tongue(word: str) -> Language | None:
    """Return our language that a word names, with at most one typing error."""
    code = word[:2] if word[2:3] in ("", "-", "_") else ""
    if code in ("fr", "en"):
        return Language(code)
    return next((one for name, one in _OURS.items() if name == word or slipped(word, name)), None)


def tongue_refused(tongue: Language | str, line: Line, here: Here) -> Refused:
    """Return the refusal of a language's name, which offers ours."""
    if isinstance(tongue, Language):
        words = f"{NAMES['language'][here.language]} {tongue.value}"
        return offered(Wish(Ask.LANGUAGE, line.text.strip(), line), here, words)
    return offered(Wish(Ask.OTHER, line.text.strip(), line), here)


def other_tongue(rest: Line, here: Here, refusal: Misunderstood) -> Refused:
    """Return the refusal of words that are no language of ours; a near one is offered."""
    if refusal.parameters["reason"] != Reason.LANGUAGE_UNKNOWN or not rest.words:
        return refusal
    tongue = _nearest_tongue(fold(rest.words[-1].text).strip(" .!:=\"'"))
    return with_help(refusal, here) if tongue is None else tongue_refused(tongue, rest, here)
