/** Keeps the screen on: otherwise a phone locks itself, and nobody hears its owner any more. */

/** Keep it on until the returned function is called. */
export function awake(): () => void {
  let lock: WakeLockSentinel | undefined;
  let over = false;
  const hold = async (): Promise<void> => {
    if (over || document.hidden) return;
    // Not every browser can, and a device with a low battery does not.
    const got = await navigator.wakeLock?.request("screen").catch(() => undefined);
    if (over) void got?.release();
    else lock = got;
  };
  document.addEventListener("visibilitychange", hold); // a hidden page loses it
  void hold();
  return () => {
    over = true;
    document.removeEventListener("visibilitychange", hold);
    void lock?.release();
  };
}
