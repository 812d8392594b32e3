"""The content of events, with anything that a stranger may put into them."""

from datetime import UTC, datetime
from typing import Any

import pytest

from bot.matrix.events import Deleted, EventPlace, IncomingMessage, Trust
from bot.matrix.lines import corrected
from bot.matrix.timeline import (
    is_correction,
    is_our_join,
    read_deleted,
    read_joined,
    read_members_changed,
    read_message,
    read_place,
    read_reaction,
    read_removed,
    read_upgrade,
)
from bridge.ids import EventId, SalonId, UserId

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
SALON = SalonId("!salon")
US = UserId("@parvis:a.test")
ALICE = "@alice:a.test"


def event(content: object, kind: str = "m.room.message", **more: Any) -> dict[str, Any]:
    """Return an event of Alice's."""
    return {
        "type": kind,
        "event_id": "$e",
        "sender": ALICE,
        "origin_server_ts": 1_764_000_000_000,
        "content": content,
        **more,
    }


def line(body: str, **more: Any) -> dict[str, Any]:
    """Return a line of Alice's."""
    return event({"msgtype": "m.text", "body": body, **more})


def test_a_line_is_read_whole() -> None:
    source = line(
        "!visio demain",
        format="org.matrix.custom.html",
        formatted_body="<mx-reply>citation</mx-reply><b>!visio</b> demain",
        **{"m.mentions": {"user_ids": [US, 3, ALICE]}},
    )
    message = read_message(source, SALON, NOW)
    assert message
    assert (message.body, message.formatted) == ("!visio demain", "<b>!visio</b> demain")
    assert message.mentions == {US, ALICE}
    assert message.sent_at == datetime(2025, 11, 24, 16, 0, tzinfo=UTC)
    assert (message.thread, message.reply_to) == (None, None)


@pytest.mark.parametrize(
    ("body", "kept"),
    [
        ("> <@x> un\n> deux\n\n!visio", "!visio"),
        ("> <@x> un\n!visio", "!visio"),
        ("!visio > autre", "!visio > autre"),
        ("> seulement une citation", ""),
    ],
)
def test_the_quotation_of_a_reply_is_stripped(body: str, kept: str) -> None:
    reply = {"m.relates_to": {"m.in_reply_to": {"event_id": "$r"}}}
    message = read_message(line(body, **reply), SALON, NOW)
    assert message
    assert (message.body, message.reply_to) == (kept, "$r")


def test_what_looks_like_a_quotation_stays_without_a_reply() -> None:
    message = read_message(line("> 3 personnes\n\n!visio"), SALON, NOW)
    assert message
    assert message.body == "> 3 personnes\n\n!visio"


@pytest.mark.parametrize("falling_back", [True, False])
def test_a_thread_is_told_from_a_reply_in_it(falling_back: bool) -> None:
    relation = {
        "rel_type": "m.thread",
        "event_id": "$root",
        "is_falling_back": falling_back,
        "m.in_reply_to": {"event_id": "$r"},
    }
    message = read_message(line("!visio", **{"m.relates_to": relation}), SALON, NOW)
    assert message
    assert message.thread == "$root"
    assert message.reply_to == (None if falling_back else "$r")


def correction(body: str, **more: Any) -> dict[str, Any]:
    """Return a correction by Alice of her line `$x`."""
    relation = {"rel_type": "m.replace", "event_id": "$x"}
    new = {"msgtype": "m.text", "body": body, **more}
    return line(f"* {body}", **{"m.relates_to": relation, "m.new_content": new})


def test_a_correction_is_the_line_that_it_makes() -> None:
    source = correction("!visio demain", **{"m.mentions": {"user_ids": [ALICE]}})
    message = read_message(source, SALON, NOW)
    assert message
    assert (message.event, message.body, message.replaces) == ("$e", "!visio demain", "$x")
    assert message.mentions == {ALICE}
    assert is_correction(source)
    assert not is_correction(line("!visio"))


@pytest.mark.parametrize("new", [None, 3, {"msgtype": "m.notice", "body": "!visio"}])
def test_a_correction_into_something_else_is_none(new: object) -> None:
    source = correction("!visio")
    source["content"]["m.new_content"] = new
    assert read_message(source, SALON, NOW) is None


def test_what_a_line_hangs_on_is_readable_though_it_is_encrypted() -> None:
    reply = {"m.in_reply_to": {"event_id": "$r"}}
    thread = {"rel_type": "m.thread", "event_id": "$t", **reply}
    source = event({"m.relates_to": thread, "ciphertext": "…"}, "m.room.encrypted")
    assert read_place(source) == EventPlace(
        sender=UserId(ALICE), thread=EventId("$t"), reply_to=EventId("$r")
    )
    assert read_place({}) == EventPlace(sender=UserId(""))


@pytest.mark.parametrize(("content", "more"), [({}, {"redacts": "$x"}), ({"redacts": "$x"}, {})])
def test_a_deletion(content: object, more: dict[str, Any]) -> None:
    deleted = read_deleted(event(content, "m.room.redaction", **more), SALON, NOW)
    assert isinstance(deleted, Deleted)
    assert (deleted.event, deleted.sender, deleted.target) == ("$e", ALICE, "$x")
    assert read_deleted(event({"redacts": 3}, "m.room.redaction"), SALON, NOW) is None


class TestCorrected:
    """A line that was corrected before we read it."""

    @staticmethod
    def said(event: str, body: str, sender: str = ALICE, **more: Any) -> IncomingMessage:
        return IncomingMessage(
            event=EventId(event),
            salon=SALON,
            sender=UserId(sender),
            sent_at=NOW,
            body=body,
            **more,
        )

    def test_is_read_as_it_is_now(self) -> None:
        line = self.said("$a", "!visio demain", thread=EventId("$t"))
        other = self.said("$b", "!visio liste")
        first = self.said("$c", "!visio demain 14h", replaces=line.event)
        last = self.said("$d", "!visio demain 15h", replaces=line.event)
        (found, second) = corrected([line, other, first, last])
        assert found == self.said("$a", "!visio demain 15h", thread=EventId("$t"))
        assert second == other

    @pytest.mark.parametrize(
        "more", [{"sender": US}, {"trust": Trust.FORGED}, {"replaces": EventId("$elsewhere")}]
    )
    def test_is_not_what_others_make_of_it(self, more: dict[str, Any]) -> None:
        line = self.said("$a", "!visio demain")
        edit = self.said("$c", "!visio terminer", **{"replaces": line.event, **more})
        assert corrected([line, edit]) == [line, edit]


@pytest.mark.parametrize(
    "source",
    [
        event({"msgtype": "m.notice", "body": "!visio"}),
        event({"msgtype": "m.image", "body": "!visio"}),
        event({}),
        event(None),
        event([]),
        event({"body": "!visio"}),
        event({"msgtype": "m.text", "body": "!visio"}, kind="m.sticker"),
        line("* !visio", **{"m.relates_to": {"rel_type": "m.replace", "event_id": "$x"}}),
        {},
    ],
)
def test_what_is_no_line_is_none(source: dict[str, Any]) -> None:
    assert read_message(source, SALON, NOW) is None


@pytest.mark.parametrize("stamp", [10**30, -(10**30), None, "hier", True, 1.5, float("nan")])
def test_an_odd_time_is_now(stamp: object) -> None:
    message = read_message({**line("!visio"), "origin_server_ts": stamp}, SALON, NOW)
    assert message
    assert message.sent_at == NOW


def test_a_reaction_needs_its_target_and_key() -> None:
    whole = {"rel_type": "m.annotation", "event_id": "$card", "key": "✅"}
    reaction = read_reaction(event({"m.relates_to": whole}, "m.reaction"), SALON, NOW)
    assert reaction
    assert (reaction.target, reaction.key) == ("$card", "✅")
    for missing in whole:
        part = {key: value for key, value in whole.items() if key != missing}
        assert read_reaction(event({"m.relates_to": part}, "m.reaction"), SALON, NOW) is None


def member(membership: str, before: str | None = None, **more: Any) -> dict[str, Any]:
    """Return a membership of ours."""
    unsigned: dict[str, Any] = {}
    if before:
        unsigned = {"prev_content": {"membership": before}, "prev_sender": ALICE}
    content = {"membership": membership, "reason": "raison"}
    return event(content, "m.room.member", state_key=US, unsigned=unsigned, **more)


def test_coming_in_is_told_from_a_new_name() -> None:
    assert is_our_join(member("join", "invite"), US)
    assert is_our_join(member("join"), US)
    assert not is_our_join(member("join", "join"), US)
    assert not is_our_join({**member("join"), "state_key": ALICE}, US)
    assert read_joined(member("join", "invite"), SALON, NOW).invited_by == ALICE
    assert read_joined(member("join", "leave"), SALON, NOW).invited_by is None


def test_going_out_is_told_from_an_invitation_turned_down() -> None:
    removed = read_removed([member("join"), member("ban", "join")], SALON, US, NOW)
    assert removed
    assert (removed.by, removed.reason) == (ALICE, "raison")
    assert read_removed([member("leave", "invite")], SALON, US, NOW) is None
    assert read_removed([line("adieu")], SALON, US, NOW) is None


def test_a_tombstone_leads_somewhere() -> None:
    upgrade = read_upgrade(event({"replacement_room": "!new"}, "m.room.tombstone"), SALON, NOW)
    assert upgrade
    assert upgrade.replacement == "!new"
    assert read_upgrade(event({"replacement_room": 3}, "m.room.tombstone"), SALON, NOW) is None


def bob(now: str, before: str | None = "", **more: Any) -> dict[str, Any]:
    """Return an event about Bob's membership; `None`: what was before is not told."""
    unsigned = {} if not before else {"prev_content": {"membership": before}}
    content = {"membership": now}
    return event(content, "m.room.member", state_key="@bob:a.test", unsigned=unsigned, **more)


@pytest.mark.parametrize(
    ("source", "told"),
    [
        (bob("join", "invite"), True),
        (bob("leave", "join"), True),
        (bob("ban", "join"), True),
        (bob("ban", "leave"), False),
        (bob("join", "join"), False),
        (bob("invite"), False),
        (bob("leave", "invite"), False),
        (bob("leave"), True),
        (event({"name": "x"}, "m.room.name", state_key=""), False),
        (event({"membership": ["join"]}, "m.room.member", state_key="@bob:a.test"), False),
    ],
)
def test_who_is_there_and_may_do_what_has_changed(source: dict[str, Any], told: bool):
    assert (read_members_changed(source, SALON, NOW) is not None) is told
