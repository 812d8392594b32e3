"""Why a neighbour gives no answer, in the operator's words: never the name of an error."""

import asyncio
import os
import re
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import pytest
from aiohttp import web

from bot.program.check import as_text, run
from bridge.broken import Broken
from bridge.i18n import Language, catalogues
from config.load import load
from tests.servers.certificates import write_self_signed
from tests.servers.smtp import mail_server
from tests.spaces import as_typed
from tests.unit.bot.test_breakages import SETTINGS, written
from tests.unit.bot.test_check import says, serving

UNKNOWN = "son certificat n’est d’aucune autorité connue ici"
NO_TLS = "ce qui répond là ne parle pas TLS"
ELSEWHERE = "ce qui répond là renvoie à une autre adresse"
OTHER = "ce qui répond là ne parle pas cette langue"
HUNG_UP = "la connexion est coupée sans réponse"
LACKS = "ce serveur n’offre pas ce que demandent mail.tls ou mail.user"


def having(section: str, **values: object) -> str:
    """Return the settings with other values in a section."""
    table = rf"(?s)(?<=\[{section}\]\n)(.*?)(?=^\[|\Z)"
    head, body, rest = re.split(table, SETTINGS, maxsplit=1, flags=re.MULTILINE)
    for key, value in values.items():
        body = re.sub(rf"(?m)^{key} = .*\n", "", body)
        body += f"{key} = {value!r}\n".replace("'", '"')
    return head + body + rest


def media(url: str) -> str:
    """Return the settings with a media server."""
    key = f'key = "parvis"\nsecret = "{os.urandom(20).hex()}"\n'
    return SETTINGS + f'[media]\nway = "livekit"\nurl = "{url.replace("http", "ws")}"\n{key}'


NEIGHBOURS: dict[str, Callable[[str], str]] = {
    "Serveur Matrix": lambda url: having("matrix", homeserver=url),
    "Visio": lambda url: having("visio", url=url),
    "Serveur média": media,
    "Porte d’entrée": lambda url: having("door", public_url=url),
}


async def told(text: str, home: Path) -> str:
    found = await run(load(written(home, text)), agent="agent@interieur.gouv.fr")
    return as_typed(as_text(found, catalogues()[Language.FR]))


@asynccontextmanager
async def saying(*lines: bytes) -> AsyncIterator[int]:
    """Greet with the first line, answer with one for each that comes, then hang up."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for line in lines:
            writer.write(line + b"\r\n")
            if not await reader.readline():
                break
        writer.close()

    server = await asyncio.start_server(talk, "127.0.0.1", 0)
    async with server:
        yield server.sockets[0].getsockname()[1]


async def _redirected(_: web.Request) -> web.StreamResponse:
    raise web.HTTPFound("https://login.example.org/")


@pytest.mark.parametrize("neighbour", NEIGHBOURS)
@pytest.mark.parametrize(
    ("world", "reason"),
    [
        ("another authority", UNKNOWN),
        ("no TLS", NO_TLS),
        ("TLS alone", HUNG_UP),
        ("no HTTP", OTHER),
    ],
)
async def test_what_breaks_the_connection_is_told(
    neighbour: str, world: str, reason: str, tmp_path: Path
) -> None:
    certificate, key = tmp_path / "c.pem", tmp_path / "k.pem"
    write_self_signed(certificate, key)
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(certificate, key)
    async with AsyncExitStack() as stack:
        page = {"/{any:.*}": says("<h1>a page</h1>", kind="text/html")}
        url = await stack.enter_async_context(serving(page, None if world == "no TLS" else tls))
        if world == "no HTTP":
            url = f"http://127.0.0.1:{await stack.enter_async_context(saying(b'SSH-2.0-door'))}"
        elif world != "another authority":
            url = url.replace("https", "http") if world == "TLS alone" else f"https{url[4:]}"
        shown = await told(NEIGHBOURS[neighbour](url), tmp_path)
    lines = [line for line in shown.splitlines() if f"{neighbour} : " in line]
    if neighbour == "Porte d’entrée" and reason is UNKNOWN:
        reason = "n’est pas reconnu"  # a sentence of its own
    assert [line for line in lines if reason in line], shown
    assert "Error" not in shown


@pytest.mark.parametrize(
    ("status", "reason"),
    [(401, "refusés (réponse 401)"), (404, "refusés (réponse 404)"), (503, "(réponse 503)")],
)
async def test_what_visio_answers_is_told(status: int, reason: str, tmp_path: Path) -> None:
    async with serving({"/{any:.*}": says({}, status=status)}) as url:
        shown = await told(having("visio", url=url), tmp_path)
    assert reason in shown


@pytest.mark.parametrize("neighbour", ["Serveur Matrix", "Visio"])
async def test_who_sends_on_is_told(neighbour: str, tmp_path: Path) -> None:
    async with serving({"/{any:.*}": _redirected}) as url:
        shown = await told(NEIGHBOURS[neighbour](url), tmp_path)
    assert [one for one in shown.splitlines() if f"{neighbour} : " in one and ELSEWHERE in one]


@pytest.mark.parametrize(
    ("lines", "reason"),
    [
        ([b"SSH-2.0-door"], OTHER),
        ([b"554 5.7.1 canary@example.org may not"], "réponse 554"),
        ([], HUNG_UP),
    ],
)
async def test_what_a_mail_server_says_is_told(
    lines: list[bytes], reason: str, tmp_path: Path
) -> None:
    async with saying(*lines) as port:
        text = having("mail", host="127.0.0.1", port=port, tls="none")
        shown = await told(text, tmp_path)
    assert f"127.0.0.1:{port} n’accepte pas de mail ({reason})" in shown
    assert "canary" not in shown


async def test_a_mail_server_without_encryption_is_told(tmp_path: Path) -> None:
    async with mail_server() as mail:
        there = {"host": "127.0.0.1", "port": mail.port}
        assert LACKS in await told(having("mail", **there, tls="starttls"), tmp_path)
        assert NO_TLS in await told(having("mail", **there, tls="tls"), tmp_path)


def test_a_folder_for_a_database_is_told(tmp_path: Path) -> None:
    shown = asyncio.run(told(having("store", url=f"sqlite:///{tmp_path}"), tmp_path))
    assert "ce fichier ne peut pas être ouvert, ou n’en est pas un" in shown


@pytest.mark.parametrize("language", list(Language))
def test_each_reason_has_its_sentence(language: Language) -> None:
    for why in (*Broken, "answer"):
        assert catalogues()[language].text(f"check.why.{why}", status=503)
