"""Readings of a room's metadata, with any content."""

import json

import pytest

from bridge.domain.rights import ALL, Recorded, RoomFacts, Source, facts_of, ordered

MODES = {"screen_recording": Recorded.RECORDING, "transcript": Recorded.TRANSCRIPT}


@pytest.mark.parametrize(
    "written",
    ["", "{}", "[]", "null", "7", "no JSON", "[" * 100_000, '{"configuration": null}',
     '{"configuration": []}', '{"configuration": {"can_publish_sources": "camera"}}',
     '{"recording_mode": "transcript"}', '{"recording_status": {}}'],
)  # fmt: skip
def test_what_says_nothing_forbids_nothing_and_keeps_nothing(written: str) -> None:
    assert facts_of(written) == RoomFacts(ALL, None)


@pytest.mark.parametrize(
    ("named", "sources"),
    [
        (["camera", "microphone"], {Source.CAMERA, Source.MICROPHONE}),
        (["screen_share", "telepathy", 7, None, {}], {Source.SCREEN}),
        ([], set()),
    ],
)
def test_the_host_s_configuration_is_read(named: list[object], sources: set[Source]) -> None:
    written = json.dumps({"configuration": {"can_publish_sources": named}, "access_level": "x"})
    assert facts_of(written).sources == sources


@pytest.mark.parametrize(("mode", "recorded"), MODES.items())
def test_a_recording_is_one_from_its_start_to_its_end(mode: str, recorded: Recorded) -> None:
    running = {"starting": recorded, "started": recorded, "saving": None, "aborted": None}
    for status, found in running.items():
        written = json.dumps({"recording_mode": mode, "recording_status": status})
        assert facts_of(written).recorded is found, status


def test_sources_have_one_order() -> None:
    assert ordered({Source.SCREEN, Source.CAMERA}) == (Source.CAMERA, Source.SCREEN)
