/** Kraken's SDK for browsers. */
export type * from './api.js';
export { type Devices, devices } from './devices.js';
export * from './errors.js';
export { join } from './join.js';
export { type LevelMeter, meter } from './meter.js';
export { openMicrophone } from './open-microphone.js';
