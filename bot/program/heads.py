"""The operator's places for the heads of the audit's chain: a file, and the machine's syslog."""

import asyncio
import os
import socket
from dataclasses import dataclass
from pathlib import Path

from bridge.domain.audit import Head

_PRIORITY = 10 * 8 + 5
"""The facility authpriv, the severity notice (RFC 5424 §6.2.1)."""
_TIMEOUT = 2.0


@dataclass(frozen=True, slots=True)
class HeadFile:
    """Implements `bridge.ports.audit.HeadKeeper`: a line is appended, and is on the disk then."""

    path: Path

    async def keep(self, head: Head) -> None:
        """Append a head. Raises OSError."""
        await asyncio.to_thread(self._append, f"{head.line}\n".encode())

    def _append(self, line: bytes) -> None:
        handle = os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o640)
        try:
            os.write(handle, line)
            os.fsync(handle)
        finally:
            os.close(handle)


@dataclass(frozen=True, slots=True)
class HeadSyslog:
    """The same by a datagram to the machine's syslog, which sends it on as the operator says."""

    path: Path

    async def keep(self, head: Head) -> None:
        """Send a head. Raises OSError, also after two seconds."""
        await asyncio.to_thread(self._send, f"<{_PRIORITY}>parvis: {head.line}".encode())

    def _send(self, datagram: bytes) -> None:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sender:
            sender.settimeout(_TIMEOUT)
            sender.connect(str(self.path))
            sender.send(datagram)
