/** This page's requests to the door that served it. */

import { pause, within } from "./page";

/** The visit's state; times are in seconds from the answer. */
export interface Told {
  readonly state: string;
  readonly stamp: string;
  readonly closes_in: number;
  /** Visio does not answer, so nobody there sees this guest waiting. */
  readonly away?: boolean;
}

/** All that joining needs: a token for two minutes. */
export interface Pass {
  readonly url: string;
  readonly token: string;
  readonly closes_in: number;
  readonly name: string;
  /** The recordings that Visio makes of the meeting now. */
  readonly recorded: "" | "recording" | "transcript";
}

/** The answer; `lost`: this browser no longer holds the visit; `later`: milliseconds to wait. */
export type Answer<T> =
  | { readonly is: "told"; readonly told: T }
  | { readonly is: "not"; readonly state: string }
  | { readonly is: "lost" }
  | { readonly is: "later"; readonly after: number; readonly away?: boolean };

const PATIENCE = 10_000;
const BUSY = 60_000;

async function ask<T>(path: string, method: "GET" | "POST"): Promise<Answer<T>> {
  try {
    const answer = await fetch(`${location.pathname}/${path}`, {
      method,
      cache: "no-store",
      credentials: "same-origin",
      redirect: "error",
      signal: within(PATIENCE),
    });
    if (answer.status === 403) return { is: "lost" };
    if (answer.status === 409) return refused((await answer.json()) as Refusal);
    if (answer.status === 429) return { is: "later", after: retryAfter(answer) };
    if (!answer.ok) return { is: "later", after: 0 };
    return { is: "told", told: (await answer.json()) as T };
  } catch {
    return { is: "later", after: 0 };
  }
}

/** The reason why there is no pass; `away`: Visio, which gives it, does not answer. */
interface Refusal {
  readonly state: string;
  readonly away?: boolean;
}

function refused({ state, away }: Refusal): Answer<never> {
  return away ? { is: "later", after: 0, away } : { is: "not", state };
}

function retryAfter(answer: Response): number {
  return Number(answer.headers.get("Retry-After")) * 1000 || BUSY;
}

/** Ask for the visit's state. */
export const askStatus = (): Promise<Answer<Told>> => ask<Told>("status", "GET");

/** Ask for a token; `not` while this browser is not admitted. */
export const askPass = (): Promise<Answer<Pass>> => ask<Pass>("pass", "POST");

/** Milliseconds between two tries to report it. */
const INSISTS = [1000, 3000, 9000, 27_000] as const;

/** Report that the host removed this page: the media server's webhook may not reach the door. */
export async function tellRemoved(): Promise<void> {
  for (const wait of INSISTS) {
    const { is } = await ask<Told>("removed", "POST");
    if (is !== "later") return;
    await pause(wait);
  }
}
