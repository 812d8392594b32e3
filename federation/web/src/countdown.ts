/** How long the guest may still stay: always visible, and read aloud near the end. */

import { part, words, write } from "./page";

const HOUR = 3600;
const MINUTE = 60;
/** Seconds before the end from which it is announced. */
const WARNINGS = [60, 300] as const;
/** Seconds by which an announcement may be late, and by which two equal ends may differ. */
const SLACK = 2;

/** Counts down to the end of the window. */
export class Countdown {
  private ends = Infinity;
  private warned = Infinity;

  constructor(private readonly over: () => void) {
    setInterval(() => this.show(), 1000);
  }

  /** Set it to so many seconds from now; an end that differs from the last one is announced. */
  set(seconds: number): void {
    const ends = performance.now() + seconds * 1000;
    if (Math.abs(ends - this.ends) > SLACK * 1000) this.warned = Infinity;
    this.ends = ends;
    this.show();
  }

  private show(): void {
    const left = Math.max(0, (this.ends - performance.now()) / 1000);
    if (left === Infinity) return;
    const element = part("left");
    write(element, words(element, "ends", { left: written(left) }));
    this.warn(left);
    if (left === 0) {
      this.ends = Infinity;
      this.over();
    }
  }

  private warn(left: number): void {
    const due = WARNINGS.find((from) => left <= from);
    const element = part("warning");
    if (due === undefined) return write(element, "");
    if (due >= this.warned) return;
    this.warned = due;
    const round = due - left < SLACK ? due : left; // "5 min" is clearer to hear than "4 min 59 s"
    write(element, words(element, "warning", { left: written(round) }));
  }
}

/** Write a time in the page's language: hours and minutes, or near the end minutes and seconds. */
function written(seconds: number): string {
  const units =
    seconds >= HOUR
      ? [[Math.floor(seconds / HOUR), "hour"], [Math.floor((seconds % HOUR) / MINUTE), "minute"]]
      : seconds > WARNINGS[1]
        ? [[Math.ceil(seconds / MINUTE), "minute"]]
        : [[Math.floor(seconds / MINUTE), "minute"], [Math.floor(seconds % MINUTE), "second"]];
  const some = units.some(([n]) => n !== 0);
  return units
    .filter(([n], index) => n !== 0 || (!some && index === units.length - 1))
    .map(([n, unit]) => one(Number(n), String(unit)))
    .join(" ");
}

function one(n: number, unit: string): string {
  const language = document.documentElement.lang;
  return new Intl.NumberFormat(language, { style: "unit", unit, unitDisplay: "short" }).format(n);
}
