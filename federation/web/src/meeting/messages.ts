/** The meeting's messages, in the form that Visio's own page writes and reads. */

import { type ReceivedChatMessage, useChat } from "@livekit/components-react";
import { useEffect, useState } from "react";

/** This page's messages, over all its connections, and the function to add one. */
export interface Messages {
  readonly all: readonly ReceivedChatMessage[];
  /** How many messages there ever were. */
  readonly count: number;
  readonly send: (text: string) => Promise<unknown>;
}

/** Older clients' messages are JSON; an invalid one must not end everybody's chat. */
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
/** Only the newest are kept: a page stays open for hours, and anybody may write to it. */
const MOST = 500;
/** LiveKit forgets messages when a connection ends; a guest who comes back wants to read them. */
let earlier: readonly ReceivedChatMessage[] = [];

/** Follow the chat. */
export function useMessages(): Messages {
  const { chatMessages, send } = useChat(OPTIONS);
  const [before] = useState(earlier);
  const all = [...before, ...chatMessages].slice(-MOST);
  useEffect(() => {
    // LiveKit's list is empty once the connection has ended.
    if (chatMessages.length > 0) earlier = [...before, ...chatMessages].slice(-MOST);
  }, [before, chatMessages]);
  return { all, count: before.length + chatMessages.length, send };
}
