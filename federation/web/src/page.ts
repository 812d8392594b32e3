/** The page as the server made it: it holds every word that it may ever show. */

/** Return an element that the template has. */
export function part<T extends HTMLElement = HTMLElement>(id: string): T {
  const found = document.getElementById(id);
  if (!found) throw new Error(`no #${id}`);
  return found as T;
}

/** Return a sentence of the template, `data-<name>` of an element, with `{facts}` filled in. */
export function words(
  from: HTMLElement,
  name: string,
  facts: Readonly<Record<string, string | number>> = {},
): string {
  const sentence = from.dataset[name] ?? "";
  return sentence.replace(/\{(\w+)\}/g, (all, fact: string) => String(facts[fact] ?? all));
}

/** Set a text only if it differs, so that nothing is read aloud twice. */
export function write(element: HTMLElement, text: string): void {
  if (element.textContent !== text) element.textContent = text;
}

/** Show exactly one of the page's stages, with its heading as the window's title. */
export function stage(name: "waiting" | "asks" | "meeting" | "away"): void {
  for (const section of document.querySelectorAll<HTMLElement>("section[data-stage]")) {
    section.hidden = section.dataset.stage !== name;
  }
  document.body.dataset.stage = name;
}

/** Set the window's title and move the focus to a heading: the page has changed. */
export function headline(heading: HTMLElement): void {
  const [, ...rest] = document.title.split(" – ");
  document.title = [heading.textContent?.trim(), ...rest].join(" – ");
  heading.focus();
}

/** Milliseconds that a page has to come before it is asked for again. */
const COMES = 10_000;
let asked = -Infinity;

/** Have the door show what is so now. To ask again would break off the page that is on its way. */
export function anew(): void {
  if (performance.now() - asked < COMES) return;
  asked = performance.now();
  location.reload();
}

/** Wait for so many milliseconds. */
export function pause(time: number): Promise<void> {
  return new Promise((done) => setTimeout(done, time));
}

/** Return a signal that aborts after so many milliseconds; `AbortSignal.timeout` is younger than
 *  some browsers. */
export function within(time: number): AbortSignal {
  const controller = new AbortController();
  setTimeout(() => controller.abort(), time);
  return controller.signal;
}
