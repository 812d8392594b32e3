/** Events read aloud to people who don't see them: joins, departures, messages. */

import { type ReceivedChatMessage, useRoomContext } from "@livekit/components-react";
import { type RemoteParticipant, RoomEvent } from "livekit-client";
import { useEffect, useState } from "react";
import { say } from "./words";

/** In large meetings people come and go all the time: announcing it would be noise. */
const MANY = 12;
/** Characters of a message that are read aloud before the chat is opened. */
const LONGEST = 300;

/** One sentence, the newest. */
export function Heard(props: {
  readonly messages: readonly ReceivedChatMessage[];
  readonly chatting: boolean;
}): React.ReactNode {
  const { messages, chatting } = props;
  const room = useRoomContext();
  const [said, setSaid] = useState("");
  useEffect(() => {
    const tell = (word: string) => (who: RemoteParticipant) => {
      if (room.remoteParticipants.size < MANY) setSaid(say(word, { name: who.name || who.identity }));
    };
    const came = tell("came");
    const went = tell("went");
    room.on(RoomEvent.ParticipantConnected, came).on(RoomEvent.ParticipantDisconnected, went);
    return () => {
      room.off(RoomEvent.ParticipantConnected, came).off(RoomEvent.ParticipantDisconnected, went);
    };
  }, [room]);
  const last = messages.at(-1);
  useEffect(() => {
    if (!last || last.from?.isLocal || chatting) return; // an open chat is read aloud by itself
    setSaid(say("wrote", { name: last.from?.name ?? "", text: last.message.slice(0, LONGEST) }));
    // eslint-disable-next-line -- opening the chat is no news
  }, [last]);
  return (
    <p className="heard" role="status">
      {said}
    </p>
  );
}
