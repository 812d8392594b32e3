"""`parvis check` before a real LiveKit: our key, another's, a wrong secret, and nobody there."""

from dataclasses import replace
from pathlib import Path

from pydantic import SecretStr

from bot.program.checks import media
from bridge.clock import SystemClock
from bridge.http import open_session
from bridge.livekit import MAX_ANSWER, LiveKitAccess, LiveKitRooms
from config.sections import MediaSettings
from tests.servers.livekit import livekit, missing
from tests.servers.require import need


async def test_our_key_is_accepted_and_no_other(tmp_path: Path) -> None:
    need(not missing(), missing() or "")
    with livekit(tmp_path) as server:
        settings = MediaSettings(
            way="livekit", url=server.ws_url, key=server.ours.key, secret=server.ours.secret
        )

        async def found(access: LiveKitAccess) -> list[tuple[str, str]]:
            async with open_session(max_body=MAX_ANSWER) as session:
                rooms = LiveKitRooms(session, access, clock=SystemClock())
                findings = await media.check(rooms, session, settings, clock=SystemClock())
            return [(one.check, one.found) for one in findings]

        assert await found(server.ours) == [
            ("media", "ok"),
            ("media-clock", "ok"),
            ("media-gate", "open"),
        ]
        for wrong in (
            replace(server.ours, secret=SecretStr("5e2b8c7d1f4a9036c8e71b5d4f2a9036")),
            replace(server.ours, key="stranger"),
        ):
            assert (await found(wrong))[:2] == [("media", "refused"), ("media-clock", "ok")]
        server.stop()
        assert await found(server.ours) == [
            ("media", "unreachable"),
            ("media-clock", "unknown"),
            ("media-gate", "unknown"),
        ]
