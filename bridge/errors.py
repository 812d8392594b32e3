"""Everything that can go wrong and that a person must be told.

    ParvisError
    ├── Refused                      the request can't be fulfilled; its author is told why
    │   ├── NotAllowed               its author has no right to it
    │   ├── Misunderstood            the line can't be read; a corrected example is given
    │   ├── TimeRefused              a past or impossible time
    │   ├── IdentityUnresolved       no e-mail is known for this agent
    │   ├── NoMeeting                the salon has no meeting this could be about
    │   ├── MeetingAmbiguous         several meetings could be meant
    │   ├── SalonSilent              Parvis may not write in the salon
    │   ├── GuestUnknown             no invitation matches the words
    │   ├── GuestAmbiguous           several invitations match the words
    │   ├── MediaAway                we admit no guest whom we couldn't eject
    │   ├── TakeoversSpent           a link has changed devices as often as it may
    │   ├── InvitationRefused        an address or a window that policy or sense refuses
    │   ├── MeetingEchoed            another agent has just asked for the same meeting
    │   └── LimitReached             an agent, or a salon, has reached a quota
    ├── VisioError                   the video platform
    │   ├── VisioUnknownAgent        the agent never logged in to Visio
    │   ├── VisioNotDelegated        the e-mail's domain is not delegated to us
    │   ├── VisioLevelRefused        this instance refuses the access level
    │   ├── VisioMisconfigured       credentials, scopes or switches are wrong
    │   ├── VisioUnreachable         it was out of reach: a retry is safe, or nearly so
    │   └── VisioUnconfirmed         sent, but the answer is unknown or a failure of Visio's
    ├── MailError
    │   ├── MailRefused              the server refuses this message for good
    │   ├── MailUnreachable          the server has not accepted it: a retry is safe
    │   └── MailUnconfirmed          sent, but the server has not said what became of it
    ├── MediaUnreachable             the media server does not do what we ask
    ├── TokenRefused                 a JWT that our front door refuses
    ├── KeysUnusable                 our own key files can't be read or trusted
    ├── SchemaOutdated               the database needs `parvis migrate`
    │   └── SchemaNewer              a newer program has migrated it
    └── AlreadyRunning               another process holds this database

The docstring of each class is the advice for its reader; `code` names the translation, the
metric's label and the `type` of problem+json.
"""

from enum import StrEnum
from typing import ClassVar


class Code(StrEnum):
    """Stable names: translations, metrics and API clients depend on them."""

    NOT_ALLOWED = "not-allowed"
    MISUNDERSTOOD = "misunderstood"
    TIME_REFUSED = "time-refused"
    IDENTITY_UNRESOLVED = "identity-unresolved"
    NO_MEETING = "no-meeting"
    MEETING_AMBIGUOUS = "meeting-ambiguous"
    SALON_SILENT = "salon-silent"
    GUEST_UNKNOWN = "guest-unknown"
    GUEST_AMBIGUOUS = "guest-ambiguous"
    TAKEOVERS_SPENT = "takeovers-spent"
    INVITATION_REFUSED = "invitation-refused"
    MEETING_ECHOED = "meeting-echoed"
    LIMIT_REACHED = "limit-reached"
    VISIO_UNKNOWN_AGENT = "visio-unknown-agent"
    VISIO_NOT_DELEGATED = "visio-not-delegated"
    VISIO_LEVEL_REFUSED = "visio-level-refused"
    VISIO_MISCONFIGURED = "visio-misconfigured"
    VISIO_UNREACHABLE = "visio-unreachable"
    VISIO_UNCONFIRMED = "visio-unconfirmed"
    MAIL_REFUSED = "mail-refused"
    MAIL_UNREACHABLE = "mail-unreachable"
    MAIL_UNCONFIRMED = "mail-unconfirmed"
    MEDIA_UNREACHABLE = "media-unreachable"
    MEDIA_AWAY = "media-away"
    TOKEN_REFUSED = "token-refused"  # noqa: S105 - a name, not a secret
    KEYS_UNUSABLE = "keys-unusable"
    SCHEMA_OUTDATED = "schema-outdated"
    SCHEMA_NEWER = "schema-newer"
    ALREADY_RUNNING = "already-running"


class ParvisError(Exception):
    """An error that a person must be told."""

    code: ClassVar[Code]

    def __init__(self, detail: str = "", /, **facts: object) -> None:
        """Keep `detail` for the log (no secret, no personal data) and `facts` for the sentence."""
        super().__init__(detail or self.code.value)
        self.facts = facts


class Refused(ParvisError):
    """The request can't be fulfilled."""


class NotAllowed(Refused):
    """Ask somebody who has the right: `facts["reason"]` names the rule."""

    code = Code.NOT_ALLOWED


class Misunderstood(Refused):
    """Type the corrected example: `facts["understood"]`, `facts["example"]`."""

    code = Code.MISUNDERSTOOD


class TimeRefused(Refused):
    """Give a future time: `facts["reason"]`, `facts["example"]`."""

    code = Code.TIME_REFUSED


class IdentityUnresolved(Refused):
    """Ask the operator to enter your e-mail address (`identity.map`)."""

    code = Code.IDENTITY_UNRESOLVED


class NoMeeting(Refused):
    """Start a meeting first, or ask in the salon where it is."""

    code = Code.NO_MEETING


class MeetingAmbiguous(Refused):
    """Reply to the card of the meeting that you mean: `facts["rows"]` are the meetings.

    `facts["reason"]`: it was asked by direct message, where there is no card.
    """

    code = Code.MEETING_AMBIGUOUS


class SalonSilent(Refused):
    """Let Parvis write in the salon, or ask for the meeting in another."""

    code = Code.SALON_SILENT


class GuestUnknown(Refused):
    """Look at `!visio invités`: no guest there has that name or address."""

    code = Code.GUEST_UNKNOWN


class GuestAmbiguous(Refused):
    """Give the whole address: several guests match."""

    code = Code.GUEST_AMBIGUOUS


class MediaAway(Refused):
    """Try again once the media server answers: a guest admitted now could not be ejected."""

    code = Code.MEDIA_AWAY


class TakeoversSpent(Refused):
    """Withdraw the link and invite again: devices have taken over `limit` times already."""

    code = Code.TAKEOVERS_SPENT

    def __init__(self, *, name: str, limit: int, guest: str) -> None:
        """Keep the asker's name, and the guest whose link it is."""
        super().__init__(name=name, limit=limit, guest=guest)
        self.limit = limit
        self.guest = guest


class InvitationRefused(Refused):
    """Correct the address or the window: `facts["reason"]`."""

    code = Code.INVITATION_REFUSED


class MeetingEchoed(Refused):
    """Use the meeting that `facts["organiser"]` has just asked for, or give another title.

    `facts["reason"]`: both are to begin now.
    """

    code = Code.MEETING_ECHOED


class LimitReached(Refused):
    """Type the line again from `facts["at"]` on: `facts["reason"]` names the rule."""

    code = Code.LIMIT_REACHED


class VisioError(ParvisError):
    """The video platform did not do what we asked."""


class VisioUnknownAgent(VisioError):
    """Log in to Visio once with ProConnect, then ask again."""

    code = Code.VISIO_UNKNOWN_AGENT


class VisioNotDelegated(VisioError):
    """Ask Visio's operator to delegate this e-mail domain to Parvis's application."""

    code = Code.VISIO_NOT_DELEGATED


class VisioLevelRefused(VisioError):
    """Choose another access level: this instance refuses the one asked for."""

    code = Code.VISIO_LEVEL_REFUSED


class VisioMisconfigured(VisioError):
    """Run `parvis check`: the credentials, the scopes or a switch of the instance are wrong."""

    code = Code.VISIO_MISCONFIGURED


class VisioUnreachable(VisioError):
    """Nothing was sent, or a proxy answered in Visio's place (`facts["asked"]`).

    The request is stored and retried automatically.
    """

    code = Code.VISIO_UNREACHABLE


class VisioUnconfirmed(VisioError):
    """Visio may or may not have acted: only a person may decide to ask again."""

    code = Code.VISIO_UNCONFIRMED


class MailError(ParvisError):
    """A mail could not be sent."""


class MailRefused(MailError):
    """Correct the address: the mail server refuses it for good."""

    code = Code.MAIL_REFUSED


class MailUnreachable(MailError):
    """Wait: the mail is stored and retried."""

    code = Code.MAIL_UNREACHABLE


class MailUnconfirmed(MailError):
    """Ask the recipient: the mail may have arrived; it is retried late and seldom."""

    code = Code.MAIL_UNCONFIRMED


class MediaUnreachable(ParvisError):
    """The media server does not answer; the call is retried."""

    code = Code.MEDIA_UNREACHABLE


class TokenRefused(ParvisError):
    """Get a new token: this one is malformed, expired, or not for us."""

    code = Code.TOKEN_REFUSED


class KeysUnusable(ParvisError):
    """Look at the folder of the keys: the detail names the file and what is wrong."""

    code = Code.KEYS_UNUSABLE


class SchemaOutdated(ParvisError):
    """Run `parvis migrate`: the database is older than this program."""

    code = Code.SCHEMA_OUTDATED


class SchemaNewer(SchemaOutdated):
    """Install the newer program again, or restore an older backup: there is no way back."""

    code = Code.SCHEMA_NEWER


class AlreadyRunning(ParvisError):
    """Stop the other `parvis run`, or use PostgreSQL and `--role`."""

    code = Code.ALREADY_RUNNING
