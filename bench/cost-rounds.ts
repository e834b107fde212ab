/** Measures the cost of all SFUs, and of the floor, by turns: the speed of a shared machine drifts within minutes. */

import type { NativeProgram } from './native/compile.js';
import { FLOOR, measureFloor } from './native/floor.js';
import type { CostSample, FloorSample, Gap } from './report/results.js';
import { type RunOptions, runScenario } from './run-scenario.js';
import type { ScenarioResult } from './scenario-result.js';
import type { Scenario } from './scenarios.js';
import type { Sfu, SfuSettings } from './sfu/sfu.js';

/** It has nothing to compile and nothing to collect, so less time tells as much. */
const MAX_FLOOR_SECONDS = 2;
/** A sample that others disturbed, by using more than this of the SFU's core, is taken once more. */
const MAX_OTHERS_LOAD = 0.05;
/** What fails so often is not tried in later rounds. */
const MAX_FAILURES = 2;

export interface CostRounds {
  readonly cost: readonly CostSample[];
  readonly floor: readonly FloorSample[];
  readonly gaps: readonly Gap[];
}

export interface CostPlan {
  readonly sfus: readonly Sfu[];
  readonly scenarios: readonly Scenario[];
  readonly rounds: number;
  /** Null where there is no C compiler. */
  readonly floor: NativeProgram | null;
  readonly settings: SfuSettings;
  /** Whether a sample that other processes disturbed is taken once more. */
  readonly repeatsDisturbed: boolean;
}

/** In each round each is measured once per scenario; who is first changes. */
export async function measureCostRounds(plan: CostPlan, options: RunOptions): Promise<CostRounds> {
  const rounds = new Rounds(plan, options);
  for (let round = 0; round < plan.rounds; round++) {
    for (const [place, scenario] of plan.scenarios.entries()) {
      for (const sfu of rotated(plan.sfus, round + place)) await rounds.measure(sfu, scenario, round);
      rounds.measureFloor(scenario, round);
    }
  }
  return rounds;
}

/** @returns the items from the `first`-th on, then those before it */
export function rotated<Item>(items: readonly Item[], first: number): Item[] {
  const start = items.length === 0 ? 0 : first % items.length;
  return [...items.slice(start), ...items.slice(0, start)];
}

class Rounds implements CostRounds {
  readonly cost: CostSample[] = [];
  readonly floor: FloorSample[] = [];
  readonly gaps: Gap[] = [];
  readonly #plan: CostPlan;
  readonly #options: RunOptions;
  readonly #failures = new Map<string, number>();

  constructor(plan: CostPlan, options: RunOptions) {
    this.#plan = plan;
    this.#options = options;
  }

  /** What fails is a gap in the report, so that one SFU's failure costs no other's figures. */
  async measure(sfu: Sfu, scenario: Scenario, round: number): Promise<void> {
    const what = `${scenario.name} on ${sfu.name}`;
    const failures = this.#failures.get(what) ?? 0;
    if (failures >= MAX_FAILURES) return;
    try {
      const result = await this.#run(sfu, scenario);
      this.cost.push({ sfu: sfu.name, round, result });
      this.#tell(round, what, describeCost(result));
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      this.#failures.set(what, failures + 1);
      this.gaps.push({ what: `${what}, round ${round + 1}`, sfu: sfu.name, reason });
      this.#tell(round, what, `failed: ${reason}`);
    }
  }

  /** @returns of two samples, if the first was disturbed, the one that was less so */
  async #run(sfu: Sfu, scenario: Scenario): Promise<ScenarioResult> {
    const run = () => runScenario(sfu, scenario, this.#options, this.#plan.settings);
    const first = await run();
    if (!this.#plan.repeatsDisturbed || othersLoadOf(first) <= MAX_OTHERS_LOAD) return first;
    const second = await run();
    return othersLoadOf(second) < othersLoadOf(first) ? second : first;
  }

  measureFloor(scenario: Scenario, round: number): void {
    const { floor } = this.#plan;
    if (floor === null || scenario.rooms.length === 0) return;
    const { cores, seconds } = this.#options;
    const options = { cores, seconds: Math.min(seconds, MAX_FLOOR_SECONDS) };
    const result = measureFloor(floor, scenario.rooms, FLOOR, options);
    this.floor.push({ scenario: scenario.name, round, variant: FLOOR.name, result });
    this.#tell(round, `${scenario.name} on the floor`, `${result.microsecondsPerPacketOut.toFixed(2)} us`);
  }

  #tell(round: number, what: string, outcome: string): void {
    console.log(`round ${round + 1} of ${this.#plan.rounds}: ${what}: ${outcome}`);
  }
}

function othersLoadOf({ engine }: ScenarioResult): number {
  return engine?.othersLoad ?? 0;
}

function describeCost({ engine, loss }: ScenarioResult): string {
  const cost = engine?.microsecondsPerPacketOut ?? null;
  const load = engine === null ? '' : `${(engine.load * 100).toFixed(1)}% of a core`;
  return cost === null ? load : `${cost.toFixed(2)} us per packet, ${load}, ${(loss * 100).toFixed(3)}% lost`;
}
