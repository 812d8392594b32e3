"""Bob's calendar can't be linked: he invites Parvis's address by mail, on a real Dovecot.

The mail server of the installation is played: it puts the mail into the box with its verdict.
"""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from bridge.clock import SystemClock
from bridge.services.incoming.senders import YES
from tests.sandbox.story import Cast, expect, head, in_private, is_card, when
from tests.servers.dovecot import PASSWORD, USER, Dovecot, dovecot, missing
from tests.unit.bot.mailroom import request, vevent
from tests.unit.bridge.mail.arriving import SERVER, mailed

TITLE = "Revue budgétaire"
BOB = "bob@beta.gouv.fr"
_ASKED, _OUTSIDE = re.compile("Est-ce bien vous"), re.compile("invite aussi")
_PARIS = ZoneInfo("Europe/Paris")
_LINK = re.compile(r"https?://\S+")


@contextmanager
def box() -> Iterator[Dovecot | None]:
    """Run a Dovecot until the block ends; `None` where there is none."""
    if missing() is not None:
        yield None
        return
    with dovecot() as running:
        yield running


def inbox_of(server: Dovecot | None) -> Mapping[str, object]:
    """Return the operator's settings for the box."""
    if server is None:
        return {}
    return {
        "host": "localhost",
        "port": server.port,
        "user": USER,
        "password": PASSWORD,
        "ca_file": str(server.certificate),
        "authserv_id": SERVER,
        "every": "1s",
    }


async def play(cast: Cast, server: Dovecot | None) -> None:
    """Play the scenes; raises at the first promise that does not hold."""
    tell, bob = cast.tell, cast.bob
    tell.scene("Bob n’a qu’Exchange : il invite l’adresse de Parvis")
    if server is None:
        tell.say("Bob", "… sans Dovecot sur cette machine, cette scène n’est pas jouée")
        return
    day = SystemClock().now().astimezone(_PARIS).date() + timedelta(days=4)
    first = datetime.combine(day, time(9, 30), _PARIS)
    tell.say("Bob", f"dans son agenda : « {TITLE} », avec {USER} et lea@partenaire.example")
    with tell.step("Bob", "est d’abord interrogé en message direct") as seen:
        server.receive(_mail(first, 0))
        asked = await in_private(cast, _ASKED, bob)
        seen.words = asked.body
    with tell.step("Bob", f"répond {YES}, et voit la carte") as seen:
        await bob.react(asked.room, asked.event, YES)
        card = await bob.wait_for(lambda event: event.room == asked.room and is_card(event, TITLE))
        seen.words = head(card)
    expect(when(first) in card.body, "the card has the event's time")
    with tell.step("Bob", "reçoit par mail l’acceptation, pour son agenda") as seen:
        answer = await cast.world.mail.wait_for(
            lambda one: BOB in one.recipients and one.calendar() is not None
        )
        said = answer.calendar() or ""
        rows = said.splitlines()
        seen.words = "\n".join(one for one in rows if one.startswith(("METHOD", "ATTENDEE")))
    expect("METHOD:REPLY" in said, "it is an answer")
    expect("PARTSTAT=ACCEPTED" in said.replace("\r\n ", ""), "which accepts")
    with tell.step("Bob", "reçoit le lien, avec la ligne à coller") as seen:
        letter = await cast.world.mail.wait_for(
            lambda one: BOB in one.recipients and "Collez la ligne" in one.text()
        )
        found = _LINK.search(letter.text())
        seen.words = next(row.strip() for row in letter.text().splitlines() if _LINK.search(row))
    expect(found and found[0] in card.body, "the link is the card's")
    with tell.step("Bob", "lit qui est de l’extérieur, et la ligne pour l’inviter") as seen:
        told = await in_private(cast, _OUTSIDE, bob)
        seen.words = told.body
    outside = [one for one in cast.world.mail.received if TITLE in one.subject]
    expect(all(one.recipients == (BOB,) for one in outside), "nobody else got a mail")
    later = first + timedelta(hours=2)
    tell.say("Bob", f"dans son agenda : {later:%Hh%M} au lieu de {first:%Hh%M}, puis annulé")
    with tell.step("Bob", "voit la carte suivre") as seen:
        server.receive(_mail(later, 1))
        edit = await bob.wait_for(
            lambda event: event.replaces == card.event and when(later) in event.body
        )
        seen.words = head(edit)
    with tell.step("Bob", "voit la carte annulée") as seen:
        server.receive(_mail(later, 2, method="CANCEL"))
        edit = await bob.wait_for(
            lambda event: event.replaces == card.event and "nnulée" in event.body
        )
        seen.words = head(edit)


def _mail(start: datetime, sequence: int, *, method: str = "REQUEST") -> bytes:
    """Return the mail of Bob's calendar, with the verdict of our mail server."""
    zone = "TZID=Europe/Paris"
    event = vevent(
        UID="revue@beta.gouv.fr",
        SUMMARY=TITLE,
        SEQUENCE=str(sequence),
        DTSTAMP=f"{SystemClock().now():%Y%m%dT%H%M%SZ}",
        **{
            "ORGANIZER;CN=Bob Durand": f"mailto:{BOB}",
            f"DTSTART;{zone}": f"{start:%Y%m%dT%H%M%S}",
            f"DTEND;{zone}": f"{start + timedelta(hours=1):%Y%m%dT%H%M%S}",
            "ATTENDEE;CN=Parvis": f"mailto:{USER}",
            "ATTENDEE;CN=Léa": "mailto:lea@partenaire.example",
        },
    )
    return mailed(
        request(event, method=method),
        sender=f"Bob Durand <{BOB}>",
        message_id=f"<revue-{sequence}@beta.gouv.fr>",
    )
