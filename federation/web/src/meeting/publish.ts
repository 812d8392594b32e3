/** Sends what was open at the door, and switches devices on and off from then on. */

import {
  LocalAudioTrack,
  LocalVideoTrack,
  MediaDeviceFailure,
  type Room,
  Track,
} from "livekit-client";
import { KINDS, troubled, type Check } from "../check";
import { kept } from "../kept";
import { bySystem, constraints, type Kind, type Trouble } from "../media";

const FAILURES: Readonly<Record<MediaDeviceFailure, Trouble>> = {
  [MediaDeviceFailure.PermissionDenied]: "denied",
  [MediaDeviceFailure.NotFound]: "missing",
  [MediaDeviceFailure.DeviceInUse]: "busy",
  [MediaDeviceFailure.Other]: "missing",
};

/** Send what the check had open as it is, without closing it in between. */
export async function publish(room: Room, check: Check): Promise<void> {
  for (const kind of KINDS) {
    const track = check.handOver(kind);
    const on = kept(kind);
    if (track?.readyState === "live" && on) await send(room, kind, track);
    else if (on && !check.failed(kind)) await turn(room, kind, true);
    else track?.stop();
  }
}

/** Switch a device on or off; one that fails is told, and the meeting goes on without it. */
export async function turn(room: Room, kind: Kind, on: boolean): Promise<void> {
  const { localParticipant } = room;
  try {
    if (kind === "camera") await localParticipant.setCameraEnabled(on);
    else await localParticipant.setMicrophoneEnabled(on);
    troubled(kind);
  } catch (error) {
    const failure = MediaDeviceFailure.getFailure(error as Error) ?? MediaDeviceFailure.Other;
    troubled(kind, bySystem(error) ? "system" : FAILURES[failure]);
    // It is read out wherever it stands; the eye is at the buttons.
    document.querySelector("[data-trouble]:not([hidden])")?.scrollIntoView({ block: "nearest" });
  }
}

async function send(room: Room, kind: Kind, track: MediaStreamTrack): Promise<void> {
  const asked = constraints(kind, track.getSettings().deviceId);
  const [local, source] =
    kind === "camera"
      ? [new LocalVideoTrack(track, asked, false), Track.Source.Camera]
      : [new LocalAudioTrack(track, asked, false), Track.Source.Microphone];
  try {
    await room.localParticipant.publishTrack(local, { source });
  } catch {
    local.stop(); // the buttons show that it is not on
  }
}
