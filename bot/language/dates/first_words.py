"""The first words of words of time: only readers that know the first one are asked."""

from collections.abc import Mapping
from collections.abc import Set as AbstractSet

from bot.language.dates.calendar_days import NTHS
from bot.language.dates.holiday import FIRST_OF_NAMES
from bot.language.days import MONTH, WEEKDAYS
from bot.language.numbers import NUMBERS
from bot.language.pieces import PARTS
from bot.language.text import word_set
from bot.language.zones import FIRST_OF_ZONES

_NAMES = {name for names in WEEKDAYS for name in names}
_SHORT = word_set("lun mar mer jeu ven sam dim mon tue tues wed thu thur thurs fri sat sun")
_DAYS = _NAMES | {f"{name}s" for name in _NAMES} | _SHORT
_MONTHS = set(MONTH.split("|"))
_NUMBERS = {word.partition("-")[0] for word in NUMBERS}
_NTHS = {word for word in NTHS if word.isalpha()}
_UNTIL = word_set("jusqu jusqua jusquau jusquen jusque until til till")

FIRST_WORDS: Mapping[str, AbstractSet[str]] = {
    "_zone": FIRST_OF_ZONES,
    "_or": word_set("ou or sinon voire"),
    "_rule": _DAYS | _NTHS | word_set(
        """tous toutes ts ttes chaque every each les on un une le la the du de from weekdays
        jours working business daily quotidien quotidienne quotidiennement weekly hebdomadaire
        hebdomadairement
        monthly mensuel mensuelle mensuellement fortnightly yearly annually annuel annuelle
        annuellement bi biweekly bimonthly bimensuel bimensuelle bimensuellement bihebdomadaire
        once twice deux trois two three"""
    ),
    "_except": word_set(
        """sauf hors excepte hormis a mais pas except excluding but apart skipping not no without
        sans"""
    ),
    "_delay": frozenset({"dans", "in"} | _NUMBERS),
    "_day_range": word_set("du from entre between"),
    "_vague": word_set(
        """en a vers au des dans in at by fin debut milieu end beginning start middle late early
        mid toute pour la all for the d sous within cette"""
    ),
    "_ends": _UNTIL | word_set("fin finit se end ends ending"),
    "_bound": _UNTIL | _NUMBERS | word_set(
        "pour for pendant x durant sur over through thru to avant"
    ),
    "_from": word_set("a des commencant starting beginning from as depuis"),
    "_besides": word_set("et ainsi plus en and also as"),
    "_day": _DAYS | _MONTHS | _NUMBERS | _NTHS | FIRST_OF_NAMES | word_set(
        """next this ce last the coming le la l on surlendemain apres day overmorrow demain
        tomorrow aujourd today tonight avant hier yesterday dans in d a il semaine sem s w week
        en"""
    ),
    "_range": word_set("de from entre between midi midday noon minuit midnight"),
    "_length": _NUMBERS | word_set(
        "pendant durant for duree duration dure lasts lasting half demi demie"
    ),
    "_hour": _NUMBERS | word_set(
        """a at des vers autour aux environ from starting around about midi midday noon minuit
        midnight half quarter pour"""
    ),
    "_part": frozenset(part.partition("-")[0] for part in PARTS) | word_set(
        "au en in dans du de le l ce cet cette this"
    ),
    "_skipped": word_set(
        """environ pile precise precises tapante tapantes sharp o max maximum about approx heure
        heures"""
    ),
    "_missing": _MONTHS
    | word_set(
        """la le the au semaine sem mois week month next cette this dans ce en a at debut by fin
        mi milieu courant end early late mid start beginning middle in cet bientot plus un one
        some sometime later soon tout asap trimestre annee an l"""
    ),
}  # fmt: skip
"""For each reader of `scan.py`, in the order in which they are asked."""
