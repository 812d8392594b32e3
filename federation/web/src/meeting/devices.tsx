/** Choice of camera, microphone and loudspeaker, as far as the browser allows it. */

import { useMediaDeviceSelect } from "@livekit/components-react";
import { say } from "./words";

const KINDS = { camera: "videoinput", microphone: "audioinput", speaker: "audiooutput" } as const;

/** A list for each kind of device that the browser names. */
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
  // The buttons ask for permission; looking at a list must not.
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
