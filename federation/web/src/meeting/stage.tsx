/** The meeting as a guest sees it: the people, the chat, and the buttons. */

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
  const people = useParticipants({ updateOnlyOn: [] }); // each tile follows its own
  const messages = useMessages();
  const panel = usePanel(messages.count);
  useEffect(() => {
    write(part("count"), count("count", people.length));
  }, [people.length]);
  useEffect(() => () => write(part("count"), ""), []); // without a connection nobody knows how many
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

/** One button, for browsers that play no sound before the person pressed something. */
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
