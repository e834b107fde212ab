/** Runs one scenario: an engine, its participants, a measurement. */
import { setTimeout as sleep } from 'node:timers/promises';
import { GeneratorProcess } from './generator-process.js';
import type { Cores } from './machine.js';
import type { BenchOptions, Scenario } from './options.js';
import { readCoreBusySeconds, readProcessUsage } from './process-usage.js';
import {
  type EngineFigures,
  engineFigures,
  idleResult,
  type ScenarioResult,
  scenarioResult,
} from './scenario-result.js';
import { KRAKEN } from './sfu/kraken.js';
import { type RunningSfu, runningAt } from './sfu/sfu.js';

/** After its start an engine still compiles and collects. */
const SETTLE_MS = 2000;

export interface RunOptions extends BenchOptions {
  readonly root: string;
  readonly folder: string;
  readonly cores: Cores;
}

/** @throws Error when the scenario could not be measured at all; faults of the media are in the result */
export async function runScenario(scenario: Scenario, options: RunOptions): Promise<ScenarioResult> {
  if (options.target !== null) {
    const { url, pid } = options.target;
    return measureScenario(scenario, runningAt(url, pid), options);
  }
  const { root, folder, profile, cores } = options;
  const engine = await KRAKEN.start({ root, folder, core: cores.engine, settings: { profile } });
  try {
    await sleep(SETTLE_MS);
    return await measureScenario(scenario, engine, options);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(`${scenario.name}: ${reason}\nThe engine's last words:\n${engine.logEnd()}`);
  } finally {
    await engine.stop();
  }
}

function measureScenario(scenario: Scenario, sfu: RunningSfu, options: RunOptions): Promise<ScenarioResult> {
  if (scenario.rooms.length > 0) return measureRooms(scenario, sfu, options);
  if (sfu.pid === null) throw new Error('an engine without participants needs --pid to be measured');
  return measureIdle(scenario, sfu.pid, options);
}

async function measureIdle(scenario: Scenario, pid: number, options: RunOptions): Promise<ScenarioResult> {
  const core = options.cores.engine;
  const before = readProcessUsage(pid);
  const coreBusyBefore = readCoreBusySeconds(core);
  await sleep(options.seconds * 1000);
  const after = readProcessUsage(pid);
  const coreBusySeconds = readCoreBusySeconds(core) - coreBusyBefore;
  const figures = engineFigures(pid, { before, after, coreBusySeconds }, 0);
  return idleResult(scenario, after.at - before.at, figures);
}

async function measureRooms(
  scenario: Scenario,
  sfu: RunningSfu,
  options: RunOptions,
): Promise<ScenarioResult> {
  const { target, pid } = sfu;
  const { sampleShare, pollSeconds, seed, cores } = options;
  const generator = new GeneratorProcess(
    {
      target,
      rooms: scenario.rooms,
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
    const measurement = await generator.measure(options.seconds);
    await generator.leave();
    const { before, after, packetsReceived } = measurement;
    let figures: EngineFigures | null = null;
    if (pid !== null && before !== null && after !== null) {
      const coreBusySeconds = after.coreBusySeconds - before.coreBusySeconds;
      const interval = { before: before.process, after: after.process, coreBusySeconds };
      figures = engineFigures(pid, interval, packetsReceived);
    }
    return scenarioResult(scenario, joinSeconds, measurement, figures);
  } finally {
    generator.kill();
  }
}
