import re
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser

import pytest
from playwright.async_api import ViewportSize

from bridge.domain.policy import Way
from bridge.domain.proof import Proof
from bridge.domain.window import Window
from bridge.mail.code import code_letter
from bridge.mail.headers import mailbox, message
from bridge.mail.invite import invitation_letter
from bridge.services.codes import CodeFacts
from tests.servers import chromium
from tests.servers.require import need
from tests.unit.bridge.mail.kit import LINK, START, as_read, facts


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
        self.texts.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.texts).split())


def test_everything_is_said_in_french_then_in_english() -> None:
    letter = as_read(invitation_letter(facts(), organisation="Ministère de l’Exemple"))
    assert letter.subject == "Invitation : Comité de suivi, mardi 1er décembre 2026"
    wanted = [
        "English version below.",
        "Bonjour Jean Dupont,",
        "Jeanne Martin (Ministère de l’Exemple) vous invite",
        "Réunion : Comité de suivi",
        "Quand : mardi 1er décembre 2026, 14h30–15h30 (heure de Paris)",
        "Votre lien d’invitation : valable de 14h20 à 15h45",
        "Rejoindre la réunion",
        "Ce lien est personnel",
        "jusqu’à ce que l’organisateur vous fasse entrer",
        "Adressez-vous à la personne qui vous invite : Jeanne Martin",
        "Hello Jean Dupont,",
        "Meeting: Comité de suivi",
        "When: Tuesday, 1 December 2026, 14:30–15:30 (Paris time)",
        "valid from 14:20 to 15:45",
        "Join the meeting",
        "This link is yours alone",
    ]
    for text in (letter.plain, Page(letter.html).text):
        at = -1
        for sentence in wanted:
            assert text.find(sentence, at + 1) > at, sentence
            at = text.find(sentence, at + 1)


def test_the_link_is_a_button_and_in_clear() -> None:
    letter = invitation_letter(facts())
    page = Page(letter.html)
    assert page.links == [LINK] * 4
    assert page.text.count(LINK) == 2
    assert letter.plain.splitlines().count(LINK) == 2
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
    plain = invitation_letter(facts(proof=proof)).plain
    assert ("À l’entrée, cette page" in plain) is (sentence is not None)
    assert (sentence or "") in plain


@pytest.mark.parametrize(
    ("way", "sentence", "english"),
    [
        (Way.REDIRECT, "elle vous conduit à la réunion Visio", "takes you to the Visio meeting"),
        (Way.KNOCK, "jusqu’à ce que l’organisateur vous fasse", "until the organiser lets you in"),
        (Way.LIVEKIT, "ou un autre agent vous fasse entrer", "or another official lets you in"),
    ],
)
def test_where_they_wait_and_who_lets_them_in_is_said(way: Way, sentence: str, english: str):
    plain = invitation_letter(facts(way=way)).plain
    assert sentence in plain
    assert english in plain
    elsewhere = ("salle d’attente" in plain, "on that same page" in plain)
    assert elsewhere == (way is Way.REDIRECT, way is not Way.REDIRECT)


def test_a_code_is_in_both_halves_and_nowhere_else() -> None:
    asked = CodeFacts(
        to="jean@partenaire.example",
        title="Comité\nBcc: x@y.example",
        code="012345",
        minutes=10,
        message_id="<one@example.org>",
    )
    letter = as_read(code_letter(asked))
    assert letter.subject == "Votre code d’entrée / Your code"
    assert letter.plain.count("012 345") == 2
    assert "« Comité Bcc: x@y\u2060.example »" in letter.plain
    assert "Il vaut 10 minutes" in letter.plain
    page = Page(letter.html)
    assert page.text.count("012 345") == 2
    assert page.links == []
    assert "012345" not in repr(asked) + repr(letter)


def test_nothing_is_fetched_or_followed() -> None:
    page = Page(invitation_letter(facts(), contact="dpo@example.org").html)
    assert {tag for tag, _ in page.tags}.isdisjoint({"img", "script", "link", "iframe", "form"})
    assert not any({"src", "background", "onclick"} & set(attrs) for _, attrs in page.tags)
    styles = " ".join(str(attrs.get("style")) for _, attrs in page.tags)
    assert "url(" not in styles


def test_each_half_says_its_language() -> None:
    page = Page(invitation_letter(facts()).html)
    assert [attrs["lang"] for tag, attrs in page.tags if tag == "div" and "lang" in attrs] == [
        "fr",
        "en",
    ]


@pytest.mark.parametrize(
    ("inviter", "organisation", "host"),
    [
        ("Jeanne", "DINUM", "Jeanne (DINUM) vous invite"),
        ("Jeanne", "", "Jeanne vous invite"),
        ("", "DINUM", "DINUM vous invite"),
        ("", "", "L’organisateur de la réunion vous invite"),
    ],
)
def test_who_invites_is_said_as_far_as_known(inviter: str, organisation: str, host: str) -> None:
    letter = invitation_letter(facts(inviter=inviter), organisation=organisation)
    assert host in letter.plain


def test_a_meeting_without_title_and_a_guest_without_name() -> None:
    letter = as_read(invitation_letter(facts(title="", guest="")))
    assert letter.subject == "Invitation à une réunion, mardi 1er décembre 2026"
    assert "Bonjour,\n" in letter.plain
    assert "Réunion : Réunion Visio\n" in letter.plain
    assert "Meeting: Visio meeting\n" in letter.plain


def test_a_window_that_ends_another_day_says_which() -> None:
    window = Window(START - timedelta(minutes=10), datetime(2026, 12, 2, 9, tzinfo=UTC))
    plain = invitation_letter(facts(window=window)).plain
    assert (
        "valable du mardi 1er décembre 2026 à 14h20 au mercredi 2 décembre 2026 à 10h00\n" in plain
    )
    assert (
        "valid from Tuesday, 1 December 2026 at 14:20 to Wednesday, 2 December 2026 at 10:00\n"
    ) in plain


def test_whom_to_ask_where_nobody_knows_who_invites() -> None:
    plain = invitation_letter(facts(inviter="")).plain
    assert "Adressez-vous à la personne qui vous invite.\n" in plain
    assert "Please ask the person who invites you.\n" in plain


async def test_it_fits_the_narrowest_screen() -> None:
    need(chromium.missing() is None, chromium.missing() or "")
    letter = invitation_letter(facts(title="Anticonstitutionnellement" * 4), organisation="O" * 60)
    async with (
        chromium.chromium() as browser,
        chromium.open_page(browser, viewport=ViewportSize(width=320, height=640)) as page,
    ):
        await page.set_content(letter.html)
        assert await page.evaluate("document.documentElement.scrollWidth") <= 320
        assert await chromium.axe(page, tags=("wcag2a", "wcag2aa")) == ()


def test_who_answers_about_data_is_said_if_known() -> None:
    assert invitation_letter(facts(), contact="dpo@example.org").plain.count("dpo@example.org") == 2
    assert "effacés" not in invitation_letter(facts()).plain


@pytest.mark.parametrize("where", ["title", "guest", "inviter"])
def test_what_people_typed_stays_text(where: str) -> None:
    evil = '<a href="https://evil.example">x</a>\r\n\r\n.\r\nhttps://evil.example {link} {{ link }}'
    letter = invitation_letter(facts(**{where: evil}))
    page = Page(letter.html)
    assert set(page.links) == {LINK}
    assert "{{ link }}" in page.text
    assert "\n.\n" not in letter.plain
    assert re.search(r"^https://evil", letter.plain, re.MULTILINE) is None
    assert "\n" not in letter.subject


def test_a_long_title_is_cut() -> None:
    letter = invitation_letter(facts(title="x" * 500))
    assert "x" * 119 + "…" in letter.plain
    assert "x" * 121 not in letter.plain


@pytest.mark.parametrize("letter", [invitation_letter, code_letter], ids=["invitation", "code"])
def test_no_word_that_somebody_typed_is_linked(letter) -> None:
    typed = "Offre evil.example pirate@evil.example"
    if letter is code_letter:
        asked = CodeFacts(to="j@x.org", title=typed, code="012345", minutes=10, message_id="<a@b>")
        made = code_letter(asked)
    else:
        made = invitation_letter(facts(title=typed, guest=typed, inviter=typed))
    mail = message(made, sender=mailbox("parvis@exemple.gouv.fr"), now=START)
    parts = [part.get_content() for part in mail.iter_parts()]
    assert not any("evil.example" in text for text in (mail["Subject"], *parts))
    broken = "evil\u2060.example"
    assert all(broken in part for part in parts)
    assert (broken in mail["Subject"]) is (letter is invitation_letter)
    assert letter is code_letter or all(LINK in part for part in parts)
