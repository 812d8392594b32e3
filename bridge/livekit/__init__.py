"""The client of LiveKit, Visio's media server, with a key of ours (docs/interop/livekit.md)."""

from bridge.livekit.access import LiveKitAccess
from bridge.livekit.grants import LiveKitPasses
from bridge.livekit.rooms import MAX_ANSWER, LiveKitRooms
from bridge.livekit.webhooks import LiveKitWebhooks

__all__ = ["MAX_ANSWER", "LiveKitAccess", "LiveKitPasses", "LiveKitRooms", "LiveKitWebhooks"]
