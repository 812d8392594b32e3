"""Structured logs on the standard error output, ours and the libraries' alike.

Bind ids once per request or job with `structlog.contextvars.bound_contextvars(meeting=…)`.
"""

import logging
import sys
from types import TracebackType
from typing import Any, Literal, TextIO

import structlog
from structlog.typing import EventDict, Processor

from config.redaction import redact

Format = Literal["json", "console"]

_QUIET = {
    # At "debug" these log rows, bodies and addresses.
    "alembic": logging.WARNING,
    "apscheduler": logging.ERROR,
    "asyncio": logging.WARNING,
    "nio": logging.ERROR,
    "peewee": logging.WARNING,
    "sqlalchemy": logging.WARNING,
    # One line per request, with the client's address.
    "aiohttp.access": logging.CRITICAL + 1,
}


def configure(*, level: str, form: Format, stream: TextIO | None = None) -> None:
    """Send all log events to `stream`, from `level` up, redacted, one event a line."""
    stream = stream or sys.stderr
    _libraries(level.upper(), form, stream)
    sys.excepthook = _uncaught
    structlog.configure(
        processors=[*_first(), *_last(form)],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.WriteLoggerFactory(stream),
        cache_logger_on_first_use=False,  # loggers are made before this runs
    )


def _libraries(level: str, form: Format, stream: TextIO) -> None:
    """Bring events of `logging` into the same form; ours skip that detour."""
    handler = logging.StreamHandler(stream)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[*_first(), structlog.stdlib.add_logger_name],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *_last(form)],
        )
    )
    root = logging.getLogger()
    for old in root.handlers[:]:
        root.removeHandler(old)
    root.addHandler(handler)
    root.setLevel(level)
    for name, least in _QUIET.items():
        logging.getLogger(name).setLevel(max(least, root.level))
    logging.getLogger("aiohttp.server").filters = [_without_request]
    logging.captureWarnings(capture=True)


def _first() -> list[Processor]:
    return [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.StackInfoRenderer(),
    ]


def _last(form: Format) -> list[Processor]:
    shown: list[Processor] = [structlog.dev.ConsoleRenderer(colors=False, pad_event_to=32)]
    if form == "json":
        shown = [_in_order, structlog.processors.JSONRenderer(ensure_ascii=False)]
    return [structlog.processors.format_exc_info, redact, *shown]


def _in_order(_logger: object, _method: str, event: EventDict) -> EventDict:
    """Put the fields that a reader looks for first in front."""
    first = ("timestamp", "level", "event", "logger")
    return {name: event[name] for name in first if name in event} | dict(event)


def _without_request(record: logging.LogRecord) -> bool:
    """Keep the failure of aiohttp's log lines, not the request.

    The error's text quotes a request that can't be parsed, link included.
    """
    error = record.exc_info[1] if record.exc_info else None
    record.msg, record.args = "http.request_failed", ()
    if error is not None and type(error).__module__ == "aiohttp.http_exceptions":
        record.msg, record.exc_info = f"http.request_malformed {type(error).__name__}", None
        record.levelno, record.levelname = logging.INFO, "INFO"
    return True


def _uncaught(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> Any:
    if issubclass(kind, KeyboardInterrupt):
        sys.__excepthook__(kind, error, trace)
        return
    structlog.get_logger().critical("process.failed", exc_info=(kind, error, trace))
