"""Words in the place of a name that are nobody's: `par SMS`, `mon collègue Bob`, `à Revue`."""

from bot.language.sentence_words import THINGS
from bot.language.text import STOPS, fold, word_set

_SMALL = word_set(
    """a à also au aussi aux avec by cette cet ce ces chez comme dans depuis également elle en
    entre est eux from her him his il ils in leur leurs lui ma me mes moi mon my nos notre
    nous on our par please pour puis sa sans ses son sous sta stp sur svp te tes the their
    them ton ta toi un une us vers via votre vos vous with without your"""
)
"""Written so, with a small letter, they are in no name; `Son` and `An` are."""
_FIRST = frozenset({"le", "la", "les", "l'", "du", "des", "of", "and", "at", "to", "for"})
"""In front they begin no name, when written with a small letter; `Le Goff` is one."""
_THINGS = word_set(
    """all audience boss bonjour bonsoir hello salut chef chefs colleague colleagues collegue
    collegues courriel demain anything ca cela email equipe everybody everything everyone
    external externals externe externes guest guests hier it invite invites lundi mail mails
    mardi mercredi merci nobody noone that jeudi vendredi samedi dimanche message messages
    monde monday tuesday wednesday thursday friday saturday sunday partenaire partenaires
    personne personnes quelqu'un reunion participant participants public reunions sms
    somebody someone team telephone thanks tous toutes"""
)
"""However they are written."""
_MOST = 8
"""Words of a name; `Jean de la Tour du Pin Chambly` has seven."""


def is_scrap(words: str) -> bool:
    """Tell whether bare words are rather a piece of a sentence than somebody's name."""
    typed = [word.strip(STOPS + "()") for word in words.split()]
    typed = [word for word in typed if word]
    if not typed:
        return False
    if typed[0].replace("’", "'").startswith(("l'", "d'")) and fold(typed[0][2:3]) == typed[0][2:3]:
        return True
    if typed[0].replace("’", "'") in _FIRST or typed[:2] == ["no", "one"] or len(typed) > _MOST:
        return True
    if typed[0][:1].islower() and any(fold(word) in THINGS for word in typed):
        return True
    return any(word in _SMALL or fold(word).removeprefix("l'") in _THINGS for word in typed)
