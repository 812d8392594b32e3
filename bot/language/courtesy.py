"""What stands around an order and is none of it: `Dear bot, …`, `… Best regards, Alice`."""

import re

from bot.language.line import Line
from bot.language.text import slipped
from bridge.i18n import Language

_PLEASE = (
    r"(?:please|pls|svp|stp|s'il\s(?:te|vous)\splait|bitte|por\sfavor|per\sfavore|kindly|merci"
    r"|thanks|thank\syou)"
)
_LONG = 150
"""Characters; no salutation and no closing is longer."""
_OPENING = re.compile(
    r"\s*(?:dear|(?:mon\s|ma\s)?chere?|bonjour|bonsoir|salut|coucou|hello|hi|hey)\s(?:petit\s|little\s)?"
    r"(?:bot|parvis|robot|assistant|assistante|visio|sir|madam|team|all|monsieur|madame|ami)"
    r"(?:\s(?:or|ou|et|and)\s[a-z]+)?\s*[,.!:;\n]+\s*(?=\S)"
)
_CLOSED = (
    r"(?:(?:with\s)?(?:my\s)?(?:best|kind|kindest|warm|warmest)\s(?:regards|wishes)|regards|(?:yours\s)?(?:sincerely|faithfully|truly)"
    r"|(?:bien\s|tres\s)?cordialement|cdt|cdlt|bien\sa\s(?:vous|toi)|respectueusement|amicalement"
    r"|(?:mes\s|sinceres\s|meilleures\s|cordiales\s)+salutations|best)"
)
_CLOSING = re.compile(
    rf"(?<=\S)\s*[,.;!?\n]\s*{_CLOSED}"
    r"(?:[\s,.!\n]+[\w'-]+(?:\s[\w'-]+){0,2})?[\s.!]*\Z"
)
_ONLY_CLOSING = re.compile(
    rf"\s*(?!(?:best|regards)[\s.!]*\Z){_CLOSED}(?:\s?[,\n].{{0,40}})?[\s.!]*"
)
_TONGUES = {
    **dict.fromkeys(("french", "francais", "francaise", "franzosisch"), Language.FR),
    **dict.fromkeys(("english", "anglais", "anglaise", "englisch"), Language.EN),
}
_OTHERS = (
    "german|allemand|deutsch|spanish|espagnol|espanol|castellano|italian|italien|italiano|dutch|neerlandais"
    "|nederlands|portuguese|portugais|portugues|polish|polonais|polski|arabic|arabe|chinese|chinois|mandarin"
    "|russian|russe|ukrainian|ukrainien|japanese|japonais|korean|coreen|turkish|turc|greek|grec|romanian|roumain"
    "|hindi|swedish|suedois|danish|danois|norwegian|norvegien|finnish|finnois|hungarian|hongrois|czech|tcheque"
)
_TONGUE = re.compile(
    rf"\s*(?:{_PLEASE}[\s,]+)?(?:(?:in|en|auf|into|to|(?:change|switch|set)\sto|passe[rz]?\sen|parle[rz]?(?:\sen)?"
    rf"|speak|talk|answer\sin|reply\sin|reponds?\sen|repondez\sen|repondre\sen|now\sin|maintenant\sen)\s)?"
    rf"(?P<name>{'|'.join(_TONGUES)}|{_OTHERS})(?:\s(?:language|version|only|seulement|uniquement|now|maintenant))?"
    rf"(?:[\s,]+{_PLEASE})?[\s.!]*"
)


def only_closes(line: Line) -> bool:
    """Tell whether a line is what one ends a letter with: `Cordialement, Alice`."""
    return _ONLY_CLOSING.fullmatch(line.shadow[: _LONG + 1]) is not None


def uncourteous(line: Line) -> Line | None:
    """Return a line without salutation and closing; `None` where it has neither."""
    opening = _OPENING.match(line.shadow[:_LONG])
    closing = _CLOSING.search(line.shadow, max(0, len(line.shadow) - _LONG))
    if opening is None and closing is None:
        return None
    start = 0 if opening is None else opening.end()
    end = len(line.text) if closing is None else closing.start()
    rest = line.part(start, max(start, end))
    return rest if rest.words else None


def tongue_in(line: Line) -> Language | str:
    """Return the language whose name is all that a line says; its name where it is not ours."""
    found = _TONGUE.fullmatch(line.shadow[: _LONG + 1])
    return "" if found is None else _TONGUES.get(found["name"], found["name"])


def nearest_tongue(word: str) -> Language | None:
    """Return the language of ours that a word names, one typing error allowed."""
    code = word[:2] if word[2:3] in ("", "-", "_") else ""
    if code in ("fr", "en"):
        return Language(code)
    return next(
        (one for name, one in _TONGUES.items() if name == word or slipped(word, name)), None
    )
