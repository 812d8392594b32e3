/** Keeps the screen on: a phone would lock itself, and nobody there would hear its owner. */

/** Keep it on until the returned function is called. */
export function awake(): () => void {
  let lock: WakeLockSentinel | undefined;
  let over = false;
  const hold = async (): Promise<void> => {
    if (over || document.hidden) return;
    // Not every browser can, and one whose battery is low does not.
    const got = await navigator.wakeLock?.request("screen").catch(() => undefined);
    if (over) void got?.release();
    else lock = got;
  };
  document.addEventListener("visibilitychange", hold); // it is taken from a page that is hidden
  void hold();
  return () => {
    over = true;
    document.removeEventListener("visibilitychange", hold);
    void lock?.release();
  };
}
