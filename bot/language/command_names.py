"""The names of all commands, in one table for reading, help and offered lines."""

from collections.abc import Mapping
from itertools import zip_longest

from bot.language.refusals import EN, FR
from bot.language.text import fold
from bridge.i18n import Language

COMMAND_NAMES: Mapping[str, Mapping[Language, tuple[str, ...]]] = {
    "meet": {FR: ("",), EN: ("",)},
    "invite": {FR: ("inviter", "invitez", "ajouter"), EN: ("invite", "add")},
    "extend": {FR: ("prolonger", "prolonge", "prolongez"), EN: ("extend",)},
    "revoke": {
        FR: (
            *("retirer", "retire", "retirez", "revoquer", "revoque", "ejecter", "ejecte"),
            *("ejectez", "expulser", "expulse", "expulsez", "exclure", "exclus", "excluez"),
            *("virer", "vire", "virez", "bannir", "bannis", "faire sortir", "fais sortir"),
            *("mettre dehors", "desinviter", "desinvite"),
        ),
        EN: (
            *("remove", "kick", "kick out", "throw out", "put out", "revoke", "uninvite"),
            *("eject", "expel", "ban", "disinvite"),
        ),
    },
    "resend": {FR: ("renvoyer", "renvoie", "renvoyez"), EN: ("resend",)},
    "admit": {
        FR: ("admettre", "admets", "admettez", "faire entrer", "laisser entrer"),
        EN: ("admit", "accept", "let in"),
    },
    "refuse": {FR: ("refuser", "refusez"), EN: ("refuse", "deny", "turn away")},
    "host": {FR: ("accueil",), EN: ("host", "front desk")},
    "guests": {FR: ("invités",), EN: ("guests",)},
    "link": {FR: ("lien",), EN: ("link",)},
    "cancel": {FR: ("annuler", "annule", "annulez"), EN: ("cancel",)},
    "end": {FR: ("terminer", "termine", "terminez"), EN: ("end", "stop")},
    "list": {FR: ("liste", "lister"), EN: ("list",)},
    "language": {FR: ("langue",), EN: ("language", "lang")},
    "settings": {FR: ("réglages", "reglage"), EN: ("settings", "setting")},
    "diagnose": {FR: ("diagnostic", "diag"), EN: ("diagnostic", "doctor")},
    "help": {FR: ("aide", "aidez"), EN: ("help", "?", "-h", "--help")},
}
"""For each key, the command's shown name, then its aliases. We read both languages."""
NAMES: Mapping[str, Mapping[Language, str]] = {
    key: {language: names[0] for language, names in each.items()}
    for key, each in COMMAND_NAMES.items()
}
"""The names in offered lines."""


def names_of(*keys: str) -> tuple[str, ...]:
    """Return all names of some commands, folded: first the shown ones, then the aliases."""
    ranks = (rank for key in keys for rank in zip_longest(*COMMAND_NAMES[key].values()))
    return tuple(dict.fromkeys(fold(name) for rank in ranks for name in rank if name))


KEYS: Mapping[str, str] = {name: key for key in COMMAND_NAMES for name in names_of(key)}
"""The key of each folded name's command."""
