"""Messages are data that JSON can hold, and no two causes make the same one."""

import json
from dataclasses import replace
from datetime import timedelta

from bridge.domain.cause import OPERATOR, Actor, Cause, Reply
from bridge.domain.message import (
    Message,
    Priority,
    address,
    guest,
    moment,
    person,
    phrase,
    seconds,
    span,
    visitor,
)
from bridge.domain.salon import Salon
from bridge.i18n import Language
from bridge.ids import EventId, InvitationId, SalonId, UserId
from tests.defaults import default_policy
from tests.unit.bridge.domain.samples import ID, START

ALICE, SALON = UserId("@alice:agent.tchap"), SalonId("!salon:agent.tchap")
ASK = EventId("$ask")
CAUSE = Cause(
    key=ASK,
    actor=Actor(name=ALICE),
    reply=Reply(salon=SALON, line=ASK, event=ASK, thread=EventId("$root")),
)


def test_facts_are_json():
    facts = {
        "at": moment(START, "Europe/Paris"),
        "who": person(ALICE),
        "long": span(timedelta(minutes=90)),
        "took": seconds(timedelta(milliseconds=350)),
        "where": address("https://porte.example"),
        "what": phrase("meeting.untitled"),
        "row": phrase("meeting.row", {"n": 1}),
    }
    assert json.loads(json.dumps(facts)) == facts
    assert facts["at"] == {"$at": "2026-12-01T10:00:00+00:00", "zone": "Europe/Paris"}
    assert facts["long"] == {"$span": 5400.0}
    assert facts["took"] == {"$seconds": 0.35}
    assert facts["where"] == {"$link": "https://porte.example"}
    assert facts["row"] == {"$phrase": "meeting.row", "facts": {"n": 1}}
    assert facts["who"] == {"$person": ALICE}
    assert facts["what"] == {"$phrase": "meeting.untitled", "facts": {}}


def test_an_answer_goes_where_the_question_was():
    answer, other = CAUSE.answer("invite.done", {"n": 1}), CAUSE.answer("invite.done", n=1)
    assert answer is not None
    assert other is not None
    assert (answer.salon, answer.user) == (SALON, None)
    assert (answer.reply_to, answer.thread) == ("$ask", "$root")
    assert answer.idempotency_key == "answer:$ask:0"
    assert other.idempotency_key != answer.idempotency_key
    assert not answer.mentions, "answers ring nobody"


def test_what_only_the_author_reads_rings_them():
    told = CAUSE.privately("invite.link")
    assert told is not None
    assert (told.salon, told.user, told.mentions, told.thread) == (None, ALICE, (ALICE,), None)
    assert told.idempotency_key == "direct:$ask:0"


def test_what_was_said_nowhere_is_answered_to_its_actor_alone():
    page = Cause(key="form-7", actor=Actor(name=ALICE))
    answer, told = page.answer("invite.done"), page.privately("invite.link")
    assert answer is not None
    assert told is not None
    assert (answer.salon, answer.user) == (told.salon, told.user) == (None, ALICE)
    assert (answer.idempotency_key, told.idempotency_key) == ("answer:form-7:0", "direct:form-7:0")


def test_a_party_without_an_account_is_told_nothing():
    typed = Cause(key="line-7", actor=OPERATOR)
    assert typed.answer("invite.done") is None
    assert typed.privately("invite.link") is None


def test_a_guest_with_a_namesake_is_known_by_their_invitation():
    assert visitor("Jean", InvitationId(ID)) == {"$visitor": "Jean", "invitation": str(ID)}


def test_it_goes_to_a_salon_or_to_one_person():
    assert Message(idempotency_key="x", template="x", salon=SALON).lane == SALON
    assert Message(idempotency_key="x", template="x", user=ALICE).lane == ALICE


def test_an_answer_for_its_author_alone_is_confided_to_them():
    message = Message(idempotency_key="x", template="x", salon=SALON, author=ALICE)
    assert message.confidant is None
    assert replace(message, alone=True).confidant == ALICE
    assert Message(idempotency_key="x", template="x", user=ALICE).confidant == ALICE


def test_a_guest_is_looked_up_among_the_members_of_a_salon_only():
    told = phrase("guest.waits")
    assert guest("Jean", None, told) == told
    assert guest("Jean", SALON, told) == {"$guest": "Jean", "salon": SALON, "told": told}


def test_answers_leave_before_notices_before_edits():
    assert sorted(Priority) == [Priority.ANSWER, Priority.NOTICE, Priority.EDIT]
    for said in (CAUSE.answer("x"), CAUSE.privately("x")):
        assert said is not None
        assert said.priority is Priority.ANSWER
    assert Message(idempotency_key="x", template="x", salon=SALON).priority is Priority.NOTICE


def test_where_nothing_was_chosen():
    assert Salon(id=SALON).language is Language.FR
    assert default_policy().graces.before == timedelta(minutes=10)
