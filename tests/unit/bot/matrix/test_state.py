"""Levels and readers from raw state, odd rooms included."""

from typing import Any

import pytest

from bot.matrix.events import CREATOR_LEVEL
from bot.matrix.state import creators, read_room
from bridge.ids import SalonId, UserId

SALON = SalonId("!salon")
ALICE, BOB, CAROL = (UserId(f"@{name}:a.test") for name in ("alice", "bob", "carol"))


def state(kind: str, content: dict[str, Any], key: str = "", sender: str = ALICE) -> dict[str, Any]:
    """Return a state event."""
    return {"type": kind, "state_key": key, "content": content, "sender": sender}


def create(version: str | None, **more: Any) -> dict[str, Any]:
    """Return Alice's creation of a salon."""
    content = {"room_version": version} if version else {}
    return state("m.room.create", {**content, **more})


def member(user: str, membership: str = "join") -> dict[str, Any]:
    """Return somebody's membership."""
    return state("m.room.member", {"membership": membership}, user)


def test_without_power_levels_the_founder_decides() -> None:
    room = read_room(SALON, [create(None), member(ALICE), member(BOB)], remembered=False).salon
    assert (room.level(ALICE), room.level(BOB), room.version) == (100, 0, "1")
    room = read_room(SALON, [create("12"), member(ALICE), member(BOB)], remembered=False).salon
    assert (room.level(ALICE), room.level(BOB)) == (CREATOR_LEVEL, 0)


def test_all_creators_of_version_12_stand_above() -> None:
    event = create("12", additional_creators=[BOB, 3])
    assert creators(event) == {ALICE, BOB}
    assert creators(create("11", additional_creators=[BOB])) == frozenset()
    assert creators(create("org.example.special")) == frozenset()


@pytest.mark.parametrize("level", [50, "50", 50.0])
def test_levels_may_be_written_oddly(level: object) -> None:
    levels = {"users": {BOB: level, ALICE: {}}, "users_default": "10"}
    events = [create("9"), state("m.room.power_levels", levels), *map(member, (ALICE, BOB, CAROL))]
    room = read_room(SALON, events, remembered=False).salon
    assert [room.level(each) for each in (ALICE, BOB, CAROL)] == [10, 50, 10]


@pytest.mark.parametrize(
    ("visibility", "reads"), [("shared", True), ("invited", True), ("joined", False)]
)
def test_the_invited_get_keys_where_the_history_is_theirs(visibility: str, reads: bool) -> None:
    events = [
        create("11"),
        member(ALICE),
        member(BOB, "invite"),
        member(CAROL, "leave"),
        state("m.room.history_visibility", {"history_visibility": visibility}),
    ]
    room = read_room(SALON, events, remembered=False)
    assert room.readers == ({ALICE, BOB} if reads else {ALICE})
    assert room.salon.members == {ALICE}


def test_the_names_of_members_and_invited_come_with_the_state() -> None:
    events = [create("11"), member(ALICE), member(BOB, "invite"), member(CAROL, "leave")]
    for event, name in zip(events, ("", "Alice [Dinum]", "Bob", "Carol"), strict=True):
        event["content"]["displayname"] = name
    room = read_room(SALON, events, remembered=False)
    assert room.salon.names == {"Alice [Dinum]", "Bob"}
    assert room.salon.shown == {ALICE: "Alice [Dinum]"}


def test_an_alias_names_a_salon_without_a_name() -> None:
    alias = state("m.room.canonical_alias", {"alias": "#projet:a.test"})
    assert read_room(SALON, [alias], remembered=False).salon.name == "#projet:a.test"
    named = [alias, state("m.room.name", {"name": "Projet"})]
    assert read_room(SALON, named, remembered=False).salon.name == "Projet"


def test_encryption_is_remembered() -> None:
    assert not read_room(SALON, [create("11")], remembered=False).salon.encrypted
    assert read_room(SALON, [create("11")], remembered=True).salon.encrypted


CLOSED = state("m.room.join_rules", {"join_rule": "invite"})
ENCRYPTED = state("m.room.encryption", {"algorithm": "m.megolm.v1.aes-sha2"})
PAIR = [create("11"), member(BOB), member(ALICE), CLOSED, ENCRYPTED]


def history(visibility: str) -> dict[str, Any]:
    """Return from when on people may read."""
    return state("m.room.history_visibility", {"history_visibility": visibility})


@pytest.mark.parametrize(
    "more",
    [
        [],
        [member(ALICE, "invite")],
        [member(CAROL, "leave")],
        [member(CAROL, "ban")],
        [state("m.room.third_party_invite", {}, "token")],
        [state("m.room.join_rules", {"join_rule": "knock"})],
        [history("joined")],
    ],
)
def test_alone_with_one_person(more: list[dict[str, Any]]) -> None:
    room = read_room(SALON, [*PAIR, *more], remembered=False)
    assert room.confidant(BOB) == ALICE


@pytest.mark.parametrize(
    "more",
    [
        [member(CAROL)],
        [member(CAROL, "invite")],
        [member(ALICE, "leave")],
        [member(ALICE, "leave"), member(CAROL)],
        [member(BOB, "invite")],
        [member(BOB, "leave")],
        [member(ALICE, "invite"), history("joined")],
        [history("world_readable")],
        [state("m.room.join_rules", {"join_rule": "public"})],
        [state("m.room.join_rules", {"join_rule": "restricted", "allow": []})],
        [state("m.room.join_rules", {"join_rule": "knock_restricted"})],
        [state("m.room.third_party_invite", {"display_name": "c…@x"}, "token")],
        [state("m.room.encryption", {})],
    ],
)
def test_not_alone_or_not_with_that_person(more: list[dict[str, Any]]) -> None:
    room = read_room(SALON, [*PAIR, *more], remembered=False)
    assert room.confidant(BOB) != ALICE


LEVELS = {"users": {ALICE: 100}, "events_default": 50}


@pytest.mark.parametrize(
    ("levels", "encrypted", "clear"),
    [
        (None, True, True),
        ({}, True, True),
        (LEVELS, False, False),
        ({"events": {"m.room.message": 50}}, True, False),
        ({"events": {"m.room.encrypted": 50}}, False, True),
        ({"events": {"m.room.encrypted": "50"}}, False, True),
        ({**LEVELS, "events": {"m.room.encrypted": 0}}, True, False),
        ({**LEVELS, "users": {BOB: 50}}, True, True),
    ],
)
def test_what_is_encrypted_is_sent_as_another_type(
    levels: dict[str, Any] | None, encrypted: bool, clear: bool
) -> None:
    events = [create("11"), member(ALICE), member(BOB)]
    events += [] if levels is None else [state("m.room.power_levels", levels)]
    assert read_room(SALON, events, remembered=True).salon.may_speak(BOB) is encrypted
    assert read_room(SALON, events, remembered=False).salon.may_speak(BOB) is clear
    assert not read_room(SALON, events, remembered=True).salon.may_speak(CAROL)


def test_an_upgrade_is_told_by_both_salons() -> None:
    new = read_room(SALON, [create("11", predecessor={"room_id": "!old"})], remembered=False)
    assert new.salon.predecessor == "!old"
    assert new.tombstone is None
    old = read_room(
        SALON,
        [create("11"), state("m.room.tombstone", {"replacement_room": "!new"})],
        remembered=False,
    )
    assert old.salon.predecessor is None
    assert old.tombstone is not None
    assert (old.tombstone.replacement, old.tombstone.by) == ("!new", ALICE)
    odd = read_room(SALON, [create("11", predecessor="!old")], remembered=False)
    assert odd.salon.predecessor is None


@pytest.mark.parametrize(("kind", "space"), [("m.space", True), ("m.other", False)])
def test_a_space_is_known_by_its_creation(kind: str, space: bool) -> None:
    assert read_room(SALON, [create("11", type=kind)], remembered=False).salon.space is space
