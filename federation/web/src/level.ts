/** How loud a microphone is, ten times a second. */

const EVERY = 100;
const QUIETEST = -60;
/** Decibels below full scale from which a voice counts as heard. */
const HEARD = -45;

/** Measure until the returned function is called; `tell` gets 0 to 1, and whether it is a voice. */
export function measure(
  track: MediaStreamTrack,
  tell: (level: number, heard: boolean) => void,
): () => void {
  const context = new AudioContext();
  const source = context.createMediaStreamSource(new MediaStream([track]));
  const analyser = context.createAnalyser();
  const samples = new Float32Array(analyser.fftSize);
  source.connect(analyser);
  const timer = setInterval(() => {
    // Some browsers play and measure no sound before the person touched the page.
    if (context.state === "suspended") void context.resume().catch(() => undefined);
    analyser.getFloatTimeDomainData(samples);
    const power = samples.reduce((sum, one) => sum + one * one, 0) / samples.length;
    const decibels = 10 * Math.log10(power || 1e-9);
    tell(Math.min(1, Math.max(0, 1 - decibels / QUIETEST)), decibels > HEARD);
  }, EVERY);
  return () => {
    clearInterval(timer);
    void context.close();
  };
}
