import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator
from email import message_from_bytes
from email.header import decode_header, make_header
from pathlib import Path

import pytest
from pydantic import SecretStr

from bridge.domain.mail import MailKind
from bridge.errors import MailRefused, MailUnconfirmed, MailUnreachable
from bridge.mail.headers import mailbox, message, written_by
from bridge.mail.invite import invitation_letter
from bridge.mail.send import MailServer, SmtpPost, Tls
from tests.doubles.clocks import SetClock
from tests.servers.certificates import write_self_signed
from tests.servers.smtp import Mail, mail_server
from tests.servers.smtp import MailServer as Catcher
from tests.unit.bridge.mail.kit import NOW, letter, told
from tests.unit.bridge.mail.kit import SENDER as OURS

SENDER = "visio@example.org"


@pytest.fixture
async def server() -> AsyncIterator[Catcher]:
    async with mail_server() as running:
        yield running


def post_to(port: int, *, timeout: float = 5, name: str = "Visio", **more: object) -> SmtpPost:
    settings = MailServer(
        host="127.0.0.1",
        port=port,
        sender=SENDER,
        sender_name=name,
        timeout=timeout,
        **more,  # type: ignore[arg-type]
    )
    return SmtpPost(settings, SetClock(NOW))


async def nothing() -> None:
    """Nothing is written down before the message leaves."""


def body(mail: Mail, kind: str = "plain") -> str:
    return mail.text(kind).replace("\r\n", "\n")


async def test_both_bodies_arrive(server: Catcher) -> None:
    await post_to(server.port).send(letter(reply_to="jeanne@example.org"), nothing)
    (mail,) = server.received
    assert (mail.sender, mail.recipients) == (SENDER, ("jean@partenaire.example",))
    assert body(mail) == "Bonjour,\n\nà bientôt.\n"
    assert body(mail, "html") == "<p>Bonjour, à bientôt.</p>\n"
    assert mail.message.get_content_type() == "multipart/alternative"
    assert {name: str(mail.message[name]) for name in mail.message if name != "Content-Type"} == {
        "From": "Visio <visio@example.org>",
        "To": "jean@partenaire.example",
        "Reply-To": "jeanne@example.org",
        "Subject": "Invitation",
        "Date": "Mon, 23 Nov 2026 09:30:00 +0000",
        "Message-ID": "<one@example.org>",
        "Auto-Submitted": "auto-generated",
        "X-Auto-Response-Suppress": "All",
        "MIME-Version": "1.0",
    }


async def test_who_invites_stands_beside_our_address_and_is_answered(server: Catcher) -> None:
    sent = invitation_letter(told(MailKind.CANCELLATION, inviter="Élodie, Martin"), OURS)
    await post_to(server.port).send(sent, nothing)
    (mail,) = server.received
    assert mail.sender == SENDER
    # As RFC 2047 says; the parser of `mail.message` reads a space where a name was folded.
    written = make_header(decode_header(message_from_bytes(mail.raw)["From"]))
    assert str(written) == f"Élodie Martin via Visio (Ministère de l’Exemple) <{SENDER}>"
    assert str(mail.message["Reply-To"]) == "jeanne.martin@exemple.gouv.fr"
    assert "Cette réunion est annulée" in mail.text()


async def test_what_leaves_is_ascii_in_short_lines(server: Catcher) -> None:
    await post_to(server.port).send(letter(plain="é" * 5000, html="<p>" + "x" * 5000), nothing)
    raw = server.received[0].raw
    assert raw.isascii()
    assert max(map(len, raw.split(b"\r\n"))) <= 998


@pytest.mark.parametrize("text", [".\n", "a\n.\nb\n", "..\n.a\n", "\n.\n\nQUIT\n"])
async def test_dotted_lines_end_nothing(text: str, server: Catcher) -> None:
    await post_to(server.port).send(letter(plain=text, html=text), nothing)
    (mail,) = server.received
    assert body(mail) == text
    assert body(mail, "html") == text


@pytest.mark.parametrize(
    "evil",
    ["x\r\nBcc: spy@example.com", "x\nBcc: spy@example.com", "x\r\n\r\nbody", "x\u2028Bcc: y"],
)
@pytest.mark.parametrize("where", ["subject", "message_id", "sender_name", "operator's name"])
async def test_nobody_adds_headers(where: str, evil: str, server: Catcher) -> None:
    if where == "operator's name":
        await post_to(server.port, name=evil).send(letter(), nothing)
    else:
        await post_to(server.port).send(letter(**{where: evil}), nothing)
    (mail,) = server.received
    assert "Bcc" not in mail.message
    assert len(mail.message.keys()) == 9
    assert body(mail) == letter().plain
    assert mail.recipients == ("jean@partenaire.example",)


@pytest.mark.parametrize(
    "address",
    [
        "nobody",
        "@example.org",
        "jean@",
        "jéan@example.org",
        "jean@example.org\r\nRCPT TO:<spy@example.com>",
        "jean\r\n@example.org",
        "jean@exa mple.org",
        "jean@example.org>",
        "jean@" + "x" * 300 + ".org",
    ],
)
@pytest.mark.parametrize("field", ["to", "reply_to"])
async def test_an_impossible_address_is_refused(field: str, address: str, server: Catcher) -> None:
    with pytest.raises(MailRefused) as caught:
        await post_to(server.port).send(letter(**{field: address}), nothing)
    assert "example" not in str(caught.value)
    assert server.received == []


@pytest.mark.parametrize(
    ("address", "ascii_address"),
    [
        ("jean@éxample.fr", "jean@xn--xample-9ua.fr"),
        ("Jean.D+x@Straße.DE", "Jean.D+x@xn--strae-oqa.de"),
        ("jean@localhost", "jean@localhost"),
        ('o"x"y z@example.org', '"o\\"x\\"y z"@example.org'),
    ],
)
async def test_unusual_addresses_are_written_for_mail_servers(
    address: str, ascii_address: str, server: Catcher
) -> None:
    await post_to(server.port).send(letter(to=address), nothing)
    assert server.received[0].message["To"].addresses[0].addr_spec == ascii_address


async def test_names_and_subjects_keep_their_accents(server: Catcher) -> None:
    name = 'Ministère de l’Écologie, "DGAC" <fr>'
    subject = "Réunion « été » – 日本 🎉 " + "long " * 20
    await post_to(server.port, name=name).send(letter(subject=subject), nothing)
    (mail,) = server.received
    assert mail.message["From"].addresses[0].display_name == name
    assert mail.message["From"].addresses[0].addr_spec == SENDER
    assert mail.subject == subject.strip()


@pytest.mark.parametrize("day", range(1, 32))
def test_no_blank_is_lost_where_a_subject_is_folded(day: int) -> None:
    subject = (
        f"Invitation\u00a0: Point d’équipe, samedi {day} décembre 2026 à 14h30 (Jeanne Martin)"
    )
    sent = message(letter(subject=subject), sender=mailbox(SENDER), now=NOW).as_bytes()
    assert read_header(sent, "Subject") == subject
    assert all(len(line) <= 76 for line in sent.partition(b"\r\nDate:")[0].split(b"\r\n"))


@pytest.mark.parametrize("organisation", ["Préfecture de la région Île-de-France", "DINUM"])
@pytest.mark.parametrize("name", ["Hélène Béraud", "Noël De La Rochefoucauld", "Bob Martin"])
def test_no_blank_is_lost_where_a_name_is_folded(name: str, organisation: str) -> None:
    named = written_by(name, "Visio", organisation)
    sent = message(letter(), sender=mailbox(SENDER, named), now=NOW).as_bytes()
    assert read_header(sent, "From").replace('"', "") == f"{named} <{SENDER}>"


def read_header(mail: bytes, name: str) -> str:
    """Return a header as readers of mails decode it (RFC 2047)."""
    written = message_from_bytes(mail)[name].replace("\r\n", "").replace("\n", "")
    return str(make_header(decode_header(written)))


async def test_a_very_long_subject_is_cut(server: Catcher) -> None:
    await post_to(server.port).send(letter(subject="x" * 5000), nothing)
    assert server.received[0].subject == "x" * 199 + "…"


async def test_an_unknown_mailbox_is_refused_for_good(server: Catcher) -> None:
    server.refuse("jean@partenaire.example")
    with pytest.raises(MailRefused) as caught:
        await post_to(server.port).send(letter(), nothing)
    assert str(caught.value) == "RCPT: 550 5.1.1"
    assert caught.value.parameters == {"code": 550}


async def test_a_busy_server_is_unreachable_for_now(server: Catcher) -> None:
    server.defer()
    with pytest.raises(MailUnreachable, match=r"^RCPT: 451 4\.3\.0$"):
        await post_to(server.port).send(letter(), nothing)
    server.recover()
    await post_to(server.port).send(letter(), nothing)
    assert len(server.received) == 1


async def test_a_mail_server_that_does_not_listen_is_unreachable() -> None:
    with pytest.raises(MailUnreachable, match="SMTPConnectError"):
        await post_to(1).send(letter(), nothing)


@contextlib.asynccontextmanager
async def scripted(*answers: str, tls: ssl.SSLContext | None = None) -> AsyncIterator[int]:
    """A server that says a line for each it hears, then nothing more."""
    talks: list[asyncio.Task[None]] = []

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            for answer in answers:
                writer.write(answer.encode() + b"\r\n")
                await writer.drain()
                await reader.readline()
            await reader.read()
        finally:
            writer.close()

    def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        talks.append(asyncio.create_task(talk(reader, writer)))

    listener = await asyncio.start_server(accept, "127.0.0.1", 0, ssl=tls)
    async with listener:
        yield listener.sockets[0].getsockname()[1]
        for task in talks:
            task.cancel()
        await asyncio.gather(*talks, return_exceptions=True)


async def test_a_server_that_never_greets() -> None:
    async with scripted() as port:
        with pytest.raises(MailUnreachable, match="Timeout"):
            await post_to(port, timeout=0.2).send(letter(), nothing)


@pytest.mark.parametrize(
    ("answers", "error", "text"),
    [
        (["554 go away"], MailUnreachable, "SMTPConnectResponseError: 554"),
        (["421 4.3.2 closing"], MailUnreachable, "421"),
        (["220 x", "500 no", "500 no"], MailUnreachable, "SMTPHeloError: 500"),
        (
            ["220 x", "250 x", "550 5.7.1 bad <visio@example.org>"],
            MailUnreachable,
            "SMTPSenderRefused: 550 5.7.1",
        ),
        (["220 x", "250 x", "250 x", "250 x", "354 go", "rubbish"], MailUnconfirmed, ""),
        (["220 x", "250 x", "250 x", "250 x", "250 x"], MailUnconfirmed, "DATA"),
        (["220 x", "250 x", "250 x", "250 x", "554 5.3.4 too big"], MailRefused, "DATA: 554 5.3.4"),
        (["220 x", "250 x", "250 x", "250 x", "451 later"], MailUnreachable, "DATA: 451"),
        (["\x00\x01 binary"], MailUnreachable, ""),
    ],
)
async def test_each_answer_is_for_good_or_for_now(
    answers: list[str], error: type[Exception], text: str
) -> None:
    async with scripted(*answers) as port:
        with pytest.raises(error) as caught:
            await post_to(port, timeout=0.5).send(letter(), nothing)
    assert text in str(caught.value)
    assert "@" not in str(caught.value)


async def test_starttls_with_sign_in() -> None:
    async with mail_server(sign_in=True) as server:
        assert server.password is not None
        post = post_to(
            server.port,
            tls=Tls.STARTTLS,
            ca_file=server.certificate,
            user=server.username,
            password=SecretStr(server.password),
        )
        await post.probe()
        await post.send(letter(), nothing)
        assert (server.received[0].encrypted, server.received[0].user) == (True, "parvis")


async def test_a_wrong_password_is_for_the_operator() -> None:
    async with mail_server(sign_in=True) as server:
        post = post_to(
            server.port,
            tls=Tls.STARTTLS,
            ca_file=server.certificate,
            user="parvis",
            password=SecretStr("wrong"),
        )
        with pytest.raises(MailUnreachable, match="SMTPAuthenticationError: 535"):
            await post.probe()


async def test_an_unknown_certificate_is_not_talked_to() -> None:
    async with mail_server(starttls=True) as server:
        with pytest.raises(MailUnreachable):
            await post_to(server.port, tls=Tls.STARTTLS).send(letter(), nothing)
        assert server.received == []


async def test_a_server_without_starttls_gets_nothing(server: Catcher) -> None:
    with pytest.raises(MailUnreachable):
        await post_to(server.port, tls=Tls.STARTTLS).send(letter(), nothing)
    assert server.received == []


async def test_tls_from_the_first_byte(tmp_path: Path) -> None:
    certificate, key = tmp_path / "c.pem", tmp_path / "k.pem"
    write_self_signed(certificate, key)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate, key)
    async with scripted("220 x", "250 x", "221 x", tls=context) as port:
        await post_to(port, tls=Tls.TLS, ca_file=certificate).probe()
        with pytest.raises(MailUnreachable):
            await post_to(port, tls=Tls.TLS).probe()
