/** Sends the tracks that were open at the door, and then switches devices on and off. */

import {
  ConnectionState,
  LocalAudioTrack,
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

const MISSING = new Set(["NotFoundError", "OverconstrainedError"]);

/** Send the check's open tracks as they are, without closing them in between. */
export async function publish(room: Room, check: Check): Promise<void> {
  for (const kind of KINDS) {
    if (room.state === ConnectionState.Disconnected) return; // left meanwhile: don't send it
    const track = check.handOver(kind);
    const on = kept(kind);
    if (track?.readyState === "live" && on) await send(room, kind, track);
    else if (on && !check.failed(kind)) await turn(room, kind, true);
    else track?.stop();
  }
}

/** Switch a device on or off; if it fails the page says so, and the meeting goes on without it. */
export async function turn(room: Room, kind: Kind, on: boolean): Promise<void> {
  const trouble = on && !sent(room, kind) ? await begin(room, kind) : await mute(room, kind, !on);
  troubled(kind, trouble);
  // It is read aloud wherever it stands; sighted people look at the buttons.
  document.querySelector("[data-trouble]:not([hidden])")?.scrollIntoView({ block: "nearest" });
}

const sent = (room: Room, kind: Kind): LocalTrackPublication | undefined =>
  room.localParticipant.getTrackPublication(SOURCES[kind]);

/** Send the chosen device, or else any that there is, in place of the present one. */
async function begin(room: Room, kind: Kind): Promise<Trouble | undefined> {
  const chosen = room.getActiveDevice(kind === "camera" ? "videoinput" : "audioinput");
  const named = chosen === "default" ? undefined : chosen; // LiveKit's word for none
  let opened = await open(kind, named);
  if (named && opened.trouble === "missing") opened = await open(kind);
  if (!opened.track) return opened.trouble;
  const old = sent(room, kind)?.track;
  if (old) await room.localParticipant.unpublishTrack(old, true);
  await send(room, kind, opened.track);
  return undefined;
}

/** Mute or darken what is sent, or resume it. */
async function mute(room: Room, kind: Kind, muted: boolean): Promise<Trouble | undefined> {
  const { localParticipant } = room;
  try {
    if (kind === "camera") await localParticipant.setCameraEnabled(!muted);
    else await localParticipant.setMicrophoneEnabled(!muted);
    return undefined;
  } catch (error) {
    const { name } = error as Error;
    if (!muted && MISSING.has(name)) return begin(room, kind);
    const failure = MediaDeviceFailure.getFailure(error as Error) ?? MediaDeviceFailure.Other;
    return bySystem(error) ? "system" : FAILURES[failure];
  }
}

const ended = new WeakSet<Track>();

/** Tell whether a device of ours was pulled out, or forbidden. */
export const isLost = ({ track }: TrackPublication): boolean => !!track && ended.has(track);

/** Replace a lost device by another if there is one; otherwise say so. */
export function follow(room: Room): void {
  const { localParticipant } = room;
  localParticipant.on(ParticipantEvent.LocalTrackPublished, ({ track }: LocalTrackPublication) => {
    track?.on(TrackEvent.Ended, () => void ended.add(track));
    track?.on(TrackEvent.Restarted, () => void ended.delete(track));
  });
  // LiveKit looked for another itself, but only for the one that was chosen.
  localParticipant.on(ParticipantEvent.TrackMuted, (publication) => {
    const kind = KINDS.find((one) => SOURCES[one] === publication.source);
    if (kind && isLost(publication)) void turn(room, kind, true);
  });
}

/** Tracks of one room are published one after another. */
const sends = new WeakMap<Room, Promise<void>>();

function send(room: Room, kind: Kind, track: MediaStreamTrack): Promise<void> {
  const before = sends.get(room) ?? Promise.resolve();
  const done = before.then(() => sendNow(room, kind, track));
  sends.set(room, done);
  return done;
}

/** Send it, unless the person has left meanwhile, or another is sent already. */
async function sendNow(room: Room, kind: Kind, track: MediaStreamTrack): Promise<void> {
  if (room.state === ConnectionState.Disconnected || sent(room, kind)) return track.stop();
  const asked = constraints(kind, track.getSettings().deviceId);
  const local =
    kind === "camera"
      ? new LocalVideoTrack(track, asked, false)
      : new LocalAudioTrack(track, asked, false);
  room.once(RoomEvent.Disconnected, () => local.stop()); // also while it is being published
  try {
    await room.localParticipant.publishTrack(local, { source: SOURCES[kind] });
  } catch {
    local.stop(); // the buttons show that it is off
  }
}
