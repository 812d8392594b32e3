"""Lists of people as mail programs write them, and what people type that is nobody."""

from email.headerregistry import Address
from email.message import EmailMessage

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.language.commands.invite import Invite
from bot.language.people import Person
from bridge.domain.names import clean_name
from bridge.domain.proof import Proof

from .reading import message, read, refused

X = "x.example"


def people(typed: str) -> list[tuple[str, str]]:
    """Return the names and addresses in a list."""
    command = read(f"!visio inviter {typed}")
    assert isinstance(command, Invite)
    return [(one.name, one.email) for one in command.people]


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        # Outlook: semicolons part people, commas do not.
        (
            "Dupont, Jean <jean.dupont@x.example>; MARTIN-LÉVY, Zoé <zoe.martin@x.example>; D’Almeida, Inès <ines@x.example>",
            [("Dupont, Jean", "jean.dupont@x.example"), ("MARTIN-LÉVY, Zoé", "zoe.martin@x.example"), ("D’Almeida, Inès", "ines@x.example")],
        ),
        ("Dupont, Jean <a@x.example>;", [("Dupont, Jean", "a@x.example")]),
        ("Dupont, Jean; Martin, Zoé", [("Dupont, Jean", ""), ("Martin, Zoé", "")]),
        ("a@x.example, b@x.example; c@x.example", [("", "a@x.example"), ("", "b@x.example"), ("", "c@x.example")]),
        # Without semicolons the address tells that a comma is part of the name.
        ("Dupont, Jean <jean.dupont@x.example>", [("Dupont, Jean", "jean.dupont@x.example")]),
        ("MARTIN-LÉVY, Zoé <zmartin@x.example>", [("MARTIN-LÉVY, Zoé", "zmartin@x.example")]),
        (
            "Dupont, Jean <jean.dupont@x.example>, Martin, Zoé <zoe.martin@x.example>",
            [("Dupont, Jean", "jean.dupont@x.example"), ("Martin, Zoé", "zoe.martin@x.example")],
        ),
        ("Direction des achats et marchés <achats@x.example>", [("Direction des achats et marchés", "achats@x.example")]),
        ("Martin et fils <contact@martin.example>", [("Martin et fils", "contact@martin.example")]),
        ("Jean, paul@x.example", [("Jean", ""), ("", "paul@x.example")]),
        ("Jean et paul@x.example", [("Jean", ""), ("", "paul@x.example")]),
        # Quotes around names, single ones too, as Outlook and web mails put them.
        ("'MARTIN Paul' <p@x.example>", [("MARTIN Paul", "p@x.example")]),
        ("'Dupont, Jean' <a@x.example>, ‘Martin, Zoé’ <b@x.example>", [("Dupont, Jean", "a@x.example"), ("Martin, Zoé", "b@x.example")]),
        ("'jean@x.example' <jean@x.example>", [("", "jean@x.example")]),
        ('"jean@x.example" <jean@x.example>', [("", "jean@x.example")]),
        ('"paul@y.example" <jean@x.example>', [("", "jean@x.example")]),
        ('"jean@x.example"', [("", "jean@x.example")]),
        ("'jean@x.example'", [("", "jean@x.example")]),
        ('"Dupont \\"Jo\\", Jean" <a@x.example>', [("Dupont Jo Jean", "a@x.example")]),
        ('Bob, "Dupont, Jean" <a@x.example>', [("Bob", ""), ("Dupont, Jean", "a@x.example")]),
        ("Jean d'Arc, 'Le Goff' <a@x.example>", [("Jean d'Arc", ""), ("Le Goff", "a@x.example")]),
        # Services in brackets are no part of the name.
        ('"DUPONT, Jean (DGA)" <a@x.example>', [("DUPONT, Jean", "a@x.example")]),
        ("JEAN DUPONT[XXX - DUPONT Jean] <a@x.example>", [("JEAN DUPONT", "a@x.example")]),
        ("Jean Dupont [DGFIP/ SG:] <a@x.example>", [("Jean Dupont", "a@x.example")]),
        ("Jean Dupont [DGFIP] <a@x.example>; Zoé Martin (SG, 2e bureau; annexe) <b@x.example>", [("Jean Dupont", "a@x.example"), ("Zoé Martin", "b@x.example")]),
        ("Jean Dupont <a@x.example> [externe]", [("Jean Dupont", "a@x.example")]),
        ("a@x.example (Jean), b@x.example", [("", "a@x.example"), ("", "b@x.example")]),
        ("Jean Dupont (jean@x.example)", [("Jean Dupont", "jean@x.example")]),
        # Fields and groups of a mail.
        ("Cc: a@x.example", [("", "a@x.example")]),
        ("À : a@x.example; Cc : b@x.example", [("", "a@x.example"), ("", "b@x.example")]),
        ("Équipe projet: a@x.example, b@x.example;", [("", "a@x.example"), ("", "b@x.example")]),
        # What mail programs and word processors put into addresses.
        ("mailto:jean@x.example", [("", "jean@x.example")]),
        ("Jean <mailto:jean@x.example>", [("Jean", "jean@x.example")]),
        ("jean@x.example<mailto:jean@x.example>", [("", "jean@x.example")]),
        ("<mailto:jean@x.example?subject=Revue>", [("", "jean@x.example")]),
        ("jean.o’connor@x.example", [("", "jean.o'connor@x.example")]),
        ("jean‑paul@x.example", [("", "jean-paul@x.example")]),
        ("\u200bjean@x\u00ad.example\ufeff", [("", "jean@x.example")]),
        # A name in a mail program's list may hold what is no name in a line.
        ("Salle 3 <salle3@x.example>", [("Salle 3", "salle3@x.example")]),
        ("Accueil pour tous <a@x.example>", [("Accueil pour tous", "a@x.example")]),
    ],
)  # fmt: skip
def test_reads_what_is_pasted(typed: str, expected: list[tuple[str, str]]):
    assert people(typed) == expected


JEAN = "Jean Dupont <jean.dupont@partenaire.example>"


@pytest.mark.parametrize(
    ("typed", "reason", "understood", "example"),
    [
        # No address: the likely one is shown, and the rest of the line is kept.
        ("jean at partenaire.example", "address-invalid", "jean at partenaire.example", "jean@partenaire.example"),
        ("jean(at)partenaire.example", "address-invalid", "jean(at)partenaire.example", "jean@partenaire.example"),
        ("jean [at] partenaire.example", "address-invalid", "jean [at] partenaire.example", "jean@partenaire.example"),
        ("jean arobase partenaire.example", "address-invalid", "jean arobase partenaire.example", "jean@partenaire.example"),
        ("jean @ partenaire.example", "address-invalid", "jean @ partenaire.example", "jean@partenaire.example"),
        ("jean@@partenaire.example", "address-invalid", "jean@@partenaire.example", "jean@partenaire.example"),
        ("jean.partenaire.example", "address-invalid", "jean.partenaire.example", "jean@partenaire.example"),
        ("jean.dupont.partenaire.example", "address-invalid", "jean.dupont.partenaire.example", "jean.dupont@partenaire.example"),
        ("jean.dupont.interieur.gouv.fr", "address-invalid", "jean.dupont.interieur.gouv.fr", "jean.dupont@interieur.gouv.fr"),
        ("élise@x.example", "address-invalid", "élise@x.example", "elise@x.example"),
        ("a@x.example; jean at y.example", "address-invalid", "jean at y.example", "a@x.example; jean@y.example"),
        ("Zoé <zoe@>; a@x.example", "address-invalid", "<zoe@>", "a@x.example"),
        ("jean.dupont", "address-invalid", "jean.dupont", JEAN),
        # Nobody: the whole line is refused, without it the rest works.
        ("jean@x.example par SMS", "nobody", "par SMS", "jean@x.example"),
        ("jean@x.example à Revue", "nobody", "à Revue", "jean@x.example"),
        ("jean@x.example, par SMS", "nobody", "par SMS", "jean@x.example"),
        ("mon voisin Bob", "nobody", "mon voisin Bob", JEAN),
        ("a@x.example et mon voisin Bob", "nobody", "mon voisin Bob", "a@x.example"),
        ("paul@x.example, tél. 01 23 45", "name-unread", "01", "paul@x.example"),
        ("tout le monde", "nobody", "tout le monde", JEAN),
        ("jean@x.example as external", "nobody", "as external", "jean@x.example"),
        ("mon chef", "nobody", "mon chef", JEAN),
        ("tous", "nobody", "tous", JEAN),
        ("Équipe projet", "nobody", "Équipe projet", JEAN),
        ("le directeur", "nobody", "le directeur", JEAN),
        ("tout le service", "nobody", "tout le service", JEAN),
        ("service juridique", "nobody", "service juridique", JEAN),
        ("jean@x.example seulement", "nobody", "seulement", "jean@x.example"),
        ("Nom : Dupont\nPrénom : Jean\nCourriel : jean@x.example", "nobody", "Nom : Dupont", "jean@x.example"),
        ("jean@x.example et prévenir Bob", "nobody", "prévenir Bob", "jean@x.example"),
        ("jean@x.example and tell Bob", "nobody", "tell Bob", "jean@x.example"),
        ("jean@x,example", "address-invalid", "jean@x,example", "jean@x.example"),
        # One or two people?
        ("jean@x.example zoé martin", "people-apart", "zoé martin", "jean@x.example"),
        ("Bob, Zoé <zoe@x.example>", "people-apart", "Bob, Zoé", "Bob; Zoé <zoe@x.example>"),
        ("Bob et Zoé <zoe@x.example>", "people-apart", "Bob et Zoé", "Bob; Zoé <zoe@x.example>"),
        ("jean@x.example Zoé Martin", "people-apart", "Zoé Martin", "jean@x.example; Zoé Martin"),
    ],
)  # fmt: skip
def test_refuses_what_is_nobody(typed: str, reason: str, understood: str, example: str):
    parameters = refused(f"!visio inviter {typed}").parameters
    assert (parameters["reason"], parameters["understood"]) == (reason, understood)
    assert parameters["example"] == f"!visio inviter {example}"


@pytest.mark.parametrize(
    "typed",
    [
        "1) Jean Dupont <jean@x.example>\n2) zoe@x.example",
        "1. Jean Dupont <jean@x.example>\n2. zoe@x.example",
        "• Jean Dupont <jean@x.example>\n• zoe@x.example",
        "- Jean Dupont <jean@x.example>\n- zoe@x.example",
        "Courriel : Jean Dupont <jean@x.example>; E-mail : zoe@x.example",
    ],
)
def test_the_signs_of_a_list_are_in_no_name(typed: str):
    people = (Person("Jean Dupont", "jean@x.example"), Person(email="zoe@x.example"))
    assert read(f"!visio inviter {typed}") == Invite(people)


@pytest.mark.parametrize("typed", ["avec un code pin", "avec code PIN", "avec le code de pin", "with a pin code"])  # fmt: skip
def test_a_pin_by_any_name(typed: str):
    assert read(f"!visio inviter jean@x.example {typed}") == Invite(
        (Person(email="jean@x.example"),), proof=Proof.PIN
    )


def test_a_refusal_shows_whom_a_mention_names():
    html = 'retirer Zoé, <a href="https://matrix.to/#/@paul:agent.example">Paul</a>'
    parameters = refused(message("…", formatted=f"!visio {html}")).parameters
    assert (parameters["reason"], parameters["understood"]) == ("one-person", "Zoé, Paul")


def test_withdrawing_is_read_alike():
    assert refused("!visio retirer jean at x.example").parameters["example"] == (
        "!visio retirer jean@x.example"
    )
    assert refused("!visio retirer a@x.example, jean at x.example").parameters["example"] == (
        "!visio retirer jean@x.example"
    )


# --- what a mail program's address list says is what we read --------------------------------------

FIRST = st.sampled_from(["Jean", "Zoé", "Inès", "Anne-Marie", "Nuñez", "Søren", "李"])
LAST = st.sampled_from(
    ["Dupont", "MARTIN-LÉVY", "D’Almeida", "O'Connor", "Le Goff", "van der Berg"]
)
SERVICE = st.sampled_from(["", "(DGA)", "[DGFIP/ SG:]", "(SG, 2e bureau)", "[XXX - DUPONT Jean]"])
SHAPE = st.sampled_from(["{first} {last}", "{last}, {first}", '{first} "Jo" {last}', "{last}"])


@st.composite
def named(draw: st.DrawFn) -> tuple[str, str]:
    """Return a display name as directories hold them, and what of it is the name."""
    name = draw(SHAPE).format(first=draw(FIRST), last=draw(LAST))
    return f"{name} {draw(SERVICE)}".strip(), clean_name(name)


LISTS = st.lists(named(), min_size=1, max_size=4)
few = settings(max_examples=40)
"""Of few pieces: more of them find nothing new."""


def expected(names: list[tuple[str, str]]) -> list[tuple[str, str]]:
    return [(bare, f"u{number}@{X}") for number, (_, bare) in enumerate(names)]


@few
@given(LISTS, st.sampled_from([", ", ",", ",\n ", "; ", "\n"]))
def test_a_list_by_the_rules_of_mail(names: list[tuple[str, str]], between: str):
    """Written by Python's own library, which quotes as RFC 5322 says, and read by it too."""
    listed = [str(Address(name, f"u{at}", X)) for at, (name, _) in enumerate(names)]
    assert people(between.join(listed)) == expected(names)
    theirs = EmailMessage()
    theirs["To"] = ", ".join(listed)
    assert [one.addr_spec for one in theirs["To"].addresses] == [
        email for _, email in expected(names)
    ]


@few
@given(LISTS, st.sampled_from(["; ", ";", ";\n"]))
def test_a_list_of_outlook_s(names: list[tuple[str, str]], between: str):
    listed = [f"{name} <u{at}@{X}>" for at, (name, _) in enumerate(names)]
    assert people(f"{between.join(listed)};") == expected(names)


@few
@given(LISTS, st.sampled_from(["; ", ", ", "\n"]))
def test_a_list_with_single_quotes(names: list[tuple[str, str]], between: str):
    listed = [f"'{name}' <u{at}@{X}>" for at, (name, _) in enumerate(names)]
    assert people(between.join(listed)) == expected(names)
