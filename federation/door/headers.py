"""The headers of every response of the door."""

from collections.abc import Collection, Mapping
from types import MappingProxyType
from urllib.parse import urlsplit

from federation.door.settings import DoorOptions

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
_MEETS = frozenset(
    {"autoplay", "camera", "display-capture", "fullscreen", "microphone", "screen-wake-lock"}
)
"""The features that the page where guests meet may use, and no other page."""
_YEAR = 31_536_000


def content_policy(visio_origin: str, *, reaches: str = "") -> str:
    """Return the content security policy; `reaches` is where else scripts may connect to.

    Chromium applies `form-action` to every redirect after a form, so the path from the form through
    the visit to the meeting needs the meeting's origin there (docs/interop/browsers.md).
    """
    return "; ".join(
        (
            "default-src 'none'",
            "script-src 'self'",
            "style-src 'self'",
            "img-src 'self'",
            f"connect-src 'self' {reaches}".rstrip(),
            f"form-action 'self' {visio_origin}",
            "base-uri 'none'",
            "frame-ancestors 'none'",
            "require-trusted-types-for 'script'",
        )
    )


def security_headers(settings: DoorOptions) -> Mapping[str, str]:
    """Return the headers of every response, errors included.

    `same-origin` and not `no-referrer`: under the latter Chromium sends `Origin: null` with our own
    form, and the check of the origin would refuse everybody.
    """
    headers = {
        "Content-Security-Policy": content_policy(settings.visio_origin),
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Permissions-Policy": _permissions(),
        "Referrer-Policy": "same-origin",
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY",
        "X-Robots-Tag": "noindex, nofollow",
    }
    if settings.secure:
        headers["Strict-Transport-Security"] = f"max-age={_YEAR}; includeSubDomains"
    return MappingProxyType(headers)


def meeting_headers(settings: DoorOptions, media_url: str) -> Mapping[str, str]:
    """Return the headers that differ on the page where guests meet; `media_url` is `wss://…`."""
    parts = urlsplit(media_url)
    # The client uses a WebSocket, and asks over HTTP why it was refused one.
    media = f"{parts.scheme}://{parts.netloc} {parts.scheme.replace('ws', 'http')}://{parts.netloc}"
    return MappingProxyType(
        {
            "Content-Security-Policy": content_policy(settings.visio_origin, reaches=media),
            "Permissions-Policy": _permissions(_MEETS),
        }
    )


def _permissions(ours: Collection[str] = ()) -> str:
    return ", ".join(f"{name}={'(self)' if name in ours else '()'}" for name in _SENSORS)
