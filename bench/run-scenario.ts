/** Runs one scenario: an SFU, its participants, a measurement. */
import { setTimeout as sleep } from 'node:timers/promises';
import { measureCost } from './measures/cost.js';
import type { MeasureContext } from './measures/rooms.js';
import { readCoreBusySeconds, readProcessUsage } from './process-usage.js';
import { engineFigures, idleResult, type ScenarioResult } from './scenario-result.js';
import type { Scenario } from './scenarios.js';
import type { RunningSfu, Sfu, SfuSettings } from './sfu/sfu.js';

/** After its start an SFU still compiles and collects. */
const SETTLE_MS = 1000;

export interface RunOptions extends MeasureContext {
  /** The repository. */
  readonly root: string;
  /** Where configuration, logs and profiles go. */
  readonly folder: string;
  /** Of each measurement of cost. */
  readonly seconds: number;
}

/** @throws Error when the scenario could not be measured at all; faults of the media are in the result */
export function runScenario(
  sfu: Sfu,
  scenario: Scenario,
  options: RunOptions,
  settings: SfuSettings = {},
): Promise<ScenarioResult> {
  return withRunning(sfu, options, settings, (running) =>
    scenario.rooms.length === 0
      ? measureIdle(scenario, running, options)
      : measureCost(running, scenario, options, options.seconds),
  );
}

/** @throws what `use` throws, with the end of the SFU's log */
export async function withRunning<Result>(
  sfu: Sfu,
  options: RunOptions,
  settings: SfuSettings,
  use: (running: RunningSfu) => Promise<Result>,
): Promise<Result> {
  const running = await startSettled(sfu, options, settings);
  try {
    return await use(running);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(`${reason}\nThe last words of ${running.name}:\n${running.logEnd()}`);
  } finally {
    await running.stop();
  }
}

/** @returns an SFU that has had time to settle; whoever starts it stops it */
export async function startSettled(
  sfu: Sfu,
  { root, folder, cores }: RunOptions,
  settings: SfuSettings = {},
): Promise<RunningSfu> {
  const running = await sfu.start({ root, folder, core: cores.engine, settings });
  await sleep(SETTLE_MS);
  return running;
}

async function measureIdle(
  scenario: Scenario,
  { pid }: RunningSfu,
  options: RunOptions,
): Promise<ScenarioResult> {
  if (pid === null) throw new Error('an engine without participants needs --pid to be measured');
  const core = options.cores.engine;
  const before = readProcessUsage(pid);
  const coreBusyBefore = readCoreBusySeconds(core);
  await sleep(options.seconds * 1000);
  const after = readProcessUsage(pid);
  const coreBusySeconds = readCoreBusySeconds(core) - coreBusyBefore;
  const figures = engineFigures(pid, { before, after, coreBusySeconds }, 0);
  return idleResult(scenario, after.at - before.at, figures);
}
