/** The meeting's chat; nothing of it is stored. */

import type { ReceivedChatMessage } from "@livekit/components-react";
import { type FormEvent, useEffect, useRef, useState } from "react";
import type { Messages } from "./messages";
import { useMayWrite } from "./rights";
import { say } from "./words";

/** Characters that our messages may have, and that are shown of anybody's. */
const LONGEST = 2000;
const MOST = 20_000;
const ADDRESS = /(https?:\/\/[^\s<>"]+[^\s<>".,;:!?)])/;

/** The messages, the newest last, and the field for one more. */
export function Chat(props: { messages: Messages }): React.ReactNode {
  const { all, send } = props.messages;
  const list = useRef<HTMLDivElement>(null);
  useEffect(() => {
    // Not by `scrollTo`: it returns a promise in newer browsers, which React would take for a
    // cleanup.
    if (list.current) list.current.scrollTop = list.current.scrollHeight;
  }, [props.messages.count]);
  return (
    <>
      <p className="hint">{say("chatHint")}</p>
      <div id="messages" ref={list} role="log" aria-label={say("chat")} tabIndex={0}>
        <ol>
          {all.map((one) => (
            <Message key={`${one.from?.identity} ${one.id ?? one.timestamp}`} of={one} />
          ))}
        </ol>
      </div>
      <Write send={send} />
    </>
  );
}

function Message(props: { of: ReceivedChatMessage }): React.ReactNode {
  const { from, message, timestamp } = props.of;
  return (
    <li>
      <p className="from">
        <b>{from?.isLocal ? say("youWrote") : from?.name || from?.identity}</b>{" "}
        <Time of={new Date(timestamp)} />
      </p>
      <p className="text">{linked(message.slice(0, MOST))}</p>
    </li>
  );
}

/** The sender's own clock gives the time: it may be invalid. */
function Time(props: { of: Date }): React.ReactNode {
  const { of } = props;
  if (Number.isNaN(of.getTime())) return null;
  const written = of.toLocaleTimeString(document.documentElement.lang, { timeStyle: "short" });
  return <time dateTime={of.toISOString()}>{written}</time>;
}

/** Make addresses links; everything else stays text. */
function linked(text: string): React.ReactNode {
  return text.split(ADDRESS).map((piece, index) =>
    index % 2 === 0 ? (
      piece
    ) : (
      <a key={index} href={piece} target="_blank" rel="noopener noreferrer nofollow">
        {piece}
      </a>
    ),
  );
}

interface Draft {
  readonly text: string;
  readonly failed: boolean;
  readonly write: (text: string) => void;
  readonly submit: () => Promise<void>;
}

/** The draft; a message that could not be sent returns to it, unless it has other text by then. */
function useDraft(send: Messages["send"]): Draft {
  const [text, write] = useState("");
  const [failed, setFailed] = useState(false);
  const submit = async (): Promise<void> => {
    const wanted = text.trim();
    if (!wanted) return;
    write("");
    try {
      await send(wanted);
      setFailed(false);
    } catch {
      write((since) => since || wanted);
      setFailed(true);
    }
  };
  return { text, failed, write, submit };
}

function Write(props: { send: Messages["send"] }): React.ReactNode {
  const { text, failed, write, submit } = useDraft(props.send);
  const pressed = (event: FormEvent): void => {
    event.preventDefault();
    void submit();
  };
  if (!useMayWrite()) return null;
  return (
    <form onSubmit={pressed}>
      <label htmlFor="message">{say("chatLabel")}</label>
      {failed && (
        <p className="wrong" role="alert">
          {say("chatFailed")}
        </p>
      )}
      <input
        id="message"
        type="text"
        autoComplete="off"
        maxLength={LONGEST}
        value={text}
        onChange={(event) => write(event.target.value)}
      />
      <button type="submit">{say("chatSend")}</button>
    </form>
  );
}
