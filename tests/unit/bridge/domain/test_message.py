"""Messages are data that JSON can hold, and no two causes make the same one."""

import json
from datetime import timedelta

from bridge.domain.message import Message, Worth, moment, person, phrase, span
from bridge.domain.origin import Origin
from bridge.domain.policy import Policy
from bridge.domain.salon import Salon
from bridge.i18n import Language
from bridge.ids import EventId, SalonId, UserId
from tests.unit.bridge.domain.samples import START

ALICE, SALON = UserId("@alice:agent.tchap"), SalonId("!salon:agent.tchap")
ORIGIN = Origin(event=EventId("$ask"), salon=SALON, by=ALICE, thread=EventId("$root"))


def test_facts_are_json():
    facts = {
        "at": moment(START, "Europe/Paris"),
        "who": person(ALICE),
        "long": span(timedelta(minutes=90)),
        "what": phrase("meeting.untitled"),
        "row": phrase("meeting.row", {"n": 1}),
    }
    assert json.loads(json.dumps(facts)) == facts
    assert facts["at"] == {"$at": "2026-12-01T10:00:00+00:00", "zone": "Europe/Paris"}
    assert facts["long"] == {"$span": 5400.0}
    assert facts["row"] == {"$phrase": "meeting.row", "facts": {"n": 1}}
    assert facts["what"] == {"$phrase": "meeting.untitled", "facts": {}}


def test_an_answer_goes_where_the_question_was():
    answer = ORIGIN.answer("invite.done", {"n": 1})
    assert (answer.salon, answer.user) == (SALON, None)
    assert (answer.reply_to, answer.thread) == ("$ask", "$root")
    assert answer.dedupe == "answer:$ask:0"
    assert ORIGIN.answer("invite.done", n=1).dedupe != answer.dedupe
    assert not answer.rings, "answers ring nobody"


def test_what_only_the_author_reads_rings_them():
    told = ORIGIN.privately("invite.link")
    assert (told.salon, told.user, told.rings, told.thread) == (None, ALICE, (ALICE,), None)
    assert told.dedupe == "direct:$ask:0"


def test_answers_leave_before_notices_before_edits():
    assert sorted(Worth) == [Worth.ANSWER, Worth.NOTICE, Worth.EDIT]
    assert ORIGIN.answer("x").worth is ORIGIN.privately("x").worth is Worth.ANSWER
    assert Message(dedupe="x", template="x", salon=SALON).worth is Worth.NOTICE


def test_where_nothing_was_chosen():
    assert Salon(id=SALON).language is Language.FR
    assert Policy().graces.before == timedelta(minutes=10)
