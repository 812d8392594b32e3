"""An agent's invitation, from a real box to the card and the mails: IMAP, reading, the bot, SMTP."""

from collections.abc import AsyncIterator, Iterator

import pytest
import pytest_asyncio
from pydantic import SecretStr

from bridge.mail.letterbox import BoxServer, BoxTls, ImapBox
from bridge.mail.send import MailServer, SmtpPost, Tls
from tests.servers.dovecot import USER, Dovecot, dovecot, missing
from tests.servers.require import need
from tests.servers.smtp import MailServer as Received
from tests.servers.smtp import mail_server
from tests.services.house import House
from tests.unit.bot.desk import Desk
from tests.unit.bot.mailroom import FROM, Mailroom, request, vevent
from tests.unit.bridge.mail.arriving import mailed

pytestmark = pytest.mark.long


@pytest.fixture(scope="module")
def server() -> Iterator[Dovecot]:
    lacking = missing()
    need(lacking is None, str(lacking))
    with dovecot() as running:
        yield running


@pytest.fixture
def box(server: Dovecot) -> Iterator[ImapBox]:
    server.clear()
    made = ImapBox(
        BoxServer(
            host="localhost",
            port=server.port,
            tls=BoxTls.TLS,
            user=USER,
            password=SecretStr(server.password),
            folder="INBOX",
            timeout=10,
            ca_file=server.certificate,
        )
    )
    yield made
    made.close()


@pytest_asyncio.fixture(loop_scope="session")
async def received() -> AsyncIterator[Received]:
    async with mail_server() as running:
        yield running


async def test_a_mail_in_a_real_box_becomes_a_card_and_two_mails(
    house: House, server: Dovecot, box: ImapBox, received: Received
):
    house.post = SmtpPost(  # type: ignore[assignment]
        MailServer(host="127.0.0.1", port=received.port, sender=USER, tls=Tls.NONE, timeout=10),
        house.clock,
    )
    room = Mailroom(Desk(house), real=box)
    await room.confirmed()
    server.receive(
        mailed(request(vevent(SEQUENCE="1")), sender=FROM, message_id="<2@x>"),
        mailed(request(), sender=FROM, message_id="<1@x>"),
        mailed(request(vevent(UID="forged")), sender=FROM, message_id="<3@x>", verdicts=()),
    )
    await room.look()
    (card,) = room.cards()
    assert "Comité" in card
    assert server.flags() == [{"\\Seen"}] * 3
    answer, link = received.received
    assert [one.recipients for one in (answer, link)] == [("alice@beta.gouv.fr",)] * 2
    file = answer.calendar() or ""
    assert "METHOD:REPLY" in file
    assert "SEQUENCE:1" in file
    assert answer.message["From"].addresses[0].addr_spec == USER
    assert answer.message["Auto-Submitted"] == "auto-generated"
    assert house.visio.made[0].url in link.text()
    assert house.visio.made[0].url in link.text("html")
    server.receive(
        mailed(request(vevent(SEQUENCE="2"), method="CANCEL"), sender=FROM, message_id="<4@x>")
    )
    await room.look()
    assert await room.walls() == []
    assert len(received.received) == 2
