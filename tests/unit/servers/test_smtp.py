import asyncio
import ssl
from email.message import EmailMessage

import aiosmtplib
import pytest

from tests.servers.smtp import AfterData, MailServer, mail_server


def letter(to: str = "jean@partenaire.example") -> EmailMessage:
    message = EmailMessage()
    message["From"] = "parvis@visio.example"
    message["To"] = to
    message["Subject"] = "Invitation : comité « été »"
    message.set_content("Bonjour Jean,\n.\nÀ bientôt")
    message.add_alternative("<p>Bonjour Jean</p>", subtype="html")
    return message


async def send(server: MailServer, message: EmailMessage, *, timeout: float = 5) -> None:
    context = None
    if server.certificate:
        context = ssl.create_default_context(cafile=str(server.certificate))
    await aiosmtplib.send(
        message,
        hostname="localhost" if context else server.host,
        port=server.port,
        username=server.username,
        password=server.password,
        start_tls=context is not None,
        tls_context=context,
        timeout=timeout,
    )


async def test_mail_is_kept_whole() -> None:
    async with mail_server() as server:
        await send(server, letter())
        mail = await server.wait_for(lambda mail: "été" in mail.subject)
        assert mail.recipients == ("jean@partenaire.example",)
        assert mail.text().splitlines() == ["Bonjour Jean,", ".", "À bientôt"]
        assert "<p>" in mail.text("html")
        assert mail.calendar() is None
        assert server.to("jean@partenaire.example") == [mail]
        assert not mail.encrypted
        assert mail.user is None


async def test_waiting_ends_when_the_mail_arrives_and_tells_what_came_instead() -> None:
    async with mail_server() as server:
        waiting = asyncio.create_task(server.wait_for(lambda mail: "été" in mail.subject))
        await send(server, letter())
        assert (await waiting).sender == "parvis@visio.example"
        with pytest.raises(TimeoutError, match="comité"):
            await server.wait_for(lambda mail: "hiver" in mail.subject, timeout=0.01)


async def test_starttls_and_sign_in() -> None:
    async with mail_server(sign_in=True) as server:
        await send(server, letter())
        assert (server.received[0].encrypted, server.received[0].user) == (True, "parvis")
        server.password = "another"
        sending = aiosmtplib.send(
            letter(), hostname="localhost", port=server.port, username="parvis", password="wrong",
            tls_context=ssl.create_default_context(cafile=str(server.certificate)), timeout=5,
        )  # fmt: skip
        with pytest.raises(aiosmtplib.SMTPAuthenticationError):
            await sending


async def test_starttls_without_sign_in() -> None:
    async with mail_server(starttls=True) as server:
        await send(server, letter())
        assert server.received[0].encrypted
        clear = aiosmtplib.send(
            letter(), hostname=server.host, port=server.port, start_tls=False, timeout=5
        )
        with pytest.raises(aiosmtplib.SMTPResponseException, match="STARTTLS"):
            await clear


async def test_addresses_are_refused_for_good_and_for_now() -> None:
    async with mail_server() as server:
        server.refuse("jean@partenaire.example")
        with pytest.raises(aiosmtplib.SMTPRecipientsRefused) as refused:
            await send(server, letter())
        assert [one.code for one in refused.value.recipients] == [550]

        server.recover()
        server.defer()
        with pytest.raises(aiosmtplib.SMTPRecipientsRefused) as deferred:
            await send(server, letter("marie@partenaire.example"))
        assert [one.code for one in deferred.value.recipients] == [451]

        server.recover()
        await send(server, letter())
        assert len(server.received) == 1


async def test_a_dropped_connection_leaves_the_mail_behind() -> None:
    async with mail_server() as server:
        server.after_data = AfterData.DROP
        with pytest.raises(aiosmtplib.SMTPServerDisconnected):
            await send(server, letter())
        assert len(server.received) == 1


async def test_a_hanging_server_keeps_nothing() -> None:
    async with mail_server() as server:
        server.after_data = AfterData.HANG
        with pytest.raises(aiosmtplib.SMTPReadTimeoutError):
            await send(server, letter(), timeout=0.2)
        assert server.received == []
