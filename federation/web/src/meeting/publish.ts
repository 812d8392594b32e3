/** Sends what was open at the door, and switches devices on and off from then on. */

import {
  ConnectionState,
  LocalAudioTrack,
  type LocalTrack,
  type LocalTrackPublication,
  LocalVideoTrack,
  MediaDeviceFailure,
  ParticipantEvent,
  type Room,
  RoomEvent,
  Track,
  TrackEvent,
  type TrackPublication,
} from "livekit-client";
import { KINDS, troubled, type Check } from "../check";
import { kept } from "../kept";
import { bySystem, constraints, type Kind, open, type Trouble } from "../media";

export const SOURCES = {
  camera: Track.Source.Camera,
  microphone: Track.Source.Microphone,
} as const;

const FAILURES: Readonly<Record<MediaDeviceFailure, Trouble>> = {
  [MediaDeviceFailure.PermissionDenied]: "denied",
  [MediaDeviceFailure.NotFound]: "missing",
  [MediaDeviceFailure.DeviceInUse]: "busy",
  [MediaDeviceFailure.Other]: "missing",
};

/** Send what the check had open as it is, without closing it in between. */
export async function publish(room: Room, check: Check): Promise<void> {
  for (const kind of KINDS) {
    if (room.state === ConnectionState.Disconnected) return; // meanwhile: it is not to go on the air
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
    if (on && isMissing(error) && (await another(room, kind))) return troubled(kind);
    const failure = MediaDeviceFailure.getFailure(error as Error) ?? MediaDeviceFailure.Other;
    troubled(kind, bySystem(error) ? "system" : FAILURES[failure]);
    // It is read out wherever it stands; the eye is at the buttons.
    document.querySelector("[data-trouble]:not([hidden])")?.scrollIntoView({ block: "nearest" });
  }
}

const ended = new WeakSet<Track>();

/** Tell whether a device of ours was pulled out, or forbidden. */
export const isLost = ({ track }: TrackPublication): boolean => !!track && ended.has(track);

/** Replace a device that is lost by another where there is one; else it is told. */
export function follow(room: Room): void {
  const { localParticipant } = room;
  localParticipant.on(ParticipantEvent.LocalTrackPublished, ({ track }: LocalTrackPublication) => {
    track?.on(TrackEvent.Ended, () => void ended.add(track));
    track?.on(TrackEvent.Restarted, () => void ended.delete(track));
  });
  // LiveKit looked for another itself, but for no other than the one that was chosen.
  localParticipant.on(ParticipantEvent.TrackMuted, (publication) => {
    const kind = KINDS.find((one) => SOURCES[one] === publication.source);
    if (kind && isLost(publication)) void turn(room, kind, true);
  });
}

function isMissing(error: unknown): boolean {
  const failure = MediaDeviceFailure.getFailure(error as Error);
  return failure === MediaDeviceFailure.NotFound || failure === MediaDeviceFailure.Other;
}

/** Send whichever device of a kind there is, instead of one that is no longer there. */
async function another(room: Room, kind: Kind): Promise<boolean> {
  const { track } = await open(kind);
  if (!track) return false;
  const old = room.localParticipant.getTrackPublication(SOURCES[kind])?.track;
  if (old) await room.localParticipant.unpublishTrack(old as LocalTrack, true);
  await send(room, kind, track);
  return true;
}

async function send(room: Room, kind: Kind, track: MediaStreamTrack): Promise<void> {
  const asked = constraints(kind, track.getSettings().deviceId);
  const source = SOURCES[kind];
  const local =
    kind === "camera"
      ? new LocalVideoTrack(track, asked, false)
      : new LocalAudioTrack(track, asked, false);
  room.once(RoomEvent.Disconnected, () => local.stop()); // also while it is being published
  try {
    await room.localParticipant.publishTrack(local, { source });
  } catch {
    local.stop(); // the buttons show that it is not on
  }
}
