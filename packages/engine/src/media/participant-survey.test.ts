import { afterEach, beforeEach, expect, test } from 'vitest';
import type { WorkerParticipants } from '../contract/statistics.js';
import { SURVEY_BUDGET } from './participant-survey.js';
import { MediaBench, prepareBenches } from './testing/media-bench.js';

const parts = await prepareBenches();
let bench: MediaBench;
beforeEach(() => {
  bench = new MediaBench(parts);
});
afterEach(() => bench.close());

/** By which a budget is spent at once. */
function swiftClock(): () => number {
  let now = 0;
  return () => {
    now += SURVEY_BUDGET;
    return now;
  };
}

function ask(requestId: number): void {
  bench.dataPath.handle({ type: 'query-participants', requestId }, bench.now);
}

/** @returns whom each answer tells of */
function answers(): [number, number[]][] {
  return bench.events
    .filter((event): event is WorkerParticipants => event.type === 'participants')
    .map(({ requestId, participants }) => [requestId, participants.map(({ transportId }) => transportId)]);
}

test('a question after participants is answered one by one, where a turn has time for no more', () => {
  const peers = [bench.admit(), bench.admit(), bench.admit()];
  const clock = swiftClock();
  ask(5);
  for (const _ of peers) {
    expect(bench.dataPath.isWaiting).toBe(true);
    bench.dataPath.doWaiting(clock);
    expect(answers()).toEqual([]);
  }
  bench.dataPath.doWaiting(clock);
  expect(answers()).toEqual([[5, peers.map(({ transportId }) => transportId)]]);
  expect(bench.dataPath.isWaiting).toBe(false);
});

test('who leaves before it is their turn is left out, and who comes meanwhile was not asked after', () => {
  const [stays, leaves] = [bench.admit(), bench.admit()];
  ask(1);
  bench.dataPath.handle({ type: 'close-transport', transportId: leaves.transportId }, bench.now);
  bench.admit();
  expect(answers()).toEqual([[1, [stays.transportId]]]);
});

test('each of several questions is answered, in their order', () => {
  const { transportId } = bench.admit();
  for (const requestId of [1, 2, 3]) ask(requestId);
  for (let turn = 0; turn < 3; turn++) bench.pump();
  expect(answers()).toEqual([1, 2, 3].map((requestId) => [requestId, [transportId]]));
});

test('where nobody is, the answer is nobody', () => {
  ask(1);
  bench.pump();
  expect(answers()).toEqual([[1, []]]);
});
