"""A title is a noun: orders, statements and pieces of sentences make no meeting."""

import pytest

from bot.language.line import Line
from bot.language.meeting import Meet
from bot.language.sentences import said
from bot.language.wish_words import VERB_WORDS, Ask
from bot.language.wishes import wishes_by_ask
from bridge.errors import Refused
from bridge.i18n import Language

from .reading import EN, FR, read, refused

LONG = 6
"""Shorter words are taken for nothing but themselves."""


def rows(text: str) -> list[str]:
    return [row.strip() for row in text.replace("\n", "|").split("|") if row.strip()]


TITLES = {
    FR: rows(
        """Point budget | point rh | Atelier RH | Revue de projet | revue de projet | Dossier Dupont
        Demande de crédits | Visite des locaux | visite des locaux | Suppression des doublons
        Suivi des travaux | Commande publique | Contrôle de gestion | Mesure de la performance
        Chantier de la gare | Premier comité | Quartiers prioritaires | Papier à en-tête | Foncier
        Conseiller numérique | Avenir du service | Pouvoir d'achat | Rendez-vous RH | Outre-mer
        Marche des fiertés | Passe culture | Ferme solaire | Offre de soins | Reste à charge
        Région Grand Est : bilan | Pour une école inclusive | Tous les services | Les contractuels
        Codir élargi | CODIR | COVID : la suite | Bilan un an après | Phase II | Arrêté préfectoral
        Mer et littoral | Déjeuner d'équipe | déjeuner d'équipe | Séminaire | séminaire | test
        marchés publics | pause café | Octobre rose | Bilan de fin d'année | Budget décembre
        Analyse des risques | Paie des agents | Alerte sanitaire | Change et devises"""
    ),
    EN: rows(
        """Board meeting | board meeting | Design review | design review | Change management committee
        Work programme | Report of the committee | Access to care | Release notes | Use of AI | test
        Call for proposals | Need for reform | Open data | Exit strategy | Leave policy | IT weekly
        US embassy | Closing the gap | Ending poverty | Beyond the crisis | Around the table
        Training for everyone | Carer support | Planner workshop | Developer day | Water management
        Update on project X | Record keeping | one-to-one | Kick off | stand up | follow up | Fair
        Repair café | Welcome of the interns | Share price | Set of rules | Phase I | team sync"""
    ),
}
SAID = {
    FR: rows(
        """flouter l'arrière-plan | Renoncer | Explique | Explique-moi | explique | mettez-le là
        Coupe le micro | coupe micro | change l'heure | Change la date | passe en anglais | se taire
        Jean est là | il peut entrer | personne ne répond | on n'entend rien | ça grésille
        mon micro | plutôt jeudi | au lieu de Bob | tout le monde dehors | plus besoin de Bob
        ok pour Jean | oui | pas Jean | sans code | besoin de décaler | lien cassé | nouvel horaire
        autre créneau | les sous-titres | CODIR annulé | Décalons | nomme Bob | mets Bob dehors
        impossible de rejoindre | Merci de me rappeler | va-t'en | Jean Dupont doit attendre"""
    ),
    EN: rows(
        """explain | Explain the budget | enable subtitles | change slot | Change the slot | blur it
        raise my hand | Raise your hand | share screen | shut down | carry on | turn it off
        everybody out | he may come in | Bob is late | we are done | no longer needed | nobody came
        not now | instead of Bob | rather later | can't join | unable to join | new time | be back
        another slot | broken link | the link | ok for Bob | yes | without code | call Bob
        transfer to Bob | meeting over | Budget postponed | keep Bob out | Jean's access"""
    ),
}


@pytest.mark.parametrize("language", Language)
def test_nouns_make_a_meeting(language: Language):
    made = [read(f"!visio {title}", language=language) for title in TITLES[language]]
    assert made == [Meet(title=title) for title in TITLES[language]]


@pytest.mark.parametrize("language", Language)
def test_what_is_said_makes_none(language: Language):
    titles = [words for words in SAID[language] if not said(Line.of(words), language)]
    assert titles == []


@pytest.mark.parametrize("language", Language)
def test_what_is_said_is_offered_no_meeting(language: Language):
    for words in SAID[language]:
        try:
            assert not isinstance(read(f"!visio {words}", language=language), Meet), words
        except Refused as refusal:
            offered = read(str(refusal.parameters["example"]), language=language)
            assert not isinstance(offered, Meet), words


@pytest.mark.parametrize("language", Language)
def test_quotes_make_a_title_of_it(language: Language):
    for words in SAID[language]:
        assert read(f'!visio "{words}"', language=language) == Meet(title=words)


@pytest.mark.parametrize(
    ("word", "language", "is_said"),
    [
        ("Ranger", FR, False),
        ("Cloisonner", FR, True),
        ("Cloisonner", EN, False),
        ("Modifier", EN, True),
        ("Panier", FR, False),
        ("Planifier", FR, True),
        ("Résoudre", EN, True),
        ("Lettre", FR, False),
        ("Hernandez", FR, False),
        ("Notez", FR, True),
        ("Élargir", FR, True),
        ("Loisir", FR, False),
    ],
)
def test_infinitives_are_known_by_their_ending(word: str, language: Language, is_said: bool):
    assert said(Line.of(word), language) is is_said


@pytest.mark.parametrize("typed", ["IT weekly", "US embassy", "Grand Est", "Phase I", "CAN 2025"])
@pytest.mark.parametrize("language", Language)
def test_capitals_are_names(typed: str, language: Language):
    assert read(f"!visio {typed}", language=language) == Meet(title=typed)


@pytest.mark.parametrize(
    ("typed", "example"),
    [
        ("retirer le fond", "aide"),
        ("ajouter logo", "aide"),
        ("annuler le sondage", "aide"),
        ("terminer à 11h", "aide"),
        ("annule pas", "aide"),
        ("inviter paul@x.example mais pas jean@x.example", "aide"),
        ("retirer jean@x.example plutôt que paul@x.example", "aide"),
        ("refuser l'invitation", "aide"),
        ("accepter les conditions", "aide"),
        ("rallonger le titre", "aide"),
        ("demain 14h supprimer les doublons", "aide"),
        ("jean@x.example ne viendra plus", "aide"),
        ("retirer la réunion de demain", "terminer"),
        ("supprime le lien de Jean Dupont", "retirer Jean Dupont"),
        ("prolongation de 15 minutes", "prolonger 15min"),
        ("inviter Paul Petit - 01 23 45 67 89 - paul@x.example", "inviter paul@x.example"),
    ],
)
def test_offers_what_takes_that_object(typed: str, example: str):
    assert refused(f"!visio {typed}").parameters["example"] == f"!visio {example}"


@pytest.mark.parametrize(
    "typed",
    rows(
        """courant décembre Jury | mi-janvier Jury | fin de mois Jury | au printemps Jury
        la semaine dernière Jury | some time in December Panel | early March Panel | last week Panel"""
    ),
)
def test_a_month_is_no_day(typed: str):
    parameters = refused(f"!visio {typed}").parameters
    assert (parameters["reason"], parameters["example"]) == ("date-unknown", "!visio aide")


def test_a_wish_that_is_mistyped_takes_nothing_away():
    """One letter wrong in any word that asks to take away: offered at most, never done."""
    for ask in (Ask.END, Ask.REMOVE):
        for phrase in wishes_by_ask()[ask]:
            for typed in (phrase[:-1], phrase[:1] + phrase):
                if typed.split()[0] in VERB_WORDS or " " in phrase or len(phrase) < LONG:
                    continue
                try:
                    made = read(f"!visio {typed} la réunion")
                except Refused:
                    continue
                assert made is None or type(made).__name__ in {"Link", "List", "Guests", "Help"}
