"""A guest's answer from a real box to the card: IMAP, reading, use case."""

from collections.abc import Iterator

import pytest
from pydantic import SecretStr

from bridge.domain.answer import Answer
from bridge.mail.letterbox import BoxServer, BoxTls, ImapBox
from bridge.services.incoming.wire import PostOffice, incoming
from tests.servers.dovecot import USER, Dovecot, dovecot, missing
from tests.servers.require import need
from tests.services.house import MINUTE, House
from tests.services.test_incoming import Post, post
from tests.unit.bridge.mail.arriving import READING, mailed, reply
from tests.wiring import MAIL_DOMAIN

__all__ = ["post"]


@pytest.fixture(scope="module")
def server() -> Iterator[Dovecot]:
    lacking = missing()
    need(lacking is None, str(lacking))
    with dovecot() as running:
        yield running


async def test_an_answer_in_a_real_box_shows_on_the_card(
    house: House,
    post: Post,
    server: Dovecot,
):
    server.clear()
    server.receive(
        b"no mail at all",
        mailed(reply(await post.uid(), "DECLINED", DTSTAMP="20261201T080000Z")),
        mailed(reply(await post.uid(), "ACCEPTED"), message_id="<2@x.example>"),
        mailed(reply(await post.uid(), "TENTATIVE"), message_id="<3@x.example>", verdicts=()),
        b"From: a@b.example\r\n\r\n" + b"\n--x" * 5_000,
    )
    box = ImapBox(
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
    office = PostOffice(box=box, reader=READING, every=MINUTE, domain=MAIL_DOMAIN)
    (task,) = incoming(house.tools, office, house.metrics).periodic
    assert task.shared
    await task.run(house.clock.now())
    await task.run(house.clock.now())
    box.close()
    assert await post.answers() == [Answer.YES]
    assert server.flags() == [{"\\Seen"}] * 4 + [{"\\Seen", "\\Flagged"}]
    assert (post.count("answer"), post.count("ignored"), post.count("unreadable")) == (2, 2, 1)


def test_without_a_box_there_is_no_task(house: House):
    assert not incoming(house.tools, None).periodic
