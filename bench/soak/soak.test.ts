import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, test } from 'vitest';
import { sumsOf } from '../engine-memory.js';
import { Load } from '../generator/load.js';
import { parseSoakOptions } from './options.js';
import type { Reading } from './reading.js';
import { type Calm, runSoak, type SoakRun } from './run-soak.js';
import { composeSoakPage, faultsOf, type SoakResults, withFigures } from './soak-report.js';
import { differences, excesses } from './verdict.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const FOLDER = mkdtempSync(path.join(tmpdir(), 'kraken-soak-'));
afterAll(() => rmSync(FOLDER, { recursive: true, force: true }));

const MEGABYTE = 1e6;
const READING: Reading = {
  at: 0,
  cpuSeconds: 0,
  threads: 14,
  residentBytes: 180 * MEGABYTE,
  heapBytes: 30 * MEGABYTE,
  externalBytes: 4 * MEGABYTE,
  workerHeapBytes: 18 * MEGABYTE,
  workerMemoryBytes: 12 * MEGABYTE,
  answeredIn: 1,
  connections: 0,
  descriptors: 44,
  resources: 5,
  rooms: 3,
  participants: 15,
  sockets: 0,
  transports: 15,
  publications: 12,
  subscriptions: 48,
  relayed: 0,
  joins: 15,
  callsRefused: 0,
  packetsDropped: 0,
};

/** Twelve calms of an hour in which resident memory grows. */
function calmsOf(residentPerHour: number): Calm[] {
  return Array.from({ length: 12 }, (_, i) => ({
    reading: {
      ...READING,
      at: (i + 1) * 300,
      residentBytes: READING.residentBytes + (residentPerHour * (i + 1)) / 12,
    },
    seconds: 1,
    left: [],
    witnesses: {
      expected: 1_000,
      arrived: 1_000,
      worstLoss: 0,
      duplicates: 0,
      verified: 20,
      latencyMedian: 500,
      latencyP99: 2_000,
      faults: [],
    },
  }));
}

function resultsOf(calms: readonly Calm[], run: Partial<SoakRun> = {}): SoakResults {
  return {
    at: '2026-01-31T12:00:00Z',
    commit: 'abcdef0',
    command: 'npm run soak -- --minutes 60 --write',
    minutes: 60,
    seed: 1,
    machine: { processor: 'a processor', cores: 2, memoryBytes: 8e9, kernel: 'linux', node: 'v22' },
    base: READING,
    readings: calms.map(({ reading }) => reading),
    calms,
    faultCount: 0,
    faults: [],
    engineLoad: 0.3,
    driverLoad: 0.2,
    ...run,
    done: { 'joins over HTTP': 7 },
  };
}

test('after some seconds of churn nothing is left of those who came, and the others have heard each other', async () => {
  const options = parseSoakOptions(['--minutes', '0.23', '--calms', '1', '--joins', '8', '--mischiefs', '8']);
  if (options === null) throw new Error('no options');
  const run = await runSoak(options, ROOT, () => undefined, {
    startWitnesses: async (rooms) => {
      const load = await Load.create(rooms);
      await load.join();
      return load;
    },
    collectsGarbage: false,
    patience: 10,
    folder: FOLDER,
  });
  expect(run.faults).toEqual([]);
  expect(run.calms.map(({ left }) => left)).toEqual([[]]);
  const most = (figure: keyof Reading) => Math.max(...run.readings.map((reading) => reading[figure]));
  expect(most('participants')).toBeGreaterThan(run.base.participants);
  expect(most('rooms')).toBeGreaterThan(run.base.rooms);
  const { expected = 0, arrived = 0 } = run.calms[0]?.witnesses ?? {};
  expect(expected).toBeGreaterThan(1_000);
  expect(arrived / expected).toBeGreaterThan(0.99);
}, 60_000);

describe('the verdict', () => {
  test('finds whatever is left of somebody', () => {
    expect(differences(READING, READING)).toEqual([]);
    expect(differences({ ...READING, transports: 16, descriptors: 45, heapBytes: 0 }, READING)).toEqual([
      '16 transports in place of 15',
      '45 open files and sockets but connections to the API in place of 44',
    ]);
  });

  test('finds memory that grows on and on, but not in a quarter of an hour', () => {
    const readings = (perHour: number) => calmsOf(perHour).map(({ reading }) => reading);
    expect(excesses(readings(10 * MEGABYTE))).toEqual([]);
    expect(excesses(readings(-100 * MEGABYTE))).toEqual([]);
    const grown = 'resident memory grows by 24.0 MB an hour: more than 16 MB';
    expect(excesses(readings(24 * MEGABYTE))).toEqual([grown]);
    expect(excesses(readings(24 * MEGABYTE).slice(0, 3))).toEqual([]);
  });

  test('is against an engine that loses what witnesses say, or answers what it must not', () => {
    const [calm] = calmsOf(0);
    if (calm === undefined) throw new Error('no calm');
    expect(faultsOf(resultsOf([calm]))).toEqual([]);
    const lossy = { ...calm, witnesses: { ...calm.witnesses, arrived: 990 } };
    expect(faultsOf(resultsOf([lossy]))).toEqual(["witnesses lost 1.00% of each other's packets"]);
    expect(faultsOf(resultsOf([calm], { faultCount: 1, faults: ['x'] }))).toContain('x');
  });
});

test('the page tells what was left and what was done', () => {
  const page = composeSoakPage(resultsOf(calmsOf(0)));
  expect(page).toContain('| resident memory | 180 | 180 | 0 | 16.0 |');
  expect(page).toContain('| participants | 15 | 15 | 15 | 15 |');
  expect(page).toContain('| joins over HTTP | 7 |');
  expect(page).toContain('Nothing went wrong.');
});

test('the figures stand in docs/reliability.md between their marks', () => {
  const document = readFileSync(path.join(ROOT, 'docs/reliability.md'), 'utf8');
  const written = withFigures(document, resultsOf(calmsOf(0)));
  expect(written).toContain('| resident memory | 180 | 180 | 0 | 16.0 |');
  expect(withFigures(written, resultsOf(calmsOf(0)))).toBe(written);
});

test('figures of metrics are summed over their labels', () => {
  const text = '# HELP a b\na{worker="0"} 3\na{worker="1"} 4\nb_c 1.5\n';
  expect(sumsOf(text)).toEqual(
    new Map([
      ['a', 7],
      ['b_c', 1.5],
    ]),
  );
});
