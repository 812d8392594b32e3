/** The media part, loaded while the guest waits: the only file that knows livekit-client. */

import {
  DisconnectReason,
  getLogger,
  LocalAudioTrack,
  LocalVideoTrack,
  LoggerNames,
  Room,
  RoomEvent,
  Track,
} from "livekit-client";
import type { Check } from "./check";
import { KINDS } from "./check";
import { Controls } from "./controls";
import type { Pass } from "./door";
import { kept } from "./kept";
import { constraints, type Kind } from "./media";
import { Tiles } from "./tiles";

/** Why this page is no longer in the meeting. */
export type Gone = "left" | "removed" | "elsewhere" | "network";

const REASONS: Readonly<Partial<Record<DisconnectReason, Gone>>> = {
  [DisconnectReason.CLIENT_INITIATED]: "left",
  [DisconnectReason.DUPLICATE_IDENTITY]: "elsewhere",
  [DisconnectReason.PARTICIPANT_REMOVED]: "removed",
  [DisconnectReason.ROOM_DELETED]: "removed",
};

/** Milliseconds between tries with the token in hand; then the page asks the door for a new one. */
const RETRIES = [0, 300, 1200] as const;

// What the media server answers to a token that is over repeats the token, so nothing is logged;
// `setLogLevel` would keep that wish in the browser's storage.
for (const name of Object.values(LoggerNames)) getLogger(name).disableAll(false);

/** What the page is told meanwhile. */
export interface News {
  /** We are in, or in again. */
  entered(): void;
  /** The connection is lost, and being looked for. */
  interrupted(): void;
}

/** Take part until something ends it, and say what. */
export async function meet(pass: Pass, check: Check, news: News): Promise<Gone> {
  const room = new Room({
    adaptiveStream: true,
    dynacast: true,
    reconnectPolicy: { nextRetryDelayInMs: ({ retryCount }) => RETRIES[retryCount] ?? null },
  });
  const off = new AbortController();
  const tiles = new Tiles(room);
  const controls = new Controls(room, check, off.signal);
  const over = new Promise<Gone>((done) => {
    room.on(RoomEvent.Disconnected, (reason) => done(REASONS[reason ?? 0] ?? "network"));
  });
  room.on(RoomEvent.SignalReconnecting, news.interrupted);
  room.on(RoomEvent.Reconnecting, news.interrupted);
  room.on(RoomEvent.Reconnected, news.entered);
  try {
    await room.connect(pass.url, pass.token);
    news.entered();
    tiles.draw();
    check.chosen = (kind, device) => choose(room, kind, device);
    void check.ready.then(() => publish(room, check, controls));
    return await over;
  } catch {
    return "network"; // its message may hold the token
  } finally {
    off.abort();
    check.chosen = undefined;
    tiles.clear();
    await room.disconnect();
  }
}

/** Send what the check had open as it is, without closing it in between. */
async function publish(room: Room, check: Check, controls: Controls): Promise<void> {
  for (const kind of KINDS) {
    const { track, device } = check.handOver(kind);
    const on = kept(kind);
    if (track?.readyState === "live" && on) await publishTrack(room, kind, track, device);
    else if (on && !check.failed(kind)) await controls.set(kind, true, device);
    else track?.stop();
  }
}

async function publishTrack(
  room: Room,
  kind: Kind,
  track: MediaStreamTrack,
  device?: string,
): Promise<void> {
  const asked = constraints(kind, device);
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

async function choose(room: Room, kind: Kind, device: string): Promise<void> {
  const named = kind === "camera" ? "videoinput" : "audioinput";
  await room.switchActiveDevice(named, device).catch(() => undefined);
}
