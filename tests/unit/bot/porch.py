"""An office whose salon admits guests, with somebody at the door."""

from datetime import timedelta

from bridge.domain.admission import LIVEKIT
from bridge.domain.invitation import Standing
from bridge.ids import EventId
from bridge.services.invitations.invitations import Guest
from bridge.services.visits.arrivals import Entered
from tests.doubles.account import Sent
from tests.services.house import MINUTE, SALON
from tests.unit.bot.office import Office

SECOND = timedelta(seconds=1)
JEAN = Guest("Jean Dupont", "jean@partenaire.example")


async def opened(office: Office) -> Office:
    """Have a meeting in progress, whose guests the salon admits."""
    office.choose(mode=LIVEKIT)
    await office.says("!visio Budget", "ask")
    office.house.clock.forward(MINUTE)
    return office


async def waits(office: Office, guest: Guest = JEAN, *, name: str = "") -> tuple[Entered, EventId]:
    """Have a guest wait at the door; return their visit and the notice about it."""
    office.house.clock.forward(SECOND)
    (invited,) = await office.house.invited(guest, event=f"invite-{guest.key}")
    return await again(office, await office.house.visited(invited, name or guest.name))


async def again(office: Office, entered: Entered) -> tuple[Entered, EventId]:
    """Let the notice about a visit leave."""
    await office.flush()
    async with office.house.store.reading() as work:
        visit = await work.visits.get(entered.visit)
        assert visit is not None
        assert visit.question is not None
        question = await work.questions.get(visit.question)
    assert question is not None
    assert question.notice is not None
    return entered, question.notice


async def standing(office: Office, entered: Entered) -> Standing:
    """Return the present view of the visit's browser."""
    given = await office.house.seats.pass_of(entered.visit, entered.secret)
    assert given is not None
    return given.standing


def seen(office: Office, event: EventId) -> Sent:
    """Return a line as the salon shows it now."""
    (found,) = [one for one in office.account.seen(SALON) if one.event == event]
    return found
