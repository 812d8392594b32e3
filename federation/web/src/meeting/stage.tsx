/** The meeting as a guest sees it: who is there, what is said, and the buttons. */

import { RoomAudioRenderer, useAudioPlayback, useParticipants } from "@livekit/components-react";
import { useEffect } from "react";
import { part, write } from "../page";
import { Chat } from "./chat";
import { Controls } from "./controls";
import { Devices } from "./devices";
import { Heard } from "./heard";
import { useMessages } from "./messages";
import { Panel, usePanel } from "./panel";
import { People } from "./people";
import { Recorded } from "./recorded";
import { Tiles } from "./tiles";
import { count, say } from "./words";

/** Everything between the meeting's heading and the end of the page. */
export function Stage(): React.ReactNode {
  const people = useParticipants({ updateOnlyOn: [] }); // each of them follows their own
  const messages = useMessages();
  const panel = usePanel(messages.count);
  useEffect(() => {
    write(part("count"), count("count", people.length));
  }, [people.length]);
  useEffect(() => () => write(part("count"), ""), []); // nobody knows how many without a connection
  return (
    <>
      <Recorded />
      <Blocked />
      <div className="hall" data-panel={panel.open}>
        <Tiles />
        {panel.open && (
          <Panel name={panel.open} close={panel.close}>
            {panel.open === "chat" && <Chat messages={messages} />}
            {panel.open === "people" && <People people={people} />}
            {panel.open === "devices" && <Devices />}
          </Panel>
        )}
      </div>
      <Controls panel={panel} />
      <Heard messages={messages.all} chatting={panel.open === "chat"} />
      <div id="audio">
        <RoomAudioRenderer />
      </div>
    </>
  );
}

/** One button where the browser lets nothing sound before the person pressed something. */
function Blocked(): React.ReactNode {
  const { canPlayAudio, startAudio } = useAudioPlayback();
  if (canPlayAudio) return null;
  return (
    <p id="blocked">
      <button type="button" onClick={() => void startAudio().catch(() => undefined)}>
        {say("unblock")}
      </button>
    </p>
  );
}
