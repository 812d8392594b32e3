"""The table of rights, cell by cell, as docs/security.md shows it."""

import re
from pathlib import Path

import pytest

from bridge.domain.authority import (
    ABSENT,
    CLOSING,
    MAY,
    Act,
    Membership,
    Requester,
    Role,
    may,
    role_of,
)
from bridge.ids import UserId

ALICE, BOB = UserId("@alice:agent.tchap"), UserId("@bob:agent.tchap")
COLUMNS = (
    Role.ORGANISER,
    Role.MODERATOR,
    Role.AGENT,
    Role.ABSENT_ORGANISER,
    Role.OUTSIDER,
    Role.STRANGER,
)
TABLE = {
    Act.MEET: "yes yes yes -   -   -  ",
    Act.LINK: "yes yes yes yes -   -  ",
    Act.GUESTS: "yes yes yes -   -   -  ",
    Act.COME: "yes yes yes -   -   -  ",
    Act.INVITE: "yes yes yes -   -   -  ",
    Act.EXTEND: "yes yes -   -   -   -  ",
    Act.CHANGE: "yes yes -   -   -   -  ",
    Act.HAND_OVER: "yes yes -   -   -   -  ",
    Act.WITHDRAW_OWN: "yes yes yes yes -   -  ",
    Act.WITHDRAW: "yes yes -   yes -   -  ",
    Act.END: "yes yes -   yes -   -  ",
    Act.UNDO: "yes -   -   yes -   -  ",
    Act.ANSWER: "yes yes yes -   -   -  ",
    Act.HOST: "yes yes -   -   -   -  ",
    Act.SETTINGS: "yes yes yes -   -   -  ",
    Act.RECORD: "-   yes -   -   -   -  ",
    Act.CALENDAR: "yes yes yes -   -   -  ",
    Act.SALON_CALENDAR: "-   yes -   -   -   -  ",
    Act.FEED: "-   yes -   -   -   -  ",
    Act.JOIN: "yes yes yes -   -   -  ",
    Act.HELP: "yes yes yes yes yes yes",
}
CELLS = [
    (act, role, word == "yes")
    for act, row in TABLE.items()
    for role, word in zip(COLUMNS, row.split(), strict=True)
]


@pytest.mark.parametrize(("act", "role", "allowed"), CELLS)
def test_the_table_decides_for_each_act_and_role(act: Act, role: Role, allowed: bool):
    assert may(act, role) is allowed


def test_no_act_and_no_role_is_missing():
    assert set(TABLE) == set(MAY) == set(Act)
    assert set(COLUMNS) == set(Role)


def test_the_documentation_shows_the_same_table():
    text = Path("docs/security.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `([a-z-]+)` \|[^|]*\|(.*)\|$", text, re.MULTILINE)
    shown = {
        Act(name): [cell.strip() == "yes" for cell in cells.split("|")] for name, cells in rows
    }
    assert shown == {act: [may(act, role) for role in COLUMNS] for act in Act}


@pytest.mark.parametrize("role", [Role.OUTSIDER, Role.STRANGER])
def test_nobody_without_a_say_takes_anything_away(role: Role):
    assert not any(may(act, role) for act in CLOSING)


@pytest.mark.parametrize(
    ("user", "membership", "outside", "role"),
    [
        (ALICE, Membership(present=True), False, Role.ORGANISER),
        (ALICE, Membership(present=True, level=100), False, Role.ORGANISER),
        (ALICE, ABSENT, False, Role.ABSENT_ORGANISER),
        (ALICE, None, False, Role.ABSENT_ORGANISER),
        (ALICE, Membership(present=True, level=100), True, Role.OUTSIDER),
        (ALICE, ABSENT, True, Role.STRANGER),
        (BOB, Membership(present=True, level=49), False, Role.AGENT),
        (BOB, Membership(present=True, level=50), False, Role.MODERATOR),
        (BOB, Membership(present=True, level=2**53), False, Role.MODERATOR),
        (BOB, Membership(present=True, level=100), True, Role.OUTSIDER),
        (BOB, Membership(present=False, level=100), False, Role.STRANGER),
        (BOB, None, False, Role.STRANGER),
    ],
)
def test_what_somebody_is_to_a_meeting(
    user: UserId, membership: Membership | None, outside: bool, role: Role
):
    person = Requester(user=user, outside=outside, membership=membership)
    assert role_of(person, organiser=ALICE, moderator_level=50) is role


def test_to_a_salon_alone_nobody_is_an_organiser():
    person = Requester(user=ALICE, membership=Membership(present=True))
    assert role_of(person, organiser=None, moderator_level=50) is Role.AGENT
