/** This guest's rights to send: the media server enforces them, and reports changes. */

import { useLocalParticipantPermissions } from "@livekit/components-react";
import { Track } from "livekit-client";

/** LiveKit's protocol numbers for the sources that can be sent. */
const NUMBERS: Readonly<Partial<Record<Track.Source, number>>> = {
  [Track.Source.Camera]: 1,
  [Track.Source.Microphone]: 2,
  [Track.Source.ScreenShare]: 3,
  [Track.Source.ScreenShareAudio]: 4,
};

/** Return whether a source may be sent now. */
export function useMay(): (source: Track.Source) => boolean {
  const given = useLocalParticipantPermissions();
  return (source) => {
    if (!given) return true; // not known yet: the server decides anyway
    const { canPublish, canPublishSources } = given;
    const named = canPublishSources as readonly number[];
    return canPublish && (named.length === 0 || named.includes(NUMBERS[source] ?? 0));
  };
}

/** Return whether messages may be written. */
export function useMayWrite(): boolean {
  return useLocalParticipantPermissions()?.canPublishData ?? true;
}
