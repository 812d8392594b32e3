"""The part of an exception that a log may show: its kind and place, never the values it carries."""

import traceback

from bridge.errors import ParvisError


def told(error: BaseException) -> dict[str, str]:
    """Return fields for a log line; for our own errors also the detail, which is written for it."""
    fields = {"error": type(error).__name__}
    if isinstance(error, ParvisError):
        fields |= {"code": error.code, "detail": str(error)}
    frames = traceback.extract_tb(error.__traceback__)
    if frames:
        last = frames[-1]
        fields["where"] = f"{last.filename}:{last.lineno} {last.name}"
    return fields
