"""`ordre du jour`: shows and writes a meeting's topics."""

from dataclasses import dataclass

from bot.conversation.context import Commands, Context
from bot.conversation.mailed import with_mails
from bot.language.commands.topics import WriteTopics
from bridge.domain.authority import Act
from bridge.domain.message import Parameters, topics_of_date
from bridge.domain.topics import read_topics
from bridge.domain.welcome import Flaw
from bridge.services.meetings.lifecycle import Meetings
from bridge.services.meetings.topics import Topics
from bridge.services.naming import titled
from bridge.services.tools import Tools

_REFUSED = {
    Flaw.LONG: "meeting.topics-long",
    Flaw.ADDRESS: "meeting.topics-address",
    Flaw.FORBIDDEN: "meeting.topics-forbidden",
}


@dataclass(frozen=True, slots=True)
class TopicCommands:
    """The command on a meeting's topics."""

    tools: Tools
    meetings: Meetings

    def table(self) -> Commands:
        """Return the method that runs each parsed command."""
        return {WriteTopics: self.topics}

    async def topics(self, ctx: Context, asked: WriteTopics) -> None:
        """Show or replace the topics. Raises NoMeeting, MeetingAmbiguous, NotAllowed."""
        act = Act.LINK if asked.text is None else Act.CHANGE
        meeting, occurrence = await self.meetings.current(ctx.work, ctx.cause, act)
        parameters: Parameters = {
            "title": titled(meeting, occurrence),
            "text": topics_of_date(occurrence.id),
        }
        if asked.text is None:
            await ctx.answer("meeting.topics", parameters)
            return
        longest = self.tools.policy.limits.topics
        text = read_topics(asked.text, longest)
        if isinstance(text, Flaw):
            await ctx.answer(_REFUSED[text], {"most": longest})
            return
        await Topics(self.tools).write(ctx.work, meeting, text)
        answer = "meeting.topics-on" if text else "meeting.topics-off", parameters
        await ctx.answer(*await with_mails(ctx.work, self.tools, occurrence, answer))
