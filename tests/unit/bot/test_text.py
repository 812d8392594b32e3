"""One sentence, two forms; what fills it is never markup."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.conversation.text import Text, blocks, bullets, lines, link, pill, say
from bridge.french import FIXED
from bridge.i18n import Language, catalogues
from bridge.ids import UserId

FR = catalogues()[Language.FR]
MEETING = f"Réunion Visio{FIXED}: "


def test_strong_and_code_have_a_plain_form():
    text = say(FR, "card.titled", title="Budget")
    assert text == Text(f"{MEETING}Budget", f"<strong>{MEETING}Budget</strong>")


@given(st.text())
def test_what_fills_a_sentence_is_never_markup(title):
    text = say(FR, "card.titled", title=title)
    assert text.plain.replace("\u2060", "") == f"{MEETING}{title}".replace("\u2060", "")
    inner = text.html.removeprefix(f"<strong>{MEETING}").removesuffix("</strong>")
    assert "<" not in inner
    assert ">" not in inner


def test_markup_in_a_fact_stays_words():
    text = say(FR, "card.titled", title="**a** `b` {c} <i>")
    assert text.html == f"<strong>{MEETING}**a** `b` {{c}} &lt;i&gt;</strong>"


def test_no_word_that_somebody_typed_is_linked():
    text = say(FR, "card.titled", title="Voir evil.example ou jean@partenaire.example")
    assert text.plain.endswith("Voir evil\u2060.example ou jean@partenaire.example")
    assert "evil\u2060.example" in text.html
    url = "https://visio.example/abc"
    assert say(FR, "card.titled", title=link(url)).plain.endswith(url)
    person = pill(UserId("@a:b.example"), "evil.example", "https://tchap.gouv.fr/#/user/")
    assert (person.plain, "evil.example" in person.html) == ("evil\u2060.example", False)


def test_a_fact_may_be_a_text():
    person = pill(UserId("@a:b.example"), "Alice", "https://tchap.gouv.fr/#/user/")
    text = say(FR, "card.when-over", when="Demain", organiser=person)
    assert text.plain == "Demain, par Alice"
    assert 'href="https://tchap.gouv.fr/#/user/@a:b.example"' in text.html


@pytest.mark.parametrize(
    ("n", "plain"), [(1, "Partenaire externe (1)"), (2, "Partenaires externes (2)")]
)
def test_a_number_chooses_the_form(n, plain):
    assert say(FR, "card.guests", n=n).plain == plain


@pytest.mark.parametrize(("n", "plain"), [(1, "et 1 autre."), (2, "et 2 autres.")])
def test_who_is_not_named_is_counted(n, plain):
    assert say(FR, "guest.row.more", n=n).plain == plain


def test_a_link_says_its_address_in_plain_text():
    assert (
        link("https://visio.example/a?b=1&c", "Rejoindre").plain
        == "Rejoindre: https://visio.example/a?b=1&c"
    )
    assert 'href="https://visio.example/a?b=1&amp;c"' in link("https://visio.example/a?b=1&c").html


def test_layout():
    one, two = Text.of("a<"), Text.of("b")
    assert lines([one, None, two]) == Text("a<\nb", "a&lt;<br>b")
    assert blocks([one, bullets([two])]) == Text("a<\n\n- b", "<p>a&lt;</p><ul><li>b</li></ul>")
