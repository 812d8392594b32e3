"""Lines that their authors corrected: run once, if we did nothing for them before."""

from dataclasses import dataclass, replace

from bot.conversation.pacing import AddressedLine, Pacing
from bot.language.line import typed_again
from bot.matrix.events import Account, EventPlace, SendRefused
from bridge.domain.message import Parameter
from bridge.services.meetings.lifecycle import is_over
from bridge.services.naming import titled
from bridge.services.tools import Tools


@dataclass(frozen=True, slots=True, kw_only=True)
class Corrections:
    """Tells whether a correction is a command, or comes too late."""

    tools: Tools
    account: Account
    pacing: Pacing
    prefix: str

    async def settle(self, asked: AddressedLine) -> AddressedLine | None:
        """Return the correction of a refused line as a line in the same place: thread and reply.

        For other corrections, tell their author what to do instead; ignore one by another person,
        since no client shows it. Raises SendLater.
        """
        place = await self._place(asked)
        if place is None or place.sender != asked.message.sender:
            async with self.tools.works() as work:
                await work.inbox.done(asked.message.event)
            return None
        async with self.tools.works.reading() as work:
            undone = await self.pacing.nothing_done(work, asked.origin.line)
        if not undone:
            await self._tell(asked)
            return None
        message = replace(asked.message, thread=place.thread, reply_to=place.reply_to)
        origin = replace(asked.origin, thread=place.thread, about=place.reply_to)
        return replace(asked, message=message, origin=origin)

    async def _place(self, asked: AddressedLine) -> EventPlace | None:
        try:
            return await self.account.place(asked.message.salon, asked.origin.line)
        except SendRefused:  # it is older than our membership, or of another salon
            return None

    async def _tell(self, asked: AddressedLine) -> None:
        line = asked.origin.line
        async with self.tools.works.reading() as work:
            found = await work.meetings.by_card(line)
        parameters: dict[str, Parameter] = {"line": typed_again(asked.line, self.prefix)}
        template = "command.corrected"
        if found is not None and not is_over(found[1], self.tools.now()):
            template, parameters = (
                "command.corrected-meeting",
                {**parameters, "title": titled(*found)},
            )
        await self.pacing.refuse(asked, asked.origin.answer(template, parameters), undone=False)
