/** What the person had switched on, kept with this entry of the history and stored nowhere else:
 *  whoever reloads the page with the camera off comes back with the camera off. */

import type { Kind } from "./media";

type On = Readonly<Record<Kind, boolean>>;
const isOn = (state: unknown): state is { readonly on: On } =>
  typeof state === "object" && state !== null && "on" in state;

/** Begin with both on, or off, unless something was chosen here before. */
export function begin(on: boolean): void {
  if (!isOn(history.state)) save({ camera: on, microphone: on });
}

/** Tell whether a device is to be on. */
export function kept(kind: Kind): boolean {
  const state: unknown = history.state;
  return isOn(state) && state.on[kind];
}

/** Remember that a device is on, or off. */
export function keep(kind: Kind, on: boolean): void {
  save({ camera: kept("camera"), microphone: kept("microphone"), [kind]: on });
}

function save(on: On): void {
  history.replaceState({ on }, "");
}
