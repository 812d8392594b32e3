"""Words that look like a time and were not read as one: they must not slip into a title unnoticed.

We search the folded shadow, so quoted words are safe.
"""

import re

from bot.language.days import DAY_NAMES, MONTH

_SHORT_DAY = "lun|mar|mer|jeu|ven|sam|dim|mon|tue|wed|thu|fri|sat|sun"
_UNIT = (
    "min|mn|minutes?|h|heures?|hours?|jours?|days?|semaines?|weeks?|mois|months?|quinzaine"
    "|fortnight|demi-heure"
)
_EVERY = (
    "jours?|semaines?|mois|matins?|soirs?|days?|weeks?|months?|mornings?|evenings?|weekdays?"
    "|trimestres?|quarters?|semestres?|annees?|years?"
)
_DOTTED = r"(?:[7-9]|0[7-9]|1[0-9]|2[01])\.[0-5][05](?:\s?h(?:rs?|eures?)?(?!\w))?(?![\w.%€$])"
DOTTED = re.compile(_DOTTED)
"""`15.30`, in front or after "at": an hour as likely as a number."""

VAGUE = re.compile(
    r"(?:(?:toute?|pour)\s)?(?:la\s)?journee\s(?:entiere|complete)(?![\w-])|toute\sla\sjournee(?![\w-])"
    r"|(?<!\S)(?:all|(?:for\s)?the\s(?:whole|full))\sday(?![\w-])"
    r"|(?:(?:en|a\sla|vers\sla|au|des\sla|dans\sla)\s)?(?:fin|debut|milieu)\s(?:de\s(?:la\s|l')?|d')"
    r"(?:journee|matinee|soiree|apres-midi|aprem)(?![\w-])"
    r"|(?:at\sthe\s|by\s)?(?:end|beginning|start|middle)\sof\s(?:the\s|this\s)?"
    r"(?:day|morning|afternoon|evening)\b"
    r"|(?:(?:sometime|some\stime)\s)?(?:this|dans\sla|cette)\s(?:week|semaine)(?![\w-])|\bsometime\b"
    r"|(?<!\S)(?:un\sde\sces\sjours|one\sof\sthese\sdays|dans\sla\sjournee|during\sthe\sday)\b"
    r"|(?:des\sque\spossible|as\ssoon\sas\spossible)\b"
    r"|(?<!\S)(?:bientot|plus\stard|soon|later|asap|tout\sa\sl'heure)[\s.!]*\Z"
    r"|(?:late|early|mid)[\s-](?:morning|afternoon|evening)\b"
)
"""Words about a time, without a day or an hour."""
YESTERDAY = re.compile(r"\b(?:avant[-\s])?hier\b|\b(?:the\sday\sbefore\s)?yesterday\b")
_SEASON = (
    r"printemps|automne|ete|hiver|noel|rentree|trimestre|semestre|spring|autumn|summer|winter"
    r"|christmas|easter|paques|quarter|semester|term"
)
_ABOUT = (
    r"courant|debut|fin|mi|milieu|avant|apres|des|d'ici|vers|au\smois\sd[e']|in|by|before|after|during"
    r"|early|late|mid|jusqu'(?:en|a|au)|end\sof|start\sof|middle\sof|until|around|next|this|au|a\sl'|en|cet|ce|avant\sla"
    r"|apres\sla|a\sla|some\s?time\sin|a\spartir\sd[e']|pendant|durant"
)
_PERIOD = r"mois|month|annee|year|semaine|week|trimestre|quarter|journee"
UNREAD = re.compile(
    rf"(?<![\w'-])(?<!\bd[eu]\s)(?<!\bof\s)(?:"
    rf"(?:{_ABOUT})[\s-]?(?:le\s|la\s|l'|the\s|d'|de\s|du\s)?(?:{MONTH}|{_SEASON})"
    r"|(?:fin|debut|milieu|courant|end|beginning|start|middle)\s(?:de\s|du\s|d'|of\s)(?:the\s|l'|la\s)?"
    rf"(?:{_PERIOD})|(?:last|past)\s(?:{_PERIOD})|(?:la\s|le\s|l')?(?:{_PERIOD})\s(?:derniere?|passee?)"
    r"|la\sveille|the\sday\sbefore(?!\syesterday)|(?:dans\sla|in\sthe)\s(?:matinee|soiree|morning|afternoon|evening)"
    r"|un\sautre\sjour|another\sday|some\sday|one\sday|des\sque\spossible|le\slendemain"
    r"|l'annee\sprochaine|trimestre\sprochain)(?![\w'-])"
)
"""Months, seasons and the like, which name no day; in `Bilan de fin d'année` they are a title's."""
BEGINS_MONTH = re.compile(
    rf"\s*(?!may\s(?:i|we)\b)(?:{MONTH}|(?:la\s)?(?:semaine|week)\s[0-9]{{1,2}})(?![\w'-])"
)
"""A month in front, in small letters: `Octobre rose` and `March of the penguins` are titles."""
UNKNOWN = re.compile(
    rf"""\b(?:{DAY_NAMES})\b
      | \b[0-3]?[0-9](?:er|st|nd|rd|th)?\.?\s(?:of\s)?(?:{MONTH})\b
      | \b(?:{MONTH})\.?\s[0-3]?[0-9](?:st|nd|rd|th)?\b
      | \b(?:{_SHORT_DAY})\.?\s[0-9]{{1,2}}\b
      | \b[0-9]{{1,2}}/[0-9]{{1,2}}\b
      | \b[0-9]{{1,2}}[.-][0-9]{{1,2}}[.-][0-9]{{2,4}}\b
      | ^\s*[0-3]?[0-9]\.\s?[01]?[0-9]\.(?=[\s,])
      | (?<!\S)[0-3]?[0-9]\.\s?[01]?[0-9]\.(?=,?\s(?:a\s|at\s)?[0-9])
      | \b[0-9]{{4}}[/.][0-9]{{1,2}}
      | ^\s*(?:le|the|on\sthe)\s[0-9]{{1,2}}(?:er|st|nd|rd|th)?(?:\s(?:{MONTH}))?\b
      | \b(?:dans|in|within|d'ici|sous)\s(?:[^\s]{{1,20}}\s){{0,3}}?(?:[0-9]{{1,3}}\s?)?(?:{_UNIT})
        [0-9]{{0,2}}(?!\w)
      | \b(?:in|dans)\shalf\san?\b | \bdemi-heure\b | \bhalf\san?\shour\b | \bquart\sd'heure\b
      | \bapres[-\s]demain\b | \bday\safter\s | \bsurlendemain\b
      | \b(?:une|deux|trois|quatre|cinq|six|sept|huit|neuf|dix|onze|douze|treize|quatorze|quinze
        |seize|dix-sept|dix-huit|dix-neuf|vingt)\s(?:heures?|minutes?)\b
      | \b(?:an?|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve)\s
        (?:(?:thirty|fifteen)\s)?(?:hours?|minutes?|o'clock|[ap]\.?\s?m\b)
      | \b(?:half|quarter)\s(?:past|to)\b | \bo'clock\b | \b[0-9]{{1,2}}\.[0-9]{{2}}\s?[ap]\.?m\b
      | \b(?:un|trois|three|a|one)\s?quarts?\s(?:d'heure|of\san\shour)\b
 | \b(?:un|une)\s(?:{DAY_NAMES}|semaine|jour|mois)\ssur\s(?:deux|trois|[0-9])\b
      | \bevery\sother\s
      | ^\s*(?:daily|weekly|monthly)\s(?=(?:on\s|at\s)?(?:{DAY_NAMES}|[0-9]))
      | \b(?:fin|debut|milieu)\sde\s(?:la\s)?semaine\b
      | \b(?:end|start|middle)\sof\s(?:the\s|this\s)?week\b
      | \b(?:semaine|mois|an)\sprochaine?\b | \bnext\s(?:week|month|year)\b | \bweek-?end\b
      | \b(?:tous|toutes)\sles\s(?:[^\s]{{1,20}}\s)??(?:{_EVERY})\b | \bchaque\s(?:{_EVERY})\b
      | \b(?:every|each)\s(?:[^\s]{{1,20}}\s)??(?:{_EVERY})\b
      | \b(?:de|from|entre|between)\s[0-9]{{1,2}}\s(?:a|to|et|and)\s[0-9]{{1,2}}\b""",
    re.VERBOSE,
)
"""Dates and delays that we do not read yet."""
MISPLACED = re.compile(
    rf"""\b[0-9]+\s?(?:h(?:eures?|ours?|rs?)?|min(?:ute)?s?|mn)(?![^\W\d])
      | \b[0-9]{{1,2}}(?::[0-9]{{2}})?ish\b
      | \b[0-9]{{1,2}}:[0-9]{{2}}\b
      | \b[0-9]{{1,2}}\s?[ap]\.?\s?m\b
      | \b[0-9]{{4}}-[0-9]{{1,2}}-[0-9]{{1,2}}
      | \b(?:demain|tomorrow|aujourd'hui|today|tonight|minuit|midnight)\b
      | \b(?:ce|this)\s(?:matin|soir|morning|afternoon|evening)\b
      | \b(?:cet|cette)\s(?:apres-midi|aprem|matinee|soiree)\b
      | (?:^\s*|\b(?:a|at|vers|des)\s){_DOTTED}
      | (?<!version)(?<!loi)(?<!article)(?<!section)(?<!release)(?<!chapitre)(?<!chapter)
        (?<=[a-z])\s(?:1[0-9]|2[01])\.[0-5]0\s*\Z
      | (?<![\w-])(?:midi|midday|noon)(?![\w-])""",
    re.VERBOSE,
)
"""Times that we read, though not in this place."""


def timelike(shadow: str, at: int = 0) -> tuple[int, int] | None:
    """Return the place of the first words about a time in a folded shadow, from `at` on."""
    for pattern in (YESTERDAY, VAGUE, UNKNOWN, MISPLACED):
        found = pattern.search(shadow[at:])
        if found is not None:
            return at + found.start(), at + found.end()
    return None
