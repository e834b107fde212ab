import { beforeAll, expect, test, vi } from 'vitest';
import { publishersOf } from './session.js';
import { seat, slotsOf } from './slots.js';

const ANN = { uid: 'ann', cid: 'c1' };
const BOB = { uid: 'bob', cid: 'c2' };

beforeAll(() => {
  vi.stubGlobal(
    'MediaStream',
    class {
      constructor(readonly tracks: readonly unknown[]) {}
    },
  );
  return () => vi.unstubAllGlobals();
});

/** Not the browser's: transceivers as far as they are looked at. */
function transceivers(...mids: readonly (string | null)[]): RTCRtpTransceiver[] {
  const parts: unknown = mids.map((mid) => ({ mid, receiver: { track: `track of ${mid}` } }));
  const areTransceivers = (value: unknown): value is RTCRtpTransceiver[] => value === parts;
  if (!areTransceivers(parts)) throw new Error('no transceivers');
  return parts;
}

const section = (mid: string, label: string): string =>
  `m=audio 9 UDP/TLS/RTP/SAVPF 111\r\na=mid:${mid}\r\na=sendonly\r\na=msid:${label} ${label}\r\n`;
const answer = `v=0\r\nm=audio 9 x 111\r\na=mid:0\r\na=recvonly\r\n${section('1', 'slot-0')}${section('2', 'slot-1')}`;
const slots = () => slotsOf(transceivers('0', '1', '2', null), publishersOf(answer));

test('slots are found in the answer by their names, in their order', () => {
  expect(slots().map(({ mid }) => mid)).toEqual(['1', '2']);
  expect(slotsOf(transceivers('0', '1'), publishersOf('v=0\r\n'))).toEqual([]);
});

test('who is heard on a slot has its stream, and what plays that stays the same', () => {
  const made = slots();
  const players = (holders: Parameters<typeof seat>[1]) =>
    [...seat(made, holders, 'me')].map(([mid, { uid, player, stream }]) => [
      mid,
      uid,
      player,
      made.findIndex((slot) => slot.stream === stream),
    ]);
  expect(players([ANN, BOB])).toEqual([
    ['1', 'ann', ' 0', 0],
    ['2', 'bob', ' 1', 1],
  ]);
  expect(players([BOB, null])).toEqual([['1', 'bob', ' 0', 0]]);
});

test('oneself is not heard, nor anybody on slots of which nothing is told', () => {
  expect(seat(slots(), [{ uid: 'me', cid: 'c' }], 'me').size).toBe(0);
});
