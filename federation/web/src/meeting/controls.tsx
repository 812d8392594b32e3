/** The buttons of the meeting. */

import { useLocalParticipant, useRoomContext } from "@livekit/components-react";
import { useState } from "react";
import { keep } from "../kept";
import type { Kind } from "../media";
import { PANELS, type PanelState } from "./panel";
import { useMay } from "./rights";
import { Share } from "./share";
import { SOURCES, turn } from "./publish";
import { Silenced } from "./silenced";
import { say } from "./words";

/** All of them, in one row that stays in reach. */
export function Controls(props: { panel: PanelState }): React.ReactNode {
  const { panel } = props;
  const room = useRoomContext();
  const { isCameraEnabled, isMicrophoneEnabled } = useLocalParticipant();
  return (
    <div className="buttons controls" role="group" aria-label={say("controls")}>
      <Silenced />
      <Forbidden />
      <Device kind="microphone" on={isMicrophoneEnabled} />
      <Device kind="camera" on={isCameraEnabled} />
      <Share />
      {PANELS.map((name) => (
        <button
          key={name}
          type="button"
          id={`open-${name}`}
          className="quiet"
          aria-expanded={panel.open === name}
          aria-controls={panel.open === name ? "panel" : undefined}
          onClick={() => panel.toggle(name)}
        >
          {name === "chat" && panel.unread > 0 ? say("chatUnread", { n: panel.unread }) : say(name)}
        </button>
      ))}
      <button type="button" id="leave" className="leave" onClick={() => void room.disconnect()}>
        {say("leave")}
      </button>
    </div>
  );
}

/** The reason why a button can't be pressed. */
function Forbidden(): React.ReactNode {
  const may = useMay();
  if (Object.values(SOURCES).every((source) => may(source))) return null;
  return <p className="hint">{say("forbidden")}</p>;
}

/** The button's name says what pressing it does; it keeps the focus while its device opens. */
function Device(props: { kind: Kind; on: boolean }): React.ReactNode {
  const { kind, on } = props;
  const room = useRoomContext();
  const may = useMay();
  const [busy, setBusy] = useState(false);
  const press = async (): Promise<void> => {
    if (busy) return;
    setBusy(true);
    keep(kind, !on);
    await turn(room, kind, !on);
    setBusy(false);
  };
  return (
    <button
      type="button"
      id={`meeting-${kind}`}
      disabled={!may(SOURCES[kind])}
      aria-disabled={busy || undefined}
      onClick={() => void press()}
    >
      {say(`${kind}${on ? "Stop" : "Start"}`)}
    </button>
  );
}
