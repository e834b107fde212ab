import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Roster } from './roster.js';
import type { LiveParticipant } from './signalling/protocol.js';
import type { Voice } from './voice.js';

const PATIENCE = 10_000;
let told: string[] = [];
let roster: Roster;

beforeEach(() => {
  vi.useFakeTimers();
  told = [];
  roster = new Roster('me', {
    onJoined: ({ uid }) => told.push(`joined ${uid}`),
    onLeft: ({ uid }, reason) => told.push(`left ${uid} ${reason}`),
    onUpdated: ({ uid }) => told.push(`updated ${uid}`),
    onSpeaking: ({ uid, speaking }) => told.push(`speaking ${uid} ${speaking}`),
    onVolume: ({ uid, volume }) => told.push(`volume ${uid} ${volume}`),
  });
});
afterEach(() => {
  roster.close();
  vi.useRealTimers();
});

function state(uid: string, changes: Partial<LiveParticipant> = {}): LiveParticipant {
  const none = { publishing: false, muted: false, silenced: false, speaking: false };
  const permissions = { publish: true, subscribe: true };
  return { uid, cid: `${uid}-1`, ...none, permissions, ...changes };
}

function take(): string[] {
  return told.splice(0);
}

/** Not the browser's: a stream and a track as far as the roster looks at them. */
function voice(uid: string, muted = false): Voice {
  const parts: unknown = { uid, stream: { of: uid }, receiver: { track: { muted } } };
  const isVoice = (value: unknown): value is Voice => value === parts;
  if (!isVoice(parts)) throw new Error('no voice');
  return parts;
}

test('those who are there have joined, and oneself is not among them', () => {
  roster.reset([state('me'), state('ann')], 0);
  expect(take()).toEqual(['updated me', 'joined ann']);
  expect([...roster.others.keys()]).toEqual(['ann']);
});

test('people are called as their access tokens say, or else as their uids do', () => {
  roster.reset([state('me', { name: 'Zoë' }), state('ann', { name: 'Ann of Green' }), state('bob')], 0);
  expect([roster.me, ...roster.others.values()].map(({ name }) => name)).toEqual([
    'Zoë',
    'Ann of Green',
    'bob',
  ]);
  take();
  roster.put(state('bob', { name: 'Bob' }));
  expect(take()).toEqual(['updated bob']);
});

test('what changes of somebody is told once, and speaking apart', () => {
  roster.put(state('ann'));
  roster.put(state('ann', { publishing: true }));
  roster.put(state('ann', { publishing: true }));
  roster.put(state('ann', { publishing: true, speaking: true }));
  expect(take()).toEqual(['joined ann', 'updated ann', 'speaking ann true']);
});

test('what one has said of oneself counts more than what the server has heard', () => {
  roster.me.muted = true;
  roster.put(state('me', { publishing: true }));
  expect(roster.me).toMatchObject({ muted: true, publishing: true });
});

test('who came again with another cid does not leave with the old one', () => {
  roster.put(state('ann'));
  roster.put(state('ann', { cid: 'ann-2' }));
  take();
  roster.remove({ rid: 'room', uid: 'ann', cid: 'ann-1', reason: 'lost' });
  expect(take()).toEqual([]);
  roster.remove({ rid: 'room', uid: 'ann', cid: 'ann-2', reason: 'ended' });
  expect(take()).toEqual(['left ann ended']);
});

test('a missing one is gone at once, but after a reconnection may come back', () => {
  roster.reset([state('ann'), state('bob'), state('eve')], 0);
  take();
  roster.reset([state('ann'), state('bob')], 0);
  expect(take()).toEqual(['left eve unknown']);
  roster.reset([], PATIENCE);
  vi.advanceTimersByTime(PATIENCE / 2);
  roster.put(state('ann', { cid: 'ann-2' }));
  vi.advanceTimersByTime(PATIENCE);
  expect(take()).toEqual(['updated ann', 'left bob lost']);
});

test('a voice is theirs whether it or the news of them came first', () => {
  roster.hear([voice('ann')], false);
  expect(take()).toEqual([]);
  roster.put(state('ann', { publishing: true }));
  expect(roster.others.get('ann')).toMatchObject({ publishing: true, stream: { of: 'ann' } });
  roster.put(state('bob'));
  take();
  roster.hear([voice('ann'), voice('bob')], false);
  expect(take()).toEqual(['updated ann', 'updated bob']);
});

test('where nothing is pushed, voices and the list tell who is there and who is heard', () => {
  roster.hear([voice('ann'), voice('bob', true)], true);
  expect(roster.others.get('ann')?.publishing).toBe(true);
  expect(roster.others.get('bob')?.publishing).toBe(false);
  roster.list(['me', 'eve'], 0);
  expect([...roster.others.keys()]).toEqual(['ann', 'bob', 'eve']);
  take();
  roster.hear([voice('ann')], true);
  roster.list(['ann'], 0);
  expect(take()).toEqual(['updated ann', 'updated bob', 'left bob unknown', 'left eve unknown']);
});

test('a volume lies between 0 and 1', () => {
  roster.put(state('ann'));
  take();
  const ann = roster.others.get('ann');
  for (const volume of [0.5, 2, -1]) Object.assign(ann ?? {}, { volume });
  expect(take()).toEqual(['volume ann 0.5', 'volume ann 1', 'volume ann 0']);
});
