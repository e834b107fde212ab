/** Kraken's SDK for browsers. */
export type * from './api.js';
export { type Devices, devices } from './devices.js';
export * from './errors.js';
export { join } from './join.js';
