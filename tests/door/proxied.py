"""A door and a real nginx in front of it, as documented."""

import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from aiohttp import ClientSession, TCPConnector

from tests.door.gated import GUIDE
from tests.door.house import House
from tests.servers.certificates import write_self_signed
from tests.servers.nginx import documented, fitted, nginx
from tests.servers.ports import free_ports


@asynccontextmanager
async def a_proxy(
    house: House, folder: Path, public: str
) -> AsyncIterator[tuple[ClientSession, str]]:
    """Run the proxy for the block; yield a browser that asks for `public`, and its address."""
    folder.mkdir()
    certificate = folder / "invitations.pem"
    write_self_signed(certificate, folder / "invitations.key")
    (port,) = free_ports(1)
    places = {
        "listen 443 ssl;": f"listen 127.0.0.1:{port} ssl;",
        "/etc/ssl/": f"{folder}/",
        "/var/log/nginx/": f"{folder}/",
        "http://127.0.0.1:8080": house.url,
        "    http2 on;\n": "",  # Debian's nginx is older than this line
    }
    configuration = fitted(documented(GUIDE, "limit_req_zone"), places)
    trusted = ssl.create_default_context(cafile=str(certificate))
    with nginx(folder, configuration, port):
        async with ClientSession(
            connector=TCPConnector(ssl=trusted),
            headers={"Host": public.removeprefix("https://"), "Origin": public},
        ) as session:
            yield session, f"https://127.0.0.1:{port}"
