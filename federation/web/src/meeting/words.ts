/** The words of the meeting: the server wrote them on the stage, in the page's language. */

import { part, words } from "../page";

/** Return a sentence with its facts filled in. */
export function say(name: string, facts: Readonly<Record<string, string | number>> = {}): string {
  return words(part("stage"), name, facts);
}

/** Return the form of a sentence for a number: zero is singular in French and plural in English. */
export function count(name: string, n: number): string {
  const one = new Intl.PluralRules(document.documentElement.lang).select(n) === "one";
  return say(`${name}${one ? "One" : "Many"}`, { n });
}
