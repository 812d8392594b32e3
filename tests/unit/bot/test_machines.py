"""Other bots in a salon, and people who thank us: neither makes rooms, and no talk goes on for ever.

A machine here answers each line of ours once, in its way, as an agent's account does.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from importlib import resources

import pytest
from babel.messages.pofile import read_po

from bridge.i18n import Language
from bridge.ids import EventId, SalonId, UserId
from tests.defaults import quota_limits
from tests.doubles.account import Sent
from tests.unit.bot.office import ALICE, BOB, PAUL, SALON, Office

MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
OTHER = SalonId("!other:agent.tchap")
MACHINE = UserId("@bot:agent.tchap")
ROUNDS = 40

Answer = Callable[[Sent], Mapping[str, object]]


def pill(words: str) -> dict[str, str]:
    """Return a line that mentions us as clients do."""
    link = '<a href="https://matrix.to/#/@parvis:agent.tchap">Parvis</a>'
    return {"body": f"Parvis: {words}", "formatted": f"{link}: {words}"}


def echo(sent: Sent) -> Mapping[str, object]:
    return {"body": sent.body}


def quote(sent: Sent) -> Mapping[str, object]:
    return {**pill(sent.body), "reply_to": sent.event}


def away(sent: Sent) -> Mapping[str, object]:
    return {**pill("de retour demain 14h"), "reply_to": sent.event}


def away_first(sent: Sent) -> Mapping[str, object]:
    return {**pill("demain 14h de retour"), "reply_to": sent.event}


def away_aloud(_sent: Sent) -> Mapping[str, object]:
    return pill("demain 14h, je serai de retour")


def away_briefly(_sent: Sent) -> Mapping[str, object]:
    return pill("je suis absent")


def helpless(_sent: Sent) -> Mapping[str, object]:
    return pill("aide")


@pytest.fixture
def salon(office: Office) -> Office:
    """A salon with a machine in it, whose account is an agent's."""
    office.account.enter(SALON, [ALICE, BOB, PAUL, MACHINE])
    office.house.identities.emails[MACHINE] = "bot@beta.gouv.fr"
    return office


async def talk(office: Office, answer: Answer) -> int:
    """Have the machine answer whatever we write, edits too; return how often it had to."""
    heard = 0
    for spoken in range(ROUNDS):
        fresh = office.account.sent[heard:]
        heard = len(office.account.sent)
        if not fresh:
            return spoken
        for number, sent in enumerate(fresh):
            if sent.kind == "m.reaction":
                continue
            line = office.line("", f"m{heard}-{number}", sender=MACHINE)
            await office.hears(replace(line, **answer(sent)))  # type: ignore[arg-type]  # fields
        office.house.clock.forward(timedelta(seconds=1))
    return ROUNDS


class TestMachines:
    @pytest.mark.parametrize(
        ("answer", "rooms"),
        [
            (echo, 0),
            (quote, 0),
            (away, 0),
            (away_first, 0),
            (away_aloud, 0),
            (away_briefly, 0),
            (helpless, 0),
        ],
    )
    async def test_make_at_most_one_room_and_the_talk_ends(
        self, salon: Office, answer: Answer, rooms: int
    ):
        await salon.says("!visio Budget")
        assert await talk(salon, answer) < ROUNDS
        assert len(salon.house.visio.made) == 1 + rooms

    async def test_that_repeat_what_people_write(self, salon: Office):
        for number, line in enumerate(("!visio Budget", "!visio", "!visio demain 14h Revue")):
            await salon.says(line, f"a{number}")
            (told,) = await salon.says(line, f"m{number}", sender=MACHINE)
            assert told.body.startswith(("alice vient de demander", "alice vient de créer"))
        assert len(salon.house.visio.made) == 3

    @pytest.mark.parametrize("language", Language)
    def test_no_sentence_of_ours_is_a_command(self, language: Language):
        """A machine that repeats our lines word for word types none."""
        file = resources.files("bridge").joinpath(f"locales/{language}/bot.po")
        with file.open("rb") as opened:
            sentences = {str(one.id): str(one.string) for one in read_po(opened)}
        begun = [key for key, one in sentences.items() if one.lstrip("*`").startswith("{prefix}")]
        rows = ("help.", "organiser.absent-")
        assert all(key.startswith(rows) for key in begun), "rows of a list that words precede"


async def mentions(office: Office, words: str, event: str, **more: object) -> list[Sent]:
    """Have Alice mention us; return what we say."""
    return await office.says(**{**pill(words), "event": event, **more})  # type: ignore[arg-type]


class TestMentions:
    THANKS = ("merci !", "bonjour", "ok", "👍", "merci beaucoup", "parfait, merci à tous")
    TALK = ("non", "qui es-tu ?", "le dossier avance bien", "")

    @pytest.mark.parametrize("words", THANKS)
    async def test_thanks_get_a_reaction_and_nothing_else(self, office: Office, words: str):
        (sent,) = await mentions(office, words, "a")
        relation = sent.content["m.relates_to"]
        assert sent.kind == "m.reaction"
        assert relation == {"rel_type": "m.annotation", "event_id": "$a", "key": "👍"}
        assert office.house.visio.made == []

    @pytest.mark.parametrize("words", TALK)
    async def test_talk_makes_no_room_and_is_answered_a_few_times(self, office: Office, words: str):
        answers = [await mentions(office, words, f"a{number}") for number in range(5)]
        assert 1 <= sum(map(len, answers)) <= 3
        assert office.house.visio.made == []

    async def test_a_mention_after_other_words_counts(self, office: Office):
        link = '<a href="https://matrix.to/#/@parvis:agent.tchap">Parvis</a>'
        line = {"body": "merci Parvis", "formatted": f"merci {link}"}
        (sent,) = await office.says(**line, event="a")
        assert sent.kind == "m.reaction"
        (card, *_) = await office.says("!visio Budget", "b")
        assert await office.says(**line, event="c", reply_to=card.event) == []
        assert len(await office.says(**line, event="d", reply_to=EventId("$other"))) == 1

    async def test_words_alone_after_the_prefix_in_a_reply_to_us(self, office: Office):
        (card,) = await office.says("!visio Budget")
        (told,) = await office.says("!visio on en reparle", "a", reply_to=card.event)
        assert told.body.endswith("Essayez : !visio aide")
        (told,) = await office.says("!visio Revue", "b", reply_to=card.event)
        assert told.body.endswith('tapez : !visio "Revue"')
        assert len(office.house.visio.made) == 1
        await office.says("!visio Revue", "c", reply_to=EventId("$other"))
        assert len(office.house.visio.made) == 2

    async def test_the_line_to_type_is_given(self, office: Office):
        (told,) = await mentions(office, "Point budget", "a")
        assert told.body.endswith('tapez : !visio "Point budget"')
        assert len(await office.says('!visio "Point budget"', "b")) == 1
        assert len(office.house.visio.made) == 1

    @pytest.mark.parametrize(
        "words", ["demain 14h", "demain 14h Budget", "30min", "maintenant", '"Point budget"']
    )
    async def test_a_time_or_quotes_do(self, office: Office, words: str):
        await mentions(office, words, "a")
        assert len(office.house.visio.made) == 1

    async def test_one_an_hour(self, office: Office):
        await mentions(office, "demain 14h", "a")
        (told,) = await mentions(office, "demain 15h Revue", "b")
        assert told.body == (
            "En me mentionnant, on ne peut créer qu’une réunion par heure dans un salon."
            " Pour celle-ci, tapez : !visio demain 15h Revue"
        )
        await office.says("!visio demain 15h Revue", "c")
        office.house.clock.forward(60 * MINUTE)
        await mentions(office, "demain 16h", "d")
        assert len(office.house.visio.made) == 3

    async def test_in_a_reply_only_the_prefix_does(self, office: Office):
        (card,) = await office.says("!visio Budget")
        await mentions(office, "demain 14h", "a", reply_to=card.event)
        assert len(office.house.visio.made) == 1
        await office.says("!visio demain 14h", "b", reply_to=card.event)
        assert len(office.house.visio.made) == 2

    async def test_a_verb_is_understood_as_ever(self, office: Office):
        (card,) = await office.says("!visio Budget")
        (told,) = await mentions(office, "terminer", "a", reply_to=card.event)
        assert "est terminée" in told.body


def limited(office: Office, **limits: int) -> None:
    office.choose(limits=quota_limits(**limits))


class TestLines:
    async def test_of_one_agent(self, office: Office):
        limited(office, lines=3)
        office.account.enter(OTHER, [ALICE])
        for number in range(3):
            assert len(await office.says("!visio aide", f"a{number}")) == 1
        (told,) = await office.says("!visio aide", "b", salon=OTHER)
        assert told.body == (
            "Trop de lignes m’ont été adressées : j’en lis 3 en dix minutes. Je me tais jusqu’à"
            " 10h04 ; retapez alors ce que je n’ai pas fait."
        )
        assert await office.says("!visio Budget", "c") == []
        assert office.house.visio.made == []
        assert len(await office.says("!visio aide", "d", sender=BOB)) == 1
        office.house.clock.forward(4 * MINUTE)
        assert len(await office.says("!visio aide", "e")) == 1

    @pytest.mark.parametrize("line", ["!visio demain 25h", "!visio retirer x@y.example"])
    async def test_refusals_count(self, office: Office, line: str):
        limited(office, lines=2)
        for number in range(2):
            await office.says(line, f"a{number}")
        (told,) = await office.says(line, "b")
        assert told.body.startswith("Trop de lignes")

    async def test_what_came_too_late_counts(self, office: Office):
        limited(office, lines=2)
        old = office.house.clock.now() - 20 * MINUTE
        for number in range(5):
            await office.says("!visio liste", f"a{number}", sent_at=old)
        assert len(office.bodies()) == 3

    async def test_of_people_from_outside(self, office: Office):
        """Twenty in ten minutes, all together: nothing they depend on, and no trace of who."""
        for number in range(22):
            await office.says("!visio Budget", f"a{number}", sender=UserId(f"@x{number}:y"))
        assert len(office.bodies()) == 21
        async with office.house.store.begin(writing=False) as tx:
            names = await tx.connection.exec_driver_sql("select name from once")
            assert not any("@x" in row.name for row in names)

    async def test_do_not_keep_agents_waiting(self, office: Office):
        for number in range(22):
            await office.says("!visio Budget", f"a{number}", sender=PAUL)
        assert len(await office.says("!visio Budget", "b")) == 1


class TestQuotas:
    async def test_a_refusal_is_whole(self, office: Office):
        limited(office, rooms=1)
        await office.says("!visio Budget", "a")
        (told,) = await office.says("!visio demain 14h Revue\nde presse", "b")
        assert told.body == (
            "Pas de réunion de plus pour l’instant : le nombre de réunions qu’un agent demande en"
            " une heure est limité à 1, et il vous en reste 0. À partir de 11h00, retapez : !visio demain 14h Revue, de presse"
        )
        assert len(office.house.visio.made) == 1

    async def test_nobody_of_a_line_is_invited(self, office: Office):
        limited(office, addresses=1)
        await office.says("!visio Budget", "a")
        (told,) = await office.says("!visio inviter a@x.example\nb@x.example", "b")
        assert told.body == (
            "Cette ligne n’a invité personne : le nombre de nouvelles personnes qu’un agent invite"
            " en une heure est limité à 1, et la ligne en compte 2. Invitez-les en plusieurs fois ; il vous en reste 1"
            " pour l’instant. Votre ligne : !visio inviter a@x.example, b@x.example"
        )
        assert office.house.post.sent == []
