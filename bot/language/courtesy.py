"""Courtesy around an order: `Dear bot, …`, `… please`, `… Regards, Alice`."""

import re

from bot.language.line import Line

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
_PLEASE = re.compile(
    r"[\s,;.]*(?<![\w'-])(?:svp|stp|s'il\s(?:te|vous)\splait|please|pls|merci(?:\sd'avance)?"
    r"|thanks|thank\syou)[\s.!]*\Z"
)
"""Ends a line without another meaning."""


def only_closes(line: Line) -> bool:
    """Tell whether a line is only a letter's closing: `Cordialement, Alice`."""
    return _ONLY_CLOSING.fullmatch(line.shadow[: _LONG + 1]) is not None


def uncourteous(line: Line) -> Line | None:
    """Return a line without salutation and closing; `None` if it has neither."""
    opening = _OPENING.match(line.shadow[:_LONG])
    closing = _CLOSING.search(line.shadow, max(0, len(line.shadow) - _LONG))
    if opening is None and closing is None:
        return None
    start = 0 if opening is None else opening.end()
    end = len(line.text) if closing is None else closing.start()
    rest = line.part(start, max(start, end))
    return rest if rest.words else None


def without_please(line: Line) -> Line:
    """Remove the "please" that ends a line."""
    found = _PLEASE.search(line.shadow)
    return line if found is None or not found.start() else line.part(0, found.start())
