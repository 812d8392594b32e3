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

/** The reason why this page is no longer in the meeting. */
export type Gone = "left" | "removed" | "elsewhere" | "network" | "broken";

/** Any other reason, also a closed room: the door knows whether there is a way back in. */
const REASONS: Readonly<Partial<Record<DisconnectReason, Gone>>> = {
  [DisconnectReason.CLIENT_INITIATED]: "left",
  [DisconnectReason.DUPLICATE_IDENTITY]: "elsewhere",
  [DisconnectReason.PARTICIPANT_REMOVED]: "removed",
};

/** Milliseconds between tries with the present token; then the page asks the door for a new one. */
const RETRIES = [0, 300, 1200] as const;

// The media server's answer to an expired token repeats the token, so nothing is logged;
// `setLogLevel` would store that choice in the browser.
for (const name of Object.values(LoggerNames)) getLogger(name).disableAll(false);
log.disableAll(false);

/** Events for the page meanwhile. */
export interface News {
  /** We have joined, or rejoined. */
  entered(): void;
  /** The connection is lost, and the client reconnects. */
  interrupted(): void;
  /** The person no longer waits for it. */
  readonly signal: AbortSignal;
}

/** Take part until something ends it, and return the reason. */
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
    // A bug of ours must not leave an empty page behind with its microphone on.
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

/** Make a room that opens the devices chosen at the door. */
function opened(check: Check): Room {
  return new Room({
    adaptiveStream: true,
    dynacast: true,
    reconnectPolicy: { nextRetryDelayInMs: ({ retryCount }) => RETRIES[retryCount] ?? null },
    videoCaptureDefaults: { deviceId: check.device("camera") },
    audioCaptureDefaults: { ...constraints("microphone"), deviceId: check.device("microphone") },
  });
}
