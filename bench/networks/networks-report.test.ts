import { expect, test } from 'vitest';
import { composeNetworksPage, networksTargets } from './networks-report.js';
import type { NetworksResults, RoomResult } from './results.js';
import { VARIANTS } from './variants.js';

const MACHINE = { processor: 'a processor', cores: 2, memoryBytes: 4e9, kernel: 'linux 6', node: 'v20' };

function room(network: string, variant: string, round: number, concealed: number): RoomResult {
  const figures = {
    concealed,
    concealedSilent: 0.01,
    jitterBufferDelay: 60,
    lost: 0.19,
    discarded: 0,
    asked: 0.1,
    redundant: 0.05,
    resentByPublisher: 0.1,
  };
  return { network, variant, round, seed: 1, machineLoad: 0.5, figures };
}

function resultsOf(rooms: readonly RoomResult[]): NetworksResults {
  const how = { rounds: 3, seconds: 20, warmUpSeconds: 5, seed: 1, atOnce: 2, impairment: 'relay' as const };
  const made = { at: '2026-01-02T00:00:00Z', commit: 'abc', command: 'npm run bench:networks', minutes: 12 };
  return { ...made, ...how, browser: 'Chrome/1', machine: MACHINE, rooms, gaps: [] };
}

/** By variant, what was concealed in each round at 10% loss. */
function atTarget(...concealed: readonly (readonly number[])[]): NetworksResults {
  return resultsOf(
    VARIANTS.flatMap(({ name }, index) =>
      (concealed[index] ?? []).map((share, round) => room('10% loss', name, round + 1, share)),
    ),
  );
}

test('the target is met when in the median round at most a quarter is concealed', () => {
  const [met] = networksTargets(atTarget([0.12, 0.12, 0.12], [0.03, 0.02, 0.06]));
  expect(met).toMatchObject({ verdict: 'met', measured: '4.00 times (2.00–6.00)' });
  const [missed] = networksTargets(atTarget([0.12, 0.12, 0.12], [0.04, 0.02, 0.06]));
  expect(missed).toMatchObject({ verdict: 'missed' });
});

test('what was not measured is neither met nor missed', () => {
  expect(networksTargets(resultsOf([])).map(({ verdict }) => verdict)).toEqual([
    'not measured',
    'not measured',
  ]);
});

test('the page has a row for each network that was measured, with medians and extremes in percent', () => {
  const page = composeNetworksPage(atTarget([0.12, 0.1, 0.14], [0.02, 0.02, 0.03]));
  expect(page).toContain('| 10% loss | 12.0% (10.0–14.0) | **2.00% (2.00–3.00)** |');
  expect(page).not.toContain('| 30% loss');
});

test('the page tells what makes figures doubtful, and what was not measured', () => {
  const busy = { ...room('no loss', 'with recovery', 2, 0.05), machineLoad: 0.95 };
  const gap = { network: '30% loss', variant: 'with recovery', round: 1, reason: 'nobody came\nat all' };
  const page = composeNetworksPage({ ...resultsOf([busy]), gaps: [gap] });
  expect(page).toContain('- round 2, no loss, with recovery: the machine was busy for 95% of the time');
  expect(page).toContain('- round 2, no loss, with recovery: 5.0% concealed though nothing was lost');
  expect(page).toContain('- round 1, 30% loss, with recovery: nobody came\n');
});
