/** Learns the visit's state from the door: by a stream, or by polling where there is none. */

import { askStatus, type Answer, type Told } from "./door";
import { part, words, write } from "./page";

/** Seconds since the first request, and milliseconds between two: new arrivals are admitted soon.
 *  */
const RHYTHM = [
  [600, 5000],
  [120, 2000],
  [0, 1000],
] as const;
const LONGEST = 60_000;
/** Milliseconds without data after which a stream counts as broken: it should send every 15 s. */
const SILENCE = 40_000;
/** Milliseconds after which a refused stream is tried again. */
const AGAIN = 30_000;

/** While the stream works, nothing is polled; `now` asks all the same, one request at a time. */
export class Watch {
  private timer = 0;
  private failures = 0;
  private asking = false;
  private again = false;
  private since = performance.now();
  private calm = 0;
  private stream: EventSource | undefined;
  private told = false;
  private heard = 0;
  private refused = -Infinity;

  constructor(private readonly hear: (answer: Answer<Told>) => void) {
    document.addEventListener("visibilitychange", () => {
      if (!document.hidden) this.now();
    });
    addEventListener("pagehide", () => this.close());
    addEventListener("pageshow", (event) => {
      if (event.persisted) this.now();
    });
    addEventListener("online", () => this.now());
    addEventListener("offline", () => this.say(true));
  }

  /** Without a stream, poll every so many milliseconds; 0: as often as for a waiting guest. */
  rhythm(calm: number): void {
    this.calm = calm;
    this.since = performance.now();
    this.listen();
    this.plan(0);
  }

  /** Ask at once. */
  now(): void {
    if (this.asking) this.again = true;
    else void this.ask();
  }

  private listen(): void {
    if (this.stream || performance.now() - this.refused < AGAIN) return;
    const stream = new EventSource(`${location.pathname}/events`);
    stream.onmessage = (event: MessageEvent<string>) => this.take(event.data);
    stream.onerror = () => this.lose(stream);
    this.stream = stream;
  }

  private take(data: string): void {
    this.told = true;
    this.heard += 1;
    this.failures = 0;
    this.say(!navigator.onLine); // answers under way still arrive, but the network is gone
    this.plan(0);
    this.hear({ is: "told", told: JSON.parse(data) as Told });
  }

  /** Alternate: the browser reconnects its stream, unless it was refused; then we poll. */
  private lose(stream: EventSource): void {
    this.told = false;
    if (stream.readyState !== EventSource.CLOSED) return this.plan(0);
    this.refused = performance.now();
    this.close();
    this.now(); // to learn why
  }

  private close(): void {
    this.stream?.close();
    this.stream = undefined;
    this.told = false;
  }

  private async ask(): Promise<void> {
    clearTimeout(this.timer);
    this.asking = true;
    this.again = false;
    const before = this.heard;
    const answer = await askStatus();
    this.asking = false;
    const busy = answer.is === "later" && answer.after > 0; // it answers, only less often
    const failed = answer.is === "later" && !busy;
    this.failures = failed ? this.failures + 1 : 0;
    this.say(this.failures > 1 || (failed && !navigator.onLine));
    if (answer.is === "told") this.listen();
    if (answer.is !== "told" || before === this.heard) this.hear(answer); // else outdated
    if (this.again && !failed && !busy) return this.ask();
    this.plan(answer.is === "later" ? answer.after : 0);
  }

  private plan(atLeast: number): void {
    clearTimeout(this.timer);
    if (this.told) {
      this.timer = setTimeout(() => this.miss(), SILENCE);
      return;
    }
    const passed = (performance.now() - this.since) / 1000;
    const [, waiting] = RHYTHM.find(([from]) => passed >= from) ?? RHYTHM[0];
    const usual = (this.calm || waiting) * 2 ** Math.min(this.failures, 4);
    const next = Math.min(usual, LONGEST) * (0.9 + Math.random() / 5);
    this.timer = setTimeout(() => this.now(), Math.max(next, atLeast));
  }

  private miss(): void {
    this.close();
    this.now();
  }

  private say(offline: boolean): void {
    write(part("live"), offline ? words(part("join"), "offline") : "");
  }
}
