/** One tile for each person, and one more for each screen that is shown. */

import { ParticipantEvent, RoomEvent, Track } from "livekit-client";
import type { Participant, RemoteTrack, Room, TrackPublication } from "livekit-client";
import { part, words, write } from "./page";

interface Wanted {
  readonly participant: Participant;
  readonly source: Track.Source;
}

/** Everything after which somebody may look different. */
const NEWS = [
  RoomEvent.Connected,
  RoomEvent.Reconnected,
  RoomEvent.ParticipantConnected,
  RoomEvent.ParticipantDisconnected,
  RoomEvent.ParticipantNameChanged,
  RoomEvent.TrackSubscribed,
  RoomEvent.TrackUnsubscribed,
  RoomEvent.TrackMuted,
  RoomEvent.TrackUnmuted,
  RoomEvent.LocalTrackPublished,
  RoomEvent.LocalTrackUnpublished,
] as const;

/** Keeps the list true to the room. */
export class Tiles {
  private readonly shown = new Map<string, Tile>();

  constructor(private readonly room: Room) {
    for (const event of NEWS) room.on(event, () => this.draw());
    room.on(RoomEvent.TrackSubscribed, sound);
    room.on(RoomEvent.TrackUnsubscribed, silence);
    room.on(RoomEvent.ActiveSpeakersChanged, () => this.mark());
    room.localParticipant.on(ParticipantEvent.IsSpeakingChanged, () => this.mark());
  }

  /** Show everybody who is there, oneself first. */
  draw(): void {
    const wanted = this.wanted();
    for (const [key, tile] of this.shown) {
      if (wanted.has(key)) continue;
      tile.remove();
      this.shown.delete(key);
    }
    for (const [key, one] of wanted) {
      const tile = this.shown.get(key) ?? new Tile(one);
      this.shown.set(key, tile);
      tile.show();
    }
    this.count();
  }

  /** Take everything off the page. */
  clear(): void {
    for (const tile of this.shown.values()) tile.remove();
    this.shown.clear();
    part("audio").replaceChildren();
  }

  private wanted(): Map<string, Wanted> {
    const wanted = new Map<string, Wanted>();
    for (const participant of [this.room.localParticipant, ...this.room.remoteParticipants.values()]) {
      const screen = participant.getTrackPublication(Track.Source.ScreenShare);
      for (const source of screen ? [Track.Source.ScreenShare, Track.Source.Camera] : [Track.Source.Camera]) {
        wanted.set(`${participant.identity}/${source}`, { participant, source });
      }
    }
    return wanted;
  }

  private mark(): void {
    for (const tile of this.shown.values()) tile.mark();
  }

  private count(): void {
    const n = this.room.remoteParticipants.size + 1;
    const element = part("count");
    write(element, words(element, n === 1 ? "one" : "many", { n }));
  }
}

/** A picture with the name under it, and in words what the picture does not tell. */
class Tile {
  private readonly element: HTMLElement;
  private readonly video: HTMLVideoElement;
  private attached?: Track;

  constructor(private readonly of: Wanted) {
    const template = part<HTMLTemplateElement>("tile");
    this.element = template.content.firstElementChild?.cloneNode(true) as HTMLElement;
    this.video = this.find<HTMLVideoElement>("video");
    this.element.classList.toggle("own", of.participant.isLocal && !this.screen);
    this.element.classList.toggle("screen", this.screen);
    part("tiles").append(this.element);
  }

  show(): void {
    const { participant } = this.of;
    const name = participant.name || participant.identity;
    write(this.find(".name"), name);
    this.find(".you").hidden = !participant.isLocal;
    this.find(".shares").hidden = !this.screen;
    this.find(".muted").hidden = this.screen || participant.isMicrophoneEnabled;
    this.video.setAttribute("aria-label", name);
    this.attach(seen(participant.getTrackPublication(this.of.source)));
    this.mark();
  }

  mark(): void {
    const speaks = !this.screen && this.of.participant.isSpeaking;
    this.element.classList.toggle("speaking", speaks);
    this.find(".speaks").hidden = !speaks;
  }

  remove(): void {
    this.attached?.detach(this.video);
    this.element.remove();
  }

  private get screen(): boolean {
    return this.of.source === Track.Source.ScreenShare;
  }

  private attach(track?: Track): void {
    if (track !== this.attached) {
      this.attached?.detach(this.video);
      track?.attach(this.video);
      this.attached = track;
    }
    this.video.hidden = track === undefined;
    this.find(".dark").hidden = track !== undefined;
  }

  private find<T extends HTMLElement = HTMLElement>(selector: string): T {
    return this.element.querySelector(selector) as T;
  }
}

function seen(publication?: TrackPublication): Track | undefined {
  return publication && !publication.isMuted ? publication.track : undefined;
}

function sound(track: RemoteTrack): void {
  if (track.kind === Track.Kind.Audio) part("audio").append(track.attach());
}

function silence(track: RemoteTrack): void {
  if (track.kind === Track.Kind.Audio) for (const element of track.detach()) element.remove();
}
