/** All defences, by area. Each area has a table of its own in each document that it has rows for. */
import type { Defence } from './defence.js';
import { ACCESS } from './rows/access.js';
import { BODIES } from './rows/bodies.js';
import { CALLBACK } from './rows/callback.js';
import { FAILURES } from './rows/failures.js';
import { FUZZ } from './rows/fuzz.js';
import { JOINS } from './rows/joins.js';
import { LIMITS } from './rows/limits.js';
import { MEDIA } from './rows/media.js';
import { SIMULATION } from './rows/simulation.js';
import { SOAK } from './rows/soak.js';
import { STRANGERS } from './rows/strangers.js';
import { SUPPLY } from './rows/supply.js';

export interface Area {
  /** As it stands in the markers of the documents. */
  readonly name: string;
  readonly rows: readonly Defence[];
}

export const AREAS: readonly Area[] = [
  { name: 'access', rows: ACCESS },
  { name: 'limits', rows: [...LIMITS, ...STRANGERS, ...JOINS, ...BODIES] },
  { name: 'callback', rows: CALLBACK },
  { name: 'media', rows: MEDIA },
  { name: 'failures', rows: FAILURES },
  { name: 'supply', rows: SUPPLY },
  { name: 'fuzz', rows: FUZZ },
  { name: 'simulation', rows: SIMULATION },
  { name: 'soak', rows: SOAK },
];
