/** Everybody by name, with the facts that a picture may not show. */

import {
  useIsMuted,
  useIsSpeaking,
  useParticipantAttributes,
  useParticipantInfo,
} from "@livekit/components-react";
import { type Participant, Track } from "livekit-client";
import { say } from "./words";

/** The list, oneself first. */
export function People(props: { people: readonly Participant[] }): React.ReactNode {
  return (
    <ul id="people">
      {props.people.map((one) => (
        <Person key={one.identity} of={one} />
      ))}
    </ul>
  );
}

function Person(props: { of: Participant }): React.ReactNode {
  const { of } = props;
  const speaks = useIsSpeaking(of);
  const silent = useIsMuted({ participant: of, source: Track.Source.Microphone });
  const { name } = useParticipantInfo({ participant: of });
  const { attributes } = useParticipantAttributes({ participant: of });
  const facts = [
    of.isLocal && "you",
    attributes?.handRaisedAt && "hand",
    silent && "muted",
    speaks && "speaks",
  ].filter((fact): fact is string => Boolean(fact));
  return (
    <li>
      <span className="name">{name || of.identity}</span>
      {facts.map((fact) => (
        <span key={fact} className="fact">
          {" "}
          {say(fact)}
        </span>
      ))}
    </li>
  );
}
