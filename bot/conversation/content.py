"""The content of Matrix events: what makes a message a reply, an edit, a reaction, or loud."""

from collections.abc import Collection
from typing import TypeAlias, assert_never

from bot.conversation.text import Text
from bridge.domain.message import (
    CalendarPageLink,
    Card,
    CardEdit,
    Edit,
    FeedAddress,
    GuestLink,
    GuestPin,
    HostPageLink,
    JoinLink,
    Message,
    Notice,
    OwnReaction,
    Prompt,
    Secret,
)
from bridge.ids import EventId, UserId

Content: TypeAlias = dict[str, object]
Spoken: TypeAlias = Notice | Prompt | Card | Secret
"""A message with words, which replaces none."""


def kind_of(message: Message) -> str:
    """Return the type of a message's event."""
    return "m.reaction" if isinstance(message, OwnReaction) else "m.room.message"


def content(message: Spoken, text: Text) -> Content:
    """Return the content of an `m.room.message`.

    A message that notifies people is `m.text` with mentions, a card is `m.text`, answers are
    notices (docs/interop/matrix.md).
    """
    aloud = bool(message.mentions) or isinstance(message, Card)
    new = _words(text, aloud=aloud, mentions=message.mentions)
    relation = _relation(message)
    return {**new, "m.relates_to": relation} if relation else new


def edit_content(message: Edit | CardEdit, text: Text, edited: EventId) -> Content:
    """Return the content of an `m.room.message` that silently replaces another one."""
    new = _words(text, aloud=isinstance(message, CardEdit))
    return {
        **new,
        "body": f"* {text.plain}",
        "formatted_body": f"* {text.html}",
        "m.new_content": new,
        "m.relates_to": {"rel_type": "m.replace", "event_id": edited},
    }


def reaction_content(reaction: OwnReaction, event: EventId) -> Content:
    """Return the content of an `m.reaction` to an event."""
    relation = {"rel_type": "m.annotation", "event_id": event, "key": reaction.key}
    return {"m.relates_to": relation}


def _words(text: Text, *, aloud: bool, mentions: Collection[UserId] = ()) -> Content:
    return {
        "msgtype": "m.text" if aloud else "m.notice",
        "body": text.plain,
        "format": "org.matrix.custom.html",
        "formatted_body": text.html,
        "m.mentions": {"user_ids": sorted(mentions)} if mentions else {},
    }


def _relation(message: Spoken) -> Content:
    match message:
        case Notice(thread=thread, reply_to=reply_to):
            return _place(thread, reply_to)
        case Prompt(thread=thread) | Card(thread=thread):
            return _place(thread, None)
        case (
            GuestLink()
            | GuestPin()
            | HostPageLink()
            | CalendarPageLink()
            | FeedAddress()
            | JoinLink()
        ):
            return {}
        case _:
            assert_never(message)


def _place(thread: EventId | None, reply_to: EventId | None) -> Content:
    if thread is not None:
        return {
            "rel_type": "m.thread",
            "event_id": thread,
            "is_falling_back": reply_to is None,
            "m.in_reply_to": {"event_id": reply_to or thread},
        }
    if reply_to is not None:
        return {"m.in_reply_to": {"event_id": reply_to}}
    return {}
