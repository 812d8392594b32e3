"""From an event as the homeserver sent it to a value for the bot."""

from collections.abc import Sequence
from datetime import datetime

from bot.matrix.events import (
    Arrived,
    Deleted,
    EventPlace,
    IncomingMessage,
    Joined,
    LevelsChanged,
    MembersChanged,
    Outside,
    Reaction,
    Removed,
    Trust,
    Upgraded,
)
from bot.matrix.raw import Json, age, moment, table, text, texts
from bridge.ids import EventId, SalonId, UserId

MX_REPLY = ("<mx-reply>", "</mx-reply>")


def sent_at(source: Json, received_at: datetime) -> datetime:
    """Return when an event was sent, by our clock; never after we received it.

    The event names a moment by the clock of its sender's homeserver, which may be hours from ours:
    if `bot.matrix.lags` knows how old the event was when it came, that counts.
    """
    old = age(source)
    said = moment(source, "origin_server_ts", received_at) if old is None else received_at - old
    return min(said, received_at)


def read_message(
    source: Json, salon: SalonId, now: datetime, *, trust: Trust = Trust.CLEAR
) -> IncomingMessage | None:
    """Return an event's line, or its correction of one; None for notices, files and the like.

    A correction does not name the thread or the reply: the corrected line does.
    """
    content = table(source, "content")
    replaces = _replaced(content)
    content = content if replaces is None else table(content, "m.new_content")
    if (text(source, "type"), text(content, "msgtype")) != ("m.room.message", "m.text"):
        return None
    place = read_place(source)
    body = text(content, "body")
    formatted = text(content, "formatted_body")
    return IncomingMessage(
        event=EventId(text(source, "event_id")),
        salon=salon,
        sender=place.sender,
        sent_at=sent_at(source, now),
        body=_without_quote(body) if _replied(content) else body,
        formatted=_without_mx_reply(formatted)
        if text(content, "format") == "org.matrix.custom.html"
        else "",
        mentions=frozenset(map(UserId, texts(table(content, "m.mentions"), "user_ids"))),
        thread=place.thread,
        reply_to=place.reply_to,
        replaces=replaces,
        trust=trust,
    )


def read_place(source: Json) -> EventPlace:
    """Return an event's author, thread and reply; encryption leaves them readable."""
    content = table(source, "content")
    relation = table(content, "m.relates_to")
    in_thread = text(relation, "rel_type") == "m.thread"
    fallback = in_thread and relation.get("is_falling_back") is True
    reply = _replied(content)
    return EventPlace(
        sender=UserId(text(source, "sender")),
        thread=EventId(text(relation, "event_id")) if in_thread else None,
        reply_to=EventId(reply) if reply and not fallback else None,
    )


def is_correction(source: Json) -> bool:
    """Return whether an event corrects another; encryption leaves that readable."""
    return _replaced(table(source, "content")) is not None


def read_deleted(source: Json, salon: SalonId, now: datetime) -> Deleted | None:
    """Return the event that a redaction deletes; room versions have it in two places."""
    target = text(source, "redacts") or text(table(source, "content"), "redacts")
    if not target:
        return None
    return Deleted(
        event=EventId(text(source, "event_id")),
        salon=salon,
        sender=UserId(text(source, "sender")),
        sent_at=moment(source, "origin_server_ts", now),
        target=EventId(target),
    )


def read_reaction(source: Json, salon: SalonId, now: datetime) -> Reaction | None:
    """Return an event's reaction, if it is complete."""
    relation = table(source, "content", "m.relates_to")
    target, key = text(relation, "event_id"), text(relation, "key")
    if text(relation, "rel_type") != "m.annotation" or not (target and key):
        return None
    return Reaction(
        event=EventId(text(source, "event_id")),
        salon=salon,
        sender=UserId(text(source, "sender")),
        sent_at=sent_at(source, now),
        target=EventId(target),
        key=key,
    )


def read_upgrade(source: Json, salon: SalonId, now: datetime) -> Upgraded | None:
    """Return the replacement that a tombstone names."""
    replacement = text(table(source, "content"), "replacement_room")
    if text(source, "type") != "m.room.tombstone" or not replacement:
        return None
    return Upgraded(
        event=EventId(text(source, "event_id")),
        salon=salon,
        sent_at=sent_at(source, now),
        replacement=SalonId(replacement),
        by=UserId(text(source, "sender")),
    )


def read_levels(source: Json, salon: SalonId, now: datetime) -> LevelsChanged:
    """Return a change of the salon's power levels."""
    return LevelsChanged(
        event=EventId(text(source, "event_id")),
        salon=salon,
        sent_at=sent_at(source, now),
    )


def read_arrival(
    source: Json, salon: SalonId, now: datetime, *, outside: Outside
) -> Arrived | None:
    """Return the arrival, or invitation, of somebody from outside; None for other state."""
    coming = text(table(source, "content"), "membership") in ("join", "invite")
    if not coming or text(source, "type") != "m.room.member":
        return None
    if _previous(source) == "join" or not outside(UserId(text(source, "state_key"))):
        return None
    return Arrived(
        event=EventId(text(source, "event_id")),
        salon=salon,
        sent_at=sent_at(source, now),
    )


def read_members_changed(source: Json, salon: SalonId, now: datetime) -> MembersChanged | None:
    """Return a change of the salon's members; None for other events."""
    before, after = _previous(source), text(table(source, "content"), "membership")
    # For events in a gap the homeserver does not say the previous state.
    left = after in ("leave", "ban") and not before
    moved = (after == "join") != (before == "join")
    if text(source, "type") != "m.room.member" or not (moved or left):
        return None
    return MembersChanged(
        event=EventId(text(source, "event_id")),
        salon=salon,
        sent_at=sent_at(source, now),
    )


def is_state(event: Json, kind: str) -> bool:
    """Return whether this is the salon's own state; anybody may send a message of that type."""
    return text(event, "type") == kind and event.get("state_key") == ""


def is_our_join(source: Json, user: UserId) -> bool:
    """Return whether this is the moment we came in, and not a change of our profile."""
    return _is_our_membership(source, user, "join") and _previous(source) != "join"


def read_joined(source: Json, salon: SalonId, now: datetime) -> Joined:
    """Return our coming in; the homeserver adds to the event who invited us."""
    inviter = text(table(source, "unsigned"), "prev_sender")
    return Joined(
        event=EventId(text(source, "event_id")),
        salon=salon,
        sent_at=sent_at(source, now),
        invited_by=UserId(inviter) if inviter and _previous(source) == "invite" else None,
    )


def read_removed(
    events: Sequence[Json], salon: SalonId, user: UserId, now: datetime
) -> Removed | None:
    """Return our departure; None if we were never in (an invitation declined or withdrawn)."""
    for source in reversed(events):
        gone = _is_our_membership(source, user, "leave") or _is_our_membership(source, user, "ban")
        if not gone:
            continue
        if _previous(source) in ("invite", "knock"):
            return None
        return Removed(
            event=EventId(text(source, "event_id")),
            salon=salon,
            sent_at=sent_at(source, now),
            by=UserId(text(source, "sender")),
            reason=text(table(source, "content"), "reason"),
        )
    return None


def _is_our_membership(source: Json, user: UserId, membership: str) -> bool:
    return (
        text(source, "type") == "m.room.member"
        and text(source, "state_key") == user
        and text(table(source, "content"), "membership") == membership
    )


def _previous(source: Json) -> str:
    return text(table(source, "unsigned", "prev_content"), "membership")


def _replied(content: Json) -> str:
    return text(table(content, "m.relates_to", "m.in_reply_to"), "event_id")


def _replaced(content: Json) -> EventId | None:
    relation = table(content, "m.relates_to")
    target = text(relation, "event_id")
    return EventId(target) if text(relation, "rel_type") == "m.replace" and target else None


def _without_quote(body: str) -> str:
    """Strip the quotation that older clients put before a reply (`> ` lines, then a blank one)."""
    lines = body.split("\n")
    quoted = 0
    while quoted < len(lines) and lines[quoted].startswith(">"):
        quoted += 1
    if quoted and quoted < len(lines) and not lines[quoted].strip():
        quoted += 1
    return "\n".join(lines[quoted:])


def _without_mx_reply(formatted: str) -> str:
    start, end = MX_REPLY
    return formatted.partition(end)[2] if formatted.startswith(start) else formatted
