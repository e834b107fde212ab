/** Runs one scenario: an SFU, its participants, a measurement. */
import { setTimeout as sleep } from 'node:timers/promises';
import { GeneratorProcess } from './generator-process.js';
import type { Cores } from './machine.js';
import { readCoreBusySeconds, readProcessUsage } from './process-usage.js';
import {
  type EngineFigures,
  engineFigures,
  idleResult,
  type ScenarioResult,
  scenarioResult,
} from './scenario-result.js';
import type { Scenario } from './scenarios.js';
import type { RunningSfu, Sfu, SfuSettings } from './sfu/sfu.js';

/** After its start an SFU still compiles and collects. */
const SETTLE_MS = 1000;

export interface RunOptions {
  /** The repository. */
  readonly root: string;
  /** Where configuration, logs and profiles go. */
  readonly folder: string;
  readonly cores: Cores;
  readonly seconds: number;
  readonly warmUpSeconds: number;
  readonly sampleShare: number;
  readonly pollSeconds: number;
  readonly seed: number;
}

/** @throws Error when the scenario could not be measured at all; faults of the media are in the result */
export function runScenario(
  sfu: Sfu,
  scenario: Scenario,
  options: RunOptions,
  settings: SfuSettings = {},
): Promise<ScenarioResult> {
  return withRunning(sfu, options, settings, async (running) => {
    if (scenario.rooms.length === 0) return measureIdle(scenario, running, options);
    return measureRooms(scenario, running, options);
  });
}

/** @throws what `use` throws, with the end of the SFU's log */
export async function withRunning<Result>(
  sfu: Sfu,
  { root, folder, cores }: Pick<RunOptions, 'root' | 'folder' | 'cores'>,
  settings: SfuSettings,
  use: (running: RunningSfu) => Promise<Result>,
): Promise<Result> {
  const running = await sfu.start({ root, folder, core: cores.engine, settings });
  try {
    await sleep(SETTLE_MS);
    return await use(running);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(`${reason}\nThe last words of ${running.name}:\n${running.logEnd()}`);
  } finally {
    await running.stop();
  }
}

/** Fills the rooms and lets them warm up, for as long as `use` takes. */
export async function withParticipants<Result>(
  scenario: Scenario,
  { target, pid }: RunningSfu,
  options: RunOptions,
  use: (generator: GeneratorProcess, joinSeconds: number) => Promise<Result>,
): Promise<Result> {
  const { sampleShare, pollSeconds, seed, cores } = options;
  const { rooms } = scenario;
  const generator = new GeneratorProcess(
    {
      target,
      rooms,
      sampleShare,
      latencyInterval: 0,
      silent: false,
      pollSeconds,
      seed,
      enginePid: pid,
      engineCore: cores.engine,
    },
    cores.generator,
  );
  try {
    const joinSeconds = await generator.joined();
    await sleep(options.warmUpSeconds * 1000);
    const result = await use(generator, joinSeconds);
    await generator.leave();
    return result;
  } finally {
    generator.kill();
  }
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

function measureRooms(scenario: Scenario, running: RunningSfu, options: RunOptions): Promise<ScenarioResult> {
  const { pid } = running;
  return withParticipants(scenario, running, options, async (generator, joinSeconds) => {
    const measurement = await generator.measure(options.seconds);
    const { before, after, packetsReceived } = measurement;
    let figures: EngineFigures | null = null;
    if (pid !== null && before !== null && after !== null) {
      const coreBusySeconds = after.coreBusySeconds - before.coreBusySeconds;
      const interval = { before: before.process, after: after.process, coreBusySeconds };
      figures = engineFigures(pid, interval, packetsReceived);
    }
    return scenarioResult(scenario, joinSeconds, measurement, figures);
  });
}
