/** Sharing one's own screen, if the browser can and the meeting lets guests. */

import { useLocalParticipant, useRoomContext } from "@livekit/components-react";
import { type LocalParticipant, Track } from "livekit-client";
import { useState } from "react";
import { bySystem } from "../media";
import { useMay } from "./rights";
import { say } from "./words";

/** The button, and its last error. */
export function Share(): React.ReactNode {
  const { localParticipant } = useRoomContext();
  const { isScreenShareEnabled: on } = useLocalParticipant();
  const may = useMay();
  const [failed, setFailed] = useState(false);
  if (!on && !(may(Track.Source.ScreenShare) && canShow())) return null;
  const audio = may(Track.Source.ScreenShareAudio);
  const press = async (): Promise<void> => setFailed(!(await turned(localParticipant, !on, audio)));
  return (
    <>
      <button type="button" id="share" onClick={() => void press()}>
        {say(on ? "shareStop" : "shareStart")}
      </button>
      {failed && (
        <p className="notice error" role="alert">
          {say("shareFailed")}
        </p>
      )}
    </>
  );
}

/** Start or stop; closing the browser's prompt was the person's answer, so nothing is said. */
async function turned(own: LocalParticipant, on: boolean, audio: boolean): Promise<boolean> {
  try {
    await own.setScreenShareEnabled(on, { audio, selfBrowserSurface: "exclude" });
    return true;
  } catch (error) {
    return (error as Error).name === "NotAllowedError" && !bySystem(error);
  }
}

/** Telephones can't share their screen. */
function canShow(): boolean {
  return "mediaDevices" in navigator && "getDisplayMedia" in navigator.mediaDevices;
}
