"""Trouble between us and the homeserver.

MatrixTrouble
├── Unreachable          no answer in time: ask again
│   ├── Unsent           and nothing was asked: no connection
│   └── Unanswered       the request may have taken effect: look for it again `after` seconds
├── Busy                 429: ask again after the delay it names
├── Refusal              any other answer that is not a success; `passing` for 5xx
├── IdentityRefused      our cross-signing identity may not be published
├── StoreBusy            the device's keys can't be written now: begin again from the file
└── AccountUnusable      the bot must stop and a person must act
    ├── LoggedOut        the access token is dead
    │   └── SessionEnded the same, but signing in again with the password repairs it
    ├── LoginRefused     the password, the token or the user id is wrong
    ├── AccountExpired   Tchap wants the account's mailbox to confirm
    ├── StoreLost        this device's keys are lost and no new device can be made
    └── StoreLocked      the secret given does not open the keys of this device
"""


class MatrixTrouble(Exception):
    """Trouble between us and the homeserver."""

    passing = False
    """Whether the same request may succeed later without anybody's help."""


class Unreachable(MatrixTrouble):
    """No answer: refused, cut, or too late."""

    passing = True


class Unsent(Unreachable):
    """No connection, so that no request was sent."""


class Unanswered(Unreachable):
    """An answer was lost: the request may have taken effect, so its result is looked for again."""

    def __init__(self, after: float) -> None:
        super().__init__(f"looked for again in {after:g} s")
        self.after = after


class Busy(MatrixTrouble):
    """Too many requests; the next may go in `after` seconds."""

    passing = True

    def __init__(self, after: float) -> None:
        super().__init__(f"limited for {after:g} s")
        self.after = after


class Refusal(MatrixTrouble):
    """The homeserver refused; `errcode` is its reason."""

    def __init__(self, status: int, errcode: str, answer: dict[str, object]) -> None:
        super().__init__(f"{status} {errcode}")
        self.status = status
        self.errcode = errcode
        self.answer = answer
        self.passing = status >= 500 or status == 408 or "errcode" not in answer  # noqa: PLR2004 - HTTP


class StoreBusy(MatrixTrouble):
    """Look at the folder `matrix.store`: another program holds a file there, or its disk is full.

    The memory may be ahead of the file, so a caller begins again from the file.
    """

    passing = True


class IdentityRefused(MatrixTrouble):
    """Give the right `matrix.password`; if that is not enough, sign the device elsewhere.

    A client that holds the published identity signs it by verifying it.
    """


class AccountUnusable(MatrixTrouble):
    """Stop, and have a person act."""


class LoggedOut(AccountUnusable):
    """Give Parvis a new access token (or a password): the homeserver ended this session."""


class SessionEnded(LoggedOut):
    """Do nothing: the homeserver ended this session, and Parvis signs in again."""


class LoginRefused(AccountUnusable):
    """Correct `matrix.user`, the password or the access token: the homeserver refuses them."""


class AccountExpired(AccountUnusable):
    """Open the account's mailbox and follow the renewal link (`ORG_MATRIX_EXPIRED_ACCOUNT`)."""


class StoreLost(AccountUnusable):
    """Issue an access token for another device: the keys of this one are lost for good."""


class StoreLocked(AccountUnusable):
    """Put the old `matrix.pickle_secret` back: the one given does not open this device's keys."""
