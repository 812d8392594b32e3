"""Why something outside can't be reached, as facts of a finding."""

import ssl
from errno import ETIMEDOUT

from bridge.broken import Broken, broken
from bridge.errors import ParvisError

_ELSEWHERE = 3
"""The first figure of what HTTP says of another address."""


def unreached(error: BaseException) -> dict[str, object]:
    """Return the number of the system's error that this one comes of, else what it says itself.

    `Finding` puts the number into the reader's words. A name that nobody knows has a number of
    its own, below zero (`socket.EAI_NONAME`). What has none is among `Broken`; other libraries'
    texts may quote addresses, so of the rest only the name is kept.
    """
    one: BaseException | None = error
    while one is not None:
        found = getattr(one, "os_error", one)
        if isinstance(found, TimeoutError):
            return {"errno": found.errno or ETIMEDOUT}
        if isinstance(found, OSError) and found.errno and not isinstance(found, ssl.SSLError):
            return {"errno": found.errno}
        one = one.__cause__
    facts = error.facts if isinstance(error, ParvisError) else {}
    if (why := facts.get("why") or broken(error)) is not None:
        return {"why": why}
    status = facts.get("status") or facts.get("code")
    if isinstance(status, int):
        elsewhere = status // 100 == _ELSEWHERE
        return {"why": Broken.REDIRECT if elsewhere else "answer", "status": status}
    return {"error": str(error) if isinstance(error, ParvisError) else type(error).__name__}
