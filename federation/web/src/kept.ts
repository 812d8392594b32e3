/** What the person had switched on, kept with this entry of the history and stored nowhere else:
 *  whoever reloads the page with the camera off comes back with the camera off. */

import type { Kind } from "./media";

type On = Readonly<Record<Kind, boolean>>;
const isOn = (state: unknown): state is { readonly on: On } =>
  typeof state === "object" && state !== null && "on" in state;

/** Return what was on, or `usually` for both where nothing was chosen yet. */
export function kept(usually: boolean): On {
  const state: unknown = history.state;
  return isOn(state) ? state.on : { camera: usually, microphone: usually };
}

/** Remember that a device is on, or off. */
export function keep(kind: Kind, on: boolean): void {
  history.replaceState({ on: { ...kept(true), [kind]: on } }, "");
}
