"""A meeting is named in a line by its title, with or without quotes, and its date by a day."""

import pytest
import pytest_asyncio

from tests.unit.bot.office import Office

TITLES = {"budget": "Budget", "comite": "Comité de suivi", "lundi": "Point du lundi"}


@pytest_asyncio.fixture(loop_scope="session")
async def planned(office: Office) -> Office:
    """An office, on Tuesday 1 December, with three meetings."""
    office.burst = 100
    await office.says('!visio demain 14h "Budget"', "budget")
    await office.says('!visio jeudi 10h "Comité de suivi"', "comite")
    await office.says('!visio vendredi 9h "Point du lundi"', "lundi")
    return office


@pytest_asyncio.fixture(loop_scope="session")
async def weekly(office: Office) -> Office:
    """An office, on Tuesday 1 December, with a meeting each Thursday from the 3rd on."""
    await office.says('!visio tous les jeudis à 14h "Budget"', "budget")
    return office


async def state(office: Office) -> dict[str, str]:
    """Return the titles and starts of what is planned, by the line that asked for it."""
    known = {one: await office.house.of(one) for one in TITLES}
    return {
        one: f"{occurrence.titled(meeting)} {occurrence.wall_start:%d %H:%M}"
        for one, (meeting, occurrence) in known.items()
        if not occurrence.void
    }


BEFORE = {
    "budget": "Budget 02 14:00",
    "comite": "Comité de suivi 03 10:00",
    "lundi": "Point du lundi 04 09:00",
}


@pytest.mark.parametrize(
    ("line", "of", "after"),
    [
        ("annuler Budget", "budget", None),
        ("annule la réunion budget stp", "budget", None),
        ("annuler comite de suivi", "comite", None),
        ("annule l’budget", "budget", None),
        ("annuler « Comité de suivi »", "comite", None),
        ("terminer Budget", "budget", None),
        ("cancel the Budget meeting", "budget", None),
        ("renommer Budget en Budget 2027", "budget", "Budget 2027 02 14:00"),
        ('renommer "Budget" en Budget 2027', "budget", "Budget 2027 02 14:00"),
        ("renommer point du lundi en Comité de suivi", "lundi", "Comité de suivi 04 09:00"),
        ("renomme budget : Bilan", "budget", "Bilan 02 14:00"),
        ("décale le budget à 16h stp", "budget", "Budget 02 16:00"),
        ("rename Budget to Point du lundi", "budget", "Point du lundi 02 14:00"),
        ("déplacer Budget à 16h", "budget", "Budget 02 16:00"),
        ("déplacer le Point du lundi à jeudi 15h", "lundi", "Point du lundi 03 15:00"),
        ("move Budget to Monday 4pm", "budget", "Budget 07 16:00"),
    ],
)
async def test_a_change_is_one_of_the_meeting_named(
    planned: Office, line: str, of: str, after: str | None
):
    await planned.says(f"!visio {line}", "a")
    changed = {one: what for one, what in BEFORE.items() if one != of}
    assert await state(planned) == changed | ({} if after is None else {of: after})


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("participants Budget", "Participants de « Budget »"),
        ("présent comité de suivi", "C’est noté : vous venez à « Comité de suivi »"),
        ("absent Point du lundi", "C’est noté : vous ne venez pas à « Point du lundi »"),
        ("maybe Budget", "C’est noté : vous venez peut-être à « Budget »"),
        ("lien Budget", "Budget, mercredi 2 décembre 2026"),
        ("invités de Budget", "« Budget » n’a pas de partenaire externe"),
        ("rappel Budget 15min", "Je vous rappellerai Budget en message direct"),
        ("rappel 15min Budget", "Je vous rappellerai Budget en message direct"),
        ("rappel aucun Budget", "Vous n’aviez pas de rappel de Budget"),
        ("prolonger Budget de 30 min", "« Budget » est prolongée : mercredi 2 décembre"),
        ("prolonger la réunion Budget jusqu'à 16h", "« Budget » est prolongée"),
        ("reprendre Budget", "Vous organisez déjà « Budget »"),
    ],
)
async def test_other_commands_take_a_title_too(planned: Office, line: str, said: str):
    answers = await planned.says(f"!visio {line}", "a")
    assert any(one.body.startswith(said) for one in answers), answers[0].body


@pytest.mark.parametrize(
    ("line", "offered"),
    [
        ("repousse budget d'1h", 'déplacer "budget" d\'1h'),
        ("push budget to 3pm pls", 'déplacer "budget" to 3pm'),
        ("repousse la réu à vendredi 14h", "déplacer à vendredi 14h"),
        ("supprime la réu budget", 'terminer "budget"'),
    ],
)
async def test_a_wish_in_other_words_keeps_the_title(planned: Office, line: str, offered: str):
    (answer,) = await planned.says(f"!visio {line}", "a")
    assert answer.body.endswith(f"Essayez : !visio {offered}")
    assert await state(planned) == BEFORE


async def test_a_wish_to_be_shown_something_of_a_meeting(planned: Office):
    (answer,) = await planned.says("!visio qui vient au budget ?", "a")
    assert answer.body.startswith("« Budget » n’a pas de partenaire externe.")
    (answer,) = await planned.says("!visio donne le lien de budget", "b")
    assert answer.body.startswith("Budget, mercredi 2 décembre")


@pytest.mark.parametrize(
    ("line", "offered"),
    [
        ("annuler Budgt", 'annuler "Budget"'),
        ("annuler Comité", 'annuler "Comité de suivi"'),
        ("participants Budgte", 'participants "Budget"'),
        ("renommer Budgt en Budget 2027", 'renommer "Budget" en Budget 2027'),
        ("renommer Bilan en visio", 'renommer "Bilan en visio"'),
        ("annuler Truc", "liste"),
        ("annuler Budget Comité de suivi", "liste"),
    ],
)
async def test_other_words_are_refused_with_the_titles_there_are(
    planned: Office, line: str, offered: str
):
    (answer,) = await planned.says(f"!visio {line}", "a")
    assert "Leurs titres : « Budget », « Comité de suivi », « Point du lundi »" in answer.body
    assert answer.body.endswith(f"Essayez : !visio {offered}")
    assert await state(planned) == BEFORE
    await planned.says(f"!visio {offered}", "b")
    assert not any("error." in one.template for one in await planned.house.messages("b"))


async def test_a_title_in_quotes_that_there_is_not_is_refused_with_those_there_are(
    planned: Office,
):
    (answer,) = await planned.says('!visio annuler "Truc"', "a")
    assert answer.body.startswith("Je ne vois ici aucune réunion en cours ou à venir")
    assert "Point du lundi, vendredi 4 décembre" in answer.body


async def test_two_meetings_of_one_title_are_asked_about(planned: Office):
    await planned.says('!visio lundi 14h "BUDGET"', "other")
    (answer,) = await planned.says("!visio annuler budget", "a")
    assert answer.body.startswith("De quelle réunion s’agit-il ?")
    assert await state(planned) == BEFORE


@pytest.mark.parametrize("title", ["Demain", "La série", "30 min", "Tout"])
async def test_words_of_every_line_are_no_title(office: Office, title: str):
    await office.says(f'!visio demain 14h "{title}"', "budget")
    await office.says("!visio déplacer la série demain 16h de 30 min", "a")
    await office.says("!visio annuler tout", "b")
    assert (await office.house.of("budget"))[1].void


class TestOneDate:
    @pytest.mark.parametrize(
        ("line", "said"),
        [
            ("renommer celle du 10/12 en Revue", "« Budget » : la date du jeudi 10 décembre"),
            ('renommer le 10/12 "Revue"', "« Budget » : la date du jeudi 10 décembre"),
            ("renommer Budget du 10 décembre en Revue", "« Budget » : la date du jeudi 10"),
            ("rename the one of December 10 to Revue", "« Budget » : la date du jeudi 10"),
            ("prolonger le 10/12 30min", "« Budget » est prolongée : jeudi 10 décembre"),
            ("prolonger 30min le 10/12", "« Budget » est prolongée : jeudi 10 décembre"),
            ("prolonger celle du 10/12 jusqu'à 16h", "« Budget » est prolongée : jeudi 10"),
            ("extend Budget of Dec 10 by 30min", "« Budget » est prolongée : jeudi 10 décembre"),
            ("rappel 15min jeudi", "Je vous rappellerai Budget en message direct, 15 min avant le"),
            ("rappel 15min le 10/12", "Je vous rappellerai Budget en message direct, 15 min"),
            ("rappel 1h avant celle du 10/12", "Je vous rappellerai Budget en message direct, 1 h"),
            ("rappel aucun le 10/12", "Vous n’aviez pas de rappel de Budget"),
            ("absent le 10/12", "C’est noté : vous ne venez pas à « Budget », jeudi 10 décembre"),
            ("participants du 10/12", "Participants de « Budget », jeudi 10 décembre"),
            ("lien du 10/12", "Budget, jeudi 10 décembre"),
        ],
    )
    async def test_its_day_names_it(self, weekly: Office, line: str, said: str):
        answers = await weekly.says(f"!visio {line}", "a")
        assert any(one.body.startswith(said) for one in answers), answers[0].body

    async def test_a_reminder_at_a_moment_is_none_of_a_day(self, weekly: Office):
        (answer,) = await weekly.says("!visio rappel jeudi 9h", "a")
        assert answer.body.startswith("De quelle réunion s’agit-il ?")

    @pytest.mark.parametrize(
        "line", ['renommer le 11/12 "Revue"', "prolonger le 11/12 30min", "rappel 15min le 11/12"]
    )
    async def test_a_day_without_one_is_refused(self, weekly: Office, line: str):
        (answer,) = await weekly.says(f"!visio {line}", "a")
        assert answer.body.startswith("Je ne vois ici aucune réunion ce jour-là.")
