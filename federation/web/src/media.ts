/** Camera and microphone as the browser gives them; nothing here sends anything anywhere. */

export type Kind = "camera" | "microphone";
export type Trouble = "denied" | "system" | "missing" | "busy" | "unsupported";
export type Opened =
  | { readonly track: MediaStreamTrack; readonly trouble?: undefined }
  | { readonly track?: undefined; readonly trouble: Trouble };

const SIZE = { width: { ideal: 1280 }, height: { ideal: 720 } };
const CLEAN = { echoCancellation: true, noiseSuppression: true, autoGainControl: true };
const TROUBLES: Readonly<Record<string, Trouble>> = {
  NotAllowedError: "denied",
  SecurityError: "denied",
  NotFoundError: "missing",
  OverconstrainedError: "missing",
  NotReadableError: "busy",
  AbortError: "busy",
};

/** Return the constraints for the browser; `device` is one that the person chose. */
export function constraints(kind: Kind, device?: string): MediaTrackConstraints {
  const base = kind === "camera" ? SIZE : CLEAN;
  return device ? { ...base, deviceId: { exact: device } } : base;
}

/** Open one device. */
export async function open(kind: Kind, device?: string): Promise<Opened> {
  if (!navigator.mediaDevices) return { trouble: "unsupported" };
  const field = kind === "camera" ? "video" : "audio";
  try {
    const stream = await navigator.mediaDevices.getUserMedia({ [field]: constraints(kind, device) });
    const [track] = stream.getTracks();
    return track ? { track } : { trouble: "missing" };
  } catch (error) {
    return { trouble: trouble(error) };
  }
}

/** Open both with one prompt to the person; each by itself if that fails. */
export async function openBoth(): Promise<Readonly<Record<Kind, Opened>>> {
  if (!navigator.mediaDevices) {
    return { camera: { trouble: "unsupported" }, microphone: { trouble: "unsupported" } };
  }
  try {
    const stream = await navigator.mediaDevices.getUserMedia({
      video: constraints("camera"),
      audio: constraints("microphone"),
    });
    const [video] = stream.getVideoTracks();
    const [audio] = stream.getAudioTracks();
    return {
      camera: video ? { track: video } : { trouble: "missing" },
      microphone: audio ? { track: audio } : { trouble: "missing" },
    };
  } catch (error) {
    const why = trouble(error);
    const no = why === "denied" || why === "system" ? why : undefined;
    return { camera: await alone("camera", no), microphone: await alone("microphone", no) };
  }
}

/** Don't ask a person twice who has just said no: only open what is already allowed. */
async function alone(kind: Kind, no?: Trouble): Promise<Opened> {
  if (no && !(await allowed(kind))) return { trouble: no };
  return open(kind);
}

async function allowed(kind: Kind): Promise<boolean> {
  try {
    const found = await navigator.permissions.query({ name: kind as PermissionName });
    return found.state === "granted";
  } catch {
    return false; // this browser does not tell
  }
}

function trouble(error: unknown): Trouble {
  if (bySystem(error)) return "system";
  return (error instanceof DOMException && TROUBLES[error.name]) || "missing";
}

/** Tell whether the system's settings refuse the device to the browser, not only to this page. */
export function bySystem(error: unknown): boolean {
  const { name, message } = error as Error;
  return name === "NotAllowedError" && message.includes("system");
}

/** Return the devices of a kind that have a name, which they have once one of them was allowed. */
export async function devices(kind: Kind): Promise<readonly MediaDeviceInfo[]> {
  if (!navigator.mediaDevices) return [];
  const wanted = kind === "camera" ? "videoinput" : "audioinput";
  const all = await navigator.mediaDevices.enumerateDevices();
  return all.filter((one) => one.kind === wanted && one.deviceId && one.label);
}
