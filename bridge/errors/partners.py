"""Errors of partner organisations and of the grants between us."""

from bridge.errors.base import ParvisError, Refused


class PartnerError(ParvisError):
    """A partner's instance does not do what we ask."""


class PartnerAway(PartnerError):
    """Wait: it can't be reached, or asks for a pause; a retry is safe."""

    def __init__(self, word: str = "", *, after: float = 0) -> None:
        """Keep a word for the log, and the seconds after which it wants to be asked again."""
        super().__init__(word)
        self.after = after


class PartnerUntrusted(PartnerError):
    """Compare its federation key with its operator: what it publishes is not signed by that one."""


class AssertionRefused(PartnerError):
    """Correct what the partner signs: `reason` is the one public word, for its operator."""

    def __init__(self, reason: str) -> None:
        """Keep the word."""
        super().__init__(reason)
        self.reason = reason


class SignInRefused(PartnerError):
    """Sign in again, or use the mailed code: `reason` is one word, for the log and the page."""

    def __init__(self, reason: str) -> None:
        """Keep the word."""
        super().__init__(reason)
        self.reason = reason


class GrantRefused(Refused):
    """The grant is refused: `error` is the protocol's, `rule` the policy's own, for the audit."""

    def __init__(self, error: str, rule: str, **parameters: object) -> None:
        """Keep both."""
        super().__init__(f"{error}: {rule}", rule=rule, **parameters)
        self.error = error
        self.rule = rule
