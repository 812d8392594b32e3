"""The headers that every answer of the door carries."""

from collections.abc import Mapping
from types import MappingProxyType

from federation.door.settings import DoorSettings

_SENSORS = (
    "accelerometer",
    "autoplay",
    "browsing-topics",
    "camera",
    "display-capture",
    "fullscreen",
    "geolocation",
    "gyroscope",
    "magnetometer",
    "microphone",
    "midi",
    "payment",
    "publickey-credentials-get",
    "screen-wake-lock",
    "usb",
)
_YEAR = 31_536_000


def content_policy(visio_origin: str) -> str:
    """Return the content security policy.

    Chromium holds `form-action` against every redirect that follows a form, so the way from the
    form through the visit to the meeting needs the meeting's origin there
    (docs/interop/browsers.md).
    """
    return "; ".join(
        (
            "default-src 'none'",
            "script-src 'self'",
            "style-src 'self'",
            "img-src 'self'",
            "connect-src 'self'",
            f"form-action 'self' {visio_origin}",
            "base-uri 'none'",
            "frame-ancestors 'none'",
            "require-trusted-types-for 'script'",
        )
    )


def security_headers(settings: DoorSettings) -> Mapping[str, str]:
    """Return the headers of every answer, errors included.

    `same-origin` and not `no-referrer`: under the latter Chromium sends `Origin: null` with our
    own form, and the check of the origin would refuse everybody.
    """
    headers = {
        "Content-Security-Policy": content_policy(settings.visio_origin),
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Permissions-Policy": ", ".join(f"{name}=()" for name in _SENSORS),
        "Referrer-Policy": "same-origin",
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY",
        "X-Robots-Tag": "noindex, nofollow",
    }
    if settings.secure:
        headers["Strict-Transport-Security"] = f"max-age={_YEAR}; includeSubDomains"
    return MappingProxyType(headers)
