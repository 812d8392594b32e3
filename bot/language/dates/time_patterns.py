"""Patterns of words of time on a folded line, as `scan.py` looks for them."""

import re

from bot.language.days import MONTH
from bot.language.pieces import PARTS
from bot.language.text import any_of

PLACE = re.compile(
    r"(?<![^\W_])(?<![0-9][.,:/])[^\W_]|@(?=\s?[0-9])|(?<=[0-9]t)[0-9](?=[0-9]?:[0-9])"
)
LEAD = re.compile(
    r"(?:(?:le|la|les|the|on|of|du|de|des|pour|for|a|at|from|vers|et|and|is|est|commence|debut|starts?)\s|l'|d'|(?:date|heure|time|when|quand)\s?:\s?)"
)
"""Small words that belong to the words of time after them, and to nothing without."""
LETTERS = re.compile(r"[a-z]+")
CLOCK = re.compile(r"[0-9]{1,2}(?:h(?!e|o)|:)")
PART = re.compile(
    rf"(?:(?:au|en|in\sthe|dans\s(?:la|l'|le)|du|de\sl'|de\sla|le|l'|en\sdebut\sd[e'])\s?)?(?P<part>{any_of(PARTS)})(?![\w'-])"
)
THIS_PART = re.compile(rf"(?:ce|cet|cette|this)\s(?P<part>{any_of(PARTS)}|midi|noon)(?![\w'-])")
SKIPPED = re.compile(
    r"(?:environ|pile|precises?|tapantes?|sharp|o'clock|max(?:imum)?|about|approx|heures?\spile)(?![\w'])"
)
OR = re.compile(r"(?:ou\sbien|ou\salors|ou|or\selse|or|sinon|voire|vs|versus)\s(?=\w)|/\s(?=[0-9])")
DELAY = re.compile(r"(?:dans|in)\s(?:environ\s|about\s)?")
FROM_NOW = re.compile(r"\s(?:from\snow)(?![\w'-])")
DELAY_WORDED = re.compile(
    r"(?:une?|an?|1)\s(?:heure|hour)\s(?:(?:et|and)\s(?:demie|a\shalf)|(?:et|and)\s(?:a\s)?(?P<quarter>quart|quarter))|half\san\shour"
)
DURATION = re.compile(r"(?:duree|duration|dure|lasts?|lasting)\s?:?\s?(?:de\s)?")
UNTIL_DAY = re.compile(r"(?:jusqu(?:['\s]?(?:au?|en)|e)|until|till)\s(?:le\s|the\s)?")
TO_DAY = re.compile(r"\s(?:au|to|until|till|jusqu'au)\s(?:the\s|le\s)?")
NUMBERS_TO = re.compile(
    r"(?:le\s|the\s)?(?P<day>[0-9]{1,2})(?:er|st|nd|rd|th)?\s(?:au|to|till|until|jusqu'au)\s(?:the\s)?(?=[0-9]{1,2}(?:er|st|nd|rd|th)?\s[a-z])"
)
ENDS_AT = re.compile(
    r"(?:fin|finit|se\stermine|ends?|ending)\s(?:prevue?\s)?(?=(?:a\s|at\s|vers\s)?[0-9])"
)
PRIME = re.compile(r"(?P<minutes>[0-9]{1,3})'(?![\w'])")
DOT = re.compile(r"(?:(?:a|at|de|from)\s)?([0-9]{1,2})\.([0-5][0-9])(?![\w.:/]|\s?[ap]\.?m)")
BARE_BETWEEN = re.compile(
    r"(?:(?:de|from)\s(?P<a>[0-9]{1,2})\s?(?:a|to|-)\s?(?P<b>[0-9]{1,2})|(?:entre|between)\s(?P<c>[0-9]{1,2}|midi|noon)\s(?:et|and)\s(?P<d>[0-9]{1,2}|deux|two|une))(?![\w:/.]|\s?(?:h|pers|jours|days|[ap]\.?m))"
)
CLOSE_RANGE = re.compile(r"(?P<a>[0-9]{1,2})\s?-\s?(?P<b>[0-9]{1,2})(?![\w:./-]|\s?(?:h|[ap]\.?m))")
BAD_HOUR = re.compile(
    r"(?:(?:a|at)\s)?[0-9]{3,4}\s?h(?![\w'])|[0-9]{1,2}:[0-9]{2}:[0-9]{2}(?!\w)|[0-9]{1,2}h(?:[6-9][0-9])(?!\w)|[0-9]{1,2}:[6-9][0-9](?!\w)"
)
FIGURES = re.compile(r"(?:(?:a|at)\s)?(?P<hour>[01][0-9]|2[0-3])(?P<minute>[0-5][0-9])(?![\w:./-])")


DAY_LIKE = re.compile(
    r"[0-9]{1,2}(?:er)?[\s/.-](?:[0-9]|jan|f[ev]|mar|avr|apr|mai|may|jui|jun|jul|ao|aug|sep|oct|nov|dec)"
)
APART = re.compile(
    rf" (?P<minutes>[0-5][0-9])(?!\w|['’]|[:/.,-]\w"
    rf"|\s?(?:min|mn|h\b|pers|people|fois|times|seances?|sessions?|occurrences?|{MONTH}))"
)
"""`14h 30`: half past, or thirty of something?"""
DEADLINE = re.compile(
    r"(?:d'ici|avant|before|by|apres|after|no\slater\sthan|au\splus\stard)\s(?:le\s|the\s)?"
)
"""Words after which a time bounds a meeting, and is not its own."""
OTHER_ZONES = re.compile(
    r"(?:IST|AEST|AEDT|ACST|AWST|NZST|NZDT|CST|AKST|AKDT|HST|AST|ADT|NST|BRT|ART|CLT|COT|PET|SAST|EAT"
    r"|WAT|CAT|PKT|ICT|KST|WIB|GST|TRT)(?!\w)"
)
"""Abbreviations of zones that have several meanings, or that we do not know."""
