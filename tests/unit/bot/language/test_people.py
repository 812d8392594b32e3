import pytest

from bot.language.line import Line
from bot.language.markup import Mention
from bot.language.people import Person, looks_like_people, read_people
from bot.language.text import normal
from bridge.domain.addresses import read_address
from bridge.errors import Misunderstood
from bridge.ids import UserId

from .reading import here

PAUL = UserId("@paul:agent.example")


def people(typed: str, *mentions: Mention) -> tuple[Person, ...]:
    return read_people(Line.of(normal(typed), mentions).words, here())


JEAN, ANNE = Person("Jean Dupont", "jean@x.example"), Person("Martin, Anne", "anne@z.example")


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("jean@x.example", [Person(email="jean@x.example")]),
        ("Jean Dupont <jean@x.example>", [JEAN]),
        ("Jean Dupont jean@x.example", [JEAN]),
        ("Jean Dupont <jean@X.Example>, « Martin, Anne » <anne@z.example>;", [JEAN, ANNE]),
        ('Jean Dupont<jean@x.example>\n"Martin, Anne"\t<anne@z.example>\n', [JEAN, ANNE]),
        ("Jean\u00a0Dupont\u00a0<jean@x.example> et paul@y.example", [JEAN, Person(email="paul@y.example")]),
        ("Jean Dupont: jean@x.example.", [JEAN]),
        ("(jean@x.example)", [Person(email="jean@x.example")]),
        ("mailto:jean@x.example", [Person(email="jean@x.example")]),
        ("jean@Hôpital.example", [Person(email="jean@xn--hpital-ixa.example")]),
        ("jean@x.example, JEAN@x.example", [Person(email="jean@x.example")]),
        ("jean@x.example, Jean Dupont <jean@x.example>", [JEAN]),
        ("Jean Dupont <jean@x.example>, J <jean@x.example>", [JEAN]),
        ("Jean Dupont", [Person("Jean Dupont")]),
        ("Jean Dupont, M. d’Artagnan & Zoé", [Person("Jean Dupont"), Person("M. d’Artagnan"), Person("Zoé")]),
        ("Jean, jean", [Person("Jean")]),
        ('"Salle 3"', [Person("Salle 3")]),
        ("@paul:agent.example", [Person(user=PAUL)]),
        ("Paul Martin @paul:agent.example", [Person("Paul Martin", user=PAUL)]),
        ("https://tchap.gouv.fr/#/@paul:agent.example", [Person(user=PAUL)]),
        ("\u202eJean\u200b <jean@x.example>", [Person("Jean", "jean@x.example")]),
        ("Jean (externe) <jean@x.example>", [Person("Jean", "jean@x.example")]),
    ],
)  # fmt: skip
def test_reads(typed: str, expected: list[Person]):
    assert list(people(typed)) == expected


def test_mentions():
    assert people("Paul M. [Dinum] et Zoé", Mention(0, 15, PAUL)) == (
        Person("Paul M.", user=PAUL),
        Person("Zoé"),
    )
    assert people('"', Mention(0, 1, PAUL)) == (Person(user=PAUL),)


@pytest.mark.parametrize(
    ("typed", "reason", "understood"),
    [
        ("", "people-missing", "!visio"),
        (" , ;", "people-missing", "!visio"),
        ("jean@x", "address-invalid", "jean@x"),
        ("jean@x.example, paul@@y.example", "address-invalid", "paul@@y.example"),
        ("@jean", "address-invalid", "@jean"),
        ("jean@localhost", "address-invalid", "jean@localhost"),
        ("élise@x.example", "address-invalid", "élise@x.example"),
        ("a" * 300 + "@x.example", "address-invalid", "a" * 64),
        ("<script>@x", "address-invalid", "<script>@x"),
        ("Jean jusqua 18h", "name-unread", "18h"),
        ("Jean demain", "name-unread", "demain"),
        ("Jean_Dupont", "name-unread", "Jean_Dupont"),
        ("J" * 65, "name-unread", "J" * 64),
        ('""', "name-unread", '""'),
    ],
)
def test_refuses(typed: str, reason: str, understood: str):
    with pytest.raises(Misunderstood) as raised:
        people(typed)
    assert raised.value.parameters["reason"] == reason
    assert raised.value.parameters["understood"] == (understood or "!visio")


def test_a_name_before_a_mention_is_not_swallowed():
    with pytest.raises(Misunderstood) as raised:
        people("Monsieur Paul", Mention(9, 13, PAUL))
    assert raised.value.parameters["understood"] == "Monsieur"


def test_fifty_people():
    fifty = [f"p{number}@x.example" for number in range(50)]
    assert len(people(", ".join(fifty))) == 50
    with pytest.raises(Misunderstood) as raised:
        people(", ".join([*fifty, "one@more.example"]))
    assert raised.value.parameters["understood"] == "51"
    assert raised.value.parameters["limit"] == "50"


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("jean@x.example", True),
        ("Point avec @paul:agent.example", True),
        ("@jean Point", True),
        ("https://matrix.to/#/@paul:agent.example", True),
        ("@14h Point", False),
        ("Point @ Paris", False),
        ('"jean@x.example"', False),
        ("Jean Dupont", False),
    ],
)
def test_addresses_are_recognised(typed: str, expected: bool):
    assert looks_like_people(Line.of(typed).words) is expected


@pytest.mark.parametrize(
    ("person", "typed"),
    [
        (Person(email="jean@x.example"), "jean@x.example"),
        (JEAN, "Jean Dupont <jean@x.example>"),
        (ANNE, '"Martin, Anne" <anne@z.example>'),
        (Person("Jean"), "Jean"),
        (Person("Martin et fils"), '"Martin et fils"'),
        (Person("à Paris"), '"à Paris"'),
        (Person("Jean until"), '"Jean until"'),
        (Person("Paul", user=PAUL), "Paul @paul:agent.example"),
    ],
)
def test_people_as_one_types_them(person: Person, typed: str):
    assert person.typed == typed
    assert people(person.typed) == (person,)


def test_addresses():
    assert read_address("Jean.Dupont+x@X.Example") == "Jean.Dupont+x@x.example"
    assert read_address("jean@x.test") == "jean@x.test"
    assert read_address("") is None
    assert "jean@" not in repr(Person("Jean", "jean@x.example"))
