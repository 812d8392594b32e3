"""Other programs' names of our sections and keys, to suggest ours for them."""

from typing import Final

SECTIONS: Final = {
    "smtp": "mail",
    "email": "mail",
    "livekit": "media",
    "meet": "visio",
    "synapse": "matrix",
    "tchap": "matrix",
    "bot": "matrix",
    "database": "store",
    "db": "store",
    "logging": "logs",
    "metrics": "admin",
    "web": "door",
}

KEYS: Final = {
    "": {
        "timezone": "meetings.zone",
        "tz": "meetings.zone",
        "lang": "language",
        "locale": "language",
    },
    "store": dict.fromkeys(("path", "file", "database", "dsn", "uri"), "url"),
    "keys": dict.fromkeys(("path", "dir", "directory"), "folder"),
    "matrix": {
        **dict.fromkeys(("url", "base_url", "server", "homeserver_url"), "homeserver"),
        **dict.fromkeys(("username", "user_id", "mxid", "login", "account"), "user"),
        "access_token": "token",
        "device_id": "device",
        "servers": "agents",
        "command": "prefix",
    },
    "visio": {
        "base_url": "url",
        **dict.fromkeys(("application_id", "app_id", "client"), "client_id"),
        **dict.fromkeys(("client_secret", "secret_key", "api_key"), "secret"),
        "timeout": "total_timeout",
        "access_level": "level",
    },
    "media": {
        "api_key": "key",
        **dict.fromkeys(("api_secret", "secret_key"), "secret"),
        "mode": "way",
        "ws_url": "url",
    },
    "door": {
        **dict.fromkeys(("url", "base_url"), "public_url"),
        **dict.fromkeys(("listen", "bind", "address"), "host"),
        **dict.fromkeys(("proxies", "trusted_proxy"), "trusted_proxies"),
        "name": "organisation",
    },
    "admin": dict.fromkeys(("listen", "bind", "address"), "host"),
    "mail": {
        "from": "sender",
        "from_name": "sender_name",
        **dict.fromkeys(("server", "hostname", "smtp_host", "smtp_server"), "host"),
        **dict.fromkeys(("username", "login"), "user"),
        **dict.fromkeys(("ssl", "starttls", "use_tls", "security", "encryption"), "tls"),
    },
    "meetings": {
        **dict.fromkeys(("timezone", "tz"), "zone"),
        "default_duration": "duration",
        **dict.fromkeys(("max_duration", "longest_duration"), "longest"),
        "retention": "keep",
        "max_guests": "guests_per_meeting",
    },
    "identity": dict.fromkeys(("mapping", "people", "users"), "map"),
    "limits": {"guests": "meetings.guests_per_meeting"},
}
"""By section. A key of another section is written with a dot."""
