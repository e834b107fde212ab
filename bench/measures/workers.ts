/** What a packet costs when Kraken has several media workers: many rooms among them, or one room on all of them. */
import type { ScenarioResult } from '../scenario-result.js';
import { participantsOf, type Scenario } from '../scenarios.js';
import type { Sfu, SfuSettings } from '../sfu/sfu.js';
import { measureCost } from './cost.js';
import type { MeasureContext } from './rooms.js';

/** Share of the packets that may get lost: beyond it the machine is full, and what is measured is not the engine. */
const MAX_LOSS = 0.01;

export interface WorkersStart {
  /** The repository. */
  readonly root: string;
  /** Where configuration and logs go. */
  readonly folder: string;
  readonly context: MeasureContext;
  /** Of the measurement. */
  readonly seconds: number;
}

/**
 * Starts an engine for it. It may run on both cores, whatever the number of workers, so that this number is all that
 * differs; the generator shares one of them, and CPU time is counted, not time that passes.
 *
 * @param scenario many rooms, which go to one worker each, or one, which is spread over all of them evenly
 * @returns microseconds of CPU time of the whole engine per packet out
 * @throws Error when something does not work, or too much gets lost
 */
export async function measureWorkers(
  sfu: Sfu,
  scenario: Scenario,
  workers: number,
  { root, folder, context, seconds }: WorkersStart,
): Promise<number> {
  const { cores } = context;
  const settings = settingsFor(scenario, workers, [cores.engine, cores.generator]);
  const running = await sfu.start({ root, folder, core: cores.engine, settings });
  try {
    return checkedCost(await measureCost(running, scenario, context, seconds));
  } finally {
    await running.stop();
  }
}

export function settingsFor(scenario: Scenario, workers: number, cores: readonly number[]): SfuSettings {
  const participants = participantsOf(scenario);
  const spreadRoomAt = scenario.rooms.length > 1 ? participants : Math.ceil(participants / workers);
  return { cores, engine: { workers, 'spread-room-at': spreadRoomAt } };
}

function checkedCost({ loss, faults, engine }: ScenarioResult): number {
  const [fault] = faults;
  if (fault !== undefined) throw new Error(fault);
  if (loss > MAX_LOSS)
    throw new Error(`${(loss * 100).toFixed(1)}% of the packets got lost: the machine is full`);
  const cost = engine?.microsecondsPerPacketOut ?? null;
  if (cost === null) throw new Error("the engine's CPU time cannot be read");
  return cost;
}
