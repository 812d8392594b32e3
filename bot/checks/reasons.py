"""The reason why an outside service can't be reached, as facts of a finding."""

import ssl
from errno import ETIMEDOUT

from bridge.errors import ParvisError


def unreached(error: BaseException) -> dict[str, object]:
    """Return the number of the system's error behind this one, otherwise its own words.

    `Finding` puts the number into the reader's words. An unknown host name has a number of its own,
    below zero (`socket.EAI_NONAME`). Other libraries' texts may quote addresses, so we use only the
    name of their errors.
    """
    one: BaseException | None = error
    while one is not None:
        found = getattr(one, "os_error", one)
        if isinstance(found, TimeoutError):
            return {"errno": found.errno or ETIMEDOUT}
        if isinstance(found, OSError) and found.errno and not isinstance(found, ssl.SSLError):
            return {"errno": found.errno}
        one = one.__cause__
    return {"error": str(error) if isinstance(error, ParvisError) else type(error).__name__}
