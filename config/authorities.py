"""Certificate authorities' files, read with the settings so that an error names its key."""

import ssl
from pathlib import Path
from typing import Any

from config.errors import Complaint, unreadable
from config.tree import fields, table_at

_KEYS = [path for path, _ in fields() if path[-1] == "ca_file"]


def authorities(given: dict[str, Any]) -> list[Complaint]:
    """Return a complaint about each `ca_file` that can't be read or holds no authority."""
    found = []
    for *parents, name in _KEYS:
        file = table_at(given, parents).get(name)
        if not isinstance(file, str):
            continue
        where, path = ".".join([*parents, name]), Path(file)
        try:
            ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(cafile=path)
        except ssl.SSLError:
            found.append(Complaint(where, "not_pem", {"file": path}))
        except OSError as error:
            found.append(unreadable(where, path, error))
    return found
