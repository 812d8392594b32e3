/** Says that somebody else muted us, until we speak again or have read it. */

import { useRoomContext } from "@livekit/components-react";
import { ParticipantEvent, Track, type TrackPublication } from "livekit-client";
import { useEffect, useState } from "react";
import { keep, kept } from "../kept";
import { isLost } from "./publish";
import { say } from "./words";

/** The media server does not say who it was. */
export function Silenced(): React.ReactNode {
  const { localParticipant: own } = useRoomContext();
  const [told, setTold] = useState(false);
  useEffect(() => {
    const ours = (one: TrackPublication): boolean => one.source === Track.Source.Microphone;
    // A person whom somebody else muted stays muted after a reload, unless they unmute.
    const muted = (publication: TrackPublication): void => {
      if (!ours(publication) || isLost(publication) || !kept("microphone")) return;
      keep("microphone", false);
      setTold(true);
    };
    const heard = (publication: TrackPublication): void => {
      if (ours(publication)) setTold(false);
    };
    own.on(ParticipantEvent.TrackMuted, muted).on(ParticipantEvent.TrackUnmuted, heard);
    return () => {
      own.off(ParticipantEvent.TrackMuted, muted).off(ParticipantEvent.TrackUnmuted, heard);
    };
  }, [own]);
  return (
    <div id="silenced" role="status">
      {told && (
        <p className="notice">
          <span>{say("silenced")}</span>
          <button type="button" className="second" onClick={() => setTold(false)}>
            {say("dismiss")}
          </button>
        </p>
      )}
    </div>
  );
}
