"""Words in the place of a name that are nobody's: `par SMS`, `mon collègue Bob`, `à Revue`."""

from bot.language.sentence_words import THINGS
from bot.language.sentences import known_infinitive
from bot.language.text import STOPS, fold, word_set
from bot.language.verbs import PURE

_SMALL = word_set(
    """a à also as asap au aussi aux avec by cette cet ce ces chez comme dans depuis directement
    également elle en encore entre est eux from her him his il ils immédiatement in leur leurs
    lui ma maintenant me mes moi mon my nos notre nous now on only our par please pour puis
    rapidement sa sans ses seulement si son sous sta stp sur svp te tes the their them ton ta
    toi too un une uniquement urgent us vers via vite votre vos vous with without your"""
)
"""Written so, with a small letter, they are in no name; `Son` and `An` are."""
_FIRST = word_set(
    """le la les l' du des of and at to for any both ceux celles certains certaines chaque each
    every plusieurs quelques several some these those tout toute"""
)
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
_ROLES = word_set(
    """administration agents auditeur auditeurs auditrice avocat avocate avocats bureau cabinet
    candidat candidate candidats cellule client clients collectivité collectivités comité
    communication comptabilité comptable consultant consultante consultants contractor
    contractors correspondant correspondants directeur direction directrice division
    département entreprise expert experte experts finance finances fournisseur fournisseurs
    intervenant intervenants juriste juristes lawyer lawyers legal mairie ministère
    organisation prefecture prestataire prestataires préfecture pôle responsable rh
    secretariat secrétaire secrétariat service services société speaker speakers stagiaire
    stagiaires supplier suppliers syndicats unité"""
)
"""Roles and services, in small letters: no name of one person."""
_ORDERS = word_set(
    """appelle appeler avertir avertis call demande dis dites informe inform let notify previens
    prevenir remind rappelle tell warn"""
)
"""Something to be done besides: `et prévenir Bob`."""
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
    if typed[0].islower() and (fold(typed[0]) in PURE | _ORDERS or known_infinitive(typed[0])):
        return True
    return any(
        word in _SMALL or word in _ROLES or fold(word).removeprefix("l'") in _THINGS
        for word in typed
    )
