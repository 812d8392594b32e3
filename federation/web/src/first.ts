/** The first part, complete without the other: the device check, the wait, the way in and out. */

import { Check, KINDS, troubled } from "./check";
import { Countdown } from "./countdown";
import { askPass, type Answer, type Pass, type Told } from "./door";
import { agree, agreedTo, begin } from "./kept";
import type { Gone } from "./meeting";
import { anew, headline, part, pause, stage, words, write } from "./page";
import { Watch } from "./watch";

/** Milliseconds between two requests during the meeting: it may have been extended. */
const CALM = 15_000;
const LONGEST = 8000;

const root = part("join");
let phase: "waiting" | "meeting" | "away" = "waiting";
let stay = new AbortController();
let failures = 0;
const check = new Check();
const countdown = new Countdown(() => watch.now());
const watch = new Watch(hear);

/** Fetch the media part, which the browser caches until it is needed. */
const load = (): Promise<typeof import("./meeting")> => import("./meeting");

function start(): void {
  part("old").hidden = "RTCPeerConnection" in window;
  const admitted = root.dataset.state === "admitted";
  // A guest who comes back is seen and heard as before; one who never chose is not, unasked.
  begin(!admitted);
  void check.start();
  load().catch(() => undefined);
  part("back").addEventListener("click", () => void enter());
  part("give-up").addEventListener("click", giveUp);
  if (admitted) void enter();
  else watch.rhythm(0);
}

function hear(answer: Answer<Told>): void {
  if (answer.is === "lost") return anew();
  if (answer.is !== "told") return;
  const { state, stamp, closes_in: left, away: deaf } = answer.told;
  countdown.set(left);
  if (phase === "waiting") write(part("network"), deaf ? words(root, "away") : "");
  if (state === "admitted") {
    if (phase === "waiting") void enter();
  } else if (phase !== "waiting" || stamp !== root.dataset.stamp) {
    anew(); // the door has the page for it
  }
}

/** Join, and rejoin with a new pass whenever the network gave up, until the person does. */
async function enter(): Promise<void> {
  phase = "meeting";
  stay = new AbortController();
  const { signal } = stay;
  watch.rhythm(CALM);
  for (let wait = 500; !signal.aborted; wait = Math.min(wait * 2, LONGEST)) {
    const answer = await askPass();
    if (signal.aborted) return;
    if (answer.is === "lost") return anew();
    if (answer.is === "not") return turnedBack(answer.state);
    if (answer.is === "told" && !(await agreed(answer.told))) continue;
    const worked = (): unknown => (wait = 250);
    const gone = answer.is === "told" ? await take(answer.told, signal, worked) : "network";
    if (signal.aborted) return;
    if (gone !== "network") return away(gone);
    lost(answer.is === "later" && answer.away === true);
    await pause(Math.max(wait, answer.is === "later" ? answer.after : 0));
  }
}

/** Tell a guest who would be recorded before they enter; they press a button, and get a new pass.
 *  */
async function agreed(pass: Pass): Promise<boolean> {
  const { recorded } = pass;
  if (!recorded || inside() || agreedTo() === recorded) return true;
  const heading = part("asks-title");
  write(heading, words(part("asks"), recorded));
  stage("asks");
  headline(heading);
  await new Promise((pressed) => part("agree").addEventListener("click", pressed, { once: true }));
  agree(recorded);
  return false;
}

async function take(pass: Pass, signal: AbortSignal, worked: () => void): Promise<Gone> {
  countdown.set(pass.closes_in);
  if (!inside()) write(part("network"), words(root, "joining"));
  const media = await load().catch(() => undefined);
  if (!media) {
    // The door just answered, so it has another release of this script than its page was made for.
    if (++failures > 1) anew();
    return "network";
  }
  return media.meet(pass, check, {
    entered(): void {
      worked();
      write(part("network"), "");
      show();
    },
    interrupted: () => write(part("network"), words(root, "offline")),
    signal,
  });
}

/** The meeting's own buttons went with its connection: one is left, to give up waiting. */
function lost(deaf: boolean): void {
  write(part("network"), words(root, deaf ? "away" : "offline"));
  if (!inside()) return;
  part("lost").hidden = false;
  if (document.activeElement === document.body) part("give-up").focus();
}

function giveUp(): void {
  stay.abort();
  write(part("network"), "");
  away("left");
}

/** Tell whether the page shows the meeting, even if it is interrupted. */
const inside = (): boolean => document.body.dataset.stage === "meeting";

/** Show the meeting, and move the keyboard's focus there once. */
function show(): void {
  const waited = document.activeElement === part("give-up");
  part("lost").hidden = true;
  if (waited) part("meeting-title").focus();
  if (inside()) return;
  stage("meeting");
  for (const kind of KINDS) troubled(kind); // already known, and reported again if it matters
  headline(part("meeting-title"));
}

/** The door has not, or no longer, admitted us: it has the page for that. */
function turnedBack(state: string): void {
  const still = state === "waiting" && root.dataset.state === state && !document.body.dataset.stage;
  if (!still) return anew();
  phase = "waiting";
  watch.rhythm(0);
}

function away(gone: Gone): void {
  phase = "away";
  check.close();
  stage("away");
  for (const text of document.querySelectorAll<HTMLElement>("[data-gone]")) {
    text.hidden = text.dataset.gone !== gone;
  }
  part("back").hidden = gone === "removed";
  headline(part("away-title"));
  if (gone === "removed") watch.rhythm(0); // the door says in a moment why
}

start();
