"""Messages are data that JSON can hold, and no two causes make the same one."""

import json
from datetime import timedelta

from bridge.domain.cause import Actor, Cause, Reply
from bridge.domain.message import (
    Card,
    CardEdit,
    Edit,
    HostPageLink,
    LineRef,
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
    address,
    course,
    guest,
    moment,
    person,
    phrase,
    seconds,
    span,
    stretch,
    visitor,
)
from bridge.domain.salon import Salon
from bridge.i18n import Language
from bridge.ids import (
    EventId,
    HostId,
    InvitationId,
    OccurrenceId,
    OfferId,
    QuestionId,
    SalonId,
    UserId,
)
from tests.defaults import default_policy
from tests.unit.bridge.domain.samples import END, ID, START

ALICE, SALON = UserId("@alice:agent.tchap"), SalonId("!salon:agent.tchap")
ASK = EventId("$ask")
CAUSE = Cause(
    key=ASK,
    actor=Actor(name=ALICE),
    reply=Reply(salon=SALON, line=ASK, event=ASK, thread=EventId("$root")),
)


def test_parameters_are_json():
    parameters = {
        "at": moment(START, "Europe/Paris"),
        "when": course(START, END, "Europe/Paris"),
        "open": stretch(START, END, "Europe/Paris"),
        "who": person(ALICE),
        "long": span(timedelta(minutes=90)),
        "took": seconds(timedelta(milliseconds=350)),
        "where": address("https://porte.example"),
        "what": phrase("meeting.untitled"),
        "row": phrase("meeting.row", {"n": 1}),
    }
    assert json.loads(json.dumps(parameters)) == parameters
    assert parameters["at"] == {"$at": "2026-12-01T10:00:00+00:00", "zone": "Europe/Paris"}
    times = ["2026-12-01T10:00:00+00:00", "2026-12-01T11:00:00+00:00"]
    assert parameters["when"] == {"$when": times, "zone": "Europe/Paris"}
    assert parameters["open"] == {"$between": times, "zone": "Europe/Paris"}
    assert parameters["long"] == {"$span": 5400.0}
    assert parameters["took"] == {"$seconds": 0.35}
    assert parameters["where"] == {"$link": "https://porte.example"}
    assert parameters["row"] == {"$phrase": "meeting.row", "facts": {"n": 1}}
    assert parameters["who"] == {"$person": ALICE}
    assert parameters["what"] == {"$phrase": "meeting.untitled", "facts": {}}


def test_an_answer_goes_where_the_question_was():
    answer, other = CAUSE.answer("invite.done", {"n": 1}), CAUSE.answer("invite.done", n=1)
    assert answer is not None
    assert other is not None
    assert answer.to == ToSalon(salon=SALON, author=ALICE)
    assert (answer.reply_to, answer.thread) == ("$ask", "$root")
    assert answer.idempotency_key == "answer:$ask:0"
    assert other.idempotency_key != answer.idempotency_key
    assert not answer.mentions, "answers ring nobody"


def test_what_was_said_nowhere_is_answered_to_its_actor_alone():
    answer = Cause(key="form-7", actor=Actor(name=ALICE)).answer("invite.done")
    assert answer is not None
    assert (answer.to, answer.mentions, answer.thread) == (ToPerson(user=ALICE), (ALICE,), None)
    assert answer.idempotency_key == "answer:form-7:0"


def test_a_secret_rings_its_only_reader():
    link = HostPageLink(idempotency_key="x", to=ToPerson(user=ALICE), host=HostId(ID))
    assert (link.confidant, link.mentions, link.priority) == (ALICE, (ALICE,), Priority.ANSWER)


def test_a_guest_with_a_namesake_is_known_by_their_invitation():
    assert visitor("Jean", InvitationId(ID)) == {"$visitor": "Jean", "invitation": str(ID)}


def test_each_address_has_a_lane_and_perhaps_one_reader():
    for to, lane, reader in (
        (ToSalon(salon=SALON, author=ALICE), SALON, None),
        (ToPerson(user=ALICE), ALICE, ALICE),
        (ToAuthor(author=ALICE, salon=SALON), SALON, ALICE),
    ):
        message = Notice(idempotency_key="x", to=to, template="x")
        assert (message.lane, message.confidant) == (lane, reader)


def test_edits_of_one_message_coalesce_and_nothing_else_does():
    to, occurrence = ToSalon(salon=SALON), OccurrenceId(ID)
    question, offer = QuestionRef(QuestionId(ID)), OfferRef(OfferId(ID))
    for of, key in (
        (question, f"asks:{ID}"),
        (offer, f"offer:{ID}"),
        (MessageRef("summary"), "summary"),
    ):
        assert Edit(idempotency_key="x", to=to, of=of, template="x").coalesce_key == key
    edit = CardEdit(idempotency_key="x", to=to, occurrence=occurrence)
    assert (edit.coalesce_key, edit.mentions) == (f"card:{ID}", ())
    for message in (
        Card(idempotency_key="x", to=to, occurrence=occurrence),
        Prompt(idempotency_key="x", to=to, about=question, template="x"),
        OwnReaction(idempotency_key="x", to=to, on=question, key="x"),
    ):
        assert (message.coalesce_key, message.mentions) == (None, ())


def test_a_reaction_of_ours_answers_a_prompt_or_shows_that_a_line_was_read():
    to = ToSalon(salon=SALON)
    for on, template in (
        (QuestionRef(QuestionId(ID)), "guest.answer"),
        (OfferRef(OfferId(ID)), "guest.answer"),
        (MessageRef("slots"), "message.answer"),
        (LineRef(ASK), "line.heard"),
    ):
        assert OwnReaction(idempotency_key="x", to=to, on=on, key="x").template == template


def test_a_guest_is_looked_up_among_the_members_of_a_salon_only():
    told = phrase("guest.waits")
    assert guest("Jean", None, told) == told
    assert guest("Jean", SALON, told) == {"$guest": "Jean", "salon": SALON, "told": told}


def test_answers_leave_before_notices_before_edits():
    assert sorted(Priority) == [Priority.ANSWER, Priority.NOTICE, Priority.EDIT]
    answer, to = CAUSE.answer("x"), ToSalon(salon=SALON)
    assert answer is not None
    assert answer.priority is Priority.ANSWER
    assert Notice(idempotency_key="x", to=to, template="x").priority is Priority.NOTICE
    edit = CardEdit(idempotency_key="x", to=to, occurrence=OccurrenceId(ID))
    assert edit.priority is Priority.EDIT


def test_where_nothing_was_chosen():
    assert Salon(id=SALON).language is Language.FR
    assert default_policy().graces.before == timedelta(minutes=10)
