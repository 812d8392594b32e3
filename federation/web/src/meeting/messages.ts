/** What was written in the meeting, in the form that Visio's own page writes and reads. */

import { type ReceivedChatMessage, useChat } from "@livekit/components-react";
import { useEffect, useState } from "react";

/** The messages of this page, over all its connections, and how to add one. */
export interface Messages {
  readonly all: readonly ReceivedChatMessage[];
  /** How many there ever were. */
  readonly count: number;
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
/** The newest are kept: a page stays open for hours, and anybody may write to it. */
const MOST = 500;
/** LiveKit forgets what was said when a connection ends; whoever comes back wants to read it. */
let earlier: readonly ReceivedChatMessage[] = [];

/** Follow the chat. */
export function useMessages(): Messages {
  const { chatMessages, send } = useChat(OPTIONS);
  const [before] = useState(earlier);
  const all = [...before, ...chatMessages].slice(-MOST);
  useEffect(() => {
    // None is what there is once the connection has ended.
    if (chatMessages.length > 0) earlier = [...before, ...chatMessages].slice(-MOST);
  }, [before, chatMessages]);
  return { all, count: before.length + chatMessages.length, send };
}
