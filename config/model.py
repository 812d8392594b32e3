"""What can be set, as frozen and typed sections. Each docstring is the operator's comment.

A secret `x` may also be given as `x_file`, the path of a file that holds it; `config.load`
reads it. `parvis.example.toml` is generated from here (`python -m config.example`).
"""

from datetime import date, timedelta
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, SecretStr, model_validator
from pydantic_core import PydanticCustomError

from config.types import (
    Address,
    CommandPrefix,
    Database,
    Domain,
    Duration,
    HomeserverUrl,
    Mailbox,
    MatrixUser,
    MediaUrl,
    Network,
    Origin,
    Proxy,
    ServerName,
    Template,
    Zone,
    address,
)

Port = Annotated[int, Field(ge=1, le=65535)]
ListenPort = Annotated[int, Field(ge=0, le=65535)]


class Section(BaseModel):
    """One table of the settings file."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", use_attribute_docstrings=True, hide_input_in_errors=True
    )


class StoreSettings(Section):
    """The database: SQLite for one process, PostgreSQL for several."""

    url: Database = SecretStr("sqlite:///data/parvis.db")
    """sqlite:///folder/parvis.db or postgresql://user:password@host/parvis"""
    synchronous: Literal["normal", "full"] = "normal"
    """SQLite only. full: a power cut loses nothing that was answered, at 4 to 10 times the cost."""


class KeySettings(Section):
    """The files from which guests' links derive and with which rows are encrypted."""

    folder: Path = Path("data/keys")
    """Whoever reads this folder and the database can make guests' links: keep both apart."""
    create: bool = True
    """Make missing keys at the first start. Say false where secrets are provided to you."""


class MatrixSettings(Section):
    """The bot's account on its homeserver."""

    homeserver: HomeserverUrl = Field(examples=["https://matrix.example.org"])
    """Where clients connect: https://matrix.example.org. {server} stands for the server in
    `user`, {instance} for what precedes ".tchap." in that."""
    user: MatrixUser = Field(examples=["@visio:example.org"])
    """Full Matrix id of the bot's account: @visio:example.org"""
    password: SecretStr | None = None
    """Used once, at the first start, to sign in; also to sign the bot's device."""
    token: SecretStr | None = None
    """An access token issued beforehand, instead of the password; needs `device`."""
    device: str | None = Field(default=None, examples=["PARVIS1"])
    """The device the token belongs to."""
    store: Path = Path("data/matrix")
    """Encryption state. Losing it makes the bot a new device that can't read older messages."""
    device_name: str = "Parvis"
    """What people see in the bot's list of devices."""
    display_name: str = "Parvis"
    """The name the bot gives itself where the homeserver lets it, and in its greeting."""
    prefix: CommandPrefix = Field(default="!visio", min_length=2, max_length=20)
    """First word of a command. Not "/": clients keep those to themselves."""
    agents: tuple[ServerName, ...] = ()
    """Homeservers whose users are agents. Everybody else may join and read help, no more."""
    invites: Literal["agents", "anyone", "nobody"] = "agents"
    """Whose invitations into a salon the bot accepts, and whose word that one goes on elsewhere."""
    rate: float = Field(default=1.0, ge=0)
    """Messages a second in the long run; 0: no limit."""
    burst: int = Field(default=10, ge=1)
    """Messages that may leave at once after a silence."""
    account_expires: date | None = Field(default=None, examples=["2027-12-31"])
    """Day on which the account expires (on Tchap 13 months after it was last renewed by mail):
    `parvis check` and a metric warn of it."""
    proxy: Proxy | None = Field(default=None, examples=["http://proxy.example.org:3128"])
    """HTTP proxy towards the homeserver. The environment's proxies are not used."""
    ca_file: Path | None = Field(default=None, examples=["/etc/parvis/ca.pem"])
    """Certificate authorities (PEM) beside the system's."""

    @property
    def server(self) -> str:
        """The name of the bot's homeserver."""
        return self.user.partition(":")[2]

    @property
    def client_url(self) -> str:
        """Where to connect, without a last slash."""
        instance = self.server.partition(".tchap.")[0]
        filled = self.homeserver.replace("{server}", self.server).replace("{instance}", instance)
        return address(filled)

    @model_validator(mode="after")
    def _agree(self) -> Self:
        if self.token is not None and self.device is None:
            raise PydanticCustomError("needs", "needs {other}", {"other": "matrix.device"})
        self.client_url  # noqa: B018 - raises when it is no address
        return self


class VisioSettings(Section):
    """The application declared on the Visio instance."""

    url: Address = Field(examples=["https://visio.example.org"])
    """Where the external API answers: https://visio.numerique.gouv.fr"""
    public_url: Address | None = Field(default=None, examples=["https://visio.example.org"])
    """Where people go, if elsewhere than `url`."""
    client_id: str = Field(min_length=1, examples=["parvis"])
    """Identifier of the application."""
    secret: SecretStr = Field(min_length=1)
    """Secret of the application."""
    level: Literal["trusted", "restricted"] = "trusted"
    """Who enters without being admitted: account holders (trusted) or role holders (restricted)."""
    connect_timeout: Duration = Field(default="3s", validate_default=True)
    """Until connected. Nothing has been sent before that."""
    total_timeout: Duration = Field(default="10s", validate_default=True)
    """Until the last byte of the answer."""
    proxy: Proxy | None = Field(default=None, examples=["http://proxy.example.org:3128"])
    """HTTP proxy towards Visio."""
    ca_file: Path | None = Field(default=None, examples=["/etc/parvis/ca.pem"])
    """Certificate authorities (PEM) beside the system's."""

    @property
    def people_url(self) -> str:
        """Where people go."""
        return self.public_url or self.url


class MediaSettings(Section):
    """How guests are admitted. livekit needs a key of the media server behind Visio."""

    way: Literal["redirect", "knock", "livekit"] = "redirect"
    """redirect: in Visio's waiting room, by the organiser; who was admitted stays. knock, with
    the agreement of Visio's operator: on the door's own page, by the organiser in Visio; without
    `key` a guest who is inside may stay. livekit: from the salon, on the door's own page; out when
    the window ends."""
    url: MediaUrl | None = Field(default=None, examples=["wss://livekit.example.org"])
    """Where browsers reach the media server. ws is for this machine only."""
    api_url: Address | None = Field(default=None, examples=["https://livekit.example.org"])
    """Where its API is, if elsewhere than `url`."""
    key: str | None = Field(default=None, examples=["parvis"])
    """Name of our key. It rules every room of the server: guard it."""
    secret: SecretStr | None = Field(default=None, min_length=32)
    """Its secret, 32 characters or more."""
    guests_may: tuple[Literal["camera", "microphone", "screen_share"], ...] = (
        "camera",
        "microphone",
        "screen_share",
    )
    """What guests may send on the door's page; the meeting's host may allow less."""
    gate: bool = False
    """knock only: the proxy in front of the media server asks the door about everybody who
    connects, so that nobody who was put out need be looked for in the hours that Visio's tokens
    last."""

    @model_validator(mode="after")
    def _agree(self) -> Self:
        needed = ""
        if self.way == "livekit" and not (self.url and self.key and self.secret):
            needed = "media.url, media.key, media.secret"
        elif self.way == "knock" and not self.url:
            needed = "media.url"
        elif self.way == "knock" and (self.key is None) != (self.secret is None):
            needed = "media.secret" if self.secret is None else "media.key"
        if needed:
            raise PydanticCustomError("needs", "needs {other} as well", {"other": needed})
        return self

    @property
    def keyed(self) -> bool:
        """Whether we rule the media server's rooms, and put out whose time is over."""
        return self.way != "redirect" and self.key is not None

    @property
    def api(self) -> str:
        """Where the media server's API is."""
        url = self.url or ""
        return self.api_url or f"http{url.removeprefix('ws')}"


class DoorLimitSettings(Section):
    """What one network (IPv4 /24, IPv6 /56) may ask of the door."""

    requests: int = Field(default=600, ge=1)
    """Pages, in a minute."""
    forms: int = Field(default=60, ge=1)
    """Forms sent with links that exist, in a minute."""
    per_link: int = Field(default=20, ge=1)
    """Forms sent with the same link, in ten minutes."""
    misses: int = Field(default=20, ge=1)
    """Forms sent with links that nobody has, in ten minutes; good links open all the same."""
    streams: int = Field(default=300, ge=1)
    """Waiting pages that are told of changes at once; further ones ask now and then."""


class DoorSettings(Section):
    """The web application that guests meet first."""

    public_url: Origin = Field(examples=["https://invites.example.org"])
    """The address in guests' links, without a path. http is for this machine only."""
    host: str = "127.0.0.1"
    """Where the door listens; the reverse proxy forwards there."""
    port: ListenPort = 8080
    """0: any free port."""
    trusted_proxies: tuple[Network, ...] = ()
    """Networks of the reverse proxies whose X-Forwarded-For is believed."""
    forwarded_hops: int = Field(default=1, ge=1)
    """How many proxies of yours a request passes: the guest is the n-th address from the right."""
    organisation: str = Field(default="", max_length=100)
    """Who runs this door, as guests read it: Ministère de l'Exemple."""
    contact: Mailbox | None = Field(default=None, examples=["dpo@example.org"])
    """Whom guests may write to about their data."""
    legal_url: Address | None = Field(default=None, examples=["https://example.org/legal"])
    """Legal notice."""
    privacy_url: Address | None = Field(default=None, examples=["https://example.org/privacy"])
    """Personal data notice."""
    accessibility_url: Address | None = Field(
        default=None, examples=["https://example.org/accessibility"]
    )
    """Accessibility statement."""
    limits: DoorLimitSettings = DoorLimitSettings()


class AdminSettings(Section):
    """Health and metrics; for your probes only, never through the reverse proxy."""

    host: str = "127.0.0.1"
    """Where it listens."""
    port: ListenPort = 9090
    """0: any free port."""


class MailSettings(Section):
    """The mail server that takes invitations."""

    host: str = "localhost"
    """Name of the server."""
    port: Port = 25
    """25 or 587 with starttls or none, 465 with tls."""
    tls: Literal["none", "starttls", "tls"] = "none"
    """none is for a server on this machine only."""
    user: str | None = Field(default=None, examples=["parvis"])
    """Sign in as; needs starttls or tls."""
    password: SecretStr | None = None
    """Sign in with."""
    sender: Mailbox = Field(examples=["visio@example.org"])
    """From. Its domain's SPF and DKIM must cover the server above."""
    sender_name: str = Field(default="Visio", max_length=100)
    """The name beside it; before it, "Alice Martin via", and after it door.organisation."""
    show_organiser: bool = True
    """Whether guests read the address of the agent who invites them, and answer to it (Reply-To);
    otherwise they read the name alone, and answers go to the sender."""
    timeout: Duration = Field(default="30s", validate_default=True)
    """For each step of the conversation before the message; then the server has ten minutes."""
    retry_unconfirmed: Duration = Field(default="30m", validate_default=True)
    """After this a message that the server may have taken is sent again, three times in all."""
    ca_file: Path | None = Field(default=None, examples=["/etc/parvis/ca.pem"])
    """Certificate authorities (PEM) beside the system's."""

    @model_validator(mode="after")
    def _agree(self) -> Self:
        if (self.user is None) != (self.password is None):
            missing = "mail.password" if self.password is None else "mail.user"
            raise PydanticCustomError("needs", "needs {other} as well", {"other": missing})
        if self.user is not None and self.tls == "none":
            raise PydanticCustomError("cleartext", "a password would travel in clear")
        return self


class MeetingSettings(Section):
    """The rules of meetings and invitations."""

    zone: Zone = "Europe/Paris"
    """In which times are understood and written."""
    grace_before: Duration = Field(default="10m", validate_default=True)
    """How long before the start guests' links open."""
    grace_after: Duration = Field(default="15m", validate_default=True)
    """How long after the end they close."""
    duration: Duration = Field(default="1h", validate_default=True)
    """Of a meeting without a stated end."""
    longest: Duration = Field(default="12h", validate_default=True)
    """The longest meeting one may ask for."""
    guests_per_meeting: int = Field(default=50, ge=0)
    """0: no guests at all."""
    denied_domains: tuple[Domain, ...] = ()
    """E-mail domains that are never invited."""
    announce_every: Duration = Field(default="10m", validate_default=True)
    """The salon is told at most this often that a guest waits; other names are edited in."""
    forget_after: Duration = Field(default="7d", validate_default=True)
    """Guests' names and addresses are blanked this long after the window."""
    keep: Duration = Field(default="396d", validate_default=True)
    """Meetings, with their cards and what is left of their guests, are deleted this long after they
    ended, and agents this long after their last command. 396d: 13 months."""
    stale_after: Duration = Field(default="10m", validate_default=True)
    """A command older than this when first seen is asked about before it acts."""
    keep_trying: Duration = Field(default="2h", validate_default=True)
    """How long a meeting is asked for again while Visio can't be reached."""
    warn_before: Duration = Field(default="5m", validate_default=True)
    """How long before guests have to leave the salon is told, and may put it off by a reaction."""
    warn_again: Duration = Field(default="1m", validate_default=True)
    """How long before, it is told once more."""
    prolong_by: Duration = Field(
        default="30m", validate_default=True, ge=timedelta(minutes=1), le=timedelta(hours=12)
    )
    """By how much that reaction puts it off, a minute or more."""
    takeovers: int = Field(default=3, ge=0)
    """How often another device with the same link may take a guest's place."""
    moderator_level: int = Field(default=50, ge=0, le=100)
    """Power level from which somebody may manage others' meetings in the salon."""

    @model_validator(mode="after")
    def _agree(self) -> Self:
        if self.duration > self.longest:
            raise PydanticCustomError("order", "too long", {"this": "duration", "other": "longest"})
        if self.warn_again > self.warn_before:
            told = {"this": "warn_again", "other": "warn_before"}
            raise PydanticCustomError("order", "too long", told)
        if max(self.forget_after, self.longest + self.grace_after) > self.keep:
            this = "forget_after" if self.forget_after > self.keep else "longest"
            told = {"this": this, "other": "keep"}
            raise PydanticCustomError("order", "too long", told)
        return self


class QuotaSettings(Section):
    """What one agent, or one salon, may have others bear; beyond it a command is refused."""

    rooms: int = Field(default=30, ge=1)
    """Meetings that one agent asks for, in an hour."""
    salon_rooms: int = Field(default=60, ge=1)
    """Meetings that are asked for in one salon, in an hour."""
    addresses: int = Field(default=100, ge=1)
    """Guests whom this agent had not invited before, in an hour."""
    mails: int = Field(default=300, ge=1)
    """Invitations mailed for one agent in an hour, those sent again too."""
    lines: int = Field(default=200, ge=1)
    """Lines of one agent that are answered, in ten minutes."""


class GuestSettings(Section):
    """What guests show besides their link, and whether that is enough."""

    proof: Literal["none", "mail", "pin"] = "none"
    """mail: a code sent to the invitation's address. pin: six digits that the inviter tells them;
    also where there is no address. An invitation may ask for either: avec code, avec pin."""
    waiting_room: bool = True
    """false: who has shown a code or a PIN comes in without being asked about, where media.way is
    livekit. A link alone always waits."""


class IdentityRule(Section):
    """A homeserver whose local parts are also e-mail names."""

    server: ServerName
    """The homeserver."""
    email: Template
    """The address: {localpart}@example.org"""


class IdentitySettings(Section):
    """How an agent's e-mail, as Visio knows it, is found. A wrong one gives away meetings."""

    map: dict[MatrixUser, Mailbox] = {}
    """Your own table: {"@jeanne:example.org" = "jeanne@example.org"}"""
    map_file: Path | None = Field(default=None, examples=["/etc/parvis/people.toml"])
    """The same in a TOML file of its own, read at start."""
    rules: tuple[IdentityRule, ...] = ()
    """[{server = "example.org", email = "{localpart}@example.org"}], only where users can't choose
    their Matrix id. Never on Tchap, where several addresses give the same id."""
    domains: tuple[Domain, ...] = ()
    """E-mail domains of agents, each exactly as written: ["interieur.gouv.fr"]. Who is invited
    under such an address is a colleague, who signs in with ProConnect, and gets no guest's link.
    Addresses of `map`, `map_file` and `rules` are agents' anyway."""


class LogSettings(Section):
    """What is written to the standard error output. Secrets and addresses never are."""

    level: Literal["debug", "info", "warning", "error"] = "info"
    """From which importance."""
    format: Literal["json", "console"] = "json"
    """json for machines, console for people."""
