"""The reason why an outside service can't be reached, as parameters of a finding."""

import ssl
from errno import ETIMEDOUT

from bridge.broken import Broken, broken
from bridge.errors import ParvisError

_ELSEWHERE = 3
"""The first figure of what HTTP says of another address."""


def unreached(error: BaseException) -> dict[str, object]:
    """Return the number of the system's error behind this one, otherwise its own words.

    `Finding` puts the number into the reader's words. An unknown host name has a number of its own,
    below zero (`socket.EAI_NONAME`). An error without a number is one of `Broken`; other libraries'
    texts may quote addresses, so we use only the name of their errors.
    """
    one: BaseException | None = error
    while one is not None:
        found = getattr(one, "os_error", one)
        if isinstance(found, TimeoutError):
            return {"errno": found.errno or ETIMEDOUT}
        if isinstance(found, OSError) and found.errno and not isinstance(found, ssl.SSLError):
            return {"errno": found.errno}
        one = one.__cause__
    parameters = error.parameters if isinstance(error, ParvisError) else {}
    if (why := parameters.get("why") or broken(error)) is not None:
        return {"why": why}
    status = parameters.get("status") or parameters.get("code")
    if isinstance(status, int):
        elsewhere = status // 100 == _ELSEWHERE
        return {"why": Broken.REDIRECT if elsewhere else "answer", "status": status}
    return {"error": str(error) if isinstance(error, ParvisError) else type(error).__name__}
