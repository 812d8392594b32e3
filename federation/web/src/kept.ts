/** The devices that the person switched on, kept with this entry of the history and stored nowhere
 *  else: a guest who reloads the page with the camera off comes back with the camera off. */

import type { Kind } from "./media";

interface Kept {
  readonly on: Readonly<Record<Kind, boolean>>;
  /** The recordings that they know of: "recording" or "transcript". */
  readonly agreed?: string | undefined;
}
const isKept = (state: unknown): state is Kept =>
  typeof state === "object" && state !== null && "on" in state;

/** Begin with both on, or off, unless the person chose before on this page. */
export function begin(on: boolean): void {
  if (!isKept(history.state)) save({ on: { camera: on, microphone: on } });
}

/** Tell whether a device is to be on. */
export function kept(kind: Kind): boolean {
  return read().on[kind];
}

/** Remember that a device is on, or off. */
export function keep(kind: Kind, on: boolean): void {
  const before = read();
  save({ ...before, on: { ...before.on, [kind]: on } });
}

/** Return the recordings that they knew of when they entered. */
export function agreedTo(): string | undefined {
  return read().agreed;
}

/** Remember it, so that a reload asks nothing. */
export function agree(to: string): void {
  save({ ...read(), agreed: to });
}

function read(): Kept {
  const state: unknown = history.state;
  return isKept(state) ? state : { on: { camera: false, microphone: false } };
}

function save(state: Kept): void {
  history.replaceState(state, "");
}
