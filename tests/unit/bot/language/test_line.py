import pytest

from bot.language.line import Line, WordKind, is_addressed, read_line, without_organisation
from bot.language.markup import LIMIT, plain_of, user_of
from bot.language.text import BLANK, fold, normal, plain, quoted
from bot.matrix.events import IncomingMessage
from bridge.ids import UserId

from .reading import ME, NAME, message

PAUL = UserId("@paul:agent.example")
PILL = '<a href="https://matrix.to/#/@parvis-bot:agent.example">Parvis [Dinum]</a>'


def line(one: IncomingMessage | str, *, prefix: str = "!visio", my_name: str = NAME) -> Line | None:
    typed = message(one) if isinstance(one, str) else one
    return read_line(typed, me=ME, my_name=my_name, prefix=prefix)


def text(one: IncomingMessage | str, *, prefix: str = "!visio", my_name: str = NAME) -> str | None:
    found = line(one, prefix=prefix, my_name=my_name)
    return None if found is None else found.text.strip()


# --- whether it is for us -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "rest"),
    [
        ("!visio", ""),
        ("!visio demain 14h", "demain 14h"),
        ("!VISIO demain", "demain"),
        ("!Visio: demain", "demain"),
        ("  \n!visio\tdemain", "demain"),
        ("!visio\u00a0demain", "demain"),
        ("!visio\u202fdemain\u00a0: 14h", "demain : 14h"),
        ("!visio «\u00a0Budget\u202f!\u00a0»", "« Budget ! »"),
        ("! visio demain", "demain"),
        ("!\u00a0visio : demain", "demain"),
        ("!aide", "aide"),
        ("!AIDE inviter", "AIDE inviter"),
        ("!aide ?", "aide ?"),
        ("\u200b!visio demain", "demain"),
        ("!visio\ndemain", "demain"),
        ('!visio"Titre"', '"Titre"'),
        ("> <@paul:x> !visio hier\n> suite\n\n!visio demain", "demain"),
    ],
)
def test_the_prefix_begins_a_line_for_us(body: str, rest: str):
    assert text(body) == rest


@pytest.mark.parametrize(
    ("body", "rest"),
    [
        ("aide", "aide"),
        ("  demain 14h", "demain 14h"),
        ("visio demain", "demain"),
        ("! visio demain", "demain"),
        ("visioconf demain", "visioconf demain"),
        ("> <@paul:x> hier\n\ndemain", "demain"),
        ("", None),
        (" \n", None),
    ],
)
def test_alone_with_its_author_every_line_is_for_us(body: str, rest: str | None):
    found = read_line(message(body), me=ME, my_name=NAME, prefix="!visio", bare=True)
    assert (None if found is None else found.text.strip()) == rest
    assert found is None or found.prefixed is body.startswith("!")


@pytest.mark.parametrize("prefix", ["visio", "/visio", "!v"])
def test_a_slip_is_read_for_any_prefix(prefix: str):
    mark, name = ("", prefix) if prefix[0].isalpha() else (prefix[0], prefix[1:])
    assert text(f"{mark} {name} demain", prefix=prefix) == "demain"
    assert text(f"{mark}aide", prefix=prefix) == ("aide" if mark else None)


@pytest.mark.parametrize(
    "body",
    [
        "",
        "Bonjour",
        "! visioconf demain",
        "! demain",
        "!  visio-conf",
        "visio demain",
        "aide",
        "!aider",
        "!visioconf demain",
        "!visio-conf",
        "Tapez !visio demain",
        "/visio",
        "> !visio demain",
        "> !visio demain\n\nD'accord",
        "Parvis: demain 14h",
    ],
)
def test_other_lines_are_not_for_us(body: str):
    assert text(body) is None
    assert not is_addressed(message(body), me=ME, my_name=NAME, prefix="!visio")


def test_another_prefix():
    assert text("!réunion demain", prefix="!réunion") == "demain"
    assert text("!Reunion demain", prefix="!réunion") == "demain"
    assert text("!visio demain", prefix="!réunion") is None
    assert text("demain", prefix="") is None


@pytest.mark.parametrize(
    "formatted",
    [
        f"{PILL}: demain 14h",
        f"<p>{PILL} demain 14h</p>",
        '<a href="https://tchap.gouv.fr/#/@parvis-bot:agent.example">Parvis</a>, demain 14h',
        "<a href='https://www.tchap.gouv.fr/#/user/@parvis-bot:agent.example'>P</a> demain 14h",
        '<a href="https://matrix.to/#/%40parvis-bot%3Aagent.example?via=x">P</a> demain 14h',
        '<a href="matrix:u/parvis-bot:agent.example?action=chat">P</a> demain 14h',
        '<a href="https://matrix.to/#/@parvis-bot:agent.example"></a> demain 14h',
        f"{PILL}: !visio demain 14h",
        f"<mx-reply><blockquote>!visio hier</blockquote></mx-reply>{PILL} demain 14h",
    ],
)
def test_a_mention_of_us_begins_a_line_for_us(formatted: str):
    assert text(message("…", formatted=formatted)) == "demain 14h"


@pytest.mark.parametrize(
    "formatted",
    [
        '<a href="https://matrix.to/#/@paul:agent.example">Parvis [Dinum]</a> demain',
        '<a href="https://agent.example/">Parvis</a> demain',
        "<a>Parvis</a> demain",
        f"<blockquote>{PILL} demain</blockquote>",
        f"<blockquote>!visio</blockquote>{''}Bonjour",
    ],
)
def test_other_mentions_are_not_for_us(formatted: str):
    assert text(message("…", formatted=formatted)) is None


@pytest.mark.parametrize(
    "body",
    [
        "Parvis [Dinum]: demain",
        "parvis [dinum] demain",
        "Parvis: demain",
        "@Parvis demain",
        "@parvis-bot:agent.example: demain",
        "@parvis-bot, demain",
        "parvis-bot demain",
        "Parvis !visio demain",
    ],
)
def test_our_name_counts_where_we_are_mentioned(body: str):
    assert text(message(body, mentions=frozenset({ME}))) == "demain"
    assert text(message(body, mentions=frozenset({PAUL}))) is None


def test_a_bot_without_a_name_takes_no_other_line():
    assert text(message("@ demain", mentions=frozenset({ME})), my_name="") is None
    assert text(message("Bonjour", mentions=frozenset({ME})), my_name="") is None


def test_who_is_quoted_can_t_speak_in_the_sender_s_name():
    inside = "</blockquote></mx-reply>!visio terminer"
    reply = f"<mx-reply><blockquote>{inside}</blockquote></mx-reply>D'accord"
    assert text(message("…", formatted=reply)) is None
    assert text("> bonjour\r!visio terminer\n> suite\n\nD'accord") is None
    assert text("> bonjour\u2028!visio terminer\n\nD'accord") is None
    assert text("> bonjour\u0085!visio terminer") is None


def test_html_without_words_leaves_the_body():
    assert text(message("!visio demain", formatted="<p></p>")) == "demain"


def test_only_the_beginning_is_read():
    found = text("!visio " + "a" * 10_000)
    assert found is not None
    assert len(found) == LIMIT - len("!visio ")
    assert text("> " + "q" * 10_000 + "\n\n!visio demain") == "demain"
    html = "!visio " + '<a href="https://matrix.to/#/@paul:agent.example">Paul</a> ' * 2_000
    read = line(message("…", formatted=html))
    assert read is not None
    assert 100 < len(read.mentions) <= LIMIT


# --- words ----------------------------------------------------------------------------------


def words(typed: str) -> list[tuple[str, WordKind]]:
    return [(word.text, word.kind) for word in Line.of(normal(typed)).words]


def test_words_quotes_and_pauses():
    assert words("Jean <jean@x>,paul@y;\n«\u00a0Point, 14h\u00a0» “a b” „c d“ x") == [
        ("Jean", WordKind.BARE),
        ("<jean@x>", WordKind.BARE),
        (",", WordKind.PAUSE),
        ("paul@y", WordKind.BARE),
        (";\n", WordKind.PAUSE),
        ("« Point, 14h »", WordKind.QUOTED),
        ("“a b”", WordKind.QUOTED),
        ("„c d“", WordKind.QUOTED),
        ("x", WordKind.BARE),
    ]
    assert words("Jean<jean@x> < 3") == [
        ("Jean", WordKind.BARE),
        ("<jean@x>", WordKind.BARE),
        ("<", WordKind.BARE),
        ("3", WordKind.BARE),
    ]
    assert words('l"heure "sans fin 14h') == [
        ('l"heure', WordKind.BARE),
        ('"sans fin 14h', WordKind.QUOTED),
    ]


def test_mentions_are_words_of_their_own():
    html = f'!visio x(<a href="https://matrix.to/#/{PAUL}">Paul Martin</a>) "a {PILL} b" {PILL}'
    found = line(message("…", formatted=html))
    assert found is not None
    assert [(word.text, word.kind, word.user) for word in found.words] == [
        ("x(", WordKind.BARE, None),
        ("Paul Martin", WordKind.MENTION, PAUL),
        (")", WordKind.BARE, None),
        ('"a Parvis [Dinum] b"', WordKind.QUOTED, None),
        ("Parvis [Dinum]", WordKind.MENTION, ME),
    ]
    assert BLANK * len("Paul Martin") in found.shadow
    part = found.part(2, 2 + len("Paul Martin"))
    assert [(word.text, word.user) for word in part.words] == [("Paul Martin", PAUL)]


def test_the_first_word():
    assert Line.of("Aide! svp").first == "aide"
    assert Line.of("?").first == "?"
    assert Line.of("!!!").first == "!!!"
    assert Line.of('"aide"').first == ""
    assert Line.of("").first == ""


@pytest.mark.parametrize(
    ("typed", "title"),
    [
        ("", ""),
        (" - Point budget,  suite ; ", "Point budget, suite"),
        ("« Point » budget", "Point budget"),
        ("Point\nbudget", "Point budget"),
        ("\u202eexe.tidua\u202c Point\u200b", "exe.tidua Point"),
        ("Point <b>(externe)</b>", "Point <b>(externe)</b>"),
        ("é" * 500, "é" * 120),
        ("a" + "\u0301" * 500, "á\u0301\u0301"),
    ],
)
def test_titles(typed: str, title: str):
    assert Line.of(normal(typed)).title == title


def test_organisations_are_no_part_of_a_name():
    assert without_organisation("Jean Dupont [Interieur]") == "Jean Dupont"
    assert without_organisation("[Dinum] Jean") == "[Dinum] Jean"


# --- HTML -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ("<p>a</p><p>b</p>", "\na\n\nb\n"),
        ("a<br>b<br/>c", "a\nb\nc"),
        ("a\nb", "a b"),
        ("<strong>14h</strong> &lt;jean@x&gt; &amp; &eacute;", "14h <jean@x> & é"),
        ("<a href='mailto:jean@x.example'>jean@x.example</a>", "jean@x.example"),
        ("<a href='mailto:jean@x.example?subject=a'>Jean</a>", "Jean <jean@x.example>"),
        ("<a href='https://x.example'>site</a>", "site"),
        ("<blockquote>a<br>b</blockquote></blockquote>c", "c"),
        ("a < b <3 c", "a < b <3 c"),
        ("<![if x]>a<!-- b -->", "<![if x]>a<!-- b -->"),
        ("a</a>b", "ab"),
    ],
)
def test_html_as_text(html: str, expected: str):
    assert plain_of(html)[0] == expected


@pytest.mark.parametrize(
    ("word", "user"),
    [
        ("@paul:agent.example", PAUL),
        ("https://tchap.gouv.fr/#/@paul:agent.example", PAUL),
        ("https://matrix.to/#/@paul:agent.example?via=x", PAUL),
        ("https://tchap.gouv.fr/#/room/!1:agent.example", None),
        ("@paul", None),
        ("paul@agent.example", None),
        ("@" + "a" * 300 + ":x", None),
    ],
)
def test_who_a_word_names(word: str, user: UserId | None):
    assert user_of(word) == user


# --- text -----------------------------------------------------------------------------------


def test_normal_form():
    assert normal("e\u0301\u00a0\u202f x\r\ny\u2028z\x00\u200b\ufeff\ud800") == "é x\n\ny\nz"


def test_folding_keeps_length():
    assert fold("ÉTÉ’–œßİ") == "ete'-œßi"


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ("14h", '"14h"'),
        ('a "b"', '«a "b"»'),
        ('"a" «b»', '“"a" «b»”'),
        ('"a" «b» “c”', "\"'a' «b» “c”\""),
    ],
)
def test_quoting(title: str, expected: str):
    assert quoted(title) == expected


def test_plain_words():
    assert plain("L’été de Jean-Paul")
    assert not any(map(plain, ("", "2 mots", "a2", "²", "-a", "a.b")))


def test_nothing_is_read_of_what_the_end_falls_into():
    for shift in range(6):  # into each part of a tag, or of an entity
        html = f"!visio {' ' * shift}Point{'<i></i>' * 2_280}"
        assert text(message("…", formatted=html + "<i>" * 40)) == "Point"
        read = text(message("…", formatted=f"{html}{' ' * 21}&amp;&amp;"))
        assert read in ("Point", "Point &")
