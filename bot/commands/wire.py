"""All commands and reactions of the bot: the only module that knows each part."""

from collections.abc import Callable, Collection
from dataclasses import replace

from bot.commands.admit import admission
from bot.commands.approving import with_approvals
from bot.commands.calendar import CalendarCommands
from bot.commands.changes import ChangeCommands
from bot.commands.coming import ComingCommands
from bot.commands.feeds import FeedCommands
from bot.commands.guests import GuestCommands
from bot.commands.handing import HandingCommands
from bot.commands.help import AccountStanding, help_commands
from bot.commands.join import JoinCommands
from bot.commands.mailed import MailedCommands, without_mails
from bot.commands.meet import MeetingCommands
from bot.commands.partners import PartnerCommands
from bot.commands.proposals import RefuseProposal, TakeProposal
from bot.commands.remind import ReminderCommands
from bot.commands.salon_calendar import SalonCalendarCommands
from bot.commands.slot import SlotCommands
from bot.commands.topics import TopicCommands
from bot.conversation.calendar_changes import CalendarListener
from bot.conversation.colleagues import Colleagues
from bot.conversation.either import beside
from bot.conversation.keycaps import numbered
from bot.conversation.mailed_events import MailedListener
from bot.conversation.talk import Talk, merged_talk
from bot.conversation.undoing import Closing
from bot.matrix.events import Account
from bridge.domain.home import HomeInstance
from bridge.ports import Identities
from bridge.services.calendars.links import CalendarLinks
from bridge.services.calendars.mailed import MailedFollowing
from bridge.services.calendars.salons import SalonCalendars
from bridge.services.calendars.slots import FreeTimes
from bridge.services.calendars.wire import CalendarWorld, MailedWorld, following
from bridge.services.federation.ending import Ending
from bridge.services.federation.joining import Joining
from bridge.services.federation.opening import MeetingOpening
from bridge.services.feeds.addresses import Feeds
from bridge.services.host_page.links import HostLinks
from bridge.services.incoming.counters import REFUSE
from bridge.services.incoming.senders import MailSenders
from bridge.services.invitations.invitations import Invitations
from bridge.services.meetings.lifecycle import Meetings
from bridge.services.seats.modes import Admitting
from bridge.services.series.carrying import Carrying
from bridge.services.series.changes import Changes
from bridge.services.series.planning import Planning
from bridge.services.series.restorations import Restorations
from bridge.services.tools import Tools


def talk(
    tools: Tools,
    account: Account,
    *,
    invitations: Invitations,
    identities: Identities,
    admitting: Admitting,
    carrying: Carrying,
    agents: Collection[str],
    standing: Callable[[], AccountStanding],
    calendars: CalendarWorld | None = None,
    mailed: MailedWorld | None = None,
    home: HomeInstance | None = None,
) -> Talk:
    """Return the merged talk; `agents` are their homeservers, `standing` the account's report.

    `calendars`: how they are kept in step, if they are; `mailed`: how events that agents mail are
    read, if they are. `home`: our side of the federation, if any.
    """
    meetings = Meetings(tools)
    known = Colleagues(identities, account, agents)
    guests = GuestCommands(tools, meetings, invitations, known)
    changes = Changes(meetings, carrying)
    restoring = Restorations(changes)
    closing = Closing(tools, changes, restoring)
    planning = Planning(meetings, carrying)
    asked = MeetingCommands(tools, meetings, planning, closing, guests.invite_to)
    changed = ChangeCommands(tools, meetings, changes, restoring)
    own = CalendarCommands(tools, CalendarLinks(invitations.minter, tools), known)
    heard, free, given, chosen = None, Talk(), Talk(), Talk()
    by_mail = without_mails()
    if calendars is not None:
        followed = following(
            planning,
            restoring,
            invitations=invitations,
            identities=identities,
            describing=calendars.describing,
        )
        slots = FreeTimes(tools, calendars.busy, carrying.holidays)
        slot = SlotCommands(tools, slots, planning, known)
        salons = SalonCalendarCommands(tools, SalonCalendars(tools), known)
        free, given = slot.talk(), salons.talk()
        chosen = numbered(slot.takes(), salons.choices())
        heard = CalendarListener(tools=tools, account=account, following=followed, servers=agents)
    if mailed is not None:
        followed = following(
            planning,
            restoring,
            invitations=invitations,
            identities=identities,
            describing=mailed.describing,
        )
        listener = MailedListener(
            tools=tools,
            account=account,
            following=MailedFollowing(followed, mailed.ours),
            texts=mailed.texts,
            servers=agents,
        )
        said = MailedCommands(MailSenders(tools, mailed.bot), mailed.box)
        by_mail = replace(said.talk(), mailed=listener)
    partnered = PartnerCommands(meetings, MeetingOpening(tools, Ending(tools, invitations)))
    explained = help_commands(account.user, agents, standing, tools)
    merged = merged_talk(
        [
            asked.talk(),
            Talk(commands=guests.table()),
            Talk(commands=changed.table()),
            TakeProposal(tools, changes, restoring).talk(),
            Talk(commands=TopicCommands(tools, meetings).table()),
            Talk(commands=HandingCommands(tools, meetings, known).table()),
            ComingCommands(tools, meetings).talk(),
            ReminderCommands(tools, meetings, account).talk(),
            Talk(commands=own.without()) if calendars is None else own.talk(),
            Talk(commands=FeedCommands(Feeds(invitations.minter, tools), account).table()),
            beside(
                admission(tools, meetings, HostLinks(invitations.minter, tools), admitting),
                REFUSE,
                RefuseProposal(tools),
            ),
            Talk(commands=partnered.table()),
            Talk(commands=JoinCommands(Joining(tools, home)).table()),
            Talk(commands=explained),
            free,
            given,
            chosen,
            by_mail,
            Talk(calendars=heard),
        ]
    )
    return with_approvals(merged, tools)
