"""Each kind of message has columns of its own, the same as in earlier programs, and comes back."""

from types import SimpleNamespace
from typing import Any, cast

import pytest

from bridge.domain.message import (
    CalendarPageLink,
    Card,
    CardEdit,
    Edit,
    FeedAddress,
    GuestLink,
    GuestPin,
    HostPageLink,
    LineRef,
    Message,
    MessageRef,
    Notice,
    OfferRef,
    OwnReaction,
    Priority,
    Prompt,
    QuestionRef,
    ToAuthor,
    ToPerson,
    ToSalon,
)
from bridge.ids import (
    CalendarLinkId,
    EventId,
    FeedId,
    HostId,
    InvitationId,
    OccurrenceId,
    OfferId,
    QuestionId,
    SalonId,
    UserId,
    uuid7,
)
from bridge.store.message_rows import RowUnreadable, message_of, message_values
from bridge.store.statements import AnyRow
from tests.contract.store_samples import START, vault

ALICE, BOT = UserId("@alice:agent.tchap"), UserId("@visio:agent.tchap")
SALON = SalonId("!salon:agent.tchap")
ASK, ROOT = EventId("$ask"), EventId("$root")
ID = uuid7(START)
HERE = ToSalon(salon=SALON, account=BOT)
ALONE = ToPerson(user=ALICE)
VAULT = vault()
IN_SALON = {"account": BOT, "lane": SALON, "direct": False, "author": None}
TO_ALICE = {"account": None, "lane": ALICE, "direct": True, "author": None}
REST: dict[str, Any] = {
    "worth": 1,
    "rings": [],
    "reply_to": None,
    "thread": None,
    "card_of": None,
    "about_question": None,
    "about_offer": None,
    "collapse": None,
}
"""The columns that a plain notice has."""

KINDS: list[tuple[Message, dict[str, Any], dict[str, Any]]] = [
    (
        Notice(
            idempotency_key="x",
            to=ToSalon(salon=SALON, author=ALICE),
            template="invite.done",
            parameters={"n": 1},
            priority=Priority.ANSWER,
            mentions=(BOT,),
            reply_to=ASK,
            thread=ROOT,
        ),
        {
            **IN_SALON,
            "account": None,
            "author": ALICE,
            "template": "invite.done",
            "worth": 0,
            "rings": [BOT],
            "reply_to": ASK,
            "thread": ROOT,
        },
        {"n": 1},
    ),
    (
        Notice(
            idempotency_key="x", to=ToAuthor(author=ALICE, salon=SALON), template="meeting.list"
        ),
        {
            "account": None,
            "lane": SALON,
            "direct": True,
            "author": ALICE,
            "template": "meeting.list",
        },
        {},
    ),
    (
        Notice(idempotency_key="x", to=ALONE, template="salon.space", mentions=(ALICE,)),
        {**TO_ALICE, "template": "salon.space", "rings": [ALICE]},
        {},
    ),
    (
        Prompt(
            idempotency_key="x",
            to=HERE,
            about=QuestionRef(QuestionId(ID)),
            template="guest.waits",
            parameters={"name": "Jean"},
            mentions=(ALICE,),
            thread=ROOT,
        ),
        {
            **IN_SALON,
            "template": "guest.waits",
            "rings": [ALICE],
            "thread": ROOT,
            "about_question": ID,
        },
        {"name": "Jean"},
    ),
    (
        Prompt(idempotency_key="x", to=HERE, about=OfferRef(OfferId(ID)), template="guest.ends"),
        {**IN_SALON, "template": "guest.ends", "about_offer": ID},
        {},
    ),
    (
        Card(idempotency_key="x", to=HERE, occurrence=OccurrenceId(ID), thread=ROOT),
        {**IN_SALON, "template": "card", "card_of": ID, "thread": ROOT},
        {},
    ),
    (
        CardEdit(idempotency_key="x", to=HERE, occurrence=OccurrenceId(ID)),
        {**IN_SALON, "template": "card", "card_of": ID, "worth": 2, "collapse": f"card:{ID}"},
        {},
    ),
    (
        Edit(
            idempotency_key="x",
            to=HERE,
            of=QuestionRef(QuestionId(ID)),
            template="guest.waits.over",
            parameters={"outcome": "gone"},
        ),
        {
            **IN_SALON,
            "template": "guest.waits.over",
            "about_question": ID,
            "collapse": f"asks:{ID}",
        },
        {"outcome": "gone"},
    ),
    (
        Edit(
            idempotency_key="x", to=HERE, of=OfferRef(OfferId(ID)), template="guest.ends.extended"
        ),
        {
            **IN_SALON,
            "template": "guest.ends.extended",
            "about_offer": ID,
            "collapse": f"offer:{ID}",
        },
        {},
    ),
    (
        Edit(idempotency_key="x", to=HERE, of=MessageRef("summary"), template="meeting.summary"),
        {**IN_SALON, "template": "meeting.summary", "collapse": "summary"},
        {},
    ),
    (
        OwnReaction(idempotency_key="x", to=HERE, on=QuestionRef(QuestionId(ID)), key="✅"),
        {**IN_SALON, "template": "guest.answer", "about_question": ID},
        {"key": "✅"},
    ),
    (
        OwnReaction(idempotency_key="x", to=HERE, on=OfferRef(OfferId(ID)), key="⏩"),
        {**IN_SALON, "template": "guest.answer", "about_offer": ID},
        {"key": "⏩"},
    ),
    (
        OwnReaction(idempotency_key="x", to=HERE, on=MessageRef("slots"), key="1️⃣"),
        {**IN_SALON, "template": "message.answer"},
        {"key": "1️⃣", "of": "slots"},
    ),
    (
        OwnReaction(idempotency_key="x", to=HERE, on=LineRef(ASK), key="👍"),
        {**IN_SALON, "template": "line.heard", "reply_to": ASK},
        {"key": "👍"},
    ),
    (
        GuestLink(idempotency_key="x", to=ALONE, invitation=InvitationId(ID), number=2),
        {**TO_ALICE, "template": "invite.link", "worth": 0, "rings": [ALICE]},
        {"invitation": str(ID), "number": 2},
    ),
    (
        GuestPin(idempotency_key="x", to=ALONE, invitation=InvitationId(ID), number=2),
        {**TO_ALICE, "template": "invite.pin", "worth": 0, "rings": [ALICE]},
        {"invitation": str(ID), "number": 2},
    ),
    (
        HostPageLink(idempotency_key="x", to=ALONE, host=HostId(ID)),
        {**TO_ALICE, "template": "host.link", "worth": 0, "rings": [ALICE]},
        {"host": str(ID)},
    ),
    (
        CalendarPageLink(idempotency_key="x", to=ALONE, link=CalendarLinkId(ID)),
        {**TO_ALICE, "template": "calendar.link", "worth": 0, "rings": [ALICE]},
        {"link": str(ID)},
    ),
    (
        FeedAddress(idempotency_key="x", to=ALONE, feed=FeedId(ID)),
        {**TO_ALICE, "template": "feed.link", "worth": 0, "rings": [ALICE]},
        {"feed": str(ID)},
    ),
]


def sealed(parameters: dict[str, Any]) -> bytes:
    return VAULT.seal_json(parameters, "outbox.facts:x")


def read(**columns: Any) -> Message:
    row = SimpleNamespace(**{"dedupe": "x", **REST, **columns})
    return message_of(cast("AnyRow", row), VAULT)


@pytest.mark.parametrize(("message", "columns", "parameters"), KINDS)
def test_each_kind_has_its_columns_and_comes_back(
    message: Message, columns: dict[str, Any], parameters: dict[str, Any]
):
    values = message_values(message, VAULT)
    assert VAULT.open_json(values.pop("facts"), "outbox.facts:x") == parameters
    assert values == {"dedupe": "x", **REST, **columns}
    assert read(facts=sealed(parameters), **columns) == message


def test_all_of_a_later_message_replaces_an_earlier_one():
    assert len({frozenset(message_values(message, VAULT)) for message, _, _ in KINDS}) == 1


def test_an_earlier_programs_reaction_was_in_its_questions_thread():
    columns = {**IN_SALON, "template": "guest.answer", "about_question": ID, "thread": ROOT}
    assert read(facts=sealed({"key": "✅"}), **columns) == OwnReaction(
        idempotency_key="x", to=HERE, on=QuestionRef(QuestionId(ID)), key="✅"
    )


@pytest.mark.parametrize(
    ("columns", "parameters"),
    [
        ({**IN_SALON, "template": "invite.link"}, {"invitation": str(ID), "number": 0}),
        ({**IN_SALON, "template": "invite.pin"}, {"invitation": str(ID), "number": 0}),
        ({**IN_SALON, "template": "host.link"}, {"host": str(ID)}),
        ({**TO_ALICE, "template": "invite.link"}, {}),
        ({**TO_ALICE, "template": "host.link"}, {"host": "no id"}),
        ({**TO_ALICE, "template": "guest.answer", "about_question": ID}, {"key": "✅"}),
        ({**IN_SALON, "template": "guest.answer"}, {"key": "✅"}),
        (
            {**IN_SALON, "direct": True, "author": ALICE, "template": "card", "card_of": ID},
            {},
        ),
        ({**IN_SALON, "template": "told", "worth": 7}, {}),
    ],
)
def test_what_makes_no_message_is_unreadable(columns: dict[str, Any], parameters: dict[str, Any]):
    with pytest.raises(RowUnreadable):
        read(facts=sealed(parameters), **columns)
