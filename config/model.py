"""The settings, as frozen and typed sections. Each docstring is the operator's comment.

A secret `x` may also be given as `x_file`, the path of a file that holds it; `config.load` reads
it. `parvis.example.toml` is generated from here (`python -m config.example`).
"""

from datetime import date, timedelta
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    SecretStr,
    ValidationInfo,
    field_validator,
    model_validator,
)
from pydantic_core import PydanticCustomError

from config.addresses import (
    Address,
    Database,
    HomeserverUrl,
    Host,
    MediaUrl,
    Origin,
    PageUrl,
    Proxy,
    VisioUrl,
    address,
)
from config.types import (
    CommandPrefix,
    Domain,
    Duration,
    Line,
    Mailbox,
    MatrixUser,
    Network,
    ServerName,
    Template,
    Text,
    Timeout,
    Zone,
    between,
)

Port = Annotated[int, Field(ge=1, le=65535)]
ListenPort = Annotated[int, Field(ge=0, le=65535)]
Prolongation = Annotated[
    Duration, AfterValidator(between(timedelta(minutes=1), timedelta(hours=12)))
]


class Section(BaseModel):
    """One table of the settings file."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", use_attribute_docstrings=True, hide_input_in_errors=True
    )

    @field_validator("*", mode="before")
    @classmethod
    def _count(cls, value: object, info: ValidationInfo) -> object:
        """Refuse true for a number, which pydantic would read as 1."""
        wanted = cls.model_fields[info.field_name or ""].annotation
        if isinstance(value, bool) and wanted in {int, float}:
            kind = "int_type" if wanted is int else "float_type"
            raise PydanticCustomError(kind, "write a number")
        return value


class StoreSettings(Section):
    """The database: SQLite for one process, PostgreSQL for several."""

    url: Database = SecretStr("sqlite:///data/parvis.db")
    """sqlite:///folder/parvis.db or postgresql://user:password@host/parvis"""
    synchronous: Literal["normal", "full"] = "normal"
    """SQLite only. full: a power cut loses nothing that was answered, at 4 to 10 times the cost."""


class KeySettings(Section):
    """The files from which guests' links derive and with which rows are encrypted."""

    folder: Path = Path("data/keys")
    """A person who can read this folder and the database can make guests' links: keep both
    apart."""
    create: bool = True
    """Make missing keys at the first start. Set false if another system provides the keys."""


class MatrixSettings(Section):
    """The bot's account on its homeserver. [[accounts]] with one table says the same."""

    homeserver: HomeserverUrl = Field(examples=["https://matrix.example.org"])
    """The address for clients: https://matrix.example.org. {server} stands for the server in
    `user`, {instance} for the part before ".tchap." in it."""
    user: MatrixUser = Field(examples=["@visio:example.org"])
    """Full Matrix id of the bot's account: @visio:example.org"""
    password: SecretStr | None = None
    """Used once, at the first start, to sign in; also to sign the bot's device."""
    token: SecretStr | None = None
    """An access token issued beforehand, instead of the password; needs `device`."""
    device: Text | None = Field(default=None, examples=["PARVIS1"])
    """The device the token belongs to."""
    store: Path = Path("data/matrix")
    """Encryption state. Losing it makes the bot a new device that can't read older messages."""
    device_name: Text = "Parvis"
    """The bot's name in people's lists of devices."""
    display_name: Text = "Parvis"
    """The name the bot gives itself where the homeserver lets it, and in its greeting."""
    prefix: CommandPrefix = Field(default="!visio", min_length=2, max_length=20)
    """First word of a command. Not "/": clients keep those to themselves."""
    agents: tuple[ServerName, ...] = ()
    """Homeservers whose users are agents. Everybody else may join and read help, no more."""
    invites: Literal["agents", "anyone", "nobody"] = "agents"
    """The people whose invitations to a salon the bot accepts, and whose word it takes that a salon
    goes on elsewhere."""
    rate: float = Field(default=1.0, ge=0)
    """Messages a second in the long run; 0: no limit."""
    burst: int = Field(default=10, ge=1)
    """Messages that may be sent at once after a silence."""
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
        """The address for clients, without a last slash."""
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

    url: VisioUrl = Field(examples=["https://visio.example.org"])
    """The address of the external API: https://visio.numerique.gouv.fr"""
    public_url: Address | None = Field(default=None, examples=["https://visio.example.org"])
    """The address for people, if other than `url`."""
    client_id: Text = Field(examples=["parvis"])
    """Identifier of the application."""
    secret: SecretStr
    """Secret of the application."""
    level: Literal["trusted", "restricted"] = "trusted"
    """The people who enter without being admitted: account holders (trusted) or role holders
    (restricted)."""
    connect_timeout: Timeout = Field(default="3s", validate_default=True)
    """Until connected. Nothing is sent before."""
    total_timeout: Timeout = Field(default="10s", validate_default=True)
    """Until the last byte of the answer."""
    proxy: Proxy | None = Field(default=None, examples=["http://proxy.example.org:3128"])
    """HTTP proxy towards Visio."""
    ca_file: Path | None = Field(default=None, examples=["/etc/parvis/ca.pem"])
    """Certificate authorities (PEM) beside the system's."""

    @property
    def people_url(self) -> str:
        """The address for people."""
        return self.public_url or self.url


class MediaSettings(Section):
    """The way guests are admitted. livekit needs a key of the media server behind Visio."""

    way: Literal["redirect", "knock", "livekit"] = "redirect"
    """redirect: the organiser admits them from Visio's waiting room; an admitted guest may stay.
    knock, if Visio's operator agrees: guests are on the door's own page, and the organiser admits
    them in Visio; without `key` a guest who is inside may stay. livekit: the salon admits them, to
    the door's own page; they are ejected when the window ends."""
    url: MediaUrl | None = Field(default=None, examples=["wss://livekit.example.org"])
    """The media server's address for browsers. ws is for this machine only."""
    api_url: Address | None = Field(default=None, examples=["https://livekit.example.org"])
    """The address of its API, if other than `url`."""
    key: Text | None = Field(default=None, examples=["parvis"])
    """Name of our key. It rules every room of the server: guard it."""
    secret: SecretStr | None = Field(default=None, min_length=32)
    """Its secret, 32 characters or more."""
    guests_may: tuple[Literal["camera", "microphone", "screen_share"], ...] = (
        "camera",
        "microphone",
        "screen_share",
    )
    """The sources that guests may send on the door's page; the meeting's host may allow less."""
    gate: bool = False
    """knock only: the proxy in front of the media server asks the door about every connection, so
    that an ejected guest need not be looked for during the hours for which Visio's tokens last."""

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
        """Whether we hold a key of the media server, and so eject guests whose time is over."""
        return self.way != "redirect" and self.key is not None

    @property
    def api(self) -> str:
        """The address of the media server's API."""
        url = self.url or ""
        return self.api_url or f"http{url.removeprefix('ws')}"


class DoorLimitSettings(Section):
    """The most that one network (IPv4 /24, IPv6 /56) may ask of the door."""

    requests: int = Field(default=600, ge=1)
    """Pages per minute."""
    forms: int = Field(default=60, ge=1)
    """Forms sent with links that exist, per minute."""
    per_link: int = Field(default=20, ge=1)
    """Forms sent with the same link, per ten minutes."""
    misses: int = Field(default=20, ge=1)
    """Forms sent with links that nobody has, per ten minutes; good links open all the same."""
    streams: int = Field(default=300, ge=1)
    """Waiting pages that receive changes at once; further ones ask from time to time."""


class DoorSettings(Section):
    """The web application that guests meet first."""

    public_url: Origin = Field(examples=["https://invites.example.org"])
    """The address in guests' links, without a path. http is for this machine only."""
    host: Host = "127.0.0.1"
    """The address on which the door listens; the reverse proxy forwards there."""
    port: ListenPort = 8080
    """0: any free port."""
    trusted_proxies: tuple[Network, ...] = ()
    """Networks of the reverse proxies whose X-Forwarded-For is believed."""
    forwarded_hops: int = Field(default=1, ge=1)
    """How many proxies of yours a request passes: the guest is the n-th address from the right."""
    organisation: Line = Field(default="", max_length=100)
    """The organisation that runs this door, as guests read it: Ministère de l'Exemple."""
    contact: Mailbox | None = Field(default=None, examples=["dpo@example.org"])
    """The address to which guests may write about their data."""
    legal_url: PageUrl | None = Field(default=None, examples=["https://example.org/legal"])
    """Legal notice."""
    privacy_url: PageUrl | None = Field(default=None, examples=["https://example.org/privacy"])
    """Personal data notice."""
    accessibility_url: PageUrl | None = Field(
        default=None, examples=["https://example.org/accessibility"]
    )
    """Accessibility statement."""
    limits: DoorLimitSettings = DoorLimitSettings()


class AdminSettings(Section):
    """Health and metrics; for your probes only, never through the reverse proxy."""

    host: Host = "127.0.0.1"
    """The address on which it listens."""
    port: ListenPort = 9090
    """0: any free port."""


class MailSettings(Section):
    """The mail server that sends invitations."""

    host: Host = "localhost"
    """Name of the server."""
    port: Port = 25
    """25 or 587 with starttls or none, 465 with tls."""
    tls: Literal["none", "starttls", "tls"] = "none"
    """none is for a server on this machine only."""
    user: Text | None = Field(default=None, examples=["parvis"])
    """The user to sign in as; needs starttls or tls."""
    password: SecretStr | None = None
    """The password of `user`."""
    sender: Mailbox = Field(examples=["visio@example.org"])
    """The sender's address. Its domain's SPF and DKIM must cover the server above."""
    sender_name: Line = Field(default="Visio", max_length=100)
    """The sender's name; "Alice Martin via" stands before it, and door.organisation after it."""
    show_organiser: bool = True
    """Whether guests read the address of the agent who invites them, and answer to it (Reply-To);
    otherwise they read only the name, and answers go to the sender."""
    timeout: Timeout = Field(default="30s", validate_default=True)
    """For each step of the connection before the message; then the server has ten minutes."""
    retry_unconfirmed: Timeout = Field(default="30m", validate_default=True)
    """After this, a message that the server may have accepted is sent again, three times in all."""
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
    """The zone in which times are understood and written."""
    grace_before: Duration = Field(default="10m", validate_default=True)
    """How long before the start guests' links open."""
    grace_after: Duration = Field(default="15m", validate_default=True)
    """How long after the end guests' links close."""
    duration: Timeout = Field(default="1h", validate_default=True)
    """The length of a meeting without a stated end."""
    longest: Timeout = Field(default="12h", validate_default=True)
    """The longest meeting that an agent may ask for."""
    guests_per_meeting: int = Field(default=50, ge=0)
    """0: no guests at all."""
    denied_domains: tuple[Domain, ...] = ()
    """E-mail domains that are never invited."""
    announce_every: Duration = Field(default="10m", validate_default=True)
    """The salon is told at most this often that a guest waits; further names are edited in."""
    forget_after: Duration = Field(default="7d", validate_default=True)
    """Guests' names and addresses are blanked this long after the window."""
    keep: Duration = Field(default="396d", validate_default=True)
    """Meetings, with their cards and what is left of their guests, are deleted this long after they
    ended, and agents this long after their last command. 396d: 13 months."""
    stale_after: Timeout = Field(default="10m", validate_default=True)
    """If a command is older than this when first seen, its author is asked before it acts."""
    keep_trying: Duration = Field(default="2h", validate_default=True)
    """How long a meeting's room is asked for again while Visio can't be reached."""
    warn_before: Duration = Field(default="5m", validate_default=True)
    """How long before guests have to leave the salon is warned; a reaction then extends the
    meeting."""
    warn_again: Duration = Field(default="1m", validate_default=True)
    """How long before, it is warned again."""
    prolong_by: Prolongation = Field(default="30m", validate_default=True)
    """By how much that reaction extends the meeting, a minute or more."""
    takeovers: int = Field(default=3, ge=0)
    """How often another device with the same link may take over a guest's place."""
    moderator_level: int = Field(default=50, ge=0, le=100)
    """Power level from which an agent may manage others' meetings in the salon."""

    @model_validator(mode="after")
    def _agree(self) -> Self:
        if self.duration > self.longest:
            raise PydanticCustomError("order", "too long", {"this": "duration", "other": "longest"})
        if self.warn_again > self.warn_before:
            told = {"this": "warn_again", "other": "warn_before"}
            raise PydanticCustomError("order", "too long", told)
        if self.forget_after > self.keep:
            told = {"this": "forget_after", "other": "keep"}
            raise PydanticCustomError("order", "too long", told)
        if self.longest + self.grace_after > self.keep:
            told = {"this": "longest + grace_after", "other": "keep"}
            raise PydanticCustomError("order", "too long", told)
        return self


class QuotaSettings(Section):
    """The most that one agent, or one salon, may cost others; a command beyond it is refused."""

    rooms: int = Field(default=30, ge=1)
    """Meetings that one agent asks for, per hour."""
    salon_rooms: int = Field(default=60, ge=1)
    """Meetings that are asked for in one salon, per hour."""
    addresses: int = Field(default=100, ge=1)
    """Guests whom this agent had not invited before, per hour."""
    mails: int = Field(default=300, ge=1)
    """Invitations mailed for one agent per hour, resent ones too."""
    lines: int = Field(default=200, ge=1)
    """Lines of one agent that are answered, per ten minutes."""


class GuestSettings(Section):
    """The proof that guests give besides their link, and whether that is enough."""

    proof: Literal["none", "mail", "pin"] = "none"
    """mail: a code sent to the invitation's address. pin: six digits that the inviter tells the
    guest; also if there is no address. An invitation may ask for either: avec code, avec pin."""
    waiting_room: bool = True
    """false: a guest who gave a code or a PIN comes in without a question to the salon, if
    media.way is livekit. A guest with only a link always waits."""


class IdentityRule(Section):
    """A homeserver whose users' local parts are also those of their e-mail addresses."""

    server: ServerName
    """The homeserver."""
    email: Template
    """The address: {localpart}@example.org"""


class IdentitySettings(Section):
    """The sources of an agent's e-mail, as Visio knows it. A wrong one gives away meetings."""

    map: dict[MatrixUser, Mailbox] = {}
    """Your own table: {"@jeanne:example.org" = "jeanne@example.org"}"""
    map_file: Path | None = Field(default=None, examples=["/etc/parvis/people.toml"])
    """The same table in a TOML file of its own, read at start."""
    rules: tuple[IdentityRule, ...] = ()
    """[{server = "example.org", email = "{localpart}@example.org"}], only if users can't choose
    their Matrix id. Never on Tchap, where several addresses give the same id."""
    domains: tuple[Domain, ...] = ()
    """E-mail domains of agents, each exactly as written: ["interieur.gouv.fr"]. A person invited
    under such an address is a colleague, who signs in with ProConnect, and gets no guest's link.
    Addresses of `map`, `map_file` and `rules` are agents' anyway."""


class LogSettings(Section):
    """Log lines on the standard error output. They never hold secrets or addresses."""

    level: Literal["debug", "info", "warning", "error"] = "info"
    """The lowest level that is logged."""
    format: Literal["json", "console"] = "json"
    """json for machines, console for people."""
