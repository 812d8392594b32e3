/** Says that Visio records or transcribes, for as long as it does. */

import { useIsRecording, useRoomInfo } from "@livekit/components-react";
import { say } from "./words";

/** Afterwards it is `saving`, or `aborted`. */
const RUNNING = new Set(["starting", "started"]);

/** Return the meeting's recordings, from the metadata that Visio's server writes on its room. */
export function kindOf(metadata: string | undefined): "recording" | "transcript" | undefined {
  try {
    const found: unknown = JSON.parse(metadata || "{}");
    const { recording_mode: mode, recording_status: status } = found as Record<string, unknown>;
    if (!RUNNING.has(String(status))) return undefined;
    return mode === "transcript" ? "transcript" : "recording";
  } catch {
    return undefined;
  }
}

/** The notice is read aloud when it appears, and when it disappears. */
export function Recorded(): React.ReactNode {
  const { metadata } = useRoomInfo();
  const running = useIsRecording(); // LiveKit's own flag, for when Visio's is missing
  const kind = kindOf(metadata) ?? (running ? "recording" : undefined);
  return (
    <p id="recorded" role="status" className={kind && "notice recorded"}>
      {kind && say(kind)}
    </p>
  );
}
