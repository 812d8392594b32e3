"""An unknown word before a person's name alone: `remballe Eva`, `yeet Eva`.

In small letters it is more likely an order than a title, unless it is a noun that begins titles:
`entretien Eva`. We do not list nouns that an ending shows.
"""

import re

from bot.language.line import Line
from bot.language.objects import MEETING_NAMES
from bot.language.sentence_words import ADVERBS, BESIDE, FUNCTION, THINGS
from bot.language.text import NAME, fold, word_set
from bot.language.verbs import E_NOUNS, ER_NOUNS, IR_NOUNS, NOUN_VERBS
from bot.language.wish_words import VERB_WORDS

_ABOUT = re.compile(
    rf"\s*(?P<word>[a-zà-ÿ]{{3,15}})\s[A-ZÀ-Ý][\w'-]*[a-zà-ÿ](?:\s{NAME}){{0,2}}[\s.!]*"
)
_NOUN = re.compile(
    r".*(?:tion|sion|ment|age|ance|ence|ure|ite|ing|ness|ship|ity|isme?|ique|ics|eur|euse|rice|ien|ienne"
    r"|aire|oire|ail|eau|eaux|ier|iere|ude|ie|ium|ance|view|ade|al|el|et|ette|on|or|um|us|and|ent|ant|ist"
    r"|iste|ee|ry|sy|cy|gy|phy|th)s?"
)
_NOUNS = word_set(
    """accord adieux affaire agence agora appel arrivee atelier audit bal banquet bilan boss brief
    briefing brunch bureau cabinet cafe camp campus cap cas catch-up cellule cercle chef chu
    classe client club coach coffee collectif collegue colloque comex compte concours congres
    contrat cop copro cotech cours course cv daily debat debrief demo depart desk dinner direction
    dossier drinks duo ecole equipe essai event exam expo famille fete film filiale focus forum
    foyer garde group groupe hub jury kickoff labo lab lesson loi lot lunch lycee madame mairie
    marche match mission monsieur note office offre onboarding oral outil outils panel pacte parc
    party
    patient petit phase pitch plan pole pot profil programme projet project prix quiz rapport
    region release repas reseau retro roadmap role room salle salon sas seance seminaire service
    session site soiree sortie sprint stage stand standup startup strategie suivi sujet sync talk
    task team test theme these topic tour train trek trio tutorat ville visite vol voyage vote
    webinaire week weekly workshop zoom"""
)
_PUT_OUT = word_set(
    """balance banish boot bounce call chuck congedie ditch drop dump evict expedie fire hail
    licencie loge mail nuke page phone ping poke refile remercie ring sack seat shoo squeeze summon
    summons text toss yeet zap"""
)
"""Nouns too, but before a name more likely an order."""
_OTHERS = (
    MEETING_NAMES | _NOUNS | E_NOUNS | ER_NOUNS | IR_NOUNS | NOUN_VERBS | THINGS | FUNCTION
    | ADVERBS | BESIDE | VERB_WORDS
)  # fmt: skip


def ordered_about(line: Line) -> bool:
    """Tell whether a line is an unknown word in small letters, and a name."""
    found = _ABOUT.fullmatch(line.text)
    if found is None:
        return False
    word = fold(found["word"])
    if found["word"].endswith(("é", "ée", "és", "ées")):
        return False
    return word in _PUT_OUT or not (word in _OTHERS or _NOUN.fullmatch(word))
