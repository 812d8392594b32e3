import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.policy import SMTP
from html.parser import HTMLParser

import pytest

from bridge.domain.admission import KNOCK, LIVEKIT, REDIRECT, AdmissionMode
from bridge.domain.mail import MailKind
from bridge.domain.proof import Proof
from bridge.domain.window import Window
from bridge.i18n import Language
from bridge.mail.code import code_letter
from bridge.mail.headers import mailbox, message, written_by
from bridge.mail.invite import invitation_letter
from bridge.ports import Letter
from bridge.services.visits.code_mail import CodeFacts
from tests.spaces import as_typed
from tests.unit.bridge.mail.kit import LINK, SENDER, START, facts, told

NO_ORGANISER = {"inviter": "", "address": ""}
TO_OTHER = {Language.FR: f"{LINK}?lang=en", Language.EN: f"{LINK}?lang=fr"}


class Page(HTMLParser):
    """The text, links and tags of a page."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.texts: list[str] = []
        self.links: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag == "a":
            self.links.append(dict(attrs)["href"] or "")

    def handle_data(self, data: str) -> None:
        if "body" in {tag for tag, _ in self.tags}:
            self.texts.append(data)

    @property
    def text(self) -> str:
        return " ".join(as_typed(" ".join(self.texts)).split())


def made(**changes: object) -> Letter:
    return invitation_letter(facts(**changes), SENDER)


def plain(**changes: object) -> str:
    return as_typed(made(**changes).plain)


WHOLE = {
    Language.FR: [
        "Ministère de l’Exemple",
        "In English: invitation to a video meeting, Tuesday, 1 December 2026, 14:30–15:30",
        "Invitation à une visioconférence",
        "Bonjour Jean Dupont,",
        "Jeanne Martin (Ministère de l’Exemple) vous invite",
        "Réunion : Comité de suivi",
        "Quand : mardi 1er décembre 2026, 14h30–15h30 (heure de Paris)",
        "Votre lien d’invitation : valable de 14h20 à 15h45",
        "Contact : Jeanne Martin (Ministère de l’Exemple), jeanne.martin@exemple.gouv.fr",
        "Rejoindre la réunion",
        "Ce lien est personnel",
        "jusqu’à ce que l’organisateur vous fasse entrer",
        "Une question, un empêchement ? Répondez à ce message",
        "il vient de visio@exemple.gouv.fr, et l’adresse de votre lien commence par",
    ],
    Language.EN: [
        "Ministère de l’Exemple",
        "En français : invitation à une visioconférence, mardi 1er décembre 2026, 14h30–15h30",
        "Invitation to a video meeting",
        "Hello Jean Dupont,",
        "Jeanne Martin (Ministère de l’Exemple) invites you",
        "Meeting: Comité de suivi",
        "When: Tuesday, 1 December 2026, 14:30–15:30 (Paris time)",
        "Your invitation link: valid from 14:20 to 15:45",
        "Contact: Jeanne Martin (Ministère de l’Exemple), jeanne.martin@exemple.gouv.fr",
        "Join the meeting",
        "This link is yours alone",
        "until the organiser lets you in",
        "A question, or you can’t come? Answer this message",
        "it comes from visio@exemple.gouv.fr, and the address of your link begins with",
    ],
}


@pytest.mark.parametrize("language", WHOLE)
def test_an_invitation_says_everything_in_its_language_and_a_line_in_the_other(language: Language):
    letter = made(language=language)
    for text in (as_typed(letter.plain), Page(letter.html).text):
        at = -1
        for sentence in WHOLE[language]:
            assert text.find(sentence, at + 1) > at, sentence
            at = text.find(sentence, at + 1)
    page = Page(letter.html)
    assert [attrs["lang"] for _, attrs in page.tags if "lang" in attrs] == [
        language,
        "en" if language is Language.FR else "fr",
    ]


TOLD = {
    MailKind.CHANGE: (
        "Lien valable jusqu’à 17h15 : Comité de suivi, mardi 1er décembre 2026 à 14h30",
        "Votre lien d’invitation à cette réunion reste valable plus longtemps : jusqu’à 17h15.",
        "In English: your invitation link stays valid longer, until 17:15.",
    ),
    MailKind.MOVED: (
        "Déplacée : Comité de suivi, mardi 1er décembre 2026 à 14h30",
        "Votre lien d’invitation reste le même, valable jusqu’à 17h15.",
        "In English: this meeting is moved, Tuesday, 1 December 2026, 14:30–17:00",
    ),
    MailKind.DATES: (
        "Nouvelles dates : Comité de suivi, mardi 1er décembre 2026 à 14h30",
        "Prochaines dates : mardi 1er décembre 2026 à 14h30, mardi 8 décembre 2026 à 14h30, mardi",
        "In English: the dates of this meeting have changed.",
    ),
    MailKind.REOPENING: (
        "La réunion a lieu : Comité de suivi, mardi 1er décembre 2026 à 14h30",
        "elle a bien lieu. Votre lien d’invitation est de nouveau valable, jusqu’à 17h15.",
        "In English: this meeting takes place after all, Tuesday, 1 December 2026, 14:30–17:00",
    ),
    MailKind.CANCELLATION: (
        "Annulée : Comité de suivi, mardi 1er décembre 2026 à 14h30",
        "Cette réunion est annulée : elle n’aura pas lieu.",
        "In English: this meeting is cancelled, Tuesday, 1 December 2026, 14:30–17:00",
    ),
    MailKind.WITHDRAWAL: (
        "Invitation retirée : Comité de suivi, mardi 1er décembre 2026 à 14h30",
        "Votre invitation à cette réunion est retirée : votre lien n’est plus valable.",
        "In English: your invitation to this meeting is withdrawn.",
    ),
}


@pytest.mark.parametrize("kind", TOLD)
def test_what_has_changed_is_said_in_the_same_mail(kind: MailKind):
    letter = invitation_letter(told(kind), SENDER)
    subject, says, other = TOLD[kind]
    assert as_typed(letter.subject) == f"{subject} (Jeanne Martin)"
    page = Page(letter.html)
    for text in (" ".join(as_typed(letter.plain).split()), page.text):
        for sentence in ("Bonjour Jean Dupont,", says, other, "Répondez à ce message"):
            assert sentence in text
    assert set(page.links) == ({LINK, TO_OTHER[Language.FR]} if kind.leads else set())
    assert (LINK in letter.plain) is kind.leads


@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize("kind", MailKind)
def test_both_parts_say_the_same(kind: MailKind, language: Language):
    letter = invitation_letter(told(kind, language=language, proof=Proof.PIN), SENDER)
    page = Page(letter.html)
    written = as_typed(letter.plain).split()
    if kind.leads:
        assert TO_OTHER[language] in written
        written.remove(TO_OTHER[language])  # behind words, there
    assert page.text.split() == written


def test_the_link_is_a_button_and_in_clear() -> None:
    letter = made()
    page = Page(letter.html)
    assert page.links == [TO_OTHER[Language.FR], LINK, LINK]
    assert page.text.count(LINK) == 1
    lines = letter.plain.splitlines()
    assert (lines.count(LINK), lines.count(TO_OTHER[Language.FR])) == (1, 1)
    assert LINK not in letter.subject


@pytest.mark.parametrize(
    ("proof", "sentence"),
    [
        (Proof.NONE, None),
        (Proof.MAIL, "cette page vous enverra un code à cette adresse"),
        (Proof.PIN, "cette page vous demandera un PIN, que la personne"),
    ],
)
def test_what_the_door_will_ask_for_is_said(proof: Proof, sentence: str | None) -> None:
    text = plain(proof=proof)
    assert ("À l’entrée, cette page" in text) is (sentence is not None)
    assert (sentence or "") in text


@pytest.mark.parametrize(
    ("mode", "sentence", "english"),
    [
        (REDIRECT, "elle vous conduit à la réunion Visio", "takes you to the Visio meeting"),
        (KNOCK, "jusqu’à ce que l’organisateur vous fasse", "until the organiser lets you in"),
        (LIVEKIT, "ou un autre agent vous fasse entrer", "or another agent lets you in"),
    ],
)
def test_where_they_wait_and_who_lets_them_in_is_said(
    mode: AdmissionMode, sentence: str, english: str
):
    french, other = plain(mode=mode), plain(mode=mode, language=Language.EN)
    assert sentence in french
    assert english in other
    elsewhere = ("salle d’attente" in french, "on that same page" in other)
    assert elsewhere == (mode is REDIRECT, mode is not REDIRECT)


def test_a_code_is_in_both_halves_and_nowhere_else() -> None:
    asked = CodeFacts(
        to="jean@partenaire.example",
        title="Comité\nBcc: x@y.example",
        code="012345",
        minutes=10,
        message_id="<one@example.org>",
    )
    letter = code_letter(asked)
    assert as_typed(letter.subject) == "Votre code d’entrée / Your code"
    assert letter.plain.count("012 345") == 2
    assert "« Comité Bcc: x@y\u2060.example »" in as_typed(letter.plain)
    assert "Il vaut 10 minutes" in as_typed(letter.plain)
    page = Page(letter.html)
    assert page.text.count("012 345") == 2
    assert page.links == []
    assert "012345" not in repr(asked) + repr(letter)


@pytest.mark.parametrize("kind", MailKind)
def test_nothing_is_fetched_or_followed(kind: MailKind) -> None:
    page = Page(invitation_letter(told(kind), SENDER).html)
    assert {tag for tag, _ in page.tags}.isdisjoint({"img", "script", "link", "iframe", "form"})
    assert not any({"src", "background", "onclick"} & set(attrs) for _, attrs in page.tags)
    styles = " ".join(str(attrs.get("style")) for _, attrs in page.tags)
    assert "url(" not in styles


@pytest.mark.parametrize(
    ("inviter", "organisation", "host", "sender"),
    [
        ("Jeanne", "DINUM", "Jeanne (DINUM) vous invite", "Jeanne via Visio (DINUM)"),
        ("Jeanne", "", "Jeanne vous invite", "Jeanne via Visio"),
        ("", "DINUM", "DINUM vous invite", "Visio (DINUM)"),
        ("", "", "L’organisateur de la réunion vous invite", "Visio"),
    ],
)
def test_who_invites_is_said_as_far_as_known(
    inviter: str, organisation: str, host: str, sender: str
) -> None:
    ours = replace(SENDER, organisation=organisation)
    letter = invitation_letter(facts(inviter=inviter, address=""), ours)
    assert host in as_typed(letter.plain)
    assert letter.sender_name == sender
    assert letter.plain.startswith(f"{organisation or 'Visio'}\n")


class TestOrganiser:
    def test_an_answer_goes_to_who_invites(self) -> None:
        mail = message(made(), sender=mailbox(SENDER.address, made().sender_name), now=START)
        assert mail["Reply-To"] == "jeanne.martin@exemple.gouv.fr"
        (sender,) = mail["From"].addresses
        assert sender.addr_spec == "visio@exemple.gouv.fr"
        assert sender.display_name == "Jeanne Martin via Visio (Ministère de l’Exemple)"

    @pytest.mark.parametrize("address", ["", "jeanne", "é@exemple.fr", "a@b\r\nBcc: c@d.example"])
    def test_without_an_address_that_can_be_answered_nobody_is_told_to(self, address: str):
        letter = made(address=address)
        assert letter.reply_to is None
        assert "Répondez à ce message" not in letter.plain
        assert "Adressez-vous à la personne qui vous invite : Jeanne Martin" in as_typed(
            letter.plain
        )
        assert "Bcc" not in letter.plain

    @pytest.mark.parametrize(
        ("name", "shown"),
        [
            ("Alice Martin", "Alice Martin via Visio (DINUM)"),
            ("Martin, Alice", "Martin Alice via Visio (DINUM)"),
            ("Alice <pdg@evil.example>", "Alice pdg evil.example via Visio (DINUM)"),
            ('Alice" <pdg@evil.example>', "Alice pdg evil.example via Visio (DINUM)"),
            ("Alice\r\nBcc: x@y.example", "Alice Bcc x y.example via Visio (DINUM)"),
            ("Alice\u2028Bcc", "Alice Bcc via Visio (DINUM)"),
            ("A\u202elice\u200b", "Alice via Visio (DINUM)"),
            ("Alice (Élysée)", "Alice Élysée via Visio (DINUM)"),
            ("A\u0301lice 東京", "Álice 東京 via Visio (DINUM)"),
            ("=?utf-8?q?pdg?=", "utf-8 q pdg via Visio (DINUM)"),
            ("🎉", "Visio (DINUM)"),
            ("", "Visio (DINUM)"),
        ],
    )
    def test_the_name_beside_our_address_is_a_name_and_no_address(self, name: str, shown: str):
        """The mail is from our one address, with any name of the agent."""
        assert written_by(name, "Visio", "DINUM") == shown
        letter = invitation_letter(facts(inviter=name), SENDER)
        mail = message(letter, sender=mailbox(SENDER.address, letter.sender_name), now=START)
        read = message_from_bytes(mail.as_bytes(), policy=SMTP)
        assert [one.addr_spec for one in read["From"].addresses] == [SENDER.address]
        assert [one.addr_spec for one in read["To"].addresses] == ["jean@partenaire.example"]
        assert read["Bcc"] is None
        # Python reads a space where a long name was folded.
        shown = read["From"].addresses[0].display_name.replace("\u2060", "")
        assert shown.split() == letter.sender_name.split() or len(letter.sender_name) > 40
        assert "<" not in shown
        assert "@" not in shown

    @pytest.mark.parametrize("longest", [1, 40, 64, 200])
    @pytest.mark.parametrize("letters", ["é", "東", "a ", "a, ", "x"])
    def test_however_long_it_is_it_folds_into_lines_that_are_read_back(
        self, longest: int, letters: str
    ):
        letter = invitation_letter(facts(inviter=letters * longest), SENDER)
        mail = message(letter, sender=mailbox(SENDER.address, letter.sender_name), now=START)
        raw = mail.as_bytes()
        read = message_from_bytes(raw, policy=SMTP)
        assert [one.addr_spec for one in read["From"].addresses] == [SENDER.address]
        head = raw.partition(b"\r\n\r\n")[0]
        assert all(len(line) <= 998 for line in head.split(b"\r\n"))


def test_how_to_check_that_it_is_genuine_links_nowhere() -> None:
    text = made().plain
    assert "commence par https\u2060://invitations\u2060.example\u2060.org/ ;" in as_typed(text)
    assert "ne contient aucun lien" not in text
    dead = invitation_letter(told(MailKind.CANCELLATION), SENDER)
    assert "il vient de visio@exemple.gouv.fr et ne contient aucun lien" in dead.plain
    assert "http" not in dead.plain + dead.html


def test_a_meeting_without_title_and_a_guest_without_name() -> None:
    letter = made(title="", guest="")
    assert as_typed(letter.subject) == (
        "Invitation : Réunion Visio, mardi 1er décembre 2026 à 14h30 (Jeanne Martin)"
    )
    assert "Bonjour,\n" in letter.plain
    assert "Réunion : Réunion Visio\n" in as_typed(letter.plain)
    assert "Meeting: Visio meeting\n" in plain(title="", language=Language.EN)


def test_a_window_that_ends_another_day_says_which() -> None:
    window = Window(START - timedelta(minutes=10), datetime(2026, 12, 2, 9, tzinfo=UTC))
    assert (
        "valable du mardi 1er décembre 2026 à 14h20 au mercredi 2 décembre 2026 à 10h00\n"
    ) in plain(window=window)
    assert (
        "valid from Tuesday, 1 December 2026 at 14:20 to Wednesday, 2 December 2026 at 10:00\n"
    ) in plain(window=window, language=Language.EN)
    assert "plus longtemps : jusqu’au mercredi 2 décembre 2026 à 10h00.\n" in plain(
        window=window, kind=MailKind.CHANGE
    )


def test_whom_to_ask_where_nobody_knows_who_invites() -> None:
    ours = replace(SENDER, organisation="")
    for language, sentence in (
        (Language.FR, "Adressez-vous à la personne qui vous invite.\n"),
        (Language.EN, "Please ask the person who invites you.\n"),
    ):
        letter = invitation_letter(facts(**NO_ORGANISER, language=language), ours)
        assert sentence in as_typed(letter.plain)
        assert "Contact" not in letter.plain


def test_who_answers_about_data_is_said_if_known() -> None:
    ours = replace(SENDER, organisation="", contact="dpo@example.org")
    assert invitation_letter(facts(), ours).plain.count("dpo@example.org") == 1
    assert "effacés" not in made().plain


@pytest.mark.parametrize("where", ["title", "guest", "inviter"])
@pytest.mark.parametrize("kind", MailKind)
def test_what_people_typed_stays_text(where: str, kind: MailKind) -> None:
    evil = '<a href="https://evil.example">x</a>\r\n\r\n.\r\nhttps://evil.example {link} {{ link }}'
    letter = invitation_letter(told(kind, **{where: evil}), SENDER)
    page = Page(letter.html)
    assert set(page.links) == ({LINK, TO_OTHER[Language.FR]} if kind.leads else set())
    assert "{{ link }}" in page.text
    assert "\n.\n" not in letter.plain
    assert re.search(r"^https://evil", letter.plain, re.MULTILINE) is None
    assert "\n" not in letter.subject


def test_a_long_title_is_cut() -> None:
    letter = made(title="x" * 500)
    assert "x" * 119 + "…" in letter.plain
    assert "x" * 121 not in letter.plain


@pytest.mark.parametrize("kind", [*MailKind, None], ids=str)
def test_no_word_that_somebody_typed_is_linked(kind: MailKind | None) -> None:
    typed = "Offre evil.example pirate@evil.example"
    if kind is None:
        asked = CodeFacts(to="j@x.org", title=typed, code="012345", minutes=10, message_id="<a@b>")
        letter = code_letter(asked)
    else:
        letter = invitation_letter(told(kind, title=typed, guest=typed, inviter=typed), SENDER)
    sender = mailbox("parvis@exemple.gouv.fr", letter.sender_name)
    mail = message(letter, sender=sender, now=START)
    parts = [part.get_content() for part in mail.iter_parts()]
    assert not any("evil.example" in text for text in (mail["Subject"], str(mail["From"]), *parts))
    broken = "evil\u2060.example"
    assert all(broken in part for part in parts)
    assert (broken in mail["Subject"]) is (kind is not None)
    assert kind is None or all((LINK in part) is kind.leads for part in parts)
