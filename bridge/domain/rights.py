"""A guest's rights to send in a meeting, and its recording, as Visio writes them on its room."""

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum


class Source(StrEnum):
    """A kind of track that a participant may send, by the media server's names and in its order."""

    CAMERA = "camera"
    MICROPHONE = "microphone"
    SCREEN = "screen_share"
    SCREEN_AUDIO = "screen_share_audio"


class Recorded(StrEnum):
    """The recordings that Visio makes of a meeting in progress."""

    RECORDING = "recording"
    TRANSCRIPT = "transcript"


ALL = frozenset(Source)
_RUNNING = ("starting", "started")


@dataclass(frozen=True, slots=True)
class RoomFacts:
    """A room's metadata; without any, everything may be sent and nothing is recorded."""

    sources: frozenset[Source] = ALL
    """The sources that the host lets people send."""
    recorded: Recorded | None = None


def facts_of(metadata: str) -> RoomFacts:
    """Read the metadata that Visio's server writes on a room; an invalid one says nothing.

    `{"configuration": {"can_publish_sources": […]}, "recording_mode": "screen_recording",
    "recording_status": "started"}`: each is there only once somebody changed it.
    """
    try:
        found = json.loads(metadata)
    except (ValueError, RecursionError):
        return RoomFacts()
    if not isinstance(found, dict):
        return RoomFacts()
    return RoomFacts(_sources(found.get("configuration")), _recorded(found))


def ordered(sources: Collection[Source]) -> tuple[Source, ...]:
    """Return sources in the order of their kind."""
    return tuple(one for one in Source if one in sources)


def _sources(configuration: object) -> frozenset[Source]:
    named = configuration.get("can_publish_sources") if isinstance(configuration, dict) else None
    if not isinstance(named, list):
        return ALL
    return frozenset(one for one in Source if one.value in named)


def _recorded(found: Mapping[str, object]) -> Recorded | None:
    if found.get("recording_status") not in _RUNNING:
        return None
    transcribed = found.get("recording_mode") == "transcript"
    return Recorded.TRANSCRIPT if transcribed else Recorded.RECORDING
