/** Keeps a telephone's screen on: most of them would take the microphone away with it. */
export function keepAwake(signal: AbortSignal): void {
  if (!('wakeLock' in navigator) || !matchMedia('(pointer: coarse)').matches) return;
  let lock: Promise<WakeLockSentinel | null> = Promise.resolve(null);
  const ask = (): void => {
    if (document.visibilityState !== 'visible') return;
    // A battery that is low refuses, which is its right.
    lock = navigator.wakeLock.request('screen').catch(() => null);
  };
  // The lock is lost whenever the page is hidden.
  document.addEventListener('visibilitychange', ask, { signal });
  signal.addEventListener('abort', async () => (await lock)?.release());
  ask();
}
