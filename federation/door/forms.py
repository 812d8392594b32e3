"""Reads a small form without trusting a byte of it."""

import asyncio
from urllib.parse import parse_qsl

from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError

LARGEST = 32 * 1024
_FIELDS = 20


class FormRefused(Exception):
    """The body is no form that a page of ours sends; `status` says why."""

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


async def read_form(
    request: web.Request, patience: float, *, most: int = _FIELDS
) -> dict[str, str]:
    """Return the fields of a form, at most so many, each of which may come once.

    Raises FormRefused.

    It reads a body of at most 32 KiB within `patience` seconds, neither compressed nor multipart;
    bytes that are no UTF-8 become replacement characters.
    """
    if request.content_type != "application/x-www-form-urlencoded":
        raise FormRefused(415)
    if "Content-Encoding" in request.headers:
        raise FormRefused(415)
    return _fields(await read_body(request, patience), most)


async def read_body(request: web.Request, patience: float) -> bytes:
    """Return at most 32 KiB that came within `patience` seconds. Raises FormRefused."""
    if (request.content_length or 0) > LARGEST:
        raise FormRefused(413)
    try:
        async with asyncio.timeout(patience):
            return await request.read()
    except web.HTTPRequestEntityTooLarge as error:
        raise FormRefused(413) from error
    except TimeoutError as error:
        raise FormRefused(408) from error
    except (HttpProcessingError, ConnectionError, RuntimeError) as error:
        # aiohttp raises RuntimeError for a connection that closed before it was read.
        raise FormRefused(400) from error


def _fields(body: bytes, most: int) -> dict[str, str]:
    text = body.decode("utf-8", "replace")
    try:
        pairs = parse_qsl(text, keep_blank_values=True, max_num_fields=most, errors="replace")
    except ValueError as error:
        raise FormRefused(400) from error
    fields = dict(pairs)
    if len(fields) != len(pairs):
        raise FormRefused(400)
    return fields
