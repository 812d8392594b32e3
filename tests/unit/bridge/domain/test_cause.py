"""A cause knows where it was, who reads its answers, and by which account they go."""

from dataclasses import replace

from bridge.domain.authority import Membership
from bridge.domain.cause import OPERATOR, Actor, Cause, Reply
from bridge.domain.message import ToAuthor, ToPerson, ToSalon
from bridge.ids import EventId, SalonId, UserId

ALICE, BOT = UserId("@alice:agent.tchap"), UserId("@visio:agent.tchap")
SALON, CARD = SalonId("!salon:agent.tchap"), EventId("$card")
ASK = EventId("$ask")
REPLY = Reply(salon=SALON, line=ASK, event=ASK, account=BOT, about=CARD)
TYPED = Cause(key=ASK, actor=Actor(name=ALICE), reply=REPLY)
DIRECT = replace(TYPED, reply=replace(REPLY, direct=True))
PAGE = Cause(key="form-7", actor=Actor(name=ALICE))


def test_what_was_typed_in_a_salon_is_read_there():
    assert (TYPED.by, TYPED.salon, TYPED.account, TYPED.about) == (ALICE, SALON, BOT, CARD)
    assert not TYPED.direct


def test_what_was_said_nowhere_is_between_the_actor_and_us():
    assert (PAGE.by, PAGE.salon, PAGE.account, PAGE.about) == (ALICE, None, None, None)
    assert PAGE.direct


def test_only_in_a_direct_message_its_author_alone_may_read():
    assert DIRECT.direct
    for cause, to in (
        (TYPED, ToSalon(salon=SALON, author=ALICE, account=BOT)),
        (DIRECT, ToAuthor(salon=SALON, author=ALICE, account=BOT)),
        (PAGE, ToPerson(user=ALICE)),
    ):
        answer = cause.answer("invite.done")
        assert answer is not None
        assert answer.to == to


def test_the_account_that_read_it_answers_with_what_it_found():
    for cause, account in ((TYPED, BOT), (PAGE, None)):
        assert cause.private == ToPerson(user=ALICE, account=account)
        answer, bare = cause.answer("invite.done", {"n": 1}), cause.answer("invite.done")
        assert answer is not None
        assert bare is not None
        assert (answer.to.account, answer.parameters, bare.parameters) == (account, {"n": 1}, {})


def test_nobody_reads_answers_to_a_party_without_an_account_wherever_it_was():
    for cause in (replace(TYPED, actor=OPERATOR), Cause(key="line-7", actor=OPERATOR)):
        assert cause.answer("invite.done") is None
        assert cause.private is None


def test_an_actors_rights_are_those_in_the_salon_in_question():
    member = Membership(present=True, level=50)
    alice = Actor(name=ALICE, outside=True, memberships={SALON: member})
    there = alice.person(SALON)
    assert (there.user, there.outside, there.membership) == (ALICE, True, member)
    assert alice.person(SalonId("!other:agent.tchap")).membership is None
    assert alice.person(None).membership is None
