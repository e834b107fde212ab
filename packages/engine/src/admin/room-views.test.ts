import { describe, expect, test } from 'vitest';
import type { OperatedParticipant, OperatedRoom } from '../room/operator.js';
import { type ParticipantQuality, UNKNOWN_QUALITY } from './link-quality.js';
import { listRooms, MAX_ATTENTION, needAttention, type RoomQuery } from './room-views.js';

let lastTransport = 0;

function participant(uid: string, more: Partial<OperatedParticipant> = {}): OperatedParticipant {
  return {
    uid,
    name: null,
    cid: 'c',
    transportId: ++lastTransport,
    worker: 0,
    joinedAt: 1_000,
    connected: true,
    publishing: false,
    muted: false,
    silenced: false,
    permissions: { publish: true, subscribe: true },
    speaking: false,
    ...more,
  };
}

function room(rid: string, ...participants: readonly OperatedParticipant[]): OperatedRoom {
  return { rid, participants };
}

/** By uid: the loss of the uplink. */
function losing(losses: Readonly<Record<string, number>>) {
  return ({ uid }: OperatedParticipant): ParticipantQuality => ({
    ...UNKNOWN_QUALITY,
    bitsUp: 100,
    uplink: { loss: losses[uid] ?? null, jitter: null, roundTrip: null },
  });
}

const QUERY: RoomQuery = { search: '', sort: 'name', descending: false, offset: 0, limit: 10 };

function names(rooms: readonly OperatedRoom[], query: Partial<RoomQuery>, losses = {}): readonly string[] {
  return listRooms(rooms, losing(losses), { ...QUERY, ...query }).rooms.map(({ rid }) => rid);
}

describe('the list of rooms', () => {
  const rooms = [
    room('b', participant('bob'), participant('eve', { publishing: true, speaking: true })),
    room('a', participant('ann')),
    room('c', participant('cat', { joinedAt: 500 })),
  ];

  test('sums each room up', () => {
    const { total, rooms: rows } = listRooms(rooms, losing({ bob: 0.1, eve: 0.3 }), QUERY);
    expect(total).toBe(3);
    expect(rows[1]).toEqual({
      rid: 'b',
      since: 1_000,
      participants: 2,
      publishing: 1,
      speaking: 1,
      bitsUp: 200,
      bitsDown: 0,
      worstLoss: 0.3,
      worstRoundTrip: null,
      worstJitter: null,
    });
  });

  test.each([
    ['name', false, ['a', 'b', 'c']],
    ['name', true, ['c', 'b', 'a']],
    ['participants', true, ['b', 'a', 'c']],
    ['since', false, ['c', 'a', 'b']],
    ['speaking', true, ['b', 'a', 'c']],
    ['loss', true, ['c', 'a', 'b']],
    ['loss', false, ['b', 'a', 'c']],
  ] as const)('is sorted by %s, descending: %s', (sort, descending, expected) => {
    expect(names(rooms, { sort, descending }, { cat: 0.5, ann: 0.01 })).toEqual(expected);
  });

  test('is given in pages', () => {
    expect(names(rooms, { offset: 1, limit: 1 })).toEqual(['b']);
    expect(names(rooms, { offset: 9 })).toEqual([]);
    expect(listRooms(rooms, losing({}), { ...QUERY, offset: 1, limit: 1 })).toMatchObject({
      total: 3,
      offset: 1,
    });
  });

  test('is searched by room and participant, as written and as people know them', () => {
    const named = [room('caf%C3%A9+au+lait', participant('x')), room('bar', participant('Zo%C3%AB'))];
    expect(names(named, { search: 'café au' })).toEqual(['caf%C3%A9+au+lait']);
    expect(names(named, { search: 'caf%c3' })).toEqual(['caf%C3%A9+au+lait']);
    expect(names(named, { search: 'zoë' })).toEqual(['bar']);
    expect(names(named, { search: 'none' })).toEqual([]);
    const page = `f00%3A${encodeURIComponent(Buffer.from('Ann Änne').toString('base64'))}`;
    expect(names([room('foo', participant(page))], { search: 'änne' })).toEqual(['foo']);
    const told = room('bar', participant('7', { name: 'Änne' }));
    expect(names([told, room('foo', participant('8'))], { search: 'änne' })).toEqual(['bar']);
  });

  test('an id that does not decode is searched as it is', () => {
    expect(names([room('100%', participant('x'))], { search: '100%' })).toEqual(['100%']);
  });
});

describe('who needs attention', () => {
  test('is who loses, hears or sends unevenly, or is far away: the worst first, with the reasons', () => {
    const link = { loss: 0, jitter: 1, roundTrip: 20 };
    const qualities: Readonly<Record<string, ParticipantQuality>> = {
      fine: { ...UNKNOWN_QUALITY, uplink: link, downlink: link },
      lossy: { ...UNKNOWN_QUALITY, uplink: { ...link, loss: 0.2, jitter: 40 }, downlink: link },
      far: { ...UNKNOWN_QUALITY, uplink: link, downlink: { ...link, roundTrip: 400 } },
    };
    const qualityOf = ({ uid }: OperatedParticipant) => qualities[uid] ?? UNKNOWN_QUALITY;
    const rows = needAttention(
      [
        room('r', participant('fine'), participant('far')),
        room('s', participant('lossy'), participant('new')),
      ],
      qualityOf,
    );
    expect(rows.map(({ rid, uid, reasons }) => [rid, uid, reasons])).toEqual([
      ['s', 'lossy', ['uplink-loss', 'uplink-jitter']],
      ['r', 'far', ['round-trip']],
    ]);
    expect(rows[0]).not.toHaveProperty('transportId');
  });

  test('are not more than one can look at', () => {
    const many = Array.from({ length: 100 }, (_, index) => participant(`u${index}`));
    const losses = Object.fromEntries(many.map(({ uid }, index) => [uid, index / 100]));
    const rows = needAttention([room('r', ...many)], losing(losses));
    expect(rows).toHaveLength(MAX_ATTENTION);
    expect(rows[0]?.uid).toBe('u99');
  });
});
