"""The box in which answers arrive: the double, and IMAP with a real Dovecot."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, suppress
from dataclasses import replace

import pytest
import pytest_asyncio
from pydantic import SecretStr

from bot.program.checks import inbox
from bot.program.checks.findings import Severity
from bridge.broken import Broken
from bridge.errors import InboxUnreachable
from bridge.i18n import Language, catalogues
from bridge.mail.incoming.parts import LONGEST_MAIL
from bridge.mail.letterbox import BoxServer, BoxTls, ImapBox
from bridge.ports.incoming import ArrivedMail, Letterbox
from config.sections import IdentitySettings
from tests.defaults import SETTINGS
from tests.doubles.ports import FakeLetterbox
from tests.servers.dovecot import USER, Dovecot, dovecot, missing
from tests.servers.ports import free_ports
from tests.servers.require import need

MAIL = "From: Léa <lea@partenaire.example>\r\nSubject: {}\r\n\r\n8 bits : é\r\n--x\r\n"


def written(subject: str) -> bytes:
    return MAIL.format(subject).encode()


@pytest.fixture(scope="module")
def server() -> Iterator[Dovecot]:
    lacking = missing()
    need(lacking is None, str(lacking))
    with dovecot() as running:
        yield running


def box_of(server: Dovecot, **changes: object) -> BoxServer:
    known = BoxServer(
        host="localhost",
        port=server.port,
        tls=BoxTls.TLS,
        user=USER,
        password=SecretStr(server.password),
        folder="INBOX",
        timeout=10,
        ca_file=server.certificate,
    )
    return replace(known, **changes)  # type: ignore[arg-type]


@asynccontextmanager
async def opened(server: BoxServer) -> AsyncIterator[ImapBox]:
    box = ImapBox(server)
    try:
        yield box
    finally:
        await box.leave()
        box.close()


class Contract:
    """The contract of every box."""

    async def test_unseen_mails_come_oldest_first_until_they_are_handled(
        self, box: Letterbox, receive: Callable[[bytes], None]
    ):
        for subject in ("un", "deux", "trois"):
            receive(written(subject))
        arrived = await box.arrived(2)
        assert [one.content for one in arrived] == [written("un"), written("deux")]
        assert [one.number for one in await box.arrived(2)] == [one.number for one in arrived]
        await box.handled(arrived[0], aside=False)
        await box.handled(arrived[1], aside=True)
        await box.leave()
        (left,) = await box.arrived(9)
        assert left.content == written("trois")
        assert left.validity == arrived[0].validity
        await box.handled(left, aside=False)
        assert await box.arrived(9) == []

    async def test_an_empty_box_has_nothing(self, box: Letterbox):
        assert await box.arrived(9) == []
        await box.leave()
        await box.leave()


class TestDouble(Contract):
    @pytest.fixture
    def box(self) -> FakeLetterbox:
        return FakeLetterbox()

    @pytest.fixture
    def receive(self, box: FakeLetterbox) -> Callable[[bytes], object]:
        return box.receive


class TestDovecot(Contract):
    @pytest_asyncio.fixture(params=list(BoxTls))
    async def box(self, server: Dovecot, request: pytest.FixtureRequest) -> AsyncIterator[ImapBox]:
        server.clear()
        port = server.port if request.param is BoxTls.TLS else server.plain
        async with opened(box_of(server, tls=request.param, port=port)) as box:
            yield box

    @pytest.fixture
    def receive(self, server: Dovecot) -> Callable[[bytes], object]:
        return server.receive

    async def test_what_is_read_stays_unseen_and_what_is_set_aside_is_flagged(
        self, box: ImapBox, server: Dovecot
    ):
        server.receive(written("un"), written("deux"), written("trois"))
        first, second, _ = await box.arrived(9)
        assert server.flags() == [set(), set(), set()]
        await box.handled(first, aside=False)
        await box.handled(second, aside=True)
        assert server.flags() == [{"\\Seen"}, {"\\Seen", "\\Flagged"}, set()]

    async def test_a_mail_that_is_too_large_is_not_fetched(self, box: ImapBox, server: Dovecot):
        server.receive(b"From: a@b.example\r\n\r\n" + b"x" * LONGEST_MAIL, written("deux"))
        large, other = await box.arrived(9)
        assert large.content is None
        assert other.content == written("deux")

    async def test_large_mails_come_a_few_at_a_time(self, box: ImapBox, server: Dovecot):
        large = b"From: a@b.example\r\n\r\n" + b"x" * (LONGEST_MAIL * 3 // 4)
        server.receive(large, large, large)
        assert len(await box.arrived(9)) == 2

    async def test_a_number_of_another_box_marks_nothing(self, box: ImapBox, server: Dovecot):
        server.receive(written("un"))
        (one,) = await box.arrived(9)
        await box.handled(ArrivedMail(one.validity + 1, one.number, None), aside=False)
        assert server.flags() == [set()]

    async def test_a_look_counts_and_marks_nothing(self, box: ImapBox, server: Dovecot):
        server.receive(written("un"), written("deux"))
        assert await box.probe() == 2
        assert server.flags() == [set(), set()]


class TestFaults:
    """Faults of the server are one error, without its words."""

    @pytest.mark.parametrize(
        ("changes", "why"),
        [
            ({"password": SecretStr("another")}, Broken.LOGIN),
            ({"folder": "Absent"}, Broken.LANGUAGE),
            ({"ca_file": None}, Broken.AUTHORITY),
        ],
    )
    async def test_a_server_that_lets_us_not_in(
        self, server: Dovecot, changes: dict[str, object], why: Broken
    ):
        async with opened(box_of(server, **changes)) as box:
            with pytest.raises(InboxUnreachable) as told:
                await box.arrived(9)
        assert told.value.parameters["why"] is why
        assert server.password not in str(told.value)

    async def test_another_protocol_at_that_port(self, server: Dovecot):
        async with opened(box_of(server, port=server.plain)) as box:
            with pytest.raises(InboxUnreachable) as told:
                await box.arrived(9)
        assert told.value.parameters["why"] is Broken.TLS

    async def test_nobody_at_that_port(self, server: Dovecot):
        (port,) = free_ports(1)
        async with opened(box_of(server, port=port)) as box:
            with pytest.raises(InboxUnreachable) as told:
                await box.arrived(9)
        assert isinstance(told.value.__cause__, ConnectionRefusedError)

    async def test_a_server_that_says_nothing(self):
        async def silent(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            with suppress(asyncio.CancelledError):
                await asyncio.Event().wait()
            writer.close()

        async with await asyncio.start_server(silent, "127.0.0.1", 0) as listening:
            port = listening.sockets[0].getsockname()[1]
            known = BoxServer(
                host="127.0.0.1",
                port=port,
                tls=BoxTls.STARTTLS,
                user="x",
                password=SecretStr("y"),
                folder="INBOX",
                timeout=0.3,
            )
            async with opened(known) as box:
                with pytest.raises(InboxUnreachable) as told:
                    await box.arrived(9)
        assert told.value.parameters["why"] is Broken.TIME

    async def test_after_a_connection_that_broke_it_is_opened_anew(self, server: Dovecot):
        server.clear()
        server.receive(written("un"))
        async with opened(box_of(server)) as box:
            (one,) = await box.arrived(9)
            assert box._client is not None
            box._client.socket().shutdown(2)
            with pytest.raises(InboxUnreachable):
                await box.handled(one, aside=False)
            await box.leave()
            await box.handled(one, aside=False)
        assert server.flags() == [{"\\Seen"}]


KNOWN = IdentitySettings(map={"@alice:agent.tchap": "alice@beta.gouv.fr"})


class TestCheck:
    """`parvis check` opens the box."""

    async def found(self, server: Dovecot, **changes: object) -> tuple[str, str]:
        async with opened(box_of(server, **changes)) as box:
            (finding,) = await inbox.check(box, SETTINGS.inbox, KNOWN)
        words = catalogues()[Language.FR]
        assert finding.sentence(words)
        assert bool(finding.remedy(words)) is (finding.outcome is not Severity.OK)
        return finding.outcome.value, finding.found

    async def test_it_says_what_is_wrong(self, server: Dovecot):
        assert await self.found(server) == ("ok", "ok")
        assert await self.found(server, folder="Absent") == ("fail", "folder")
        assert await self.found(server, ca_file=None) == ("fail", "unreachable")
        assert await self.found(server, password=SecretStr("x")) == ("fail", "login")

    async def test_without_a_box_it_says_nothing(self):
        assert await inbox.check(None, SETTINGS.inbox, KNOWN) == []

    async def test_it_warns_if_nobody_s_address_is_known(self, server: Dovecot):
        async with opened(box_of(server)) as box:
            _, warned = await inbox.check(box, SETTINGS.inbox, IdentitySettings())
        assert (warned.outcome, warned.found) == (Severity.WARN, "nobody")
        assert warned.sentence(catalogues()[Language.FR])
        assert warned.remedy(catalogues()[Language.FR])
