/** Keeps asking the door where the visit stands, and says so once per answer. */

import { askStatus, type Answer, type Told } from "./door";
import { part, words, write } from "./page";

/** Seconds since the first question, and milliseconds between two: who just came is let in soon. */
const RHYTHM = [
  [600, 5000],
  [120, 2000],
  [0, 1000],
] as const;
const LONGEST = 60_000;

/** One question at a time; `now` asks at once, also while one is under way. */
export class Watch {
  private timer = 0;
  private failures = 0;
  private asking = false;
  private again = false;
  private since = performance.now();
  private calm = 0;

  constructor(private readonly hear: (answer: Answer<Told>) => void) {
    document.addEventListener("visibilitychange", () => {
      if (!document.hidden) this.now();
    });
    addEventListener("pageshow", (event) => {
      if (event.persisted) this.now();
    });
    addEventListener("online", () => this.now());
    addEventListener("offline", () => this.say(true));
  }

  /** Ask every so many milliseconds from now on; 0: as often as for somebody who waits. */
  rhythm(calm: number): void {
    this.calm = calm;
    this.since = performance.now();
    this.plan(0);
  }

  /** Ask at once. */
  now(): void {
    if (this.asking) this.again = true;
    else void this.ask();
  }

  private async ask(): Promise<void> {
    clearTimeout(this.timer);
    this.asking = true;
    this.again = false;
    const answer = await askStatus();
    this.asking = false;
    const busy = answer.is === "later" && answer.after > 0; // it answers, only not so often
    const failed = answer.is === "later" && !busy;
    this.failures = failed ? this.failures + 1 : 0;
    this.say(this.failures > 1 || (failed && !navigator.onLine));
    this.hear(answer);
    if (this.again && !failed && !busy) return this.ask();
    this.plan(answer.is === "later" ? answer.after : 0);
  }

  private plan(atLeast: number): void {
    const passed = (performance.now() - this.since) / 1000;
    const [, waiting] = RHYTHM.find(([from]) => passed >= from) ?? RHYTHM[0];
    const usual = (this.calm || waiting) * 2 ** Math.min(this.failures, 4);
    const next = Math.min(usual, LONGEST) * (0.9 + Math.random() / 5);
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.now(), Math.max(next, atLeast));
  }

  private say(offline: boolean): void {
    write(part("live"), offline ? words(part("join"), "offline") : "");
  }
}
