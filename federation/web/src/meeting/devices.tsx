/** Which camera, microphone and loudspeaker, where the browser lets one choose. */

import { useMediaDeviceSelect } from "@livekit/components-react";
import { say } from "./words";

const KINDS = { camera: "videoinput", microphone: "audioinput", speaker: "audiooutput" } as const;

/** A list for each kind of which the browser names any. */
export function Devices(): React.ReactNode {
  return (
    <div id="menus">
      <Menu name="camera" />
      <Menu name="microphone" />
      {"setSinkId" in HTMLMediaElement.prototype && <Menu name="speaker" />}
    </div>
  );
}

function Menu(props: { name: keyof typeof KINDS }): React.ReactNode {
  const { name } = props;
  // Asking for permission is what the buttons do, not looking at a list.
  const { devices, activeDeviceId, setActiveMediaDevice } = useMediaDeviceSelect({
    kind: KINDS[name],
    requestPermissions: false,
  });
  const named = devices.filter((one) => one.deviceId && one.label);
  if (named.length === 0) return <p className="hint">{say(`${name}None`)}</p>;
  const chosen = named.some((one) => one.deviceId === activeDeviceId);
  return (
    <p>
      <label htmlFor={`menu-${name}`}>{say(`${name}Menu`)}</label>
      <select
        id={`menu-${name}`}
        value={chosen ? activeDeviceId : named[0]?.deviceId}
        onChange={(event) => void setActiveMediaDevice(event.target.value).catch(() => undefined)}
      >
        {named.map((one) => (
          <option key={one.deviceId} value={one.deviceId}>
            {one.label}
          </option>
        ))}
      </select>
    </p>
  );
}
