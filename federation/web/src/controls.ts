/** The buttons of the meeting. */

import { MediaDeviceFailure, RoomEvent } from "livekit-client";
import type { Room } from "livekit-client";
import { KINDS, troubled } from "./check";
import type { Check } from "./check";
import { keep } from "./kept";
import type { Kind, Trouble } from "./media";
import { part, words, write } from "./page";

const FAILURES: Readonly<Record<MediaDeviceFailure, Trouble>> = {
  [MediaDeviceFailure.PermissionDenied]: "denied",
  [MediaDeviceFailure.NotFound]: "missing",
  [MediaDeviceFailure.DeviceInUse]: "busy",
  [MediaDeviceFailure.Other]: "missing",
};
const NEWS = [
  RoomEvent.Connected,
  RoomEvent.TrackMuted,
  RoomEvent.TrackUnmuted,
  RoomEvent.LocalTrackPublished,
  RoomEvent.LocalTrackUnpublished,
  RoomEvent.ParticipantPermissionsChanged,
] as const;

/** Switches what this page sends, until `signal` takes the buttons away. */
export class Controls {
  constructor(
    private readonly room: Room,
    private readonly check: Check,
    signal: AbortSignal,
  ) {
    const on = (id: string, run: () => unknown): void =>
      part(id).addEventListener("click", () => void run(), { signal });
    for (const kind of KINDS) on(`meeting-${kind}`, () => this.toggle(kind));
    on("leave", () => room.disconnect());
    on("unblock", () => room.startAudio().catch(() => undefined));
    for (const event of NEWS) room.on(event, () => this.show());
    room.on(RoomEvent.AudioPlaybackStatusChanged, () => this.show());
  }

  /** Switch a device on or off; one that fails is told, and the meeting goes on without it. */
  async set(kind: Kind, on: boolean, device?: string): Promise<void> {
    const button = part<HTMLButtonElement>(`meeting-${kind}`);
    const options = device ? { deviceId: device } : undefined;
    const { localParticipant } = this.room;
    button.setAttribute("aria-disabled", "true");
    try {
      if (kind === "camera") await localParticipant.setCameraEnabled(on, options);
      else await localParticipant.setMicrophoneEnabled(on, options);
      troubled(kind);
      if (on) await this.check.list();
    } catch (error) {
      troubled(kind, FAILURES[MediaDeviceFailure.getFailure(error as Error) ?? MediaDeviceFailure.Other]);
    } finally {
      button.removeAttribute("aria-disabled");
      this.show();
    }
  }

  private async toggle(kind: Kind): Promise<void> {
    if (part(`meeting-${kind}`).hasAttribute("aria-disabled")) return;
    const on = !this.isOn(kind);
    keep(kind, on);
    await this.set(kind, on, part<HTMLSelectElement>(`choose-${kind}`).value);
  }

  private isOn(kind: Kind): boolean {
    const { isCameraEnabled, isMicrophoneEnabled } = this.room.localParticipant;
    return kind === "camera" ? isCameraEnabled : isMicrophoneEnabled;
  }

  private show(): void {
    const may = this.room.localParticipant.permissions?.canPublish ?? true;
    for (const kind of KINDS) {
      const button = part<HTMLButtonElement>(`meeting-${kind}`);
      write(button, words(button, this.isOn(kind) ? "on" : "off"));
      button.disabled = !may;
    }
    part("blocked").hidden = this.room.canPlaybackAudio;
  }
}
