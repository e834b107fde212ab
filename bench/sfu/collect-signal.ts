/** Has an engine that was started with collect-on-signal.js collect its garbage. */
export const COLLECT_SIGNAL = 'SIGUSR2';
