from dataclasses import replace
from datetime import timedelta

import pytest

from bot.language.command import Command, OfMeeting, Polite, Verb
from bot.language.commands.door import Admit, Host, TurnAway
from bot.language.commands.extend import Extend
from bot.language.commands.guests import Guests, Resend, Revoke
from bot.language.commands.invite import Invite
from bot.language.commands.meetings import End, Link, List
from bot.language.commands.salon import Diagnose, SetLanguage, ShowSettings
from bot.language.meeting import MEET, Meet
from bot.language.options import parse
from bot.language.people import Person
from bot.language.vocabulary import BY_NAME, VERBS, Help, by_name
from bot.language.wish_words import VERB_WORDS
from bridge.domain.proof import Proof
from bridge.errors import Misunderstood
from bridge.i18n import Language
from bridge.ids import UserId

from .reading import EN, FR, ME, NAME, NOW, message, paris, read, refused

JEAN = Person(email="jean@x.example")
HALF = timedelta(minutes=30)

READ: list[tuple[str, Command]] = [
    ("inviter jean@x.example", Invite((JEAN,))),
    ("Invite: jean@x.example", Invite((JEAN,))),
    ("inviter à jean@x.example", Invite((JEAN,))),
    ("inviter A. Martin", Invite((Person("A. Martin"),))),
    ("add Jean", Invite((Person("Jean"),))),
    ("inviter jean@x.example jusqu’à 18h", Invite((JEAN,), paris("2026-11-18T18:00"))),
    ("inviter jean@x.example jusqua 18h", Invite((JEAN,), paris("2026-11-18T18:00"))),
    ("inviter jean@x.example jusqu a 18h", Invite((JEAN,), paris("2026-11-18T18:00"))),
    ("invite jean@x.example until tomorrow 6pm", Invite((JEAN,), paris("2026-11-19T18:00"))),
    ("inviter jean@x.example jusqu’à 9h", Invite((JEAN,))),
    ('inviter "Jean jusqu\'à" jusqu\'à 18h', Invite((Person("Jean jusqu'à"),), paris("2026-11-18T18:00"))),
    ("inviter jean@x.example avec code", Invite((JEAN,), proof=Proof.MAIL)),
    ("inviter jean@x.example avec un PIN", Invite((JEAN,), proof=Proof.PIN)),
    ("invite jean@x.example with a code", Invite((JEAN,), proof=Proof.MAIL)),
    ("inviter jean@x.example avec pin jusqu’à 18h", Invite((JEAN,), paris("2026-11-18T18:00"), Proof.PIN)),
    ("inviter jean@x.example jusqu’à 18h avec code", Invite((JEAN,), paris("2026-11-18T18:00"), Proof.MAIL)),
    ('inviter "Jean avec code"', Invite((Person("Jean avec code"),))),
    ("inviter Jean Pin", Invite((Person("Jean Pin"),))),
    ("accueil", Host()),
    ("host", Host()),
    ("accueil de la réunion svp", Host()),
    ("Accueil des stagiaires", Meet(title="Accueil des stagiaires")),
    ("Host nation support", Meet(title="Host nation support")),
    ("prolonger 30min", Extend(HALF)),
    ("extend by 30 minutes", Extend(HALF)),
    ("prolonger la réunion de 30 min svp", Extend(HALF)),
    ("prolonger 2h", Extend(timedelta(hours=2))),
    ("prolonger jean@x.example 30min", Extend(HALF, "jean@x.example")),
    ("prolonger 30min pour Jean Dupont", Extend(HALF, "Jean Dupont")),
    ("prolonger @paul:agent.example 30min", Extend(HALF, "@paul:agent.example")),
    ("prolonger Le Goff 30min", Extend(HALF, "Le Goff")),
    ("renvoyer jean@x.example", Resend("jean@x.example")),
    ("resend Jean Dupont (jean@x.example)", Resend("jean@x.example")),
    ("retirer jean@x.example", Revoke("jean@x.example")),
    ("revoke Jean Dupont <jean@x.example>", Revoke("jean@x.example")),
    ("Révoquer Jean", Revoke("Jean")),
    ("retirer", Revoke()),
    ("renvoyer", Resend()),
    ("prolonger jusqu'à 19h", Extend(timedelta())),
    ("retirer tous", Revoke(everybody=True)),
    ("retirer tous les invités", Revoke(everybody=True)),
    ("retirer tout le monde", Revoke(everybody=True)),
    ("remove everybody", Revoke(everybody=True)),
    ("retirer Toussaint", Revoke("Toussaint")),
    ("admettre Jean Dupont", Admit("Jean Dupont")),
    ("admettre", Admit()),
    ("admettre svp", Admit()),
    ("Admettre à Jean", Admit("Jean")),
    ("admettre « Jean Dupont »", Admit("Jean Dupont")),
    ("admettre Jean d’Arc, 2e étage @ Mairie", Admit("Jean d’Arc, 2e étage @ Mairie")),
    ("admettre jean@x.example", Admit("jean@x.example")),
    ("admettre Jean Dupont (Jean@x.example)", Admit("Jean@x.example")),
    ("admit Jean", Admit("Jean")),
    ("accept Jean", Admit("Jean")),
    ("let in Jean", Admit("Jean")),
    ("Let  In", Admit()),
    ("faire entrer Jean", Admit("Jean")),
    ("laisser entrer Jean Dupont", Admit("Jean Dupont")),
    ("refuser Jean Dupont", TurnAway("Jean Dupont")),
    ("refuser", TurnAway()),
    ("refuse Jean", TurnAway("Jean")),
    ("deny Jean", TurnAway("Jean")),
    ("turn away Jean", TurnAway("Jean")),
    ("invités", Guests()),
    ("INVITES", Guests()),
    ("guests?", Guests()),
    ("lien", Link()),
    ("lien de la réunion, s'il vous plaît", Link()),
    ("link", Link()),
    ("terminer", End()),
    ("terminer maintenant !", End()),
    ("liste", List()),
    ("list", List()),
    ("aide", Help()),
    ("help", Help()),
    ("?", Help()),
    ("aide inviter", Help("invite")),
    ("aide faire entrer", Help("admit")),
    ("help meeting", Help("meet")),
    ("aide pour la réunion", Help()),
    ("diag", Diagnose()),
    ("doctor", Diagnose()),
    ("langue en", SetLanguage(EN)),
    ("language Français", SetLanguage(FR)),
    ("réglages", ShowSettings()),
    ("settings please", ShowSettings()),
    ("réglages noms oui", ShowSettings(names=True)),
    ("Reglage des noms : Non", ShowSettings(names=False)),
    ("settings names yes", ShowSettings(names=True)),
    ("settings names: off", ShowSettings(names=False)),
    ("Réglage", ShowSettings()),
    ("Réglementation", Meet(title="Réglementation")),
    ("Remote daily", Meet(title="Remote daily")),
    ("Invitation Jean", Meet(title="Invitation Jean")),
    ("Listes électorales", Meet(title="Listes électorales")),
    ('"lien" social', Meet(title="lien social")),
    ("Envoi", Meet(title="Envoi")),
    ("Admin Tchap", Meet(title="Admin Tchap")),
    ("Admis au concours", Meet(title="Admis au concours")),
    ("Refus", Meet(title="Refus")),
    ("Refus de permis", Meet(title="Refus de permis")),
    ('"Let us begin"', Meet(title="Let us begin")),
    ("Compte rendu du conseil", Meet(title="Compte rendu du conseil")),
    ('"refuser" ou non', Meet(title="refuser ou non")),
    ("Ende", Meet(title="Ende")),
    ("Accueil ?", Host()),
    ("Point avec jean@x.example", Meet(title="Point", people=(JEAN,))),
    ("demain 14h 45min Point avec jean@x.example", Meet(paris("2026-11-19T14:00"), paris("2026-11-19T14:45"), "Point", (JEAN,))),
    ("maintenant Point budget", Meet(title="Point budget")),
    ("Expulser jean@x.example", Revoke("jean@x.example")),
    ("kick Jean", Revoke("Jean")),
]  # fmt: skip


@pytest.mark.parametrize(("typed", "command"), READ, ids=[row[0] for row in READ])
@pytest.mark.parametrize("language", Language)
def test_reads(typed: str, command: Command, language: Language):
    assert read(f"!visio {typed}", language=language) == command


REFUSED = [
    # typed, reason, what it is about, example
    ("inviter", "people-missing", "!visio inviter", "inviter Jean Dupont <jean.dupont@partenaire.example>"),
    ("inviter jean@x", "address-invalid", "jean@x", "inviter Jean Dupont <jean.dupont@partenaire.example>"),
    ("inviter Jean jusqu'à", "until-unread", "!visio inviter Jean jusqu'à", "inviter Jean jusqu'à demain 14h30"),
    ("inviter Jean jusqu'à aujourd'hui 9h", "past", "aujourd'hui 9h", "inviter Jean jusqu'à demain 9h"),
    ("inviter Jean, paul@y.example jusqu'au 25h", "impossible", "25h", "inviter Jean, paul@y.example jusqu'au demain 14h30"),
    ("prolonger", "length-missing", "!visio prolonger", "prolonger 30min"),
    ("prolonger jusqu'à demain 10h", "length-missing", "jusqu'à demain 10h", "prolonger 30min"),
    ("prolonger Jean jusqu'à demain 19h", "length-missing", "Jean jusqu'à demain 19h", "prolonger Jean 30min"),
    ("prolonger à 10h", "length-missing", "à 10h", "prolonger 30min"),
    ("prolonger Jean 30min Paul", "length-missing", "Paul", "prolonger 30min"),
    ("prolonger Jean, Paul 30min", "one-person", "Jean, Paul", "prolonger Jean 30min"),
    ("prolonger jean@x 30min", "address-invalid", "jean@x", "prolonger Jean Dupont <jean.dupont@partenaire.example> 30min"),
    ("retirer la", "people-missing", "!visio retirer", "retirer Jean Dupont <jean.dupont@partenaire.example>"),
    ("retirer Jean, Paul", "one-person", "Jean, Paul", "retirer Jean"),
    ("langue", "language-unknown", "!visio langue", "langue en"),
    ("langue de", "language-unknown", "de", "aide"),
    ("Langue des signes", "title-doubted", "Langue des signes", '"Langue des signes"'),
    ("réglages noms", "setting-unknown", "noms", "réglages noms oui"),
    ("réglages couleur rouge", "setting-unknown", "couleur rouge", "réglages noms oui"),
    ("reglagse noms oui", "verb-mistyped", "reglagse", "reglages noms oui"),
    ("lien social", "wish", "lien social", "aide"),
    ("lien la suite", "words-unexpected", "la suite", "lien"),
    ("terminer Revue", "words-unexpected", "Revue", "terminer"),
    ("terminer à 18h", "wish", "terminer à 18h", "aide"),
    ("aide aux victimes", "title-doubted", "aide aux victimes", '"aide aux victimes"'),
    ("annuler la semaine", "wish", "annuler la semaine", "aide"),
    ("Let us begin", "wish", "Let us begin", "aide"),
    ("faire le point", "wish", "faire le point", "aide"),
    ("Déplacer la réunion", "move-missing", "la réunion", "déplacer demain 14h30"),
    ("décale la réunion au 32 mai", "move-missing", "la réunion au 32 mai", "déplacer demain 14h30"),
    ("renommer", "title-missing", "!visio renommer", "renommer Point budget"),
    ("rename to https://x.example", "title-address", "https://x.example", "renommer Point budget"),
    ("enregistrer", "verb-unknown", "enregistrer", "aide"),
    ("invitter jean@x.example", "verb-mistyped", "invitter", "inviter jean@x.example"),
    ("retier jean@x.example", "verb-mistyped", "retier", "retirer jean@x.example"),
    ("retier tous", "verb-mistyped", "retier", "retirer tous"),
    ("admetre Jean Dupont", "verb-mistyped", "admetre", "admettre Jean Dupont"),
    ("admetre jean@x.example", "verb-mistyped", "admetre", "admettre jean@x.example"),
    ("renvoyerr jean@x.example", "verb-mistyped", "renvoyerr", "renvoyer jean@x.example"),
    ("reffuser Jean", "verb-mistyped", "reffuser", "refuser Jean"),
    ("prolongger 30min", "verb-mistyped", "prolongger", "prolonger 30min"),
    ("invités jean@x.example", "verb-mistyped", "invités", "inviter jean@x.example"),
    ("lsite", "verb-mistyped", "lsite", "liste"),
    ("langeu en", "verb-mistyped", "langeu", "langue en"),
    ("Point jean@x.example", "people-in-title", "jean@x.example", "Point avec jean@x.example"),
    ("jean@x.example", "people-in-title", "jean@x.example", "inviter jean@x.example"),
    ("demain 14h Point jean@x", "address-invalid", "jean@x", "demain 14h Point"),
    ("demain 14h 1h Point budget jean@x.example", "people-in-title", "jean@x.example", "demain 14h 1h Point budget avec jean@x.example"),
    ("avec jean@x.example", "wish", "avec", "maintenant avec jean@x.example"),
    ("avec jean@x.example demain 14h Point", "people-in-title", "jean@x.example", "demain 14h Point avec jean@x.example"),
    ("demain 14h Point avec jean@x.example 45min", "people-in-title", "jean@x.example", "demain 14h Point 45min avec jean@x.example"),
    ("demain 14h Point @room", "address-invalid", "@room", "demain 14h Point"),
    ("demain 14h Point avec jean@x.example et Bob", "people-unaddressed", "Bob", "demain 14h Point avec jean@x.example"),
    ("demain 14h Point avec Bob, Zoé <zoe@x.example>", "people-unaddressed", "Bob", "demain 14h Point avec Zoé <zoe@x.example>"),
    ("demain 14h Point avec jean@x.example et son équipe", "nobody", "son équipe", "demain 14h Point avec jean@x.example"),
    ("Point avec jean@x.example et Bob demain 14h", "people-unaddressed", "Bob", "Point demain 14h avec jean@x.example"),
    ("Point avec Zoé <zoe@x.example> demain 14h avec code", "people-in-title", "<zoe@x.example>", "Point demain 14h avec Zoé <zoe@x.example> avec code"),
    ("stop", "wish", "stop", "terminer"),
    ("stop tout", "wish", "stop tout", "terminer"),
    ("/poll Quelle date", "wish", "/poll Quelle date", "aide"),
    ("on déborde, prolonge de 15min", "wish", "on déborde, prolonge de 15min", "prolonge de 15min"),
    ("jean@x.example : mauvaise adresse, retirer", "wish", "jean@x.example : mauvaise adresse, retirer", "aide"),
    ("inviter jean@x.example jusqu'à 15h30 environ", "until-unread", "15h30 environ", "inviter jean@x.example jusqu'à 15h30"),
    ("terminer ?", "question", "terminer ?", "terminer"),
    ("demain 14h Point ?", "question", "demain 14h Point ?", "demain 14h Point"),
    ("Point budget ?", "wish", "Point budget ?", "aide"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("typed", "reason", "understood", "example"), REFUSED, ids=[row[0] for row in REFUSED]
)
def test_refuses_with_an_example(typed: str, reason: str, understood: str, example: str):
    parameters = refused(f"!visio {typed}").parameters
    assert parameters["reason"] == reason
    assert parameters["understood"] == understood
    assert parameters["example"] == f"!visio {example}"
    english = refused(f"!visio {typed}", language=EN).parameters
    assert english["reason"] == reason


def test_examples_speak_the_salon_s_language():
    assert refused("!visio prolonger", language=EN).parameters["example"] == "!visio extend 30min"
    assert refused("!visio renommer", language=EN).parameters["example"] == "!visio rename Budget"
    moved = refused("!visio déplacer", language=EN).parameters["example"]
    assert moved == "!visio move tomorrow 14:30"
    assert refused("!visio langue", language=EN).parameters["example"] == "!visio language fr"


def test_examples_use_the_deployer_s_prefix():
    with pytest.raises(Misunderstood, match="no-time") as raised:
        read("!réunion demain", prefix="!réunion")
    assert raised.value.parameters["example"] == "!réunion demain 14h30"


def test_mentions_are_invited_by_their_id():
    html = '!visio inviter <a href="https://tchap.gouv.fr/#/@paul:agent.example">Paul [Dinum]</a>'
    paul = Person("Paul", user=UserId("@paul:agent.example"))
    assert read(message("…", formatted=html)) == Invite((paul,))
    about = html.replace("inviter", "Point avec")
    assert read(message("…", formatted=about)) == Meet(title="Point", people=(paul,))


@pytest.mark.parametrize(
    ("typed", "title", "proof"),
    [
        ("demain 14h Point avec jean@x.example avec code", "Point", Proof.MAIL),
        ("demain 14h Point avec code, avec jean@x.example", "Point", Proof.MAIL),
        ("demain 14h Point avec jean@x.example (avec pin)", "Point", Proof.PIN),
        ("demain 14h Point avec code source avec jean@x.example", "Point avec code source", None),
    ],
)
def test_a_meeting_s_guests_show_what_its_line_demands(typed: str, title: str, proof: Proof | None):
    made = read(f"!visio {typed}")
    assert isinstance(made, Meet)
    assert (made.title, made.people) == (title, (Person(email="jean@x.example"),))
    assert made.proof is proof


def test_a_message_for_others_is_no_command():
    assert read("Bonjour") is None


def test_a_long_meeting_where_the_deployer_allows_it():
    assert refused("!visio 14h 13h").parameters["reason"] == "too-long"
    day = parse(
        message("!visio 14h 13h"),
        me=ME,
        my_name=NAME,
        prefix="!visio",
        now=NOW,
        zone="Europe/Paris",
        language=FR,
        longest=timedelta(hours=24),
    )
    assert day == Meet(paris("2026-11-18T14:00"), paris("2026-11-19T03:00"))


@pytest.mark.parametrize("verb", [MEET, *VERBS], ids=lambda verb: verb.key)
def test_the_examples_of_each_verb_are_read_in_their_language(verb: Verb):
    for language in Language:
        assert verb.examples[language]
        for line in verb.examples[language]:
            assert type(read(f"!visio {line}", language=language)) is verb.command


def test_names_are_unique_and_every_command_has_a_verb():
    keys = [verb.key for verb in (MEET, *VERBS)]
    assert len(keys) == len(set(keys))
    assert set(BY_NAME) >= VERB_WORDS - {"deplacer"}
    declared = {verb.command.__name__ for verb in (MEET, *VERBS)}
    assert declared | {Polite.__name__} == _names(Command) - {OfMeeting.__name__}


def _names(base: type[Command]) -> set[str]:
    """Return the names of all kinds of a command."""
    return {name for one in base.__subclasses__() for name in (one.__name__, *_names(one))}


@pytest.mark.parametrize(
    "again",
    [
        replace(VERBS[1], key=VERBS[0].key),
        replace(VERBS[1], names={FR: ("Prolongér",), EN: ("invite",)}),
    ],
    ids=["key", "name"],
)
def test_two_verbs_share_neither_a_key_nor_a_name(again: Verb):
    with pytest.raises(ValueError, match="declared twice: invite"):
        by_name([VERBS[0], again])
