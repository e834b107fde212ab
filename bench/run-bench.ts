/** Runs the measures that are asked for, one after the other, and collects what they find. */
import { readCommit } from './commit.js';
import { measureCostRounds } from './cost-rounds.js';
import { type Cores, describeMachine } from './machine.js';
import { MESH } from './measures/load-shape.js';
import { measureCrypto } from './micro/crypto-speed.js';
import { measureSendMethods } from './micro/send-methods.js';
import { NativeError, type NativeProgram } from './native/compile.js';
import { compileFloor, FLOOR_VARIANTS, LATENCY_FLOORS, measureFloor } from './native/floor.js';
import { type BenchOptions, KRAKEN_NAME, type MeasureName } from './options.js';
import { profileRooms } from './profile-rooms.js';
import type { BenchResults, FloorSample, Gap, LatencyFloorSample } from './report/results.js';
import {
  measureAllJoins,
  measureCapacities,
  measureLatencies,
  measureMemories,
  measureStorms,
  measureWorkersRounds,
} from './run-measures.js';
import type { RunOptions } from './run-scenario.js';
import { meshOf } from './scenarios.js';
import { measureSendFloor } from './send-floor.js';
import { runningAt, type Sfu } from './sfu/sfu.js';
import { SFUS } from './sfu/sfus.js';

/** Rooms in which the floor is measured without encryption and with gathering as well, and for how long each. */
const VARIANT_SIZES = [10, 20, 50];
const VARIANT_SECONDS = 2;
const LATENCY_FLOOR_SECONDS = 4;
/** Of measures that keep an SFU busy for long, and rooms that are large. */
const SHORT_WARM_UP_SECONDS = 2;
/** Of latencies: for some seconds after joins an SFU still compiles and collects, which shows in the last percent. */
const LATENCY_WARM_UP_SECONDS = 10;
/** The difference between one worker and two is small beside what the machine does from one minute to the next. */
const MORE_WORKERS_ROUNDS = 2;

export interface BenchRun {
  readonly options: BenchOptions;
  /** The repository. */
  readonly root: string;
  /** Where configuration, logs and profiles go. */
  readonly folder: string;
  readonly cores: Cores;
  /** As it was typed. */
  readonly command: string;
}

/** What the measures fill. */
type Found = {
  -readonly [Key in
    | 'cost'
    | 'floor'
    | 'profiles'
    | 'capacity'
    | 'latency'
    | 'latencyFloor'
    | 'joins'
    | 'storms'
    | 'memory'
    | 'workers'
    | 'kernel'
    | 'send']: BenchResults[Key];
} & { readonly gaps: Gap[] };

/**
 * @param save is given what there is after each measure, so that a run that is broken off has not been for nothing
 * @throws Error when something cannot be measured that needs neither a peer nor a tool
 */
export async function runBench(run: BenchRun, save: (results: BenchResults) => void): Promise<BenchResults> {
  const { options, command } = run;
  const startedAt = performance.now();
  const at = new Date().toISOString();
  const found = nothingFound();
  const sendFloorMicroseconds = measureSendFloor();
  const sfus = await chooseSfus(options, found.gaps);
  const notes = await readNotes(sfus, run);
  const resultsNow = (): BenchResults => ({
    at,
    commit: readCommit(run.root),
    command,
    isFull: options.isFull,
    minutes: (performance.now() - startedAt) / 60_000,
    machine: describeMachine(),
    rounds: options.rounds,
    seconds: options.seconds,
    scenarios: options.scenarios,
    sfus: notes,
    sendFloorMicroseconds,
    ...found,
  });
  for (const measure of options.measures) {
    await MEASUREMENTS[measure](run, sfus, found);
    save(resultsNow());
  }
  return resultsNow();
}

function nothingFound(): Found {
  const measured = {
    capacity: [],
    latency: [],
    latencyFloor: [],
    joins: [],
    storms: [],
    memory: [],
    workers: [],
  };
  return { cost: [], floor: [], profiles: [], ...measured, kernel: null, send: [], gaps: [] };
}

type Measurement = (run: BenchRun, sfus: readonly Sfu[], found: Found) => Promise<void>;

const MEASUREMENTS: Readonly<Record<MeasureName, Measurement>> = {
  cost: measureCost,
  capacity: async (run, sfus, found) => {
    found.capacity = await measureCapacities(sfus, measureOptionsOf(run), found.gaps);
  },
  latency: async (run, sfus, found) => {
    const options = { ...measureOptionsOf(run), warmUpSeconds: LATENCY_WARM_UP_SECONDS };
    // Loads are shares of the capacity, which has to be known.
    if (found.capacity.length === 0) found.capacity = await measureCapacities(sfus, options, found.gaps);
    found.latency = await measureLatencies(sfus, found.capacity, options, found.gaps);
    found.latencyFloor = measureLatencyFloors(run, found);
  },
  joins: async (run, sfus, found) => {
    found.joins = await measureAllJoins(sfus, measureOptionsOf(run), found.gaps);
    found.storms = await measureStorms(sfus, measureOptionsOf(run), found.gaps);
  },
  memory: async (run, sfus, found) => {
    found.memory = await measureMemories(sfus, measureOptionsOf(run), found.gaps);
  },
  workers: async (run, sfus, found) => {
    found.workers = await measureWorkersRounds(
      sfus,
      run.options.rounds + MORE_WORKERS_ROUNDS,
      runOptionsOf(run),
      found.gaps,
    );
  },
  kernel: async ({ root }, _, found) => {
    console.log('measuring: the kernel');
    found.kernel = measureCrypto(root);
  },
  send: async (_run, _sfus, found) => {
    console.log('measuring: sending');
    found.send = await measureSendMethods();
  },
};

async function measureCost(run: BenchRun, sfus: readonly Sfu[], found: Found): Promise<void> {
  const { options } = run;
  const runOptions = runOptionsOf(run);
  const floor = findFloor(run.root, found.gaps);
  const { scenarios, rounds, profile } = options;
  const plan = { sfus, scenarios, rounds, floor, settings: { profile }, repeatsDisturbed: options.isFull };
  const result = await measureCostRounds(plan, runOptions);
  found.cost = result.cost;
  found.floor = [...result.floor, ...measureFloorVariants(floor, run)];
  found.gaps.push(...result.gaps);
  const kraken = sfus.find(({ name }) => name === KRAKEN_NAME);
  if (!options.isFull || kraken === undefined) return;
  const { profiles, gaps } = await profileRooms(kraken, runOptions);
  found.profiles = profiles;
  found.gaps.push(...gaps);
}

/** Those that are chosen and there; the others become gaps. */
async function chooseSfus({ sfus, target }: BenchOptions, gaps: Gap[]): Promise<Sfu[]> {
  if (target !== null) {
    const { url, pid } = target;
    return [{ name: url, whyNotMeasured: async () => null, start: async () => runningAt(url, pid) }];
  }
  const chosen: Sfu[] = [];
  for (const name of sfus) {
    const sfu = SFUS.find((candidate) => candidate.name === name);
    const reason = sfu === undefined ? 'the benchmark has no adapter for it' : await sfu.whyNotMeasured();
    if (sfu !== undefined && reason === null) chosen.push(sfu);
    else gaps.push({ what: name, sfu: name, reason: reason ?? '' });
  }
  return chosen;
}

/** An SFU's version and the like are known once it runs. */
async function readNotes(
  sfus: readonly Sfu[],
  { root, folder, cores }: BenchRun,
): Promise<BenchResults['sfus']> {
  const all: { name: string; notes: readonly string[] }[] = [];
  for (const sfu of sfus) {
    const running = await sfu.start({ root, folder, core: cores.engine });
    all.push({ name: sfu.name, notes: running.notes });
    await running.stop();
  }
  return all;
}

function findFloor(root: string, gaps: Gap[]): NativeProgram | null {
  try {
    return compileFloor(root);
  } catch (error) {
    if (!(error instanceof NativeError)) throw error;
    gaps.push({ what: 'the physical floor', sfu: null, reason: error.message });
    return null;
  }
}

function measureFloorVariants(floor: NativeProgram | null, { options, cores }: BenchRun): FloorSample[] {
  if (floor === null || !options.isFull) return [];
  return FLOOR_VARIANTS.filter(({ name }) => name !== 'floor').flatMap((variant) =>
    VARIANT_SIZES.map(meshOf).map(({ name, rooms }) => {
      const result = measureFloor(floor, rooms, variant, { seconds: VARIANT_SECONDS, cores });
      return { scenario: name, round: 0, variant: variant.name, result };
    }),
  );
}

/** At the loads of Kraken's latencies, so that it can be told what of them is the machine's. */
function measureLatencyFloors({ options, root, cores }: BenchRun, found: Found): LatencyFloorSample[] {
  const loads = found.latency.find(({ sfu }) => sfu === KRAKEN_NAME)?.results ?? [];
  const floor = options.isFull ? findFloor(root, found.gaps) : null;
  if (floor === null) return [];
  return loads.flatMap(({ share, size }) =>
    LATENCY_FLOORS.map((variant) => {
      const { name, gatherMicroseconds } = variant;
      const seconds = LATENCY_FLOOR_SECONDS;
      return {
        share,
        variant: name,
        gatherMicroseconds,
        result: measureFloor(floor, MESH.roomsOf(size), variant, { seconds, cores }),
      };
    }),
  );
}

function runOptionsOf({ options, root, folder, cores }: BenchRun): RunOptions {
  const { seconds, warmUpSeconds, sampleShare, pollSeconds, seed } = options;
  return { root, folder, cores, seconds, warmUpSeconds, sampleShare, pollSeconds, seed };
}

function measureOptionsOf(run: BenchRun): RunOptions {
  return { ...runOptionsOf(run), warmUpSeconds: SHORT_WARM_UP_SECONDS };
}
