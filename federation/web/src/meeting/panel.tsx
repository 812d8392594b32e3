/** Panels beside the people: one is open at a time. */

import { type KeyboardEvent, type ReactNode, useEffect, useRef, useState } from "react";
import { say } from "./words";

export const PANELS = ["chat", "people", "devices"] as const;
export type PanelName = (typeof PANELS)[number];

/** The open panel, and the number of messages since the chat was last open. */
export interface PanelState {
  readonly open: PanelName | undefined;
  readonly unread: number;
  readonly toggle: (name: PanelName) => void;
  readonly close: () => void;
}

/** Keep it up to date, given the number of messages. */
export function usePanel(messages: number): PanelState {
  const [open, setOpen] = useState<PanelName>();
  const [read, setRead] = useState(messages);
  useEffect(() => {
    if (open === "chat") setRead(messages);
  }, [open, messages]);
  return {
    open,
    unread: open === "chat" ? 0 : Math.max(0, messages - read),
    toggle: (name) => setOpen(name === open ? undefined : name),
    close: () => setOpen(undefined),
  };
}

/** Takes the focus when it opens, and returns it to its button when Escape closes it. */
export function Panel(props: {
  readonly name: PanelName;
  readonly close: () => void;
  readonly children: ReactNode;
}): ReactNode {
  const { name, close, children } = props;
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    heading.current?.focus();
  }, [name]);
  const left = (event: KeyboardEvent): void => {
    if (event.key !== "Escape") return;
    close();
    document.getElementById(`open-${name}`)?.focus();
  };
  return (
    <section id="panel" className={name} aria-labelledby="panel-title" onKeyDown={left}>
      <h2 id="panel-title" ref={heading} tabIndex={-1}>
        {say(name)}
      </h2>
      {children}
    </section>
  );
}
