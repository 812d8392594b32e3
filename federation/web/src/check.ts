/** The device check: the guest's own picture and a level, which never leave the browser. */

import { measure } from "./level";
import { keep, kept } from "./kept";
import { devices, open, openBoth, type Kind, type Opened, type Trouble } from "./media";
import { part, words, write } from "./page";

export const KINDS: readonly Kind[] = ["camera", "microphone"];
/** Milliseconds for which the page says that a voice was heard. */
const LINGERS = 1500;

/** Both devices with their buttons, lists and messages. */
export class Check {
  private readonly tracks = new Map<Kind, MediaStreamTrack>();
  private readonly troubles = new Set<Kind>();
  private readonly opening = new Set<Kind>();
  private readonly given = new Set<Kind>();
  private stopMeasuring = (): void => undefined;
  /** Resolved when the person has answered the first permission prompt. */
  ready: Promise<void> = Promise.resolve();

  constructor() {
    for (const kind of KINDS) {
      part(`check-${kind}`).addEventListener("click", () => void this.toggle(kind));
      part(`choose-${kind}`).addEventListener("change", () => void this.choose(kind));
    }
    part("check-again").addEventListener("click", () => void this.start());
    navigator.mediaDevices?.addEventListener("devicechange", () => void this.list());
  }

  /** Open the devices that are wanted; a guest who has none, or says no, waits and enters all the
   *  same. */
  start(): Promise<void> {
    for (const kind of KINDS) this.show(kind);
    this.ready = this.ask(KINDS.filter((kind) => kept(kind)));
    return this.ready;
  }

  /** Tell whether a device could not be opened. */
  failed(kind: Kind): boolean {
    return this.troubles.has(kind);
  }

  /** Hand over the open tracks: the preview stops, the tracks do not. */
  handOver(kind: Kind): MediaStreamTrack | undefined {
    const track = this.tracks.get(kind);
    this.tracks.delete(kind);
    this.given.add(kind);
    if (kind === "microphone") this.showLevel();
    else showPicture();
    return track;
  }

  /** Return the device that was chosen, if there was a choice. */
  device(kind: Kind): string | undefined {
    return part<HTMLSelectElement>(`choose-${kind}`).value || undefined;
  }

  /** Close open tracks, and any that open later: nobody is there to be seen or heard. */
  close(): void {
    for (const kind of KINDS) this.handOver(kind)?.stop();
  }

  private async ask(wanted: readonly Kind[]): Promise<void> {
    const [first] = wanted;
    if (wanted.length > 1) {
      for (const kind of wanted) this.opening.add(kind);
      const opened = await openBoth();
      for (const kind of wanted) this.take(kind, opened[kind]);
      await this.list();
    } else if (first) await this.open(first);
    else await this.list();
  }

  private async open(kind: Kind, device?: string): Promise<void> {
    this.opening.add(kind);
    this.take(kind, await open(kind, device));
    await this.list();
  }

  private take(kind: Kind, opened: Opened): void {
    this.opening.delete(kind);
    if (this.given.has(kind)) return opened.track?.stop(); // too late: the meeting opens its own
    this.tracks.get(kind)?.stop();
    this.tracks.delete(kind);
    this.troubles.delete(kind);
    if (opened.track) this.follow(kind, opened.track);
    else this.troubles.add(kind);
    troubled(kind, opened.trouble);
    this.show(kind);
  }

  /** Keep a track while its device is there: if it is pulled out, or forbidden, another may do. */
  private follow(kind: Kind, track: MediaStreamTrack): void {
    this.tracks.set(kind, track);
    track.addEventListener("ended", () => {
      if (this.tracks.get(kind) === track) void this.open(kind);
    });
  }

  private show(kind: Kind): void {
    const track = kept(kind) ? this.tracks.get(kind) : undefined;
    const button = part(`check-${kind}`);
    write(button, words(button, track ? "on" : "off"));
    this.offer(button, this.failed(kind));
    if (kind === "camera") showPicture(track);
    else this.showLevel(track);
  }

  /** Offer what helps: switch a device, or try again. A button that goes passes on the focus. */
  private offer(button: HTMLElement, failed: boolean): void {
    const again = part("check-again");
    const held = document.activeElement;
    button.hidden = failed;
    again.hidden = this.troubles.size === 0;
    if (held === button && failed) again.focus();
    if (held === again && again.hidden) button.focus();
  }

  private showLevel(track?: MediaStreamTrack): void {
    this.stopMeasuring();
    this.stopMeasuring = (): void => undefined;
    const meter = part<HTMLMeterElement>("level");
    part("sound").hidden = track === undefined;
    if (!track) return;
    let until = 0;
    this.stopMeasuring = measure(track, (level, heard) => {
      meter.value = level;
      if (heard) until = performance.now() + LINGERS;
      write(part("level-text"), words(meter, performance.now() < until ? "heard" : "silent"));
    });
  }

  private async toggle(kind: Kind): Promise<void> {
    if (this.opening.has(kind)) return; // it will be on, as the button says
    const on = !kept(kind);
    keep(kind, on);
    if (on) return this.open(kind, part<HTMLSelectElement>(`choose-${kind}`).value);
    this.tracks.get(kind)?.stop(); // its light goes out
    this.show(kind);
  }

  private async choose(kind: Kind): Promise<void> {
    this.tracks.get(kind)?.stop();
    keep(kind, true);
    await this.open(kind, part<HTMLSelectElement>(`choose-${kind}`).value);
  }

  /** Offer the available devices: browsers name them once one of them was allowed. */
  async list(): Promise<void> {
    for (const kind of KINDS) {
      const found = await devices(kind);
      const select = part<HTMLSelectElement>(`choose-${kind}`);
      const now = this.tracks.get(kind)?.getSettings().deviceId || select.value;
      const options = found.map((one) => new Option(one.label, one.deviceId));
      select.replaceChildren(...options);
      if (found.some((one) => one.deviceId === now)) select.value = now;
      part(`choice-${kind}`).hidden = found.length === 0;
    }
  }
}

/** Say what is wrong with a device and what helps, or that nothing is. */
export function troubled(kind: Kind, trouble?: Trouble): void {
  for (const text of document.querySelectorAll<HTMLElement>(`[data-trouble^="${kind}-"]`)) {
    text.hidden = text.dataset.trouble !== `${kind}-${trouble}`;
  }
}

function showPicture(track?: MediaStreamTrack): void {
  const video = part<HTMLVideoElement>("preview");
  video.srcObject = track ? new MediaStream([track]) : null;
  video.hidden = track === undefined;
  part("no-picture").hidden = track !== undefined;
}
