"""Answers in XML, paths and ETags, as servers write them and as an attacker would."""

import asyncio
from datetime import timedelta

import pytest
from pydantic import SecretStr
from yarl import URL

from bridge.caldav.asked import LONGEST_PAUSE, authorization, pause_of
from bridge.caldav.multistatus import (
    ASIDE,
    CALDAV,
    DAV,
    condition,
    parse,
    read_multistatus,
    strong,
)
from bridge.caldav.paths import PathRefused, normal, path_of
from bridge.domain.calendar import CalendarAuth, CalendarLogin
from bridge.errors import CalendarLoginRefused, CalendarUnreadable
from tests.unit.bridge.caldav.kit import NOW, data, etag, member, multistatus, refusing, whole

BASE = URL("https://cal.example/dav/alice/")


def body(*members: str, token: str = "") -> bytes:
    found = multistatus(*members, token=token).body
    assert isinstance(found, bytes)
    return found


def nested(depth: int) -> str:
    return "<d:prop>" * depth + "</d:prop>" * depth


def laughs(levels: int) -> bytes:
    entities = "".join(
        f'<!ENTITY l{level} "{f"&l{level - 1};" * 10}">' for level in range(1, levels)
    )
    return (
        f'<?xml version="1.0"?><!DOCTYPE m [<!ENTITY l0 "ha">{entities}]>'
        f'<d:multistatus xmlns:d="DAV:">{member(f"&l{levels - 1};")}</d:multistatus>'
    ).encode()


def test_members_have_their_properties_and_status():
    found = parse(
        body(
            member("/a/1.ics", etag('"1"'), data("BEGIN")),
            whole("/a/2.ics", "404 Not Found"),
            token=" t ",
        )
    )
    one, two = found.members
    assert (one.href, one.etag, one.text(f"{CALDAV}calendar-data")) == ("/a/1.ics", '"1"', "BEGIN")
    assert (one.status, one.refused, two.status, two.etag) == (None, None, 404, "")
    assert found.token == "t"


def test_a_status_may_be_of_several_members():
    both = "<d:href>/a/1.ics</d:href><d:href>/a/2.ics</d:href>"
    found = parse(
        body(f"<d:response>{both}<d:status>HTTP/1.1 404 Not Found</d:status></d:response>")
    )
    assert [(one.href, one.status) for one in found.members] == [
        ("/a/1.ics", 404),
        ("/a/2.ics", 404),
    ]


def test_properties_that_are_refused_are_told_from_those_that_are_not_there():
    refused, absent = parse(
        body(
            member("/1", etag(""), status="403 Forbidden"), member("/2", etag(""), status="404 No")
        )
    ).members
    assert (refused.refused, absent.refused) == (403, None)
    assert not absent.found


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"   ",
        b"OK",
        b"<html><body>Sign in</body></html>",
        b"<!DOCTYPE html><html><head><meta charset=utf-8></head></html>",
        b'<d:error xmlns:d="DAV:"/>',
        b'<multistatus xmlns="http://example.org/"/>',
        body(member("/1", etag('"1"')))[:-20],
        body(member("/1", etag('"1"'))) + b"<again/>",
        body(member("/1", "&nbsp;")),
        body("<d:response><d:status>HTTP/1.1 200 OK</d:status></d:response>"),
        body("<d:response><d:href></d:href></d:response>"),
        body(whole("/1", "yes")).replace(b"HTTP/1.1 yes", b"yes"),
        body(member("/" + "a" * 3000)),
        body(nested(300)),
        laughs(9),
        b"\x1f\x8b\x08\x00" + b"\x00" * 40,
        '<d:multistatus xmlns:d="DAV:"/>'.encode("utf-16")[:-3],
        b'<?xml version="1.0" encoding="nonesuch"?><d:multistatus xmlns:d="DAV:"/>',
    ],
)
async def test_what_is_no_whole_multistatus_can_not_be_read(answer):
    with pytest.raises(CalendarUnreadable):
        await read_multistatus(answer)


def test_an_entity_stands_for_nothing(tmp_path):
    secret = tmp_path / "secret"
    secret.write_text("SECRET")
    for entity in (f'SYSTEM "file://{secret}"', 'SYSTEM "http://127.0.0.1:1/"', '"SECRET"'):
        answer = (
            f'<?xml version="1.0"?><!DOCTYPE m [<!ENTITY x {entity}>]>'
            f'<d:multistatus xmlns:d="DAV:">{member("/1", "<d:displayname>a&x;b</d:displayname>")}'
            "</d:multistatus>"
        ).encode()
        try:
            said = parse(answer).members[0].text(f"{DAV}displayname")
        except CalendarUnreadable:
            continue
        assert "SECRET" not in said


@pytest.mark.parametrize("size", [0, ASIDE])
def test_a_large_answer_is_read_as_a_small_one(size):
    padding = f"<!-- {'x' * size} -->"
    inner = member("/a/2.ics", "<d:sync-token>not the calendar's</d:sync-token>")
    found = parse(body(padding, member("/a/1.ics", etag('"1"'), data("BEGIN")), inner, token="t"))
    assert [(one.href, one.etag) for one in found.members] == [
        ("/a/1.ics", '"1"'),
        ("/a/2.ics", ""),
    ]
    assert found.members[1].text(f"{DAV}sync-token") == "not the calendar's"
    assert found.token == "t"
    for wrong in (
        b"<html><!--" + b"x" * size + b"--></html>",
        b"<html>" + body(padding, member("/1")).partition(b"?>")[2] + b"</html>",
        body(padding, member("/1"))[:-30],
        body(padding, member("/1", "&nbsp;")),
        laughs(9).replace(b"</d:multistatus>", padding.encode() + b"</d:multistatus>"),
        body(padding, nested(300)),
    ):
        with pytest.raises(CalendarUnreadable):
            parse(wrong)


async def test_a_long_answer_is_read_beside_the_loop_and_a_longer_one_refused(monkeypatch):
    aside: list[object] = []
    to_thread = asyncio.to_thread

    async def note(read, *given):
        aside.append(read)
        return await to_thread(read, *given)

    monkeypatch.setattr(asyncio, "to_thread", note)
    await read_multistatus(body(member("/1.ics", etag('"1"'))))
    assert aside == []
    many = body(*(member(f"/{number}.ics", etag(f'"{number}"')) for number in range(1200)))
    assert len(many) > ASIDE
    assert len((await read_multistatus(many)).members) == 1200
    assert aside == [parse]
    with pytest.raises(CalendarUnreadable):
        await read_multistatus(many, most=1199)


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ('"a"', '"a"'),
        (' "a" ', '"a"'),
        ('""', '""'),
        ('W/"a"', ""),
        ("a", ""),
        ('"a', ""),
        ('"a"b"', ""),
        ('"a\r\nb"', ""),
        ("*", ""),
        ("", ""),
        (None, ""),
    ],
)
def test_only_a_strong_etag_counts(said, kept):
    assert strong(said) == kept


def test_a_refusal_names_its_condition():
    for wordy in (False, True):
        named = refusing(403, "d:valid-sync-token", wordy=wordy).body
        assert isinstance(named, bytes)
        assert condition(named) == f"{DAV}valid-sync-token"
    assert {condition(other) for other in (b"", b"<html>", b"<html/>", b"x" * ASIDE * 2)} == {""}


@pytest.mark.parametrize(
    ("href", "path"),
    [
        ("/dav/alice/1.ics", "/dav/alice/1.ics"),
        ("https://cal.example/dav/alice/1.ics", "/dav/alice/1.ics"),
        ("http://CAL.example:8080/dav/alice/1.ics", "/dav/alice/1.ics"),
        ("1.ics", "/dav/alice/1.ics"),
        ("/dav/alice/%7e%41é+.ics", "/dav/alice/~A%C3%A9%2B.ics"),
        ("/dav/alice%40x/1.ics", "/dav/alice@x/1.ics"),
        ("/dav/alice/a%2fb.ics", "/dav/alice/a%2Fb.ics"),
        ("/dav/alice/%E9.ics", "/dav/alice/%E9.ics"),
        ("/dav/alice/1.ics?x#y", "/dav/alice/1.ics"),
    ],
)
def test_two_spellings_of_a_path_are_one(href, path):
    assert path_of(href, BASE) == path
    assert normal(path) == path


@pytest.mark.parametrize(
    "href",
    [
        "https://evil.example/dav/alice/1.ics",
        "//evil.example/dav/alice/1.ics",
        "/dav/../admin",
        "/dav/%2e%2e/admin",
        "../admin",
        "https://[::1",
        "/" + "a" * 2000,
    ],
)
def test_a_path_elsewhere_is_refused(href):
    with pytest.raises(PathRefused):
        path_of(href, BASE)


@pytest.mark.parametrize(
    ("said", "seconds"),
    [
        ("5", 5),
        ("0", 0),
        ("999999999999", LONGEST_PAUSE.total_seconds()),
        ("Mon, 30 Nov 2026 12:00:30 GMT", 30),
        ("Mon, 30 Nov 2026 11:00:00 GMT", 0),
        ("Tue, 01 Dec 2026 12:00:00 GMT", LONGEST_PAUSE.total_seconds()),
        ("soon", 60),
        ("-5", 60),
        (None, 60),
    ],
)
def test_a_pause_is_an_hour_at_most(said, seconds):
    assert pause_of(said, now=NOW) == timedelta(seconds=seconds)


def test_a_password_may_have_any_letters_and_a_token_few():
    login = CalendarLogin(user="alice", secret=SecretStr("é:à"))
    assert authorization(login) == "Basic YWxpY2U6w6k6w6A="
    token = CalendarLogin(auth=CalendarAuth.BEARER, secret=SecretStr("abc.def"))
    assert authorization(token) == "Bearer abc.def"


@pytest.mark.parametrize(
    ("auth", "user", "secret"),
    [
        (CalendarAuth.BASIC, "ali:ce", "x"),
        (CalendarAuth.BASIC, "alice", "x\r\ny"),
        (CalendarAuth.BEARER, "", "a b"),
        (CalendarAuth.BEARER, "", "é"),
        (CalendarAuth.BEARER, "", ""),
        (CalendarAuth.BEARER, "", "a\r\nHost: x"),
    ],
)
def test_what_no_header_can_hold_is_no_login(auth, user, secret):
    with pytest.raises(CalendarLoginRefused):
        authorization(CalendarLogin(auth=auth, user=user, secret=SecretStr(secret)))


@pytest.mark.parametrize("path", ["/a/b", "/", "//a", "/.a/...", "/a b", "/%61/", "/é", "/a/"])
def test_a_normal_path_stays_as_it_is(path):
    assert normal(normal(path)) == normal(path)


@pytest.mark.parametrize("path", ["/a/../b", "/..", "/a/.", "/./a", "a", "", "/%2e%2e/a"])
def test_a_path_that_climbs_or_begins_nowhere_is_refused(path):
    with pytest.raises(PathRefused):
        normal(path)
