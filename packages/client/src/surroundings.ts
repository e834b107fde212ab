/** Notices what a page can learn of the machine around it: its network, its sleep, its own end. */
const TICK_MILLISECONDS = 1_000;
/** A timer that is so late means that the machine, or the page, stood still. */
const ASLEEP_MILLISECONDS = 5_000;

export interface SurroundingsEvents {
  /** There is a network again, or another one: the address has probably changed. */
  onNetwork(): void;
  /** The machine or the page was asleep: nothing that was true before needs to be true now. */
  onWake(): void;
  /** About once a second while awake. */
  onTick(): void;
  /** The page goes away. */
  onUnload(): void;
}

/** @returns a function that stops watching */
export function watchSurroundings(events: SurroundingsEvents): () => void {
  const stopping = new AbortController();
  const { signal } = stopping;
  addEventListener('online', () => events.onNetwork(), { signal });
  addEventListener('pagehide', () => events.onUnload(), { signal });
  watchNetworkType(() => events.onNetwork(), signal);
  let lastTick = Date.now();
  const timer = setInterval(() => {
    const now = Date.now();
    if (now - lastTick > ASLEEP_MILLISECONDS) events.onWake();
    lastTick = now;
    events.onTick();
  }, TICK_MILLISECONDS);
  signal.addEventListener('abort', () => clearInterval(timer));
  return () => stopping.abort();
}

/** Network Information API, on telephones mostly; its event comes for estimates of speed as well. */
function watchNetworkType(onChange: () => void, signal: AbortSignal): void {
  if (!('connection' in navigator) || !(navigator.connection instanceof EventTarget)) return;
  const { connection } = navigator;
  const typeNow = (): unknown => Reflect.get(connection, 'type');
  let type = typeNow();
  const check = (): void => {
    const changed = typeNow() !== type;
    type = typeNow();
    if (changed) onChange();
  };
  connection.addEventListener('change', check, { signal });
}
