import asyncio
import io
import json
import logging
import sys
import time
import warnings
from collections.abc import Iterator
from typing import Any

import pytest
import structlog
from aiohttp import ClientSession, web
from pydantic import BaseModel, SecretStr, ValidationError

from config.logs import configure
from config.redaction import HIDDEN, clean

CALENDAR = "kZ5ahD2mQdQ0pN7c1fXy3g"
LINK = "https://door.example.org/j/kZ5ahD2mQdQ0pN7c1fXy3g"
CANARIES = [
    "kZ5ahD2mQdQ0pN7c1fXy3g",
    "syt_anNvbWU_HtGKlQAcanary_1Ktexy",
    "mct_KQcanaryFt5p9",
    "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJjYW5hcnkifQ.c2lnbmF0dXJl",
    "jean.dupont@partenaire.example",
    "jean.dupont-dinum.gouv.fr",
    "s3cr3t-canary",
]


@pytest.fixture(autouse=True)
def _restored() -> Iterator[None]:
    root = logging.getLogger()
    level, handlers, hook = root.level, root.handlers[:], sys.excepthook
    names = ["alembic", "apscheduler", "asyncio", "nio", "peewee", "sqlalchemy"]
    levels = {name: logging.getLogger(name).level for name in [*names, "aiohttp.access"]}
    configured = structlog.get_config()
    yield
    logging.captureWarnings(capture=False)
    for name, old in levels.items():
        logging.getLogger(name).setLevel(old)
    logging.getLogger("aiohttp.server").filters = []
    root.handlers[:] = handlers
    root.setLevel(level)
    sys.excepthook = hook
    structlog.configure(**configured)


class Written:
    """The logged lines."""

    def __init__(self, level: str = "info", form: Any = "json") -> None:
        self.stream = io.StringIO()
        configure(level=level, form=form, stream=self.stream)

    @property
    def text(self) -> str:
        return self.stream.getvalue()

    @property
    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.text.splitlines()]

    def holds_no_canary(self) -> bool:
        return not any(canary in self.text for canary in CANARIES)


def test_an_event_is_one_line_of_json() -> None:
    written = Written()
    structlog.get_logger().info("guest.admitted", invitation="1", seats=2, at=None)
    (line,) = written.lines
    assert list(line)[:3] == ["timestamp", "level", "event"]
    assert (line["event"], line["level"], line["invitation"], line["seats"]) == (
        "guest.admitted",
        "info",
        "1",
        2,
    )


def test_what_is_bound_is_in_every_line() -> None:
    written = Written()
    with structlog.contextvars.bound_contextvars(meeting="m1"):
        structlog.get_logger().info("one")
        logging.getLogger("some.library").warning("two %s", "args")
    structlog.get_logger().info("three")
    assert [line.get("meeting") for line in written.lines] == ["m1", "m1", None]
    assert written.lines[1]["event"] == "two args"
    assert written.lines[1]["logger"] == "some.library"


@pytest.mark.parametrize(
    "name",
    [
        "token",
        "access_token",
        "visio_secret",
        "Password",
        "authorization",
        "cookie",
        "Set-Cookie",
        "email",
        "guest_email",
        "body",
        "title",
        "line",
        "code",
        "pickle_secret",
        "seeds",
    ],
)
def test_fields_with_such_names_are_hidden(name: str) -> None:
    written = Written()
    structlog.get_logger().info(
        "x", **{name: "s3cr3t-canary"}, inner={"deep": [{name: "s3cr3t-canary"}]}
    )
    assert written.holds_no_canary()
    assert written.lines[0][name] == HIDDEN


@pytest.mark.parametrize("code", ["visio-unreachable", "M_LIMIT_EXCEEDED", 404, "404", "m.bad"])
def test_an_errors_code_is_no_guests_code(code: object) -> None:
    written = Written()
    structlog.get_logger().info("x", code=code)
    assert written.lines[0]["code"] == code


@pytest.mark.parametrize(
    "name", ["mail", "one_time_keys", "invitation", "kind", "master", "reason"]
)
def test_other_fields_are_kept(name: str) -> None:
    written = Written()
    structlog.get_logger().info("x", **{name: "value"})
    assert written.lines[0][name] == "value"


@pytest.mark.parametrize(
    ("text", "after"),
    [
        (f"at /calendar/{CALENDAR} now", f"at /calendar/{HIDDEN} now"),
        ("/calendar/work/1.ics, /calendar/{code}", "/calendar/work/1.ics, /calendar/{code}"),
        (f"GET {LINK} 200", f"GET https://door.example.org/j/{HIDDEN} 200"),
        ("'GET /j/kZ5ahD2mQdQ0pN7c1fXy3g?x=1 HTTP/1.1'", f"'GET /j/{HIDDEN}?x=1 HTTP/1.1'"),
        ("Authorization: Bearer abc.def", f"Authorization: Bearer {HIDDEN}"),
        ("basic dXNlcjpwYXNz,", f"basic {HIDDEN},"),
        ("token syt_anNvbWU_HtGKlQAcanary_1Ktexy.", f"token {HIDDEN}."),
        (f"jwt {CANARIES[3]} end", f"jwt {HIDDEN} end"),
        ("to <jean.dupont@partenaire.example>: 550", f"to <{HIDDEN}>: 550"),
        ("jean+x@localhost", HIDDEN),
        ("postgresql://parvis:pw@db/parvis", f"postgresql://{HIDDEN}@db/parvis"),
        ("/sync?access_token=abc&since=1", f"/sync?access_token={HIDDEN}&since=1"),
        ("Cookie: visit=abc; x=y", f"Cookie: {HIDDEN}"),
        ("parvis-seeds-1.aaa.bbb.ccc", HIDDEN),
        (
            "[SQL: INSERT]\n[parameters: ('jean', [1])]\n(more)",
            f"[SQL: INSERT]\n[parameters: {HIDDEN}]\n(more)",
        ),
        ("a\x1b[31mb\rc", "a�[31mb�c"),
        ("salon !abc:example.org at 12:30", "salon !abc:example.org at 12:30"),
    ],
)
def test_texts_with_such_shapes_are_cut(text: str, after: str) -> None:
    assert clean(text) == after


@pytest.mark.parametrize(
    "part",
    ["a", "a.", "a@", "@a", "/j/", "eyJ", "://a", "[parameters: ", "Bearer ", "input_value="],
)
def test_no_text_takes_long(part: str) -> None:
    began = time.perf_counter()
    clean(part * 20_000)
    assert time.perf_counter() - began < 1


def test_a_person_has_one_pseudonym_per_run_and_the_server_stays() -> None:
    person = "@jean.dupont-dinum.gouv.fr:agent.dinum.tchap.gouv.fr"
    first, second = clean(f"{person} invited @other:localhost:8448 and {person}").split(" invited ")
    assert "jean" not in first
    assert first.endswith(":agent.dinum.tchap.gouv.fr")
    assert second.endswith(first)
    assert ":localhost:8448" in second
    assert clean("@parvis:x") == clean("@parvis:x") != clean("@other:x")


def fail(text: str) -> None:
    raise ValueError(text)


def test_no_canary_comes_through_any_way() -> None:
    written = Written("debug")
    log = structlog.get_logger()
    for canary in CANARIES[:-2]:
        text = f"/j/{canary}" if canary == CANARIES[0] else canary
        log.info(text, where=text, inner={"list": [text, {text: text}]}, thing=[{text}])
        logging.getLogger("library").warning("args %s", text, extra={"more": text})
        try:
            try:
                fail(text)
            except ValueError as error:
                raise RuntimeError(f"again {text}") from error
        except RuntimeError:
            log.exception("job.failed")
            logging.getLogger("library").exception("library %r", text)
        with structlog.contextvars.bound_contextvars(path=text):
            log.info("bound")
        with warnings.catch_warnings():
            warnings.simplefilter("always")
            warnings.warn(text, stacklevel=1)
    log.info("user", user="@jean.dupont-dinum.gouv.fr:agent.dinum.tchap.gouv.fr")
    log.info("settings", thing=SecretStr("s3cr3t-canary"))
    assert len(written.lines) == 5 * 6 + 2
    assert written.holds_no_canary()


def test_pydantic_does_not_quote_what_it_refuses() -> None:
    class Model(BaseModel):
        number: int

    written, given = Written(), {"number": CANARIES[-1]}
    try:
        Model.model_validate(given)
    except ValidationError:
        structlog.get_logger().exception("parsing.failed")
    assert "ValidationError" in written.text
    assert written.holds_no_canary()


def test_an_uncaught_error_is_an_event() -> None:
    written = Written()
    try:
        fail(LINK)
    except ValueError as error:
        sys.excepthook(ValueError, error, error.__traceback__)
    (line,) = written.lines
    assert (line["event"], line["level"]) == ("process.failed", "critical")
    assert "ValueError" in line["exception"]
    assert written.holds_no_canary()


def test_libraries_are_quiet_even_when_we_are_not() -> None:
    written = Written("debug")
    for name in (
        "nio.crypto",
        "sqlalchemy.engine",
        "apscheduler.executors",
        "asyncio",
    ):
        logging.getLogger(name).info("rows and bodies")
    logging.getLogger("aiohttp.access").error("GET /")
    structlog.get_logger().debug("ours")
    assert [line["event"] for line in written.lines] == ["ours"]


def test_levels_below_are_not_written() -> None:
    written = Written("warning")
    structlog.get_logger().info("no")
    logging.getLogger("library").info("no")
    structlog.get_logger().warning("yes")
    assert [line["event"] for line in written.lines] == ["yes"]


async def test_a_web_server_repeats_no_address(unused_tcp_port: int) -> None:
    written = Written("debug")

    async def fail(_: web.Request) -> web.Response:
        raise ValueError("handler")

    app = web.Application()
    app.router.add_get("/j/{code}", fail)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", unused_tcp_port).start()
    try:
        async with ClientSession() as session:
            address = f"http://127.0.0.1:{unused_tcp_port}/j/{CANARIES[0]}"
            async with session.get(address) as answer:
                assert answer.status == 500
        await _malformed(unused_tcp_port)
    finally:
        await runner.cleanup()
    events = {line["event"] for line in written.lines if line.get("logger") == "aiohttp.server"}
    assert events == {"http.request_failed", "http.request_malformed BadHttpMethod"}
    assert "ValueError: handler" in written.text
    assert "127.0.0.1" not in written.text
    assert written.holds_no_canary()


async def _malformed(port: int) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(f"GET\x01 /j/{CANARIES[0]} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
    await reader.read()
    writer.close()
    await writer.wait_closed()


def test_people_read_lines_too() -> None:
    written = Written(form="console")
    structlog.get_logger().info("guest.admitted", invitation="1", token="s3cr3t-canary")
    assert "guest.admitted" in written.text
    assert "invitation=1" in written.text
    assert written.holds_no_canary()
