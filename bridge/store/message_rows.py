"""A message's columns in the outbox, and back: the one place that knows how each kind is stored.

Rows of earlier programs have the same columns. A row whose columns make no message of any kind is
unreadable, as one with a broken seal is: its sender gives it up.
"""

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias, assert_never
from uuid import UUID

from bridge.domain.message import (
    Addressee,
    CalendarPageLink,
    Card,
    CardEdit,
    Edit,
    FeedAddress,
    GuestLink,
    GuestPin,
    HostPageLink,
    JoinLink,
    LineRef,
    Message,
    MessageRef,
    Notice,
    OfferRef,
    OwnReaction,
    Parameters,
    Place,
    Priority,
    Prompt,
    QuestionRef,
    Secret,
    Sentence,
    ToAuthor,
    ToPerson,
    ToSalon,
)
from bridge.ids import (
    CalendarLinkId,
    FeedId,
    HostId,
    InvitationId,
    ReceivedGrantId,
    SalonId,
    UserId,
)
from bridge.store.statements import AnyRow
from bridge.store.vault import Vault

_Values: TypeAlias = dict[str, Any]

_OWN: _Values = {
    "facts": {},
    "reply_to": None,
    "thread": None,
    "card_of": None,
    "about_question": None,
    "about_offer": None,
}
"""The columns of which each kind of message has some."""


class RowUnreadable(ValueError):
    """The columns of a row make no message; no program of ours wrote it so."""


def message_values(message: Message, vault: Vault) -> _Values:
    """Return all columns that a message has, so that they replace those of an earlier one."""
    own = _OWN | _own_values(message)
    return {
        "dedupe": message.idempotency_key,
        "template": message.template,
        "worth": message.priority.value,
        "rings": list(message.mentions),
        "collapse": message.coalesce_key,
        **_address_values(message.to),
        **own,
        "facts": vault.seal_json(own["facts"], _sealed_as(message.idempotency_key)),
    }


def message_of(row: AnyRow, vault: Vault) -> Message:
    """Return the message of an unsent row. Raises SealBroken, RowUnreadable."""
    parameters = vault.open_json(row.facts, _sealed_as(row.dedupe))
    assert isinstance(parameters, dict)
    try:
        return _message_of(row, parameters)
    except (KeyError, TypeError, ValueError) as error:
        raise RowUnreadable(f"{row.template}: {error!r}") from error


def _sealed_as(dedupe: str) -> str:
    return f"outbox.facts:{dedupe}"


# --- to columns ---------------------------------------------------------------------------------


def _address_values(to: Addressee) -> _Values:
    values: _Values = {"account": to.account, "lane": to.lane, "direct": to.confidant is not None}
    match to:
        case ToSalon() | ToAuthor():
            return {**values, "author": to.author}
        case ToPerson():
            return {**values, "author": None}
        case _:
            assert_never(to)


def _own_values(message: Message) -> _Values:
    match message:
        case Notice() | Prompt() | Edit():
            return {"facts": dict(message.parameters), **_sentence_values(message)}
        case Card():
            return {"card_of": message.occurrence, "thread": message.thread}
        case CardEdit():
            return {"card_of": message.occurrence}
        case OwnReaction():
            of = {"of": message.on.idempotency_key} if isinstance(message.on, MessageRef) else {}
            return {"facts": {"key": message.key, **of}, **_ref_values(message.on)}
        case (
            GuestLink()
            | GuestPin()
            | HostPageLink()
            | CalendarPageLink()
            | FeedAddress()
            | JoinLink()
        ):
            return {"facts": _secret_values(message)}
        case _:
            assert_never(message)


def _sentence_values(message: Sentence) -> _Values:
    match message:
        case Notice():
            return {"reply_to": message.reply_to, "thread": message.thread}
        case Prompt():
            return {"thread": message.thread, **_ref_values(message.about)}
        case Edit():
            return _ref_values(message.of)
        case _:
            assert_never(message)


def _secret_values(secret: Secret) -> _Values:
    match secret:
        case GuestLink() | GuestPin():
            return {"invitation": str(secret.invitation), "number": secret.number}
        case HostPageLink():
            return {"host": str(secret.host)}
        case CalendarPageLink():
            return {"link": str(secret.link)}
        case FeedAddress():
            return {"feed": str(secret.feed)}
        case JoinLink():
            return {"received": str(secret.received), "grant": secret.grant}
        case _:
            assert_never(secret)


def _ref_values(ref: QuestionRef | OfferRef | MessageRef | LineRef) -> _Values:
    match ref:
        case QuestionRef():
            return {"about_question": ref.question}
        case OfferRef():
            return {"about_offer": ref.offer}
        case MessageRef():
            return {}  # of an edit it is the coalesce key, of a reaction it is sealed
        case LineRef():
            return {"reply_to": ref.event}
        case _:
            assert_never(ref)


# --- from columns -------------------------------------------------------------------------------


def _message_of(row: AnyRow, parameters: Parameters) -> Message:
    if row.collapse is not None:
        return _edit_of(row, parameters)
    if row.card_of is not None:
        to = _place_of(row)
        return Card(to=to, occurrence=row.card_of, thread=row.thread, **_common(row))
    read = _WITHOUT_SENTENCE.get(row.template)
    return _sentence_of(row, parameters) if read is None else read(row, parameters)


def _edit_of(row: AnyRow, parameters: Parameters) -> Edit | CardEdit:
    to = _place_of(row)
    if row.card_of is not None:
        return CardEdit(to=to, occurrence=row.card_of, **_common(row))
    of = _asked(row) or MessageRef(row.collapse)
    return Edit(to=to, of=of, template=row.template, parameters=parameters, **_common(row))


def _sentence_of(row: AnyRow, parameters: Parameters) -> Notice | Prompt:
    words = {
        "template": row.template,
        "parameters": parameters,
        "mentions": tuple(UserId(one) for one in row.rings),
        "thread": row.thread,
        **_common(row),
    }
    about = _asked(row)
    if about is None:
        return Notice(to=_addressee_of(row), reply_to=row.reply_to, **words)
    return Prompt(to=_place_of(row), about=about, **words)


def _answer_of(row: AnyRow, parameters: Parameters) -> OwnReaction:
    about = _asked(row)
    if about is None:
        raise ValueError("a reaction to nothing")
    return _reaction_of(row, parameters, about)


def _heard_of(row: AnyRow, parameters: Parameters) -> OwnReaction:
    return _reaction_of(row, parameters, LineRef(row.reply_to))


def _touch_of(row: AnyRow, parameters: Parameters) -> OwnReaction:
    return _reaction_of(row, parameters, MessageRef(str(parameters["of"])))


def _reaction_of(
    row: AnyRow, parameters: Parameters, on: QuestionRef | OfferRef | MessageRef | LineRef
) -> OwnReaction:
    to = _addressee_of(row)
    if not isinstance(to, ToSalon):
        raise TypeError("a reaction for one person")
    return OwnReaction(to=to, on=on, key=str(parameters["key"]), **_common(row))


def _link_of(row: AnyRow, parameters: Parameters) -> GuestLink:
    return GuestLink(to=_person_of(row), **_invitation_of(parameters), **_common(row))


def _pin_of(row: AnyRow, parameters: Parameters) -> GuestPin:
    return GuestPin(to=_person_of(row), **_invitation_of(parameters), **_common(row))


def _host_of(row: AnyRow, parameters: Parameters) -> HostPageLink:
    host = HostId(UUID(str(parameters["host"])))
    return HostPageLink(to=_person_of(row), host=host, **_common(row))


def _calendar_of(row: AnyRow, parameters: Parameters) -> CalendarPageLink:
    link = CalendarLinkId(UUID(str(parameters["link"])))
    return CalendarPageLink(to=_person_of(row), link=link, **_common(row))


def _feed_of(row: AnyRow, parameters: Parameters) -> FeedAddress:
    feed = FeedId(UUID(str(parameters["feed"])))
    return FeedAddress(to=_person_of(row), feed=feed, **_common(row))


def _join_of(row: AnyRow, parameters: Parameters) -> JoinLink:
    received = ReceivedGrantId(UUID(str(parameters["received"])))
    grant = str(parameters["grant"])
    return JoinLink(to=_person_of(row), received=received, grant=grant, **_common(row))


_WITHOUT_SENTENCE: Mapping[str, Callable[[AnyRow, Parameters], OwnReaction | Secret]] = {
    "guest.answer": _answer_of,
    "line.heard": _heard_of,
    "message.answer": _touch_of,
    GuestLink.template: _link_of,
    GuestPin.template: _pin_of,
    HostPageLink.template: _host_of,
    CalendarPageLink.template: _calendar_of,
    FeedAddress.template: _feed_of,
    JoinLink.template: _join_of,
}
"""The kinds that only their template distinguishes, which names no sentence with parameters."""


def _common(row: AnyRow) -> _Values:
    return {"idempotency_key": row.dedupe, "priority": Priority(row.worth)}


def _invitation_of(parameters: Parameters) -> _Values:
    return {
        "invitation": InvitationId(UUID(str(parameters["invitation"]))),
        "number": parameters["number"],
    }


def _asked(row: AnyRow) -> QuestionRef | OfferRef | None:
    if row.about_question is not None:
        return QuestionRef(row.about_question)
    return None if row.about_offer is None else OfferRef(row.about_offer)


def _addressee_of(row: AnyRow) -> Addressee:
    if not row.direct:
        return ToSalon(salon=SalonId(row.lane), account=row.account, author=row.author)
    if row.author is None:
        return ToPerson(user=UserId(row.lane), account=row.account)
    return ToAuthor(author=row.author, salon=SalonId(row.lane), account=row.account)


def _place_of(row: AnyRow) -> Place:
    to = _addressee_of(row)
    if isinstance(to, ToAuthor):
        raise TypeError("no answer, for an author alone")
    return to


def _person_of(row: AnyRow) -> ToPerson:
    to = _addressee_of(row)
    if not isinstance(to, ToPerson):
        raise TypeError("a secret for a salon")
    return to
