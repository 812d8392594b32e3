"""Turns settings into the values that each part takes; opens nothing."""

from pydantic import SecretStr

from bot.matrix.settings import MatrixOptions
from bot.program.heads import HeadFile, HeadSyslog
from bridge.caldav.guard import CalendarNetworks
from bridge.domain.admission import KNOCK, KNOCK_KEYED, LIVEKIT, REDIRECT, AdmissionMode
from bridge.domain.codes import Minter
from bridge.domain.meeting import AccessLevel
from bridge.domain.policy import Policy
from bridge.domain.polls import PollPace
from bridge.domain.proof import Proof
from bridge.domain.quota import QuotaLimits
from bridge.domain.rights import Source
from bridge.domain.window import Graces
from bridge.i18n import Language, catalogues
from bridge.identities.resolvers import AgentDomains, Chain, ServerRule, StaticMap
from bridge.ids import UserId
from bridge.livekit.access import LiveKitAccess
from bridge.mail.incoming.reading import IncomingReading
from bridge.mail.invite import MailSender
from bridge.mail.letterbox import BoxServer, BoxTls
from bridge.mail.send import MailServer, Tls
from bridge.ports.audit import AuditKeeper, HeadKeeper
from bridge.services.audit.keeping import AuditUpkeep
from bridge.services.calendars.describing import Describing
from bridge.services.invitations.drafts import Drafting
from bridge.visio.client import VisioAccess
from config.settings import Settings


def visio_access(settings: Settings) -> VisioAccess:
    """Return Visio's address and our credentials there."""
    return VisioAccess(
        base_url=settings.visio.url,
        public_url=settings.visio.people_url,
        client_id=settings.visio.client_id,
        client_secret=settings.visio.secret,
    )


def policy_of(settings: Settings) -> Policy:
    """Return the rules of meetings for services."""
    rules = settings.meetings
    return Policy(
        zone=rules.zone,
        graces=Graces(before=rules.grace_before, after=rules.grace_after),
        duration=rules.duration,
        longest=rules.longest,
        level=AccessLevel(settings.visio.level),
        guests_per_meeting=rules.guests_per_meeting,
        denied_domains=frozenset(rules.denied_domains),
        announce_every=rules.announce_every,
        forget_after=rules.forget_after,
        stale_after=rules.stale_after,
        moderator_level=rules.moderator_level,
        keep_trying=rules.keep_trying,
        room_per_date=rules.room_per_date,
        mode=mode_of(settings),
        sources=_sources(settings),
        gated=settings.media.gate,
        takeovers=rules.takeovers,
        warn_before=(rules.warn_before, rules.warn_again),
        prolong_by=rules.prolong_by,
        remind_before=rules.remind_before,
        remind_late=rules.remind_late,
        snooze=rules.snooze,
        proof=Proof(settings.guests.proof),
        waiting_room=settings.guests.waiting_room,
        limits=QuotaLimits(**settings.limits.model_dump()),
    )


def mode_of(settings: Settings) -> AdmissionMode:
    """Return the admission mode: `media.way`, and whether we hold a key of LiveKit."""
    chosen = {one.name: one for one in (REDIRECT, KNOCK, LIVEKIT)}[settings.media.way]
    return KNOCK_KEYED if chosen is KNOCK and settings.media.keyed else chosen


def _sources(settings: Settings) -> frozenset[Source]:
    """Return the sources that guests may send; a shared screen includes its sound."""
    named = frozenset(Source(one) for one in settings.media.guests_may)
    return named | {Source.SCREEN_AUDIO} if Source.SCREEN in named else named


def media_access(settings: Settings) -> LiveKitAccess | None:
    """Return the media server's address and our key of it; `None` if none is used."""
    media = settings.media
    if not media.keyed or media.key is None or media.secret is None:
        return None
    return LiveKitAccess(media.api, media.key, media.secret)


def identities_of(settings: Settings) -> Chain:
    """Return the resolvers in order: the operator's table, the homeservers' rules, the domains."""
    table = {UserId(user): email for user, email in settings.identity.map.items()}
    rules = {rule.server: rule.email for rule in settings.identity.rules}
    domains = AgentDomains(frozenset(settings.identity.domains))
    return Chain((StaticMap(table), ServerRule(rules), domains))


def account_settings(settings: Settings, pickle_secret: SecretStr) -> MatrixOptions:
    """Return the bot's account; `pickle_secret` decrypts its device's keys."""
    matrix = settings.matrix
    return MatrixOptions(
        homeserver=matrix.client_url,
        user=UserId(matrix.user),
        store=matrix.store,
        pickle_secret=pickle_secret,
        access_token=matrix.token,
        device_id=matrix.device,
        password=matrix.password,
        device_name=matrix.device_name,
        proxy=None if matrix.proxy is None else matrix.proxy.get_secret_value(),
        ca_file=matrix.ca_file,
    )


def smtp_server(settings: Settings) -> MailServer:
    """Return the mail server that sends our mails."""
    mail = settings.mail
    return MailServer(
        host=mail.host,
        port=mail.port,
        sender=mail.sender,
        sender_name=mail.sender_name,
        tls=Tls(mail.tls),
        user=mail.user,
        password=mail.password,
        timeout=mail.timeout.total_seconds(),
        ca_file=mail.ca_file,
    )


def describing_of(settings: Settings) -> Describing:
    """Return how calendars are told of meetings."""
    untitled = catalogues()[Language(settings.language)].text("letter.untitled")
    return Describing(mail_domain(settings), untitled)


def poll_pace(settings: Settings) -> PollPace:
    """Return how often calendars are looked at."""
    busy = settings.calendars.poll
    return PollPace(
        soon=busy / 5, busy=busy, idle=busy * 3, night=busy * 12, zone=settings.meetings.zone
    )


def box_server(settings: Settings) -> BoxServer | None:
    """Return the box in which answers arrive; `None` if none is read."""
    box = settings.inbox
    if box.host is None or box.user is None or box.password is None:
        return None
    return BoxServer(
        host=box.host,
        port=box.port,
        tls=BoxTls(box.tls),
        user=box.user,
        password=box.password,
        folder=box.folder,
        timeout=box.timeout.total_seconds(),
        ca_file=box.ca_file,
    )


def incoming_reading(settings: Settings) -> IncomingReading:
    """Return how mails that arrive are read."""
    return IncomingReading(
        server=settings.inbox.authserv_id or "",
        domain=mail_domain(settings),
        zone=settings.meetings.zone,
    )


def audit_upkeep(settings: Settings, keeper: AuditKeeper | None) -> AuditUpkeep | None:
    """Return the tasks of the audit; `None` if it is off."""
    if keeper is None:
        return None
    chosen, places = settings.audit, list[HeadKeeper]()
    if chosen.head_file is not None:
        places.append(HeadFile(chosen.head_file))
    if chosen.syslog is not None:
        places.append(HeadSyslog(chosen.syslog))
    return AuditUpkeep(
        keeper=keeper, heads=places, keep=chosen.keep, forget_after=chosen.forget_after
    )


def answers_to(settings: Settings) -> str | None:
    """Return the address to which guests' calendars answer, if Parvis reads it."""
    box = settings.inbox
    return None if box.host is None else box.address or settings.mail.sender


def calendar_networks(settings: Settings) -> CalendarNetworks:
    """Return where agents' calendar servers may be."""
    calendars = settings.calendars
    return CalendarNetworks(
        networks=calendars.networks,
        hosts=frozenset(calendars.hosts),
        ports=frozenset(calendars.ports),
        insecure=frozenset(calendars.insecure),
    )


def drafting_of(settings: Settings, policy: Policy, minter: Minter) -> Drafting:
    """Return how the content of guests' mails is read."""
    return Drafting(
        minter=minter,
        policy=policy,
        door=settings.door.public_url,
        domain=mail_domain(settings),
        language=Language(settings.language),
    )


def mail_domain(settings: Settings) -> str:
    """Return the domain of our mails, which is that of all UIDs too."""
    return settings.mail.sender.rpartition("@")[2]


def mail_sender(settings: Settings) -> MailSender:
    """Return the sender that guests read in our mails."""
    mail, door = settings.mail, settings.door
    return MailSender(
        address=mail.sender,
        name=mail.sender_name,
        organisation=door.organisation,
        door=door.public_url,
        contact=door.contact,
    )
