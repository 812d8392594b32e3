"""The certainty about a mail when the connection to the mail server breaks, by its step."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import pytest

from bridge.errors import MailRefused, MailUnconfirmed, MailUnreachable
from bridge.mail.send import MailServer, SmtpPost
from tests.doubles.clocks import SetClock
from tests.servers.smtp import AfterData, mail_server
from tests.unit.bridge.mail.kit import NOW, letter

SHORT = 0.2


def post_to(port: int, *, timeout: float = 5, after_data: float = 5) -> SmtpPost:
    server = MailServer(
        host="127.0.0.1",
        port=port,
        sender="visio@example.org",
        timeout=timeout,
        after_data=after_data,
    )
    return SmtpPost(server, SetClock(NOW))


@dataclass
class Notes:
    """Counts how often it was written down that the letter leaves now."""

    written: list[str] = field(default_factory=list)

    async def __call__(self) -> None:
        self.written.append("now")


@asynccontextmanager
async def script(*steps: str) -> AsyncIterator[int]:
    """Run a server that says these lines, one for each it hears, and hangs up at the end."""
    talks: set[asyncio.Task[None]] = set()

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            for step in steps:
                writer.write(step.encode() + b"\r\n")
                await reader.readuntil(b"\r\n.\r\n" if step.startswith("354") else b"\r\n")
        finally:
            writer.close()

    def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        talks.add(asyncio.create_task(talk(reader, writer)))

    listener = await asyncio.start_server(accept, "127.0.0.1", 0)
    async with listener:
        yield listener.sockets[0].getsockname()[1]
        for task in talks:
            task.cancel()
        await asyncio.gather(*talks, return_exceptions=True)


@pytest.mark.parametrize("after", [AfterData.DROP, AfterData.HANG])
async def test_an_answer_that_is_lost_after_the_message_is_no_refusal(after: AfterData) -> None:
    notes = Notes()
    async with mail_server() as server:
        server.after_data = after
        with pytest.raises(MailUnconfirmed, match=r"^DATA: SMTP"):
            await post_to(server.port, after_data=SHORT).send(letter(), notes)
        assert len(server.received) == (1 if after is AfterData.DROP else 0)
    assert notes.written == ["now"]


GREETED = ("220 x", "250 x")
READY = (*GREETED, "250 x", "250 x")
"""MAIL and RCPT are done."""


@pytest.mark.parametrize(
    ("steps", "error"),
    [
        ((), MailUnreachable),
        (("220 x",), MailUnreachable),
        (GREETED, MailUnreachable),
        ((*GREETED, "250 x"), MailUnreachable),
        (READY, MailUnconfirmed),
        ((*READY, "354 go"), MailUnconfirmed),
        ((*READY, "451 busy"), MailUnreachable),
        ((*READY, "554 no"), MailRefused),
        ((*READY, "354 go", "451 busy"), MailUnreachable),
        ((*READY, "354 go", "421 leaving"), MailUnreachable),
        ((*READY, "354 go", "554 no"), MailRefused),
    ],
    ids=lambda value: " ".join(one[:3] for one in value) if isinstance(value, tuple) else "",
)
async def test_where_it_breaks_off_says_what_is_known(
    steps: tuple[str, ...], error: type[Exception]
) -> None:
    notes = Notes()
    async with script(*steps) as port:
        with pytest.raises(error):
            await post_to(port).send(letter(), notes)
    assert len(notes.written) == (1 if len(steps) >= len(READY) else 0)


@pytest.mark.parametrize("farewell", [(), ("500 never",), ("rubbish",)])
async def test_a_farewell_that_fails_undoes_nothing(farewell: tuple[str, ...]) -> None:
    async with script(*READY, "354 go", "250 taken", *farewell) as port:
        await post_to(port).send(letter(), Notes())


async def test_a_server_that_takes_long_to_look_at_a_message_is_waited_for() -> None:
    """Longer than any step before it may last, and than all of them together."""
    async with mail_server() as server:
        server.looks_for = 0.6
        await post_to(server.port, timeout=0.05).send(letter(), Notes())
        assert len(server.received) == 1


async def test_nothing_leaves_when_it_can_not_be_written_down() -> None:
    async def away() -> None:
        raise OSError("the database")

    async with mail_server() as server:
        with pytest.raises(MailUnreachable):
            await post_to(server.port).send(letter(), away)
        assert server.received == []


def test_the_answer_to_a_message_has_ten_minutes() -> None:
    server = MailServer(host="localhost", port=25, sender="visio@example.org", timeout=30)
    assert server.after_data == 600
    steps = 10 * server.timeout
    assert SmtpPost(server, SetClock(NOW)).longest.total_seconds() >= steps + 2 * server.after_data
