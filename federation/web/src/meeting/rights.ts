/** What this guest may send: the media server enforces it, and tells when it changes. */

import { useLocalParticipantPermissions } from "@livekit/components-react";
import { Track } from "livekit-client";

/** The numbers that LiveKit's protocol has for what can be sent. */
const NUMBERS: Readonly<Partial<Record<Track.Source, number>>> = {
  [Track.Source.Camera]: 1,
  [Track.Source.Microphone]: 2,
  [Track.Source.ScreenShare]: 3,
  [Track.Source.ScreenShareAudio]: 4,
};

/** Return whether something may be sent, as it is now. */
export function useMay(): (source: Track.Source) => boolean {
  const given = useLocalParticipantPermissions();
  return (source) => {
    if (!given) return true; // not told yet: the server decides anyway
    const { canPublish, canPublishSources } = given;
    const named = canPublishSources as readonly number[];
    return canPublish && (named.length === 0 || named.includes(NUMBERS[source] ?? 0));
  };
}

/** Return whether messages may be written. */
export function useMayWrite(): boolean {
  return useLocalParticipantPermissions()?.canPublishData ?? true;
}
