/** What was written in the meeting, in the form that Visio's own page writes and reads. */

import { type ReceivedChatMessage, useChat } from "@livekit/components-react";
import { useEffect, useState } from "react";

/** The messages of this page, over all its connections, and how to add one. */
export interface Messages {
  readonly all: readonly ReceivedChatMessage[];
  readonly send: (text: string) => Promise<unknown>;
}

/** Older clients' messages are JSON; what is none must not end the chat for everybody's. */
const OPTIONS = {
  messageDecoder(bytes: Uint8Array): ReceivedChatMessage {
    const nothing = { ignoreLegacy: true } as unknown as ReceivedChatMessage;
    try {
      const found = JSON.parse(new TextDecoder().decode(bytes)) as ReceivedChatMessage | null;
      return typeof found?.message === "string" ? found : nothing;
    } catch {
      return nothing;
    }
  },
};
/** LiveKit forgets what was said when a connection ends; whoever comes back wants to read it. */
let earlier: readonly ReceivedChatMessage[] = [];

/** Follow the chat. */
export function useMessages(): Messages {
  const { chatMessages, send } = useChat(OPTIONS);
  const [before] = useState(earlier);
  const all = [...before, ...chatMessages];
  useEffect(() => {
    if (chatMessages.length > 0) earlier = [...before, ...chatMessages];
  }, [before, chatMessages]);
  return { all, send };
}
