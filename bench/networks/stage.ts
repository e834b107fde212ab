import type { Browser } from 'puppeteer-core';
import type { EngineProcess } from '../../interop/engine-process.js';
import type { LinkConditions } from './conditions.js';

export type Engines = readonly [forwarding: EngineProcess, recovering: EngineProcess];

/** The way between the participants of one room and their engine. */
export interface Link {
  /** Where participants send media instead of the engine's port; 0 for that port. */
  readonly mediaPort: number;
  /** Lets the conditions' blackout begin, if they have one. */
  blackOut(): void;
  close(): void;
}

/** Where calls are measured: a browser, an engine that recovers and one that does not, and what is between them. */
export interface Stage {
  readonly impairment: 'relay' | 'netem';
  readonly browser: Browser;
  /** @param recovery of which of the two */
  engineUrl(recovery: boolean): string;
  /** @param seed of what happens to packets, where that can be given */
  link(recovery: boolean, conditions: LinkConditions, seed: number): Promise<Link>;
  close(): Promise<void>;
}
