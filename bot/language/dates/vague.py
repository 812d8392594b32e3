"""Words about a time that name no day or no hour: `fin de matinée`, `la semaine prochaine`."""

import re

from bot.language.days import MONTH
from bot.language.text import any_of

_PARTS = r"journee|matinee|soiree|apres-midi|aprem|day|morning|afternoon|evening"
VAGUE = re.compile(
    rf"""(?:en\s|a\sla\s|vers\sla\s|au\s|des\sla\s|dans\sla\s|in\sthe\s|at\sthe\s|by\s)?
      (?:fin|debut|milieu|end|beginning|start|middle)\s(?:de\s(?:la\s|l'|cette\s)?|d'|of\s(?:the\s|this\s)?)(?:{_PARTS})(?![\w-])
    |(?:late|early|mid)[\s-](?:morning|afternoon|evening)(?![\w-])
    |(?:toute\sla|pour\sla|dans\sla|la)\sjournee(?:\s(?:entiere|complete))?(?![\w-])
    |(?:all|(?:for\s)?the\s(?:whole|full))\sday(?![\w-])
    |(?:d'ici|sous|within)\s[^\s]+\s(?:jours?|days?|semaines?|weeks?|heures?|hours?|minutes?)(?![\w-])
    |(?:sous|d'ici|within)\s[0-9]+\s?h(?![\w-])
    |cette\snuit(?![\w-])|in\sthe\snight(?![\w-])""",
    re.VERBOSE,
)
_SEASONS = "printemps|ete|automne|hiver|spring|summer|autumn|winter"
_PERIODS = "semaine|mois|week|month"
_MISSING = re.compile(
    rf"""(?:(?:la|le|the|au)\s)?(?:{_PERIODS})\s(?:prochaine?|suivante?)(?![\w-])
    |(?:next|the\sfollowing)\s(?:week|month|year)(?![\w-])
    |(?:cette|this|dans\sla|ce)\s(?:semaine|week|mois|month)(?![\w-])
    |(?:le|ce|the|this|next)\sweek-?\s?end(?:\sprochain)?(?![\w-])
    |(?:(?:en|a\sla|a|at\sthe|debut|by\sthe)\s?)?(?:fin|debut|end|milieu|start|beginning)\s(?:de\s|du\s|of\s)(?:the\s|this\s|la\s|l'|next\s)?(?:{_PERIODS}|annee|year)(?:\sprochaine?)?(?![\w-])
    |(?:{MONTH})(?=\s(?:a\s|at\s)?[0-9]{{1,2}}\s?(?:h|:|[ap]\.?m))
    |(?:fin|debut|mi|milieu|courant|end\sof|early|late|mid)[\s-](?:de\s|d')?(?:{MONTH})(?![\w'-])(?!\s[0-9]{{1,2}}(?!\w))
    |(?:fin|debut|milieu)\sde\ssemaine(?:\sprochaine)?(?![\w-])|(?:end|start|beginning|middle)\sof\s(?:the\s|next\s)?week(?![\w-])
    |(?:en|in|au\smois\sd[e'])\s?(?:{MONTH})(?![\w'-])(?!\s[0-9]{{1,2}}(?!\w))
    |(?:cet|cette|this|a\sl'|au|en|next)\s?(?:{_SEASONS})(?![\w'-])
    |(?:bientot|plus\stard|un\sde\sces\sjours|one\sof\sthese\sdays|some\s?time|later|soon|tout\sa\sl'heure|asap)(?![\w'-])
    |(?:semaine|sem\.?|week)\s(?:n[°o]\s?)?[0-9]{{1,2}}(?![\w-])
    |(?:trimestre|annee|an)\sprochaine?(?![\w-])|l'annee\sprochaine""",
    re.VERBOSE,
)
LIKELY = {
    any_of(("fin de matinee", "late morning", "end of the morning")): 11 * 60,
    "debut de matinee|early morning": 9 * 60,
    "milieu de matinee|mid[ -]morning": 10 * 60,
    "fin d'apres-midi|fin de l'apres-midi|fin d'aprem|late afternoon|fin de journee"
    "|end of the day": 17 * 60,
    "debut d'apres-midi|debut de l'apres-midi|debut d'aprem|early afternoon": 14 * 60,
    "milieu d'apres-midi|mid[ -]afternoon": 15 * 60 + 30,
}
"""The likely hour of words without one, in minutes."""


def missing_day(text: str, at: int) -> int | None:
    """Return the end of words for a time without a day that begin at a place."""
    found = _MISSING.match(text, at)
    return None if found is None else found.end()


def likely_minutes(words: str) -> int | None:
    """Return the likely hour of vague words, in minutes after midnight."""
    return next((at for names, at in LIKELY.items() if re.search(names, words)), None)
