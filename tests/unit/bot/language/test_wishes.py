"""Words that ask for something make no meeting, and are answered with what they ask for."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.language.command import Command, Polite
from bot.language.commands.changes import Move, Rename, Restore
from bot.language.commands.coming import Attendees, SaysMaybe, SaysNo, SaysYes
from bot.language.commands.door import Admit, TurnAway
from bot.language.commands.extend import Extend
from bot.language.commands.guests import Guests, Resend, Revoke
from bot.language.commands.invite import Invite
from bot.language.commands.meetings import Cancel, End, Link, List
from bot.language.commands.salon import SetLanguage
from bot.language.meeting import Meet
from bot.language.nearest import ALLOWED, DESTRUCTIVE
from bot.language.text import slipped
from bot.language.thanks import POLITE
from bot.language.vocabulary import Help
from bot.language.wish_words import VERB_WORDS, Ask
from bot.language.wishes import KNOWN, wishes_by_ask
from bridge.errors import Refused
from bridge.i18n import Language

from .reading import EN, FR, ME, message, paris, read, refused

VERB: dict[type[Command], str] = {
    Meet: "meet",
    Invite: "invite",
    Resend: "resend",
    Extend: "extend",
    Revoke: "revoke",
    Cancel: "cancel",
    End: "end",
    Admit: "admit",
    TurnAway: "refuse",
    Guests: "guests",
    List: "list",
    Link: "link",
    Help: "help",
    SetLanguage: "language",
    Move: "move",
    Rename: "rename",
    Restore: "restore",
    SaysYes: "coming",
    SaysMaybe: "perhaps",
    SaysNo: "not-coming",
    Attendees: "attendance",
}
ENDS = (
    "",
    " la réunion",
    " jean@x.example",
    " the meeting",
    " 30min",
    " à demain 16h",
    " Jean Dupont",
)
WISHES = [(ask, phrase) for ask, phrases in wishes_by_ask().items() for phrase in phrases]


def outcome(line: str, language: Language = FR) -> tuple[str, bool]:
    """Return the verb that a line runs, or that its refusal offers, and whether it runs."""
    try:
        command = read(line, language=language)
    except Refused:
        offered = read(
            str(refused(line, language=language).parameters["example"]), language=language
        )
        assert offered is not None
        return VERB[type(offered)], False
    assert command is not None
    return VERB.get(type(command), "polite"), True


@pytest.mark.slow
@pytest.mark.parametrize("ask", Ask)
@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize(
    "ends", [ENDS[:2], pytest.param(ENDS[2:], marks=pytest.mark.long)], ids=["few", "rest"]
)
def test_no_wish_is_offered_its_opposite(ask: Ask, language: Language, ends: Sequence[str]):
    """Each word of the tables, with what people put after it: only verbs that it allows.

    Some of all of them together is what `test_destructive_for_destructive_alone` tries each time.
    """
    for phrase in wishes_by_ask()[ask]:
        if phrase.split()[0] in VERB_WORDS:
            continue  # a command, with whatever follows
        for end in ends if language is FR else [one for one in ends if one in ENDS[:3]]:
            verb, ran = outcome(f"!visio {phrase}{end}", language)
            assert not (ran and verb == "meet" and not end), phrase
            quoted = not ran and verb == "meet"
            assert verb in ALLOWED[ask] or quoted or not (ran or verb in DESTRUCTIVE), phrase + end


@pytest.mark.slow
@given(st.sampled_from(WISHES), st.sampled_from(ENDS), st.sampled_from(Language))
def test_destructive_for_destructive_alone(wish: tuple[Ask, str], end: str, language: Language):
    ask, phrase = wish
    verb, _ = outcome(f"!visio {phrase}{end}", language)
    takes_away = bool(ALLOWED[ask] & DESTRUCTIVE)
    assert takes_away or verb not in DESTRUCTIVE or phrase.split()[0] in VERB_WORDS


MEANT = [
    # typed, the command that runs
    ("participants", Attendees()),
    ("présent", SaysYes()),
    ("peut-être", SaysMaybe()),
    ("absent", SaysNo()),
    ("qui est invité ?", Guests()),
    ("qui ?", Guests()),
    ("who is invited?", Guests()),
    ("montre les invités", Guests()),
    ("quand ?", List()),
    ("la réunion est à quelle heure", List()),
    ("when is the next meeting?", List()),
    ("peux-tu me donner le lien ?", Link()),
    ("where do I join", Link()),
    ("comment ça marche", Help()),
    ("annuler", Cancel()),
    ("Cancel the meeting", Cancel()),
    ("renvoyer jean@x.example", Resend("jean@x.example")),
    ("aidez-moi", Help()),
    ("--help", Help()),
    ("bonjour, qui est invité ?", Guests()),
    ("merci", Polite()),
    ("Merci beaucoup pour ton aide !", Polite()),
    ("👍", Polite()),
    ("super, merci", Polite()),
    ("hello there", Polite()),
    ("à demain !", Polite()),
    ("demain 14h Point svp", Meet(paris("2026-11-19T14:00"), title="Point")),
]


@pytest.mark.parametrize(("typed", "command"), MEANT, ids=[row[0] for row in MEANT])
@pytest.mark.parametrize("language", Language)
def test_runs_what_is_surely_meant(typed: str, command: Command, language: Language):
    assert read(f"!visio {typed}", language=language) == command


OFFERED = [
    # typed, reason, example
    ("supprimer", "wish", "terminer"),
    ("supprimr la réunion", "wish", "terminer"),
    ("annule la réunion des chefs", "words-unexpected", "annuler"),
    ("peux-tu annuler la réunion ?", "wish", "annuler la réunion"),
    ("annulation", "wish", "annuler"),
    ("annuler l'invitation de jean@x.example", "wish", "retirer jean@x.example"),
    ("annuler l'invitation de Jean Dupont", "wish", "retirer Jean Dupont"),
    ("fin", "wish", "terminer"),
    ("delete", "wish", "terminer"),
    ("supprimer jean@x.example", "wish", "retirer jean@x.example"),
    ("sors Jean de la réunion", "wish", "retirer Jean"),
    ("renvoie le mail à jean@x.example", "nobody", "renvoyer jean@x.example"),
    ("renvoyer le lien", "wish", "lien"),
    ("relancer jean@x.example", "wish", "renvoyer jean@x.example"),
    ("relancer jean@x.example, paul@x.example", "wish", "inviter jean@x.example, paul@x.example"),
    ("envoyer le lien à jean@x.example", "wish", "inviter jean@x.example"),
    ("peux-tu inviter jean@x.example ?", "wish", "inviter jean@x.example"),
    ("invter Jean Dupont", "verb-mistyped", "inviter Jean Dupont"),
    ("ajouter 30 min", "wish", "prolonger 30min"),
    ("15 minutes de plus", "wish", "prolonger 15min"),
    ("+30min", "wish", "prolonger 30min"),
    ("admet Jean Dupont", "wish", "admettre Jean Dupont"),
    ("rejeter Jean", "wish", "refuser Jean"),
    ("speak English", "wish", "langue en"),
    ("créer une réunion Point RH", "wish", "Point RH"),
    ("créer une réunion demain à 10h", "wish", "demain à 10h"),
    ("planifier Point RH demain 10h", "wish", "Point RH demain 10h"),
    ("Organiser le séminaire", "wish", '"Organiser le séminaire"'),
    ("repousser à demain 16h", "wish", "déplacer à demain 16h"),
    ("on décale à 15h", "wish", "décale à 15h"),
    ("avancer d'une heure", "wish", "aide déplacer"),
    ("modifier le titre", "wish", "aide renommer"),
    ("titre : Revue finale", "wish", "renommer Revue finale"),
    ("changer le titre en Revue finale", "wish", "renommer Revue finale"),
    ("je voudrais une visio lundi à 10h", "wish", "lundi à 10h"),
    ("enregistrer", "verb-unknown", "aide"),
    ("téléphone", "verb-unknown", "aide"),
    ("co-organisateur Bob", "verb-unknown", "aide"),
    ("récurrence hebdomadaire", "verb-unknown", "aide"),
    ("quitter", "verb-unknown", "aide"),
    ("mettre à 16h", "verb-unknown", "aide"),
    ("mets-la à 16h", "wish", "aide"),
    ("je suis absent demain", "wish", "aide"),
    ("tout de suite avec Bob", "title-doubted", '"avec Bob"'),
    ("demain 14h Point avec vous", "title-doubted", 'demain 14h "Point avec vous"'),
    ("Fin de chantier", "title-doubted", '"Fin de chantier"'),
    ("Stop tabac", "title-doubted", '"Stop tabac"'),
    ("End of year closing", "title-doubted", '"End of year closing"'),
    ("lundi 10h annuler", "wish", "annuler"),
]


@pytest.mark.parametrize(("typed", "reason", "example"), OFFERED, ids=[row[0] for row in OFFERED])
def test_offers_what_is_nearest(typed: str, reason: str, example: str):
    parameters = refused(f"!visio {typed}").parameters
    assert (parameters["reason"], parameters["example"]) == (reason, f"!visio {example}")


TITLES = """Point budget | Enregistrement des naissances | Annulation des dettes | Rappel des règles
    | Report de charges | Relance économique | Partage d'expérience | Réserve civique | Suite
    | Rendez-vous avec le préfet | Participants et sponsors | Change management | Record keeping
    | Move fast | Kick off projet | Kick-off | Plan de relance | IT weekly | Daily standup
    | Update on project X | Leave policy | Story time | Réunion budget | 1er comité | Point 3"""


@pytest.mark.parametrize("title", [title.strip() for title in TITLES.split("|")])
@pytest.mark.parametrize("language", Language)
def test_titles_stay_titles(title: str, language: Language):
    assert read(f"!visio {title}", language=language) == Meet(title=title)
    wanted = Meet(paris("2026-11-19T14:00"), title=title)
    assert read(f"!visio demain 14h {title}", language=language) == wanted


@given(
    st.sampled_from(sorted(one for one in {*KNOWN, *POLITE} if one[0].isalpha())),
    st.sampled_from(Language),
)
def test_quotes_make_anything_a_title(phrase: str, language: Language):
    assert read(f'!visio "{phrase}"', language=language) == Meet(title=phrase)


@pytest.mark.parametrize(
    ("typed", "word", "near"),
    [
        ("suprimer", "supprimer", True),
        ("supprimmer", "supprimer", True),
        ("supprimet", "supprimer", True),
        ("supprimre", "supprimer", True),
        ("supprimer", "supprimer", False),
        ("suprimre", "supprimer", False),
    ],
)
def test_one_typing_error(typed: str, word: str, near: bool):
    assert slipped(typed, word) is near


class TestPlaces:
    """After a mention, in a reply to us and bare, words alone are no meeting."""

    @pytest.mark.parametrize("words", ["Point budget", "dossier bien avancé"])
    def test_words_alone(self, words: str):
        for line in (message(f"Parvis {words}", mentions=frozenset({ME})),):
            assert refused(line).parameters["reason"] == "title-unmarked"
        assert refused(words, bare=True).parameters["reason"] == "title-unmarked"
        parameters = refused(f"!visio {words}", replied=True).parameters
        assert (parameters["reason"], parameters["example"]) == (
            "title-unmarked",
            f'!visio "{words}"',
        )

    @pytest.mark.parametrize("words", ["demain 14h", '"Point budget"', "maintenant"])
    def test_a_time_or_quotes_make_one(self, words: str):
        assert isinstance(read(words, bare=True), Meet)
        assert isinstance(read(f"!visio {words}", replied=True), Meet)

    def test_nothing_makes_one_after_the_prefix_alone(self):
        assert read("!visio", replied=True) == Meet()

    @pytest.mark.parametrize(
        ("body", "command"),
        [
            ("merci Parvis !", Polite()),
            ("qui est invité, @Parvis ?", Guests()),
            ("demain 14h Point @Parvis", Meet(paris("2026-11-19T14:00"), title="Point")),
        ],
    )
    def test_a_mention_counts_anywhere(self, body: str, command: Command):
        assert read(message(body, mentions=frozenset({ME}))) == command
        pill = '<a href="https://matrix.to/#/@parvis-bot:agent.example">Parvis</a>'
        html = body.replace("@Parvis", pill).replace("Parvis !", f"{pill} !")
        assert read(message("…", formatted=html)) == command
        assert read(message(body)) is None

    def test_a_name_within_a_word_is_no_mention(self):
        assert read(message("les parvisiens", mentions=frozenset({ME}))) is None

    def test_verbs_are_read_bare(self):
        assert read("aide", bare=True) == Help()
        assert read("bonjour", bare=True, language=EN) == Polite()
