/** The media part, loaded while the guest waits: LiveKit's client, React, and LiveKit's parts of it. */

import { log } from "@livekit/components-core";
import { RoomContext } from "@livekit/components-react";
import { DisconnectReason, getLogger, LoggerNames, Room, RoomEvent } from "livekit-client";
import { createRoot, type Root } from "react-dom/client";
import type { Check } from "./check";
import { tellRemoved, type Pass } from "./door";
import { constraints } from "./media";
import { part } from "./page";
import { awake } from "./meeting/awake";
import { follow, publish } from "./meeting/publish";
import { Stage } from "./meeting/stage";

/** Why this page is no longer in the meeting. */
export type Gone = "left" | "removed" | "elsewhere" | "network" | "broken";

/** Any other, also that the room was closed: the door knows whether there is a way back in. */
const REASONS: Readonly<Partial<Record<DisconnectReason, Gone>>> = {
  [DisconnectReason.CLIENT_INITIATED]: "left",
  [DisconnectReason.DUPLICATE_IDENTITY]: "elsewhere",
  [DisconnectReason.PARTICIPANT_REMOVED]: "removed",
};

/** Milliseconds between tries with the token in hand; then the page asks the door for a new one. */
const RETRIES = [0, 300, 1200] as const;

// What the media server answers to a token that is over repeats the token, so nothing is logged;
// `setLogLevel` would keep that wish in the browser's storage.
for (const name of Object.values(LoggerNames)) getLogger(name).disableAll(false);
log.disableAll(false);

/** What the page is told meanwhile. */
export interface News {
  /** We are in, or in again. */
  entered(): void;
  /** The connection is lost, and being looked for. */
  interrupted(): void;
  /** The person waits for it no longer. */
  readonly signal: AbortSignal;
}

/** Take part until something ends it, and say what. */
export async function meet(pass: Pass, check: Check, news: News): Promise<Gone> {
  const room = opened(check);
  let shown: Root | undefined;
  let sleeps: (() => void) | undefined;
  let end: (gone: Gone) => void = () => undefined;
  const over = new Promise<Gone>((done) => (end = done));
  room.on(RoomEvent.Disconnected, (reason) => {
    if (reason === DisconnectReason.PARTICIPANT_REMOVED) void tellRemoved();
    end(REASONS[reason ?? 0] ?? "network");
  });
  room.on(RoomEvent.SignalReconnecting, news.interrupted);
  room.on(RoomEvent.Reconnecting, news.interrupted);
  room.on(RoomEvent.Reconnected, news.entered);
  const leave = (): void => void room.disconnect();
  news.signal.addEventListener("abort", leave);
  try {
    await room.connect(pass.url, pass.token);
    news.entered();
    sleeps = awake();
    // A mistake of ours must not leave an empty page behind whose microphone is on.
    shown = createRoot(part("stage"), { onUncaughtError: () => end("broken") });
    shown.render(
      <RoomContext.Provider value={room}>
        <Stage />
      </RoomContext.Provider>,
    );
    follow(room);
    void check.ready.then(() => publish(room, check));
    return await over;
  } catch {
    return "network"; // its message may hold the token
  } finally {
    news.signal.removeEventListener("abort", leave);
    sleeps?.();
    shown?.unmount();
    await room.disconnect();
  }
}

/** Make a room that opens the devices which were chosen at the door. */
function opened(check: Check): Room {
  return new Room({
    adaptiveStream: true,
    dynacast: true,
    reconnectPolicy: { nextRetryDelayInMs: ({ retryCount }) => RETRIES[retryCount] ?? null },
    videoCaptureDefaults: { deviceId: check.device("camera") },
    audioCaptureDefaults: { ...constraints("microphone"), deviceId: check.device("microphone") },
  });
}
