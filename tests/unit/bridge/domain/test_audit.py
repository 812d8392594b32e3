"""The audit: records that can't be changed, removed, moved or added without a trace."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TypeAlias
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.domain.audit import (
    GENESIS,
    AuditFact,
    AuditKeys,
    AuditKind,
    AuditRecord,
    Head,
    head_of,
    month_of,
    pseudonym,
)
from bridge.domain.audit_check import AuditVerdict, FlawKind, as_json, check
from bridge.ids import UserId, uuid7

START = datetime(2026, 12, 1, 9, 0, 0, 123456, tzinfo=UTC)
KEYS = AuditKeys({"0001": b"1" * 32, "0002": b"2" * 32}, "0001")
SALT = b"s" * 32
Chain: TypeAlias = list[AuditRecord]


def fact(n: int = 0) -> AuditFact:
    return AuditFact(kind=AuditKind.ENDED, rule="window", ms=n)


def record(n: int = 0, *, keys: AuditKeys = KEYS, said: AuditFact | None = None) -> AuditRecord:
    at = START + timedelta(seconds=n)
    return keys.record(said or fact(n), SALT, id=uuid7(at), at=at)


def linked(records: Sequence[AuditRecord], keys: AuditKeys = KEYS) -> Chain:
    """Return records with the links that the chainer gives them."""
    chain, link = Chain(), GENESIS
    for position, one in enumerate(records, 1):
        link = keys.link(one, position, link, keys.current)
        chain.append(replace(one, position=position, link=link, link_key=keys.current))
    return chain


def chain_of(count: int) -> Chain:
    return linked([record(n) for n in range(count)])


def head_at(one: AuditRecord) -> Head:
    assert one.position is not None
    assert one.link is not None
    return Head(one.position, one.link, START)


def flaws(verdict: AuditVerdict) -> list[FlawKind]:
    return [one.flaw for one in verdict.flaws]


def verdict(chain: Sequence[AuditRecord], *heads: Head, keys: AuditKeys = KEYS) -> AuditVerdict:
    return check(chain, (), keys, heads)


CHAINS = st.integers(min_value=2, max_value=8).map(chain_of)


class TestAChain:
    @given(CHAINS)
    def test_is_sound(self, chain: Chain):
        found = verdict(chain, head_at(chain[-1]), head_at(chain[0]))
        assert found.sound
        assert (found.checked, found.first, found.last, found.heads) == (
            len(chain),
            1,
            len(chain),
            2,
        )

    def test_of_nothing_is_sound(self):
        assert check((), (), KEYS).sound

    @given(CHAINS, st.data())
    def test_shows_any_change(self, chain: Chain, data: st.DataObject):
        n = data.draw(st.integers(0, len(chain) - 1))
        name = data.draw(st.sampled_from(["at", "kind", "body", "id", "mac", "link", "position"]))
        one = chain[n]
        other = {
            "at": one.at + timedelta(microseconds=1),
            "kind": AuditKind.ADMITTED,
            "body": one.body.replace("window", "removed"),
            "id": UUID(int=one.id.int ^ 1),
            "mac": bytes([one.mac[0] ^ 1]) + one.mac[1:],
            "link": b"\0" * 32,
            "position": len(chain) + 3,
        }[name]
        changed = [*chain[:n], replace(one, **{name: other}), *chain[n + 1 :]]  # type: ignore[arg-type]
        assert not verdict(sorted(changed, key=lambda each: each.position or 0)).sound

    @given(CHAINS, st.data())
    def test_shows_a_removal_from_its_middle(self, chain: Chain, data: st.DataObject):
        n = data.draw(st.integers(0, len(chain) - 2))
        assert not verdict([*chain[:n], *chain[n + 1 :]]).sound

    @given(CHAINS, st.data())
    def test_shows_two_records_that_changed_places(self, chain: Chain, data: st.DataObject):
        n = data.draw(st.integers(0, len(chain) - 2))
        one, other = chain[n], chain[n + 1]
        moved = [
            replace(other, position=one.position, link=one.link),
            replace(one, position=other.position, link=other.link),
        ]
        assert not verdict([*chain[:n], *moved, *chain[n + 2 :]]).sound

    @given(CHAINS, st.data())
    def test_shows_a_record_that_was_put_in(self, chain: Chain, data: st.DataObject):
        """A genuine record of ours, at another place: the chain is numbered anew after it."""
        n = data.draw(st.integers(0, len(chain)))
        new = replace(record(99), position=0, link=b"\1" * 32, link_key="0001")
        mixed = [*chain[:n], new, *chain[n:]]
        assert not verdict([replace(one, position=p) for p, one in enumerate(mixed, 1)]).sound

    @given(CHAINS, st.data())
    def test_shows_an_end_that_was_cut_off_by_a_head_alone(self, chain: Chain, data: st.DataObject):
        n = data.draw(st.integers(1, len(chain) - 1))
        assert verdict(chain[:n]).sound
        assert flaws(verdict(chain[:n], head_at(chain[-1]))) == [FlawKind.END]

    @given(CHAINS)
    def test_shows_a_chain_made_anew_by_a_head(self, chain: Chain):
        """Even by a thief of the key."""
        anew = linked([record(n + 50) for n in range(len(chain))])
        assert verdict(anew).sound
        assert flaws(verdict(anew, head_at(chain[0]))) == [FlawKind.OTHER]

    def test_shows_records_that_are_not_linked_and_were_changed(self):
        one = record()
        assert check((), [one], KEYS).sound
        found = check((), [replace(one, kind=AuditKind.OUT)], KEYS)
        assert flaws(found) == [FlawKind.CHANGED]
        assert found.waiting == 1

    def test_has_a_position_for_each_finding(self):
        chain = chain_of(5)
        chain[2] = replace(chain[2], body="{}")
        found = verdict(chain)
        assert {(one.flaw, one.position) for one in found.flaws} == {
            (FlawKind.CHANGED, 3),
            (FlawKind.BROKEN, 3),
        }


class TestTheBeginning:
    def cut(self, chain: Chain, upto: int, keys: AuditKeys = KEYS) -> AuditRecord:
        link = chain[upto - 1].link
        assert link is not None
        said = AuditFact(kind=AuditKind.CUT, detail={"upto": upto, "link": link.hex()})
        return record(50, said=said, keys=keys)

    def test_may_be_deleted_by_the_retention(self):
        chain = chain_of(6)
        waits = self.cut(chain, 4)
        assert check(chain[4:], [waits], KEYS, [head_at(chain[0])]).sound

    def test_shows_more_than_the_retention_deleted(self):
        chain = chain_of(6)
        found = check(chain[5:], [self.cut(chain, 4)], KEYS)
        assert flaws(found) == [FlawKind.BEGINNING]

    def test_shows_a_cut_that_is_not_ours(self):
        chain = chain_of(6)
        forged = self.cut(chain, 4, AuditKeys({"0001": b"x" * 32}, "0001"))
        assert flaws(check(chain[4:], [forged], KEYS)) == [FlawKind.CHANGED, FlawKind.BEGINNING]

    def test_shows_another_record_after_a_cut(self):
        chain = chain_of(6)
        other = replace(chain[4], link=b"\0" * 32)
        found = check([other], [self.cut(chain, 4)], KEYS)
        assert flaws(found) == [FlawKind.BROKEN]


class TestKeys:
    def handed_over(self, *, says: bool = True) -> Chain:
        """Return a chain whose third record, or none, says that the key 0002 comes after it."""
        detail = {"key": "0002", "mark": KEYS.mark("0002" if says else "0001")}
        third = record(2, said=AuditFact(kind=AuditKind.KEY, detail=detail))
        chain = linked([record(0), record(1), third])
        link = chain[-1].link
        assert link is not None
        last = record(3, keys=AuditKeys(KEYS.keys, "0002"))
        new = KEYS.link(last, 4, link, "0002")
        return [*chain, replace(last, position=4, link=new, link_key="0002")]

    def test_may_change_by_a_record(self):
        assert verdict(self.handed_over()).sound

    def test_may_not_change_to_another_than_the_record_says(self):
        assert flaws(verdict(self.handed_over(says=False))) == [FlawKind.KEY]

    def test_that_are_missing_are_told(self):
        only = AuditKeys({"0002": b"2" * 32}, "0002")
        found = verdict(self.handed_over(), keys=only)
        assert set(flaws(found)) == {FlawKind.KEY}
        assert {one.what for one in found.flaws} >= {"0001"}

    def test_have_marks_that_reveal_nothing(self):
        assert KEYS.mark("0001") != KEYS.mark("0002")
        assert KEYS.keys["0001"].hex() not in KEYS.mark("0001")

    def test_are_not_shown(self):
        assert "111" not in repr(KEYS)


class TestARecord:
    def test_holds_pseudonyms(self):
        said = AuditFact(
            kind=AuditKind.REFUSED,
            actor=UserId("@alice:agent.tchap"),
            subject="Lea@Example.org",
            rule="answer",
        )
        kept = record(said=said)
        assert kept.said == {
            "by": pseudonym(SALT, "@alice:agent.tchap"),
            "subject": pseudonym(SALT, "lea@example.org"),
            "rule": "answer",
        }
        assert "alice" not in as_json(kept)

    def test_of_another_month_has_another_pseudonym(self):
        assert pseudonym(SALT, "lea@example.org") != pseudonym(b"t" * 32, "lea@example.org")
        assert month_of(datetime(2026, 12, 31, 23, 59, tzinfo=UTC)) == "2026-12"

    @pytest.mark.parametrize("field", ["rule", "command", "outcome", "mode"])
    def test_takes_no_words_of_a_person(self, field: str):
        with pytest.raises(ValueError, match="a word of ours"):
            AuditFact(kind=AuditKind.REFUSED, **{field: "Léa Martin"})  # type: ignore[arg-type]

    def test_keeps_a_partner_and_its_grant(self):
        said = AuditFact(kind=AuditKind.GRANTED, partner="https://b.example", grant="g1")
        assert record(said=said).said == {"partner": "https://b.example", "grant": "g1"}


class TestAHead:
    def test_is_read_from_its_own_line(self):
        head = Head(12, b"\xab" * 32, START)
        assert head_of(head.line) == head
        assert head_of(f"Dec  1 09:27:00 host parvis: {head.line}") == head

    def test_is_read_from_our_log(self):
        link = "ab" * 32
        said = f'{{"event": "audit.head", "position": 12, "link": "{link}"}}'
        console = f"2026-12-01 [info] audit.head  link={link} position=12"
        for line in (said, console):
            found = head_of(line)
            assert found is not None
            assert (found.position, found.link.hex()) == (12, link)

    @pytest.mark.parametrize(
        "line", ["", "audit-head position=1", "position=1 link=" + "ab" * 32, "audit-head link=zz"]
    )
    def test_is_not_read_from_other_lines(self, line: str):
        assert head_of(line) is None
