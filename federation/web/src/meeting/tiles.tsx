/** One tile for each person, and one more for each shared screen. */

import {
  isTrackReference,
  TrackLoop,
  type TrackReferenceOrPlaceholder,
  useIsMuted,
  useIsSpeaking,
  useParticipantInfo,
  useTrackRefContext,
  useTracks,
  VideoTrack,
} from "@livekit/components-react";
import { Track } from "livekit-client";
import { say } from "./words";

const SHOWN = [
  { source: Track.Source.ScreenShare, withPlaceholder: false },
  { source: Track.Source.Camera, withPlaceholder: true },
];

/** All participants: screens first, then oneself. */
export function Tiles(): React.ReactNode {
  const found = useTracks(SHOWN, { onlySubscribed: false, updateOnlyOn: [] });
  const order = (one: TrackReferenceOrPlaceholder): number =>
    isScreen(one) ? 0 : one.participant.isLocal ? 1 : 2;
  const tracks = [...found].sort((one, other) => order(one) - order(other));
  return (
    <ul id="tiles" aria-label={say("people")}>
      <TrackLoop tracks={tracks}>
        <Tile />
      </TrackLoop>
    </ul>
  );
}

/** A picture with the name under it, and in words the facts that the picture does not show. */
function Tile(): React.ReactNode {
  const shown = useTrackRefContext();
  const { participant } = shown;
  const { name, identity } = useParticipantInfo({ participant });
  const screen = isScreen(shown);
  const speaks = useIsSpeaking(participant) && !screen;
  const own = participant.isLocal;
  const kinds = [screen ? "screen" : own && "own", speaks && "speaking"];
  return (
    <li className={kinds.filter(Boolean).join(" ") || undefined}>
      <Picture shown={shown} name={name || identity || ""} />
      <p className="caption">
        <span className="name">{name || identity}</span>
        {own && <span className="you"> {say("you")}</span>}
        {screen && <span className="shares"> {say("shares")}</span>}
        {!screen && <Muted shown={shown} />}
        {speaks && <span className="speaks"> {say("speaks")}</span>}
      </p>
    </li>
  );
}

function Picture(props: { shown: TrackReferenceOrPlaceholder; name: string }): React.ReactNode {
  const { shown, name } = props;
  const muted = useIsMuted(shown);
  const screen = isScreen(shown);
  // One's own screen, shown on itself, would repeat without end.
  if (screen && shown.participant.isLocal) return <p className="dark">{say("sharing")}</p>;
  if (!isTrackReference(shown) || muted) return <p className="dark">{say("dark")}</p>;
  return <VideoTrack trackRef={shown} aria-label={screen ? `${name}, ${say("shares")}` : name} />;
}

function Muted(props: { shown: TrackReferenceOrPlaceholder }): React.ReactNode {
  const { participant } = props.shown;
  if (!useIsMuted({ participant, source: Track.Source.Microphone })) return null;
  return <span className="muted"> {say("muted")}</span>;
}

function isScreen(shown: TrackReferenceOrPlaceholder): boolean {
  return shown.source === Track.Source.ScreenShare;
}
